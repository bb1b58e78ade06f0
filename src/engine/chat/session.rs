//! One session: what is asked when it begins, and what each stanza does once the gate has let it in.

use super::account::{Archive, Chat};
use super::catch_up::{Progress, own_key};
use super::incoming::{Incoming, Telling};
use super::outstanding::{Found, Wish};
use super::people::refusal;
use super::turn::Turn;
use crate::engine::command::Attendance;
use crate::engine::event::{Delivery, Event, MessageKey, NoticeLevel, ProblemKind};
use crate::machine::{Moment, RemoteText};
use crate::protocol::xmpp::disco::Feature;
use crate::protocol::xmpp::gate::{self, Kept, Meaning, Said, SubscriptionChange};
use crate::protocol::xmpp::known::StanzaIds;
use crate::protocol::xmpp::{Known, Purpose, Stanza, answer, archive, carbons, disco, receipts, roster};
use xmpp_parsers::jid::{BareJid, FullJid, Jid};
use xmpp_parsers::message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::stanza_error::{DefinedCondition, StanzaError};

impl Chat {
    /// A new stream: all that the server knew of us is gone.
    pub(super) fn begin_session(&mut self, now: Moment, me: FullJid) {
        self.end_known();
        let mut known = Known::new(me);
        known.sent = std::mem::take(&mut self.sent_before);
        self.archive = Archive::Unsaid;
        self.contacts.forget_presences();
        self.catch_up.reset();
        self.recovery.reset();
        self.conversations.unponged(now);
        let stamp = self.clock.at(now);
        let mut turn = Turn { now, stamp, chance: &mut self.chance, out: &mut self.out };
        // Features first: a server answers in order (RFC 6120 §10.1), so when the first message comes it is known whether
        // its stanza id may be believed.
        let (account, server) = (Jid::from(known.account()), Jid::from(BareJid::from(known.me.domain())));
        turn.ask(&mut known, Some(account), Purpose::AccountFeatures, disco::request());
        turn.ask(&mut known, Some(server), Purpose::ServerFeatures, disco::request());
        self.known = Some(known);
        if self.attendance == Attendance::Present {
            self.attend(now);
        }
    }

    /// From now on what comes is for this process.
    pub(super) fn attend(&mut self, now: Moment) {
        let stamp = self.clock.at(now);
        let Some(known) = &mut self.known else { return };
        let mut turn = Turn { now, stamp, chance: &mut self.chance, out: &mut self.out };
        turn.ask(known, None, Purpose::Roster, roster::request());
        turn.ask(known, None, Purpose::Carbons, carbons::enable());
        self.own_presence.tell(&mut self.out);
        self.say_presence(now);
        if self.archive != Archive::Unsaid {
            self.read_archive(now);
        }
    }

    /// The stream is gone, and what it knew of us: what went out may still be confirmed, what was asked is not answered.
    fn end_known(&mut self) {
        self.own_presence.forget();
        self.typing.forget();
        self.questions.forget();
        let Some(mut known) = self.known.take() else { return };
        for purpose in known.asked.abandon() {
            self.roster_changed(purpose, Err("the connection was lost before the server answered".into()));
        }
        self.sent_before = known.sent;
    }

    /// The session is over.
    pub(super) fn end_session(&mut self) {
        self.end_known();
        self.archive = Archive::Unsaid;
        self.contacts.forget_presences();
        self.catch_up.reset();
        self.recovery.reset();
    }

    /// A stanza came: the gate first.
    pub(super) fn stanza(&mut self, now: Moment, stanza: Stanza) {
        let stamp = self.clock.at(now);
        let Some(known) = &mut self.known else { return };
        match gate::admit(known, stanza, stamp) {
            Ok(meaning) => self.means(now, meaning),
            Err(refused) => {
                let from = RemoteText::new(refused.from.map(|from| from.to_string()).unwrap_or_default());
                tracing::warn!(%from, why = %refused.why, "a stanza was refused");
                if let Some(reply) = refused.reply {
                    self.out.send(reply);
                }
            }
        }
    }

