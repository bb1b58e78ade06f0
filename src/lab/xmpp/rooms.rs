//! What the server does with rooms (XEP-0045): who comes in, what is said, what was said before. Anybody of the domain may come in; nobody is
//! kept out, and rooms are made by the site alone.

use super::archive;
use super::room::Room;
use super::server::Server;
use crate::machine::Moment;
use std::collections::{BTreeMap, VecDeque};
use xmpp_parsers::disco::{DiscoInfoResult, DiscoItemsResult, Identity, Item as DiscoItem};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid, ResourcePart};
use xmpp_parsers::message::{Lang, Message, MessageType};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::muc::muc::Muc;
use xmpp_parsers::muc::user::{Affiliation, Item, MucUser, Role, Status};
use xmpp_parsers::ns;
use xmpp_parsers::presence::{Presence, Type};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

/// What who comes in hears of what was said, where they do not say how much.
const SHOWN: usize = 20;

impl Server {
    /// Makes a room, which has this subject.
    pub fn add_room(&mut self, jid: &BareJid, name: &str, subject: &str) {
        let mut message = Message::groupchat(None);
        message.from = Some(jid.clone().into());
        message.subjects.insert(Lang::new(), subject.to_owned());
        let (inside, history) = (BTreeMap::new(), VecDeque::new());
        self.rooms.insert(jid.clone(), Room { name: name.to_owned(), subject: Some(message), inside, history });
    }

    /// The nicknames of who is in a room.
    #[must_use]
    pub fn in_room(&self, jid: &BareJid) -> Vec<String> {
        self.rooms.get(jid).map(|room| room.inside.values().map(ToString::to_string).collect()).unwrap_or_default()
    }

    pub(super) fn is_room_host(&self, domain: &str) -> bool {
        self.rooms.keys().any(|room| room.domain().as_str() == domain)
    }

    /// Presence to a room: somebody comes in, changes their nickname or what they show, or goes (§7.2, §7.6, §7.7, §7.14).
    pub(super) fn room_presence(&mut self, id: u64, to: &Jid, presence: Presence) {
        let jid = to.to_bare();
        let Some(room) = self.rooms.get(&jid) else {
            return self.refuse_presence(id, to, DefinedCondition::ItemNotFound);
        };
        let before = room.inside.get(&id).cloned();
        if presence.type_ == Type::Unavailable {
            return self.leave(id, &jid);
        }
        let Some(nick) = to.resource().map(ResourcePart::from) else {
            return self.refuse_presence(id, to, DefinedCondition::JidMalformed);
        };
        if room.inside.iter().any(|(other, taken)| *other != id && *taken == nick) {
            return self.refuse_presence(id, to, DefinedCondition::Conflict);
        }
        if let Some(old) = before.as_ref().filter(|old| **old != nick) {
            self.tell_inside(id, &jid, old, Presence::unavailable(), &[Status::NewNick], Some(&nick));
        }
        let shown = Presence { payloads: foreign(&presence), to: None, from: None, ..presence.clone() };
        if let Some(room) = self.rooms.get_mut(&jid) {
            room.inside.insert(id, nick.clone());
        }
        if before.is_none() {
            self.show_those_inside(id, &jid);
        }
        self.tell_inside(id, &jid, &nick, shown, &[], None);
        if before.is_none() {
            let asked = presence.payloads.into_iter().find_map(|payload| Muc::try_from(payload).ok());
            let wanted = asked.and_then(|muc| muc.history).map_or(SHOWN, |history| {
                let nothing = history.maxchars == Some(0) || history.seconds == Some(0);
                if nothing { 0 } else { history.maxstanzas.map_or(SHOWN, |most| usize::try_from(most).unwrap_or(SHOWN)) }
            });
            self.tell_history(id, &jid, wanted);
        }
    }

    /// Leaves every room.
    pub(super) fn leave_rooms(&mut self, id: u64) {
        let rooms: Vec<BareJid> =
            self.rooms.iter().filter(|(_, room)| room.inside.contains_key(&id)).map(|(jid, _)| jid.clone()).collect();
        for jid in rooms {
            self.leave(id, &jid);
        }
    }

