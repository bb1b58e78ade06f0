//! Rosters and subscriptions, as the server keeps them for its own accounts (RFC 6121 §2, §3): what a user changes is
//! pushed to all of their sessions, and what it means for the other side is changed and said there.

use super::people::{is_seen, sees, subscription};
use super::server::Server;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::{Presence, Type};
use xmpp_parsers::roster::{Ask, Item, Roster, Subscription};
use xmpp_parsers::stanza_error::DefinedCondition;

/// A change of the two halves of an item, where they change: whether the owner sees the contact, and is seen by them.
type Halves = (Option<bool>, Option<bool>);

impl Server {
    /// The whole roster, for whoever wants to hear of its changes from now on.
    pub(super) fn roster_asked(&mut self, id: u64, account: &BareJid) -> Element {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.interested = true;
        }
        let items = self.people.get(account).map(|person| person.roster.values().cloned().collect());
        Roster { ver: None, items: items.unwrap_or_default() }.into()
    }

    /// §2.3–§2.5: name and groups are the user's, the rest of an item is the server's.
    pub(super) fn roster_set(&mut self, account: &BareJid, payload: Element) -> Result<Option<Element>, DefinedCondition> {
        let mut items = Roster::try_from(payload).map_err(|_| DefinedCondition::BadRequest)?.items;
        let (Some(wanted), true) = (items.pop(), items.is_empty()) else { return Err(DefinedCondition::BadRequest) };
        let Some(person) = self.people.get_mut(account) else { return Err(DefinedCondition::Forbidden) };
        if wanted.jid == *account {
            return Err(DefinedCondition::NotAllowed);
        }
        if wanted.subscription != Subscription::Remove {
            let item = person.item(&wanted.jid);
            (item.name, item.groups) = (wanted.name, wanted.groups);
            let item = item.clone();
            self.push(account, item);
            return Ok(None);
        }
        let item = person.roster.get(&wanted.jid).cloned().ok_or(DefinedCondition::ItemNotFound)?;
        if sees(&item) || item.ask == Ask::Subscribe {
            self.subscription(account, &wanted.jid, &Type::Unsubscribe);
        }
        if is_seen(&item) {
            self.subscription(account, &wanted.jid, &Type::Unsubscribed);
        }
        if let Some(person) = self.people.get_mut(account) {
            person.roster.remove(&wanted.jid);
        }
        self.push(account, Item { subscription: Subscription::Remove, ask: Ask::None, ..item });
        Ok(None)
    }

    /// §3, from one account of this server to another.
    pub(super) fn subscription(&mut self, from: &BareJid, to: &BareJid, change: &Type) {
        let pending = self.people.get(from).is_some_and(|person| person.asked.contains(to));
        match change {
            Type::Subscribe => {
                if self.item_of(from, to).is_some_and(|item| sees(&item)) {
                    return;
                }
                self.change_item(from, to, (None, None), Some(Ask::Subscribe));
                if self.item_of(to, from).is_some_and(|item| is_seen(&item)) {
                    // They have been let in before: the server answers for them (§3.1.3).
                    self.change_item(from, to, (Some(true), None), Some(Ask::None));
                    self.say(to, from, Type::Subscribed);
                } else if let Some(person) = self.people.get_mut(to) {
                    person.asked.insert(from.clone());
                    self.say(from, to, Type::Subscribe);
                }
            }
            Type::Subscribed if pending => {
                self.forget_request(from, to);
                self.change_item(from, to, (None, Some(true)), None);
                self.change_item(to, from, (Some(true), None), Some(Ask::None));
                self.say(from, to, Type::Subscribed);
                self.show(from, to);
            }
            Type::Unsubscribe => {
                self.forget_request(to, from);
                self.change_known(from, to, (Some(false), None), Some(Ask::None));
                self.change_known(to, from, (None, Some(false)), None);
                self.say(from, to, Type::Unsubscribe);
                self.hide(to, from);
            }
            Type::Unsubscribed => {
                self.forget_request(from, to);
                self.hide(from, to);
                self.change_known(from, to, (None, Some(false)), None);
                self.change_known(to, from, (Some(false), None), Some(Ask::None));
                self.say(from, to, Type::Unsubscribed);
            }
            Type::Subscribed | Type::None | Type::Unavailable | Type::Error | Type::Probe => {}
        }
    }

    fn forget_request(&mut self, of: &BareJid, from: &BareJid) {
        if let Some(person) = self.people.get_mut(of) {
            person.asked.remove(from);
        }
    }

    fn item_of(&self, owner: &BareJid, jid: &BareJid) -> Option<Item> {
        self.people.get(owner)?.roster.get(jid).cloned()
    }

    /// Changes an item that is there.
    fn change_known(&mut self, owner: &BareJid, jid: &BareJid, halves: Halves, ask: Option<Ask>) {
        if self.item_of(owner, jid).is_some() {
            self.change_item(owner, jid, halves, ask);
        }
    }

    /// Changes the halves of an item that are given, and pushes it.
    fn change_item(&mut self, owner: &BareJid, jid: &BareJid, halves: Halves, ask: Option<Ask>) {
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

    /// Says a change to all sessions of `to` that are there.
    fn say(&mut self, from: &BareJid, to: &BareJid, change: Type) {
        for session in self.there(to) {
            let presence = Presence::new(change.clone()).with_from(from.clone()).with_to(to.clone());
            self.deliver(session, presence.into());
        }
    }

    /// `to` sees from now on who of `from` is there.
    fn show(&mut self, from: &BareJid, to: &BareJid) {
        for presence in self.presences_of(from) {
            for session in self.there(to) {
                self.deliver(session, presence.clone().into());
            }
        }
    }

    /// `to` no longer sees anybody of `from`.
    fn hide(&mut self, from: &BareJid, to: &BareJid) {
        for presence in self.presences_of(from) {
            for session in self.there(to) {
                let gone = Presence { from: presence.from.clone(), ..Presence::unavailable() };
                self.deliver(session, gone.into());
            }
        }
    }

    fn presences_of(&self, account: &BareJid) -> Vec<Presence> {
        self.sessions
            .values()
            .filter(|session| session.account() == *account)
            .filter_map(|session| session.presence.clone())
            .collect()
    }
}
