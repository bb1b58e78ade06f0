//! Who is in the roster, who is there, and who asks to see us (RFC 6121 §2–§4).

use super::outgoing::Outgoing;
use crate::engine::event::{Contact, Event, Presence, Show};
use crate::machine::RemoteText;
use crate::protocol::xmpp::Known;
use crate::protocol::xmpp::gate::Available;
use std::collections::{BTreeMap, BTreeSet};
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::presence::Show as Shown;
use xmpp_parsers::roster::{Ask, Item, Subscription};

/// Resources of one contact that are shown; a contact with more is playing with us.
const RESOURCES: usize = 32;

/// Requests to see us that are remembered.
const REQUESTS: usize = 1000;

/// How often one request is told that is made and taken back by turns.
const TELLINGS: u8 = 3;

/// Somebody's request to see us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// It waits for the user; told so often.
    Open(u8),
    /// They took it back; it was told so often.
    Withdrawn(u8),
}

/// The people of one account.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    roster: BTreeMap<BareJid, Contact>,
    there: BTreeMap<BareJid, BTreeMap<Jid, Presence>>,
    requests: BTreeMap<BareJid, Request>,
    /// Those whom we asked in this run to let us see them, until they are in the roster as such.
    asking: BTreeSet<BareJid>,
}

impl Contacts {
    /// The whole roster, as it is now: tells what differs from the one that we had.
    pub(super) fn roster(&mut self, items: Vec<Item>, known: &mut Known, out: &mut Outgoing) {
        let mut gone: BTreeSet<BareJid> = self.roster.keys().cloned().collect();
        for item in items {
            gone.remove(&item.jid);
            self.item(item, known, out);
        }
        for jid in gone {
            self.remove(&jid, known, out);
        }
    }

    /// One item, as it is now.
    pub(super) fn item(&mut self, item: Item, known: &mut Known, out: &mut Outgoing) {
        if item.subscription == Subscription::Remove {
            return self.remove(&item.jid, known, out);
        }
        let we_see_them = matches!(item.subscription, Subscription::To | Subscription::Both);
        let contact = Contact {
            jid: item.jid.to_string(),
            name: RemoteText::new(item.name.unwrap_or_default()),
            we_see_them,
            they_see_us: matches!(item.subscription, Subscription::From | Subscription::Both),
            asked: item.ask == Ask::Subscribe,
            groups: item.groups.into_iter().map(|group| RemoteText::new(group.0)).collect(),
        };
        if we_see_them {
            known.seen.insert(item.jid.clone());
            self.asking.remove(&item.jid);
        } else {
            known.seen.remove(&item.jid);
            self.forget_presence(&item.jid, out);
        }
        if contact.they_see_us {
            known.watchers.insert(item.jid.clone());
            // Perhaps another of our devices has let them.
            self.settle(&item.jid, out);
        } else {
            known.watchers.remove(&item.jid);
        }
        if self.roster.get(&item.jid) != Some(&contact) {
            out.tell(Event::Contact { account: out.account(), contact: contact.clone() });
            self.roster.insert(item.jid, contact);
        }
    }

    fn remove(&mut self, jid: &BareJid, known: &mut Known, out: &mut Outgoing) {
        known.seen.remove(jid);
        known.watchers.remove(jid);
        self.asking.remove(jid);
        self.forget_presence(jid, out);
        if self.roster.remove(jid).is_some() {
            out.tell(Event::ContactGone { account: out.account(), jid: jid.to_string() });
        }
    }

    /// We no longer see them, so what we saw last is not true any more.
    fn forget_presence(&mut self, jid: &BareJid, out: &mut Outgoing) {
        for (_, mut presence) in self.there.remove(jid).unwrap_or_default() {
            presence.show = Show::Offline;
            out.tell(Event::Presence { account: out.account(), presence });
        }
    }