    fn means(&mut self, now: Moment, meaning: Meaning) {
        match meaning {
            Meaning::Said(said) => self.said(now, said, From::Direct),
            Meaning::Carbon(said) => self.said(now, said, From::Carbon),
            Meaning::Archived { query, id, kept } => self.archived(now, &query, &id, kept),
            Meaning::Bounced { id, why } => self.conversations.bounced(&id, why, &mut self.out),
            Meaning::Receipt { id, from } => self.arrived(&id, &from),
            Meaning::Typing { from, typing } => self.typing.hear(from, typing, now, &mut self.out),
            Meaning::Presence(said) => {
                let from = said.from.to_bare();
                if let Some(known) = &self.known {
                    self.contacts.presence(said, known, &mut self.out);
                }
                if !self.contacts.is_there(&from) {
                    self.typing.end(&from, &mut self.out);
                }
            }
            Meaning::Subscription { from, change } => match change {
                SubscriptionChange::Asked => self.contacts.asks(from, &mut self.out),
                SubscriptionChange::Withdrawn => self.contacts.asks_no_more(&from, &mut self.out),
                SubscriptionChange::Denied => drop(self.contacts.asks_in_vain(&from)),
                // The roster push that goes with it says what is true now (RFC 6121 §3).
                SubscriptionChange::Granted => {}
            },
            Meaning::Answer { purpose, result } => self.answer(now, purpose, result),
            Meaning::RosterPush { item, reply } => {
                self.out.send(reply);
                if let Some(known) = &mut self.known {
                    self.contacts.item(item, known, &mut self.out);
                }
            }
            Meaning::Question(question) => self.questions.hear(question, now, &mut self.out),
            Meaning::PresenceFailed { from, why } => self.presence_failed(&from, why),
            Meaning::Nothing => {}
        }
    }

    fn said(&mut self, now: Moment, said: Said, from: From) {
        // Whoever only passes by leaves what comes to the archive, for the process that listens.
        if self.attendance == Attendance::Passing && self.archive == Archive::There {
            return;
        }
        self.seen_ours(&said);
        let receipt = self.receipt(&said, from);
        if !said.ours {
            self.typing.end(&said.peer, &mut self.out);
            if let Some(known) = self.known.as_mut().filter(|_| said.at.is_none()) {
                known.chat_states.hear(&said.peer, said.shows_states);
            }
        }
        let telling = match (from, said.at) {
            // It waited at the server, so another run of ours may have had it before.
            (From::Direct, Some(_)) => self.catch_up.telling(),
            (From::Direct, None) | (From::Carbon, _) => Telling::Always,
        };
        let live = said.archive.clone().filter(|_| said.at.is_none());
        // What waited for us at the server (XEP-0160) was missed, whether the archive tells it first or not.
        let missed = from == From::Direct && said.at.is_some() && self.catch_up.is_open();
        let mut turn = Turn { now, stamp: self.clock.at(now), chance: &mut self.chance, out: &mut self.out };
        let message = Incoming::message(said, missed, &mut turn);
        let ask = self.incoming.keep(vec![message], telling, &mut self.out);
        if let Some(receipt) = receipt {
            self.incoming.confirm(ask, receipt);
        }
        if let Some(id) = live {
            self.catch_up.live(id, &mut self.out);
        }
    }

    /// What to say to somebody who asks to be told that their message is here: nothing to those who may not see that we
    /// are, and nothing where another of our devices was told (XEP-0184 §5.3).
    fn receipt(&self, said: &Said, from: From) -> Option<message::Message> {
        let known = self.known.as_ref()?;
        let wanted = said.asks_receipt && !said.ours && from == From::Direct;
        let may_know = self.own_presence.is_shown() && known.watchers.contains(&said.peer);
        let id = said.id.clone().filter(|_| wanted && may_know)?;
        Some(receipts::receipt(said.from.clone(), id))
    }

    /// A message of ours has arrived; the gate has seen to it that it was sent to whoever says so.
    fn arrived(&mut self, id: &str, from: &Jid) {
        let key = self.known.as_mut().and_then(|known| known.sent.arrive(id, &from.to_bare()));
        if let Some(key) = key.map(MessageKey) {
            self.recovery.take(&key);
            self.conversations.arrived(key, &mut self.out);
        }
    }

