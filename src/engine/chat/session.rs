//! One session: what is asked when it begins, and what each stanza does once the gate has let it in.

use super::account::{Archive, Chat};
use super::catch_up::{Progress, own_key};
use super::incoming::{Incoming, Telling};
use super::outstanding::Found;
use super::turn::Turn;
use crate::engine::command::Attendance;
use crate::engine::event::{Delivery, Event, MessageKey, NoticeLevel, ProblemKind};
use crate::machine::{Moment, RemoteText};
use crate::protocol::xmpp::disco::Feature;
use crate::protocol::xmpp::gate::{self, Meaning, Said, SubscriptionChange};
use crate::protocol::xmpp::known::StanzaIds;
use crate::protocol::xmpp::{Known, Purpose, Stanza, answer, archive, carbons, disco, presence, roster};
use xmpp_parsers::jid::{BareJid, FullJid, Jid};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::stanza_error::{DefinedCondition, StanzaError};

impl Chat {
    /// A new stream: all that the server knew of us is gone.
    pub(super) fn begin_session(&mut self, now: Moment, me: FullJid) {
        let mut known = Known::new(me);
        if let Some(old) = self.known.take() {
            known.sent = old.sent;
        }
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
        turn.out.send(presence::available());
        if self.archive != Archive::Unsaid {
            self.read_archive(now);
        }
    }

    /// The session is over.
    pub(super) fn end_session(&mut self) {
        self.known = None;
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
            Meaning::Archived { query, id, said } => self.archived(now, &query, &id, said),
            Meaning::Bounced { id, why } => self.conversations.bounced(&id, why, &mut self.out),
            Meaning::Presence(said) => {
                if let Some(known) = &self.known {
                    self.contacts.presence(said, known, &mut self.out);
                }
            }
            Meaning::Subscription { from, change } => match change {
                SubscriptionChange::Asked => self.contacts.asks(from, &mut self.out),
                SubscriptionChange::Withdrawn => self.contacts.asks_no_more(&from),
                // The roster push that goes with it says what is true now (RFC 6121 §3).
                SubscriptionChange::Granted | SubscriptionChange::Denied => {}
            },
            Meaning::Answer { purpose, result } => self.answer(now, purpose, result),
            Meaning::RosterPush { item, reply } => {
                self.out.send(reply);
                if let Some(known) = &mut self.known {
                    self.contacts.item(item, known, &mut self.out);
                }
            }
            Meaning::Question { reply } => self.out.send(reply),
            Meaning::PresenceFailed { from, why } => {
                let from = RemoteText::new(from.to_string());
                tracing::info!(%from, why = %RemoteText::new(why), "our presence came back");
            }
            Meaning::Receipt { .. } | Meaning::Nothing => {}
        }
    }

    fn said(&mut self, now: Moment, said: Said, from: From) {
        // Whoever only passes by leaves what comes to the archive, for the process that listens.
        if self.attendance == Attendance::Passing && self.archive == Archive::There {
            return;
        }
        self.seen_ours(&said);
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
        self.incoming.keep(vec![message], telling, &mut self.out);
        if let Some(id) = live {
            self.catch_up.live(id, &mut self.out);
        }
    }

    /// A message of ours is with the server, whatever we thought of it.
    fn seen_ours(&mut self, said: &Said) {
        if let Some(key) = own_key(said).filter(|key| self.recovery.found(key)) {
            self.conversations.deliver(key, Delivery::Sent, &mut self.out);
        }
    }

    fn archived(&mut self, now: Moment, query: &str, id: &str, said: Option<Said>) {
        if let Some(said) = &said {
            self.seen_ours(said);
        }
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
                        Delivery::Received | Delivery::Sent | Delivery::Delivered | Delivery::Failed(_) => {}
                    }
                }
                if unsent > 0 {
                    let what = match unsent {
                        1 => "One message of an earlier run was not sent.".to_owned(),
                        many => format!("{many} messages of an earlier run were not sent."),
                    };
                    let next = "See: offhook outbox list";
                    self.out.notice(NoticeLevel::Info, ProblemKind::Local, what, next);
                }
            }
            Found::One(message) => self.again(now, *message),
            Found::Nothing(MessageKey(key)) => {
                let what = format!("There is no unsent message {}.", RemoteText::new(key));
                self.out.notice(NoticeLevel::Error, ProblemKind::Local, what, "See: offhook outbox list");
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