    /// Somebody is there, or goes. The gate has seen to it that they may tell us.
    pub(super) fn presence(&mut self, said: Available, known: &Known, out: &mut Outgoing) {
        if said.from == known.me {
            return;
        }
        let show = match said.show {
            None => Show::Offline,
            Some(None) => Show::Available,
            Some(Some(Shown::Chat)) => Show::Chat,
            Some(Some(Shown::Away)) => Show::Away,
            Some(Some(Shown::Xa)) => Show::ExtendedAway,
            Some(Some(Shown::Dnd)) => Show::DoNotDisturb,
        };
        let presence = Presence {
            from: RemoteText::new(said.from.to_string()),
            show,
            status: RemoteText::new(said.status),
            priority: said.priority,
            at: said.at,
        };
        let resources = self.there.entry(said.from.to_bare()).or_default();
        if show == Show::Offline {
            resources.remove(&said.from);
        } else if resources.len() < RESOURCES || resources.contains_key(&said.from) {
            resources.insert(said.from, presence.clone());
        } else {
            return;
        }
        out.tell(Event::Presence { account: out.account(), presence });
    }

    /// Somebody asks to see us: told once, until it is answered.
    pub(super) fn asks(&mut self, from: BareJid, out: &mut Outgoing) {
        let told = match self.requests.get(&from) {
            Some(Request::Open(_) | Request::Withdrawn(TELLINGS..)) => return,
            Some(Request::Withdrawn(told)) => *told,
            None => 0,
        };
        if self.roster.get(&from).is_some_and(|contact| contact.they_see_us) {
            return;
        }
        if self.requests.len() >= REQUESTS && !self.requests.contains_key(&from) {
            let withdrawn = |request: &Request| matches!(request, Request::Withdrawn(_));
            let Some(old) = self.requests.iter().find(|(_, request)| withdrawn(request)).map(|(old, _)| old.clone()) else {
                return;
            };
            self.requests.remove(&old);
        }
        out.tell(Event::SubscriptionAsked { account: out.account(), from: from.to_string() });
        self.requests.insert(from, Request::Open(told + 1));
    }

    /// They take their question back.
    pub(super) fn asks_no_more(&mut self, from: &BareJid, out: &mut Outgoing) {
        if let Some(request) = self.requests.get_mut(from)
            && let Request::Open(told) = *request
        {
            *request = Request::Withdrawn(told);
            out.tell(Event::SubscriptionSettled { account: out.account(), from: from.to_string() });
        }
    }

    /// Their question is answered.
    pub(super) fn settle(&mut self, from: &BareJid, out: &mut Outgoing) {
        if matches!(self.requests.remove(from), Some(Request::Open(_))) {
            out.tell(Event::SubscriptionSettled { account: out.account(), from: from.to_string() });
        }
    }

    /// Whether `jid` is in the roster.
    pub(super) fn holds(&self, jid: &BareJid) -> bool {
        self.roster.contains_key(jid)
    }

    /// Whether we neither see `jid` nor have asked to.
    pub(super) fn has_nothing_of(&self, jid: &BareJid) -> bool {
        !self.asking.contains(jid) && self.roster.get(jid).is_none_or(|contact| !contact.we_see_them && !contact.asked)
    }

    /// We ask `jid` to let us see them.
    pub(super) fn ask(&mut self, jid: BareJid) {
        self.asking.insert(jid);
    }

    /// What we asked `jid` has not reached them, or they have refused it; whether we had asked.
    pub(super) fn asks_in_vain(&mut self, jid: &BareJid) -> bool {
        self.asking.remove(jid)
    }

    /// Whether a device of `jid` is there.
    pub(super) fn is_there(&self, jid: &BareJid) -> bool {
        self.there.get(jid).is_some_and(|resources| !resources.is_empty())
    }

    /// Whether `jid` is there, or nobody can say.
    pub(super) fn may_be_there(&self, jid: &BareJid, known: &Known) -> bool {
        self.is_there(jid) || !known.seen.contains(jid)
    }

    /// A new session begins: nobody is known to be there.
    pub(super) fn forget_presences(&mut self) {
        self.there.clear();
    }

    /// The session goes on after its link was lost: who was there is still there, and the server will not say so again.
    pub(super) fn tell_presences_again(&self, out: &mut Outgoing) {
        for presence in self.there.values().flat_map(BTreeMap::values) {
            out.tell(Event::Presence { account: out.account(), presence: presence.clone() });
        }
    }
}