    fn leave(&mut self, id: u64, jid: &BareJid) {
        let Some(nick) = self.rooms.get(jid).and_then(|room| room.inside.get(&id)).cloned() else { return };
        self.tell_inside(id, jid, &nick, Presence::unavailable(), &[], None);
        if let Some(room) = self.rooms.get_mut(jid) {
            room.inside.remove(&id);
        }
    }

    /// Presence of the session `of`, under `nick`, to all who are inside.
    fn tell_inside(
        &mut self,
        of: u64,
        jid: &BareJid,
        nick: &ResourcePart,
        shown: Presence,
        statuses: &[Status],
        new: Option<&ResourcePart>,
    ) {
        let Some(room) = self.rooms.get(jid) else { return };
        let gone = shown.type_ == Type::Unavailable && new.is_none();
        let role = if gone { Role::None } else { Role::Participant };
        let full = self.sessions.get(&of).map(|session| session.jid.clone());
        let item = Item { jid: full, nick: new.map(ToString::to_string), ..Item::new(Affiliation::Member, role) };
        let inside: Vec<u64> = room.inside.keys().copied().collect();
        for session in inside {
            let own: &[Status] = if session == of { &[Status::SelfPresence] } else { &[] };
            let user = MucUser::new().with_statuses([statuses, own].concat()).with_items(vec![item.clone()]);
            let mut presence = shown.clone().with_from(jid.with_resource(nick));
            presence.payloads.push(user.into());
            self.deliver(session, presence.into());
        }
    }

    /// Who comes in sees who is there.
    fn show_those_inside(&mut self, id: u64, jid: &BareJid) {
        let Some(room) = self.rooms.get(jid) else { return };
        let others: Vec<(u64, ResourcePart)> =
            room.inside.iter().filter(|(other, _)| **other != id).map(|(other, nick)| (*other, nick.clone())).collect();
        for (other, nick) in others {
            let full = self.sessions.get(&other).map(|session| session.jid.clone());
            let item = Item { jid: full, ..Item::new(Affiliation::Member, Role::Participant) };
            let mut presence = Presence::available().with_from(jid.with_resource(&nick));
            presence.payloads.push(MucUser::new().with_items(vec![item]).into());
            self.deliver(id, presence.into());
        }
    }

    /// What was said, then the subject (§7.2.13 to §7.2.15).
    fn tell_history(&mut self, id: u64, jid: &BareJid, wanted: usize) {
        let Some(room) = self.rooms.get(jid) else { return };
        let skipped = room.history.len().saturating_sub(wanted);
        let mut told: Vec<Message> = Vec::new();
        for (at, message) in room.history.iter().skip(skipped) {
            let mut message = message.clone();
            message.payloads.extend(archive::delay(*at, Some(jid.clone().into())).map(Element::from));
            told.push(message);
        }
        told.extend(room.subject.clone());
        for message in told {
            self.deliver(id, message.into());
        }
    }

    /// A message to a room, or to somebody in it (§7.4, §7.5, §8.1).
    pub(super) fn room_message(&mut self, now: Moment, id: u64, mut message: Message) {
        let Some(to) = message.to.take() else { return };
        let jid = to.to_bare();
        let Some(room) = self.rooms.get_mut(&jid) else {
            return self.refuse_message(id, &message, &to, DefinedCondition::ItemNotFound);
        };
        let Some(nick) = room.inside.get(&id).cloned() else {
            return self.refuse_message(id, &message, &to, DefinedCondition::NotAcceptable);
        };
        message.from = Some(jid.with_resource(&nick).into());
        if let Some(whom) = to.resource() {
            let session = room.inside.iter().find(|(_, known)| known.as_str() == whom.as_str()).map(|(session, _)| *session);
            let Some(session) = session.filter(|_| message.type_ != MessageType::Groupchat) else {
                return self.refuse_message(id, &message, &to, DefinedCondition::ItemNotFound);
            };
            message.payloads.push(MucUser::new().into());
            return self.deliver(session, message.into());
        }
        if message.type_ != MessageType::Groupchat {
            return self.refuse_message(id, &message, &to, DefinedCondition::BadRequest);
        }
        if message.bodies.is_empty() && !message.subjects.is_empty() {
            room.subject = Some(message.clone());
        } else if !message.bodies.is_empty() {
            room.keep(self.clock.at(now), message.clone());
        }
        for session in room.inside.keys().copied().collect::<Vec<_>>() {
            self.deliver(session, message.clone().into());
        }
    }

