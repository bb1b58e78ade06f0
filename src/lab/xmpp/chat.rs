//! What the server does with stanzas: messages to who is there, presence to who may see it, answers to requests.

use super::archive::{self, Archived};
use super::faults::Fault;
use super::people::{is_seen, sees};
use super::server::Server;
use crate::machine::{Moment, Stamp};
use crate::protocol::xmpp::Stanza;
use crate::protocol::xmpp::answer;
use std::collections::BTreeSet;
use xmpp_parsers::carbons::{Received, Sent};
use xmpp_parsers::disco::{DiscoInfoResult, Identity};
use xmpp_parsers::forwarding::Forwarded;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::mam::Query;
use xmpp_parsers::mam_prefs::{DefaultPrefs, Prefs};
use xmpp_parsers::message::{Id, Lang, Message, MessageType};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::presence::{Presence, Type};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
use xmpp_parsers::stanza_id::StanzaId;

/// A session of RFC 3921 §3, which servers of old want to be asked for.
const SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";

impl Server {
    pub(super) fn route(&mut self, now: Moment, id: u64, stanza: Stanza) {
        match stanza {
            Stanza::Message(message) => self.message(now, id, message),
            Stanza::Presence(presence) => self.presence(id, presence),
            Stanza::Iq(iq) => self.iq(id, iq),
        }
    }