    /// A message of ours is with the server, whatever we thought of it. Where another device has sent it, whoever has it
    /// may say so to us.
    fn seen_ours(&mut self, said: &Said) {
        if let (Some(known), Some(MessageKey(key)), Some(id)) = (&mut self.known, own_key(said), &said.id)
            && !known.sent.holds(id, &said.peer)
        {
            known.sent.remember(id.clone(), said.peer.clone(), key);
        }
        if let Some(key) = own_key(said).filter(|key| self.recovery.found(key)) {
            self.conversations.deliver(key, Delivery::Sent, &mut self.out);
        }
    }

    fn archived(&mut self, now: Moment, query: &str, id: &str, kept: Kept) {
        let said = match kept {
            Kept::Said(said) => {
                self.seen_ours(&said);
                Some(said)
            }
            Kept::Receipt { id, from } => {
                self.arrived(&id, &from);
                None
            }
            Kept::Nothing => None,
        };
        let mut turn = Turn { now, stamp: self.clock.at(now), chance: &mut self.chance, out: &mut self.out };
        self.catch_up.result(query, id, said, &mut turn);
    }

    fn answer(&mut self, now: Moment, purpose: Purpose, result: Result<Option<Element>, StanzaError>) {
        match purpose {
            Purpose::AccountFeatures | Purpose::ServerFeatures => self.features(now, result.ok().flatten()),
            Purpose::Roster => match result.ok().flatten().and_then(roster::items).zip(self.known.as_mut()) {
                Some((items, known)) => self.contacts.roster(items, known, &mut self.out),
                None => self.no_roster(),
            },
            Purpose::KeepContact { .. } | Purpose::RemoveContact(_) => {
                self.roster_changed(purpose, result.map(drop).map_err(|error| refusal(&error)));
            }
            Purpose::Carbons => {
                if let Err(error) = result {
                    tracing::info!(why = %RemoteText::new(answer::sentence(&error)), "no carbons");
                }
            }
            Purpose::Archive(query) => self.page(now, &query, result),
            Purpose::ArchivePreferences => {
                let keeps = result.ok().flatten().map(|payload| archive::keeps(&payload)).unwrap_or_default();
                self.recovery.keeps(keeps);
            }
            Purpose::Ping => self.conversations.ponged(now, &mut self.out),
        }
    }

    fn no_roster(&mut self) {
        let what = "The server did not give us the contact list.".to_owned();
        let next = "Presence is shown again after the next sign-in.";
        self.out.notice(NoticeLevel::Warning, ProblemKind::Protocol, what, next);
    }

    /// Features of our account or server; the archive is decided when one says that it has one, or both have spoken.
    fn features(&mut self, now: Moment, payload: Option<Element>) {
        let features = payload.map(disco::features).unwrap_or_default();
        let Some(known) = &mut self.known else { return };
        if !features.is_empty() {
            known.stanza_ids = StanzaIds::OfOurServer;
        }
        if self.archive != Archive::Unsaid {
            return;
        }
        let more = known.asked.waits_for(|purpose| matches!(purpose, Purpose::AccountFeatures | Purpose::ServerFeatures));
        if features.contains(&Feature::Archive) {
            self.archive = Archive::There;
        } else if more {
            return;
        } else {
            self.archive = Archive::None;
        }
        self.read_archive(now);
    }

    /// What was missed, then what became of what was sent.
    fn read_archive(&mut self, now: Moment) {
        let stamp = self.clock.at(now);
        let Some(known) = &mut self.known else { return };
        let mut turn = Turn { now, stamp, chance: &mut self.chance, out: &mut self.out };
        match (self.archive, self.attendance) {
            (Archive::There, attendance) => {
                turn.ask(known, Some(known.account().into()), Purpose::ArchivePreferences, archive::preferences());
                match attendance {
                    Attendance::Present => self.catch_up.begin(known, &mut turn),
                    Attendance::Passing => self.recovery.begin(known, &mut turn),
                }
            }
            (Archive::None, Attendance::Present) => drop(self.catch_up.without(turn.out)),
            (Archive::None, Attendance::Passing) | (Archive::Unsaid, _) => {}
        }
    }

