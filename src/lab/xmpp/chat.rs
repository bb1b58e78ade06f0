//! What the server does with stanzas: messages to who is there, presence to who may see it, answers to requests.

use super::archive::{self, Archived};
use super::faults::Fault;
use super::people::{is_seen, sees, subscription};
use super::server::Server;
use crate::machine::Moment;
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
use xmpp_parsers::message::{Message, MessageType};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::presence::{Presence, Type};
use xmpp_parsers::roster::{Ask, Item, Roster};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
use xmpp_parsers::stanza_id::StanzaId;

impl Server {
    pub(super) fn route(&mut self, now: Moment, id: u64, stanza: Stanza) {
        match stanza {
            Stanza::Message(message) => self.message(now, id, message),
            Stanza::Presence(presence) => self.presence(now, id, presence),
            Stanza::Iq(iq) => self.iq(id, iq),
        }
    }

    fn message(&mut self, now: Moment, id: u64, mut message: Message) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (author, account) = (session.jid.clone(), session.account());
        message.from = Some(author.clone().into());
        let to = message.to.clone().unwrap_or_else(|| account.clone().into());
        let target = to.to_bare();
        if !self.people.contains_key(&target) {
            return self.bounce(id, message);
        }
        let kept = message.type_ != MessageType::Error && !message.bodies.is_empty();
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
        if direct.is_empty() {
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
        self.people.get_mut(account)?.archive.push(kept);
        Some(id)
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
    fn there(&self, account: &BareJid) -> BTreeSet<u64> {
        let available = |presence: &Presence| presence.priority.0 >= 0;
        self.sessions
            .iter()
            .filter(|(_, session)| session.account() == *account && session.presence.as_ref().is_some_and(available))
            .map(|(id, _)| *id)
            .collect()
    }

    fn presence(&mut self, now: Moment, id: u64, mut presence: Presence) {
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
            (Type::Unavailable, None) => self.presence_ends(now, id),
            (change, Some(to)) => self.subscription(&account, &to.into_bare(), &change),
            (_, None) => {}
        }
    }

    /// A session is no longer there.
    pub(super) fn presence_ends(&mut self, _now: Moment, id: u64) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.presence.take().is_some() {
            let (full, account) = (session.jid.clone(), session.account());
            self.tell_watchers(&account, &Presence::unavailable().with_from(full));
        }
    }

    /// A session has become available: it hears who is there, and gets what waited.
    fn arrives(&mut self, id: u64, account: &BareJid) {
        let Some(person) = self.people.get_mut(account) else { return };
        let (offline, asked) = (std::mem::take(&mut person.offline), std::mem::take(&mut person.asked));
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

    /// RFC 6121 §3, for accounts of this server.
    fn subscription(&mut self, from: &BareJid, to: &BareJid, change: &Type) {
        let (ours, theirs) = match change {
            Type::Subscribe => ((None, None), (None, None)),
            Type::Subscribed => ((None, Some(true)), (Some(true), None)),
            Type::Unsubscribe => ((Some(false), None), (None, Some(false))),
            Type::Unsubscribed => ((None, Some(false)), (Some(false), None)),
            Type::None | Type::Unavailable | Type::Error | Type::Probe => return,
        };
        let asks = *change == Type::Subscribe;
        self.change_item(from, to, ours, asks.then_some(Ask::Subscribe));
        if self.people.contains_key(to) {
            if !asks {
                self.change_item(to, from, theirs, Some(Ask::None));
            }
            let there = self.there(to);
            let mut presence = Presence::new(change.clone()).with_from(from.clone());
            presence.to = Some(to.clone().into());
            for session in &there {
                self.deliver(*session, presence.clone().into());
            }
            if there.is_empty()
                && asks
                && let Some(person) = self.people.get_mut(to)
            {
                person.asked.push(from.clone());
            }
        }
        if *change == Type::Subscribed {
            let presences: Vec<Presence> =
                self.there(from).iter().filter_map(|id| self.sessions.get(id)?.presence.clone()).collect();
            for (presence, session) in
                presences.iter().flat_map(|p| self.there(to).into_iter().map(move |id| (p, id))).collect::<Vec<_>>()
            {
                self.deliver(session, presence.clone().into());
            }
        }
    }

    /// Changes the halves of an item that are given, and pushes it.
    fn change_item(&mut self, owner: &BareJid, jid: &BareJid, halves: (Option<bool>, Option<bool>), ask: Option<Ask>) {
        let Some(person) = self.people.get_mut(owner) else { return };
        let item = person.item(jid);
        item.subscription = subscription(halves.0.unwrap_or(sees(item)), halves.1.unwrap_or(is_seen(item)));
        if let Some(ask) = ask {
            item.ask = ask;
        }
        let item = item.clone();
        self.push(owner, item);
    }

    fn push(&mut self, owner: &BareJid, item: Item) {
        let interested: Vec<(u64, Jid)> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.account() == *owner && session.interested)
            .map(|(id, session)| (*id, session.jid.clone().into()))
            .collect();
        for (id, to) in interested {
            let payload = Roster { ver: None, items: vec![item.clone()] }.into();
            let push = Iq::Set { from: None, to: Some(to), id: format!("push-{}", self.next_archive), payload };
            self.deliver(id, push.into());
        }
    }

    fn iq(&mut self, id: u64, iq: Iq) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let account = session.account();
        let to = iq.to().cloned();
        let (from, iq_id) = (to.clone(), iq.id().to_owned());
        let for_account = to.as_ref().is_none_or(|to| *to == account);
        let for_server = to.as_ref().is_some_and(|to| to.as_str() == self.domain);
        let payload = match &iq {
            Iq::Get { payload, .. } | Iq::Set { payload, .. } if for_account || for_server => payload.clone(),
            Iq::Get { .. } | Iq::Set { .. } => return self.hand_on(id, iq, from),
            Iq::Result { .. } | Iq::Error { .. } => return,
        };
        let answer = if payload.is("query", ns::ROSTER) && for_account {
            session.interested = true;
            let items = self.people.get(&account).map(|person| person.roster.values().cloned().collect());
            Ok(Some(Roster { ver: None, items: items.unwrap_or_default() }.into()))
        } else if payload.is("enable", ns::CARBONS) {
            session.carbons = true;
            Ok(None)
        } else if payload.is("ping", ns::PING) {
            Ok(None)
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