    /// Service discovery of the rooms' host and of a room (§6).
    pub(super) fn asked_of_room(&mut self, id: u64, iq_id: &str, to: Option<Jid>, payload: &Element) {
        let room = to.as_ref().and_then(|to| self.rooms.get(&to.to_bare()));
        let identity =
            |name: Option<String>| Identity { category: "conference".into(), type_: "text".into(), lang: None, name };
        let info = |identity, features: &[&str]| {
            let features = features.iter().map(|feature| (*feature).to_owned()).collect();
            Element::from(DiscoInfoResult { node: None, identities: vec![identity], features, extensions: vec![] })
        };
        let is_host = to.as_ref().is_some_and(|to| to.node().is_none());
        let answer = match (payload.ns().as_str(), room, is_host) {
            (ns::DISCO_INFO, Some(room), _) => Some(info(
                identity(Some(room.name.clone())),
                &[ns::DISCO_INFO, ns::MUC, "muc_persistent", "muc_public", "muc_open", "muc_nonanonymous"],
            )),
            (ns::DISCO_INFO, None, true) => Some(info(identity(Some("Rooms".into())), &[ns::DISCO_INFO, ns::MUC])),
            (ns::DISCO_ITEMS, None, true) => {
                let item = |(jid, room): (&BareJid, &Room)| DiscoItem {
                    jid: jid.clone().into(),
                    node: None,
                    name: Some(room.name.clone()),
                };
                let items = self.rooms.iter().map(item).collect();
                Some(DiscoItemsResult { node: None, items, rsm: None }.into())
            }
            (ns::DISCO_ITEMS, Some(_), _) => Some(DiscoItemsResult { node: None, items: vec![], rsm: None }.into()),
            _ => None,
        };
        let answer = match answer {
            Some(payload) => Iq::Result { from: to, to: None, id: iq_id.to_owned(), payload: Some(payload) },
            None => {
                let error = refusal(DefinedCondition::ItemNotFound);
                Iq::Error { from: to, to: None, id: iq_id.to_owned(), error, payload: None }
            }
        };
        self.deliver(id, answer.into());
    }

    /// What there is beside accounts: the rooms' host.
    pub(super) fn items(&self, of_server: bool) -> Element {
        let hosts: std::collections::BTreeSet<&str> = self.rooms.keys().map(|room| room.domain().as_str()).collect();
        let item = |host: &str| Some(DiscoItem { jid: Jid::new(host).ok()?, node: None, name: Some("Rooms".into()) });
        let items = hosts.into_iter().filter(|_| of_server).filter_map(item).collect();
        DiscoItemsResult { node: None, items, rsm: None }.into()
    }

    fn refuse_presence(&mut self, id: u64, to: &Jid, condition: DefinedCondition) {
        let mut presence = Presence::error().with_from(to.clone());
        presence.payloads.push(Muc::default().into());
        presence.payloads.push(refusal(condition).into());
        self.deliver(id, presence.into());
    }

    fn refuse_message(&mut self, id: u64, message: &Message, to: &Jid, condition: DefinedCondition) {
        let mut error = Message::error(None);
        (error.from, error.id) = (Some(to.clone()), message.id.clone());
        error.payloads.push(refusal(condition).into());
        self.deliver(id, error.into());
    }
}

/// What a presence carries beside the wish to come in.
fn foreign(presence: &Presence) -> Vec<Element> {
    presence.payloads.iter().filter(|payload| !payload.has_ns(ns::MUC) && !payload.has_ns(ns::MUC_USER)).cloned().collect()
}

fn refusal(condition: DefinedCondition) -> StanzaError {
    let texts = BTreeMap::new();
    StanzaError { type_: ErrorType::Cancel, by: None, defined_condition: condition, texts, other: None }
}