    /// A page of an archive ended, or the archive gave an error.
    fn page(&mut self, now: Moment, query: &str, result: Result<Option<Element>, StanzaError>) {
        let stamp = self.clock.at(now);
        let Some(known) = &mut self.known else { return };
        let mut turn = Turn { now, stamp, chance: &mut self.chance, out: &mut self.out };
        let lost_place = matches!(&result, Err(error) if error.defined_condition == DefinedCondition::ItemNotFound);
        let end = match result {
            Ok(payload) => payload.and_then(archive::end).ok_or_else(|| "its answer is malformed".to_owned()),
            Err(error) => Err(answer::sentence(&error)),
        };
        match end {
            Ok(end) => {
                self.catch_up.end(query, end.clone(), &mut self.incoming, known, &mut turn);
                let unsent = self.recovery.end(query, &end, known, &mut turn);
                self.tell_unsent(unsent);
            }
            Err(why) => {
                let why = RemoteText::new(why).to_string();
                if self.catch_up.failed(query, &why, lost_place, known, &mut turn) == Progress::Ended {
                    self.recovery.begin(known, &mut turn);
                }
                self.recovery.failed(query, known);
            }
        }
    }

    /// What was asked and not answered in time.
    pub(super) fn expire_session(&mut self, now: Moment) {
        let late = self.known.as_mut().map(|known| known.asked.expire(now)).unwrap_or_default();
        for purpose in late {
            match purpose {
                Purpose::AccountFeatures | Purpose::ServerFeatures => self.features(now, None),
                Purpose::Roster => self.no_roster(),
                Purpose::KeepContact { .. } | Purpose::RemoveContact(_) => {
                    self.roster_changed(purpose, Err("the server did not answer in time".into()));
                }
                Purpose::Archive(query) => {
                    let error = StanzaError::new(
                        xmpp_parsers::stanza_error::ErrorType::Wait,
                        DefinedCondition::RemoteServerTimeout,
                        "en",
                        "it did not answer in time",
                    );
                    self.page(now, &query, Err(error));
                }
                Purpose::Ping => self.conversations.unponged(now),
                Purpose::Carbons | Purpose::ArchivePreferences => {}
            }
        }
    }

    /// The disk has said what earlier runs left.
    pub(super) fn found_outstanding(&mut self, now: Moment, found: Found) {
        match found {
            Found::All(messages) => {
                let mut unsent = 0;
                for message in messages {
                    if self.conversations.holds(&message.key) {
                        continue;
                    }
                    let (account, key) = (self.out.account(), message.key.clone());
                    self.out.tell(Event::Delivery { account, message: key, delivery: message.delivery.clone() });
                    match message.delivery {
                        Delivery::Unknown => self.recovery.add_unknown(message, now),
                        Delivery::Unsent => {
                            unsent += 1;
                            self.recovery.add_unsent(message);
                        }
                        Delivery::Received | Delivery::OnWire | Delivery::Sent | Delivery::Delivered | Delivery::Failed(_) => {}
                    }
                }
                if unsent > 0 {
                    let what = match unsent {
                        1 => "One message of an earlier run was not sent.".to_owned(),
                        many => format!("{many} messages of an earlier run were not sent."),
                    };
                    let next =
                        "Send again what still matters, and give up the rest: in the conversation, or by offhook outbox list.";
                    self.out.notice(NoticeLevel::Info, ProblemKind::Local, what, next);
                }
            }
            Found::Undelivered(messages) => {
                for message in messages {
                    if let Ok(to) = Jid::new(message.to.raw()) {
                        let sent = self.known.as_mut().map_or(&mut self.sent_before, |known| &mut known.sent);
                        sent.remember(message.id.raw().to_owned(), to.into_bare(), message.key.0);
                    }
                }
            }
            Found::One(message, Wish::SendAgain) => self.again(now, *message),
            Found::One(message, Wish::GiveUp) => self.conversations.give_up_old(*message, &mut self.out),
            Found::Nothing(MessageKey(key)) => {
                let what = format!("The message {} has been sent, or is not there.", RemoteText::new(key));
                self.out.notice(
                    NoticeLevel::Error,
                    ProblemKind::Local,
                    what,
                    "Look at what is unsent: in the conversation, or by offhook outbox list.",
                );
            }
            Found::Trouble(why) => {
                let what = format!("The disk does not say which messages are unsent: {why}.");
                self.out.notice(NoticeLevel::Error, ProblemKind::Local, what, "");
            }
        }
    }
}

/// How something that was said came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    Direct,
    Carbon,
}
