//! What the user wants of people: to be seen as something, to keep or remove contacts, to let somebody see us or not
//! (RFC 6121 §2–§4), and to let them know that we are writing.

use super::account::{Archive, Chat};
use super::own_presence::Change;
use super::turn::Turn;
use crate::engine::command::Attendance;
use crate::engine::event::{NoticeLevel, ProblemKind, Show};
use crate::machine::{Moment, RemoteText};
use crate::protocol::xmpp::gate::SubscriptionChange;
use crate::protocol::xmpp::iq::Request;
use crate::protocol::xmpp::{Known, Purpose, answer, presence, roster};
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::stanza_error::StanzaError;

impl Chat {
    pub(super) fn set_presence(&mut self, now: Moment, show: Show, status: String) {
        self.own_presence.choose(show, status);
        self.own_presence.tell(&mut self.out);
        self.say_presence(now);
    }

    /// Tells the server what we show, where this session is there for others and the server does not know it yet.
    pub(super) fn say_presence(&mut self, now: Moment) {
        if !self.link.is_online() || self.attendance == Attendance::Passing {
            return;
        }
        let appeared = self.own_presence.say(&mut self.out) == Change::Appeared;
        // While we were hidden, messages went past us into the archive.
        if let Some(known) = self.known.as_mut().filter(|_| appeared && self.archive == Archive::There) {
            let mut turn = Turn { now, stamp: self.clock.at(now), chance: &mut self.chance, out: &mut self.out };
            self.catch_up.again(known, &mut turn);
        }
    }

    pub(super) fn keep_contact(&mut self, now: Moment, jid: &str, name: &str, groups: &[String]) {
        let Some(jid) = self.person(jid, "be kept as a contact") else { return };
        let removing = |known: &Known| known.asked.waits_for(|purpose| *purpose == Purpose::RemoveContact(jid.clone()));
        let is_new = !self.contacts.holds(&jid) || self.known.as_ref().is_some_and(removing);
        self.ask_roster(now, Purpose::KeepContact { jid: jid.clone(), is_new }, roster::keep(jid, name, groups));
    }

    pub(super) fn remove_contact(&mut self, now: Moment, jid: &str) {
        let Some(jid) = self.person(jid, "be removed from your contacts") else { return };
        self.ask_roster(now, Purpose::RemoveContact(jid.clone()), roster::remove(jid));
    }

    pub(super) fn allow_subscription(&mut self, from: &str) {
        let Some(from) = self.person(from, "be answered") else { return };
        self.contacts.settle(&from, &mut self.out);
        let asks_back = self.contacts.has_nothing_of(&from);
        self.out.send(presence::subscription(from.clone(), SubscriptionChange::Granted));
        if asks_back {
            self.subscribe(from);
        }
    }

    pub(super) fn refuse_subscription(&mut self, from: &str) {
        let Some(from) = self.person(from, "be answered") else { return };
        self.contacts.settle(&from, &mut self.out);
        self.out.send(presence::subscription(from, SubscriptionChange::Denied));
    }

    pub(super) fn typing(&mut self, to: &str, typing: bool) {
        let is_seen = self.link.is_online() && self.own_presence.is_shown();
        if let (Some(known), Ok(to), true) = (&self.known, BareJid::new(to), is_seen) {
            // Who is not there to see it need not be told that we begin.
            if !typing || self.contacts.may_be_there(&to, known) {
                self.typing.tell(to, typing, known, &mut self.out);
            }
        }
    }

    /// The server has answered what we asked of the roster, or never will.
    pub(super) fn roster_changed(&mut self, purpose: Purpose, result: Result<(), String>) {
        let (jid, wish) = match (purpose, result) {
            (Purpose::KeepContact { jid, is_new }, Ok(())) => {
                if is_new && self.contacts.has_nothing_of(&jid) {
                    self.subscribe(jid);
                }
                return;
            }
            (Purpose::KeepContact { jid, .. }, Err(why)) => (jid, format!("be kept as a contact: {why}")),
            (Purpose::RemoveContact(jid), Err(why)) => (jid, format!("be removed from your contacts: {why}")),
            _ => return,
        };
        let what = format!("{} could not {wish}.", RemoteText::new(jid.to_string()));
        self.out.notice(NoticeLevel::Error, ProblemKind::Protocol, what, "Check the address, then try again.");
    }

    /// Presence that we sent to somebody came back.
    pub(super) fn presence_failed(&mut self, from: &Jid, why: String) {
        let (from, why) = (from.to_bare(), RemoteText::new(why));
        let who = RemoteText::new(from.to_string());
        if self.contacts.asks_in_vain(&from) {
            let what = format!("{who} could not be asked to let you see their presence: {why}.");
            self.out.notice(NoticeLevel::Warning, ProblemKind::Protocol, what, "Check the address, then add them anew.");
        } else {
            tracing::info!(from = %who, %why, "our presence came back");
        }
    }

    fn subscribe(&mut self, to: BareJid) {
        self.contacts.ask(to.clone());
        self.out.send(presence::subscription(to, SubscriptionChange::Asked));
    }

    fn ask_roster(&mut self, now: Moment, purpose: Purpose, request: Request) {
        let stamp = self.clock.at(now);
        if let Some(known) = &mut self.known {
            let mut turn = Turn { now, stamp, chance: &mut self.chance, out: &mut self.out };
            turn.ask(known, None, purpose, request);
        }
    }

    /// Who is meant, where it is somebody else and we are signed in; else a notice says what is wrong.
    fn person(&mut self, typed: &str, wish: &str) -> Option<BareJid> {
        let typed = typed.trim();
        let shown = RemoteText::from(typed);
        let (why, next) = match BareJid::new(typed) {
            _ if !self.link.is_online() => ("you are not signed in".to_owned(), "Sign in, then try again."),
            Ok(jid) if Some(&jid) == self.link.account().as_ref() => ("that is your own address".to_owned(), ""),
            Ok(jid) => return Some(jid),
            Err(why) => (format!("it is no address ({why})"), "An address looks like NAME@DOMAIN."),
        };
        let what = format!("{shown} cannot {wish}: {why}.");
        self.out.notice(NoticeLevel::Error, ProblemKind::Local, what, next);
        None
    }
}

/// Why the server did not do what it was asked.
pub(super) fn refusal(error: &StanzaError) -> String {
    RemoteText::new(answer::sentence(error)).to_string()
}