    fn message(&mut self, now: Moment, id: u64, mut message: Message) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (author, account) = (session.jid.clone(), session.account());
        message.from = Some(author.clone().into());
        let to = message.to.clone().unwrap_or_else(|| account.clone().into());
        let target = to.to_bare();
        if self.is_room_host(target.domain().as_str()) {
            return self.room_message(now, id, message);
        }
        if !self.people.contains_key(&target) {
            return self.bounce(id, message);
        }
        if let Some(told) = self.compliance.takes_out(&message, &self.domain) {
            return self.deliver(id, told.into());
        }
        let kept = message.type_ != MessageType::Error && matters(&message);
        if kept && account != target {
            self.keep(now, &account, &message);
        }
        let archive = if kept { self.keep(now, &target, &message) } else { None };
        let target_jid = Jid::from(target.clone());
        message.payloads.retain(|payload| !StanzaId::try_from(payload.clone()).is_ok_and(|forged| forged.by == target_jid));
        if let Some(archive) = archive {
            message.payloads.push(StanzaId { id: archive, by: target_jid }.into());
        }
        let there: Vec<u64> = self.there(&target).into_iter().collect();
        let exact = there.iter().copied().find(|there| self.sessions.get(there).is_some_and(|session| to == session.jid));
        let direct = exact.map_or_else(|| there.clone(), |exact| vec![exact]);
        if direct.is_empty() && matters(&message) {
            self.keep_offline(now, &target, message.clone());
        }
        for session in &direct {
            self.deliver(*session, message.clone().into());
        }
        let copied = |forwarded| Element::from(Received { forwarded });
        self.copy(&target, &direct, &message, copied);
        self.copy(&account, &[id], &message, |forwarded| Element::from(Sent { forwarded }));
    }

    /// Carbons of `message` to the sessions of `account` that want them, but not to `but`.
    fn copy(&mut self, account: &BareJid, but: &[u64], message: &Message, wrap: impl Fn(Forwarded) -> Element) {
        let wanting: Vec<u64> = self
            .sessions
            .iter()
            .filter(|(id, session)| session.account() == *account && session.carbons && !but.contains(id))
            .map(|(id, _)| *id)
            .collect();
        for id in wanting {
            let Some(session) = self.sessions.get(&id) else { continue };
            let mut carbon = Message::chat(Some(Jid::from(session.jid.clone())));
            carbon.from = Some(account.clone().into());
            carbon.payloads.push(wrap(Forwarded { delay: None, message: message.clone() }));
            self.deliver(id, carbon.into());
        }
    }

    /// Into the archive of `account`; answers the id that it got.
    fn keep(&mut self, now: Moment, account: &BareJid, message: &Message) -> Option<String> {
        if self.has(Fault::NoArchive) {
            return None;
        }
        self.next_archive += 1;
        let (id, at) = (format!("archive-{}", self.next_archive), self.clock.at(now));
        let kept = Archived { id: id.clone(), at, message: message.clone() };
        let most = self.remembers();
        let archive = &mut self.people.get_mut(account)?.archive;
        if archive.len() >= most {
            archive.drain(..archive.len() / 2 + 1);
        }
        archive.push(kept);
        Some(id)
    }

    /// Somebody wrote this at an earlier time: both archives have it, the oldest first.
    pub fn keep_written(&mut self, at: Stamp, from: &BareJid, to: &BareJid, says: &str) {
        self.next_archive += 1;
        let id = format!("archive-{}", self.next_archive);
        let mut message = Message::chat(Some(to.clone().into())).with_body(Lang::new(), says.to_owned());
        (message.from, message.id) = (Some(from.clone().into()), Some(Id(id.clone())));
        for account in [from, to] {
            let Some(person) = self.people.get_mut(account) else { continue };
            let place = person.archive.partition_point(|kept| kept.at <= at);
            person.archive.insert(place, Archived { id: id.clone(), at, message: message.clone() });
        }
    }

    pub(super) fn keep_offline(&mut self, now: Moment, account: &BareJid, mut message: Message) {
        let server = Jid::new(&self.domain).ok();
        message.payloads.extend(archive::delay(self.clock.at(now), server).map(Element::from));
        let keeps = !self.has(Fault::NoOfflineStorage);
        if let Some(person) = self.people.get_mut(account).filter(|_| keeps) {
            person.offline.push(message);
        }
    }

    fn bounce(&mut self, id: u64, message: Message) {
        let mut error = Message::error(message.from.clone());
        error.from = message.to.clone();
        error.id = message.id.clone();
        let texts = std::collections::BTreeMap::new();
        let (type_, defined_condition) = (ErrorType::Cancel, DefinedCondition::ServiceUnavailable);
        error.payloads.push(StanzaError { type_, by: None, defined_condition, texts, other: None }.into());
        self.deliver(id, error.into());
    }

    /// Sessions of `account` that are available, with a priority that takes messages.
    pub(super) fn there(&self, account: &BareJid) -> BTreeSet<u64> {
        let available = |presence: &Presence| presence.priority.0 >= 0;
        self.sessions
            .iter()
            .filter(|(_, session)| session.account() == *account && session.presence.as_ref().is_some_and(available))
            .map(|(id, _)| *id)
            .collect()
    }

    fn presence(&mut self, id: u64, mut presence: Presence) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (full, account) = (session.jid.clone(), session.account());
        match (presence.type_.clone(), presence.to.clone()) {
            (Type::None, None) => {
                presence.from = Some(full.into());
                let first = session.presence.replace(presence.clone()).is_none();
                self.tell_watchers(&account, &presence);
                if first {
                    self.arrives(id, &account);
                }
            }
            (Type::None | Type::Unavailable, Some(to)) if self.is_room_host(to.domain().as_str()) => {
                self.room_presence(id, &to, presence);
            }
            (Type::Unavailable, None) => {
                self.leave_rooms(id);
                let Some(session) = self.sessions.get_mut(&id) else { return };
                if session.presence.take().is_some() {
                    presence.from = Some(full.into());
                    self.tell_watchers(&account, &presence);
                }
            }
            (change, Some(to)) => self.subscription(&account, &to.into_bare(), &change),
            (_, None) => {}
        }
    }

    /// A session is no longer there.
    pub(super) fn presence_ends(&mut self, id: u64) {
        self.leave_rooms(id);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.presence.take().is_some() {
            let (full, account) = (session.jid.clone(), session.account());
            self.tell_watchers(&account, &Presence::unavailable().with_from(full));
        }
    }

    /// A session has become available: it hears who is there, and gets what waited.
    fn arrives(&mut self, id: u64, account: &BareJid) {
        let Some(person) = self.people.get_mut(account) else { return };
        // Requests are told at each arrival until they are answered (§3.1.3).
        let (offline, asked) = (std::mem::take(&mut person.offline), person.asked.clone());
        let seen: Vec<BareJid> = person.roster.values().filter(|item| sees(item)).map(|item| item.jid.clone()).collect();
        let there: Vec<Presence> = self
            .sessions
            .iter()
            .filter(|(other, session)| **other != id && (seen.contains(&session.account()) || session.account() == *account))
            .filter_map(|(_, session)| session.presence.clone())
            .collect();
        for presence in there {
            self.deliver(id, presence.into());
        }
        for message in offline {
            self.deliver(id, message.into());
        }
        for from in asked {
            self.deliver(id, Presence::subscribe().with_from(from).into());
        }
    }

    /// Presence of one of `account`'s sessions to all who may see it.
    fn tell_watchers(&mut self, account: &BareJid, presence: &Presence) {
        let Some(person) = self.people.get(account) else { return };
        let watchers: BTreeSet<BareJid> =
            person.roster.values().filter(|item| is_seen(item)).map(|item| item.jid.clone()).chain([account.clone()]).collect();
        for session in watchers.iter().flat_map(|watcher| self.there(watcher)).collect::<Vec<_>>() {
            self.deliver(session, presence.clone().into());
        }
    }

    fn iq(&mut self, id: u64, iq: Iq) {
        let Some(account) = self.sessions.get(&id).map(|session| session.account()) else { return };
        let to = iq.to().cloned();
        let (from, iq_id) = (to.clone(), iq.id().to_owned());
        let for_account = to.as_ref().is_none_or(|to| *to == account);
        let for_server = to.as_ref().is_some_and(|to| to.as_str() == self.domain);
        let payload = match &iq {
            Iq::Get { payload, .. } | Iq::Set { payload, .. } if for_account || for_server => payload.clone(),
            Iq::Get { payload, .. } if to.as_ref().is_some_and(|to| self.is_room_host(to.domain().as_str())) => {
                return self.asked_of_room(id, &iq_id, to, payload);
            }
            Iq::Get { .. } | Iq::Set { .. } => return self.hand_on(id, iq, from),
            Iq::Result { .. } | Iq::Error { .. } => return,
        };
        let answer = if !self.knows(payload.ns().as_str()) {
            Err(DefinedCondition::ServiceUnavailable)
        } else if payload.is("query", ns::ROSTER) && for_account {
            match iq {
                Iq::Set { .. } if self.has(Fault::NoRosterChanges) => Err(DefinedCondition::NotAllowed),
                Iq::Set { .. } => self.roster_set(&account, payload),
                _ => Ok(Some(self.roster_asked(id, &account))),
            }
        } else if payload.is("enable", ns::CARBONS) {
            self.sessions.get_mut(&id).into_iter().for_each(|session| session.carbons = true);
            Ok(None)
        } else if payload.is("ping", ns::PING) || payload.is("session", SESSION) {
            Ok(None)
        } else if payload.is("query", ns::DISCO_ITEMS) {
            Ok(Some(self.items(for_server)))
        } else if payload.is("query", ns::DISCO_INFO) {
            Ok(Some(self.info(for_server).into()))
        } else if payload.is("prefs", ns::MAM) && !self.has(Fault::NoArchive) && !self.has(Fault::NoPreferences) {
            Ok(Some(Prefs { default_: DefaultPrefs::Always, always: vec![], never: vec![] }.into()))
        } else if payload.is("query", ns::MAM) && !self.has(Fault::NoArchive) {
            self.query(id, &account, payload)
        } else {
            Err(DefinedCondition::ServiceUnavailable)
        };
        let mut answer = match answer {
            Ok(payload) => answer::result(iq_id, None, payload),
            Err(condition) => {
                let texts = std::collections::BTreeMap::new();
                let error =
                    StanzaError { type_: ErrorType::Cancel, by: None, defined_condition: condition, texts, other: None };
                Iq::Error { from: None, to: None, id: iq_id, error, payload: None }
            }
        };
        *answer.from_mut() = from;
        self.deliver(id, answer.into());
    }

    /// A request to somebody's session; to nobody it is unavailable.
    fn hand_on(&mut self, id: u64, mut iq: Iq, to: Option<Jid>) {
        let target =
            self.sessions.iter().find(|(_, session)| to.as_ref().is_some_and(|to| *to == session.jid)).map(|(id, _)| *id);
        match (target, self.sessions.get(&id)) {
            (Some(target), Some(session)) => {
                *iq.from_mut() = Some(session.jid.clone().into());
                self.deliver(target, iq.into());
            }
            (None, Some(_)) => {
                let mut error = answer::unavailable(iq.id().to_owned(), None);
                *error.from_mut() = to;
                self.deliver(id, error.into());
            }
            (_, None) => {}
        }
    }

    fn info(&self, server: bool) -> DiscoInfoResult {
        let identity = if server { ("server", "im") } else { ("account", "registered") };
        let (category, type_) = (identity.0.to_owned(), identity.1.to_owned());
        let mut features = BTreeSet::from([ns::DISCO_INFO.to_owned()]);
        if server {
            features.insert(ns::CARBONS.to_owned());
        } else if !self.has(Fault::NoArchive) {
            features.extend([ns::MAM.to_owned(), ns::SID.to_owned()]);
        }
        features.retain(|feature| self.knows(feature));
        let identities = vec![Identity { category, type_, lang: None, name: None }];
        DiscoInfoResult { node: None, identities, features, extensions: vec![] }
    }

    fn query(&mut self, id: u64, account: &BareJid, payload: Element) -> Result<Option<Element>, DefinedCondition> {
        let query = Query::try_from(payload).map_err(|_| DefinedCondition::BadRequest)?;
        let archive = self.people.get(account).map(|person| person.archive.as_slice()).unwrap_or_default();
        let page = archive::page(archive, &query, account).ok_or(DefinedCondition::ItemNotFound)?;
        let to = self.sessions.get(&id).map(|session| Jid::from(session.jid.clone()));
        for result in page.results {
            let mut message = Message::new_with_type(MessageType::Normal, to.clone());
            message.from = Some(account.clone().into());
            message.payloads.push(result.into());
            self.deliver(id, message.into());
        }
        Ok(Some(page.fin.into()))
    }
}

/// Whether it is worth keeping: it says something, or that something arrived, and does not ask to be forgotten (XEP-0334).
fn matters(message: &Message) -> bool {
    let receipt = |payload: &Element| payload.has_ns(ns::RECEIPTS);
    let forget = |payload: &Element| payload.is("no-store", "urn:xmpp:hints");
    (!message.bodies.is_empty() || message.payloads.iter().any(receipt)) && !message.payloads.iter().any(forget)
}
