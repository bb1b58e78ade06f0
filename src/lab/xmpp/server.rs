//! The server: streams and sessions in, stanzas to where they belong out.

use super::archive::Archived;
use super::compliance::{Blocked, Compliance};
use super::faults::Fault;
use super::line::{FromServer, ToServer};
use super::people::{Person, Session, subscription};
use super::room::Room;
use crate::machine::stamp::WallClock;
use crate::machine::{Machine, Moment, Wake};
use crate::protocol::xmpp::Stanza;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use xmpp_parsers::jid::{BareJid, FullJid};
use xmpp_parsers::roster::{Group, Item};

/// How long a session waits to be resumed.
const RESUMABLE: Duration = Duration::from_secs(300);

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerIn {
    /// This client says this over this connection.
    Heard(usize, u64, ToServer),
    /// This connection of this client is gone.
    Broken(usize, u64),
    /// This goes to every session of this account as it is, whoever it claims to be from.
    Forge(BareJid, Stanza),
    /// A fault begins or ends.
    Fault(Fault, bool),
    /// Every session is forgotten: the server starts anew.
    Restart,
}

/// To this client, over this connection.
pub type ServerOut = (usize, u64, FromServer);

/// A stanza that a client sent, with the session that it came over.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// When.
    pub at: Moment,
    /// From whom.
    pub from: FullJid,
    /// What.
    pub stanza: Stanza,
}

/// A server for one domain.
#[derive(Debug)]
pub struct Server {
    pub(super) domain: String,
    pub(super) clock: WallClock,
    pub(super) people: BTreeMap<BareJid, Person>,
    pub(super) sessions: BTreeMap<u64, Session>,
    pub(super) rooms: BTreeMap<BareJid, Room>,
    pub(super) faults: BTreeSet<Fault>,
    pub(super) compliance: Compliance,
    unknown: BTreeSet<String>,
    pub(super) out: VecDeque<ServerOut>,
    pub(super) next_archive: u64,
    next_session: u64,
    heard: Vec<Heard>,
    remembers: usize,
    sign_ins: u64,
}

impl Server {
    /// A server without accounts.
    #[must_use]
    pub fn new(domain: &str, clock: WallClock) -> Server {
        Server {
            domain: domain.to_owned(),
            clock,
            people: BTreeMap::new(),
            sessions: BTreeMap::new(),
            rooms: BTreeMap::new(),
            faults: BTreeSet::new(),
            compliance: Compliance::default(),
            unknown: BTreeSet::new(),
            out: VecDeque::new(),
            next_archive: 0,
            next_session: 0,
            heard: Vec::new(),
            remembers: usize::MAX,
            sign_ins: 0,
        }
    }

    /// Adds an account.
    pub fn add(&mut self, account: &BareJid, password: &str) {
        self.people.insert(account.clone(), Person::new(password));
    }

    /// From now on no more than so many stanzas, and archived messages of each account, are kept: the oldest go first.
    pub fn remember(&mut self, most: usize) {
        self.remembers = most;
    }

    pub(super) const fn remembers(&self) -> usize {
        self.remembers
    }

    /// Changes what an account calls a contact.
    pub fn name(&mut self, account: &BareJid, contact: &BareJid, name: &str, group: &str) {
        if let Some(person) = self.people.get_mut(account) {
            let item = person.item(contact);
            item.name = Some(name.to_owned());
            item.groups = vec![Group(group.to_owned())];
        }
    }

    /// Two accounts see each other.
    pub fn befriend(&mut self, a: &BareJid, b: &BareJid) {
        for (one, other) in [(a, b), (b, a)] {
            if let Some(person) = self.people.get_mut(one) {
                person.item(other).subscription = subscription(true, true);
            }
        }
    }

    /// What an account's archive holds.
    #[must_use]
    pub fn archive(&self, account: &BareJid) -> &[Archived] {
        self.people.get(account).map_or(&[], |person| &person.archive)
    }

    /// An account's roster.
    #[must_use]
    pub fn roster(&self, account: &BareJid) -> Vec<Item> {
        self.people.get(account).map(|person| person.roster.values().cloned().collect()).unwrap_or_default()
    }

    /// All that clients have sent, oldest first.
    #[must_use]
    pub fn heard(&self) -> &[Heard] {
        &self.heard
    }

    /// Attempts to sign in, good and bad.
    #[must_use]
    pub fn sign_ins(&self) -> u64 {
        self.sign_ins
    }

    /// Begins or ends a fault.
    pub fn fault(&mut self, fault: Fault, there: bool) {
        if there {
            self.faults.insert(fault)
        } else {
            self.faults.remove(&fault)
        };
    }

    /// Messages with one of these words go to nobody.
    pub fn watch_words(&mut self, words: &[String], blocked: Blocked) {
        self.compliance = Compliance::new(words, blocked);
    }

    /// From now on it does not know questions in these namespaces.
    pub fn not_know(&mut self, namespaces: &[String]) {
        self.unknown.extend(namespaces.iter().cloned());
    }

    pub(super) fn knows(&self, namespace: &str) -> bool {
        !self.unknown.contains(namespace)
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Sends `stanza` over a session, or keeps it until the session is resumed.
    pub(super) fn deliver(&mut self, session: u64, stanza: Stanza) {
        let counted = !self.has(Fault::NoStreamManagement);
        let Some(session) = self.sessions.get_mut(&session) else { return };
        session.sent += 1;
        if counted {
            session.unacknowledged.push_back(stanza.clone());
        }
        if let Some((client, connection)) = session.line {
            self.out.push_back((client, connection, FromServer::Stanza(stanza)));
        }
    }

    fn said(&mut self, now: Moment, client: usize, connection: u64, what: ToServer) {
        if let ToServer::Open { jid, resource, password, resume } = what {
            self.sign_ins += 1;
            return self.open(now, (client, connection), &jid, &resource, &password, resume);
        }
        let line = Some((client, connection));
        let Some(id) = self.sessions.iter().find(|(_, session)| session.line == line).map(|(id, _)| *id) else { return };
        match what {
            ToServer::Stanza(stanza) => self.heard_stanza(now, id, stanza),
            ToServer::Ack(count) => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.acknowledged(count);
                }
            }
            ToServer::Close => self.end(now, id),
            ToServer::Open { .. } => {}
        }
    }

    fn heard_stanza(&mut self, now: Moment, id: u64, stanza: Stanza) {
        if self.has(Fault::Silent) {
            return;
        }
        let counted = !self.has(Fault::NoStreamManagement);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.heard += 1;
        if self.heard.len() >= self.remembers {
            self.heard.drain(..self.heard.len() / 2 + 1);
        }
        self.heard.push(Heard { at: now, from: session.jid.clone(), stanza: stanza.clone() });
        if let Some((client, connection)) = session.line.filter(|_| counted) {
            self.out.push_back((client, connection, FromServer::Ack(session.heard)));
        }
        self.route(now, id, stanza);
    }

    fn open(&mut self, now: Moment, line: (usize, u64), jid: &str, resource: &str, password: &str, resume: Option<(u64, u32)>) {
        if self.has(Fault::Silent) {
            return;
        }
        let account = BareJid::new(jid).ok().filter(|jid| self.people.get(jid).is_some_and(|who| who.password == password));
        let Some(full) = account.as_ref().and_then(|account| account.with_resource_str(resource).ok()) else {
            return self.out.push_back((line.0, line.1, FromServer::Refused));
        };
        let managed = !self.has(Fault::NoStreamManagement);
        let old = resume.filter(|(id, _)| managed && self.sessions.get(id).is_some_and(|old| old.jid == full));
        if let Some((id, count)) = old
            && let Some(session) = self.sessions.get_mut(&id)
        {
            session.acknowledged(count);
            (session.line, session.until) = (Some(line), None);
            let opened = FromServer::Opened { jid: full.to_string(), session: Some(id), resumed: Some(session.heard) };
            let again = session.unacknowledged.clone();
            self.out.push_back((line.0, line.1, opened));
            self.out.extend(again.into_iter().map(|stanza| (line.0, line.1, FromServer::Stanza(stanza))));
            return;
        }
        // RFC 6120 §7.7.2.2: the new session with this resource takes the place of the old one.
        let same: Vec<u64> = self.sessions.iter().filter(|(_, old)| old.jid == full).map(|(id, _)| *id).collect();
        for id in same {
            if let Some((client, connection)) = self.sessions.get(&id).and_then(|old| old.line) {
                self.out.push_back((client, connection, FromServer::Replaced));
            }
            self.end(now, id);
        }
        self.next_session += 1;
        self.sessions.insert(self.next_session, Session::new(full.clone(), line));
        let session = managed.then_some(self.next_session);
        self.out.push_back((line.0, line.1, FromServer::Opened { jid: full.to_string(), session, resumed: None }));
    }

    fn broken(&mut self, now: Moment, line: (usize, u64)) {
        let Some(id) = self.sessions.iter().find(|(_, session)| session.line == Some(line)).map(|(id, _)| *id) else { return };
        if self.has(Fault::NoResumption) || self.has(Fault::NoStreamManagement) {
            return self.end(now, id);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            (session.line, session.until) = (None, Some(now + RESUMABLE));
        }
    }

    /// A session is over: others see it go, and messages that it has not acknowledged wait for the next one.
    pub(super) fn end(&mut self, now: Moment, id: u64) {
        self.presence_ends(id);
        let Some(session) = self.sessions.remove(&id) else { return };
        let account = session.account();
        for stanza in session.unacknowledged {
            if let Stanza::Message(message) = stanza {
                self.keep_offline(now, &account, message);
            }
        }
    }
}

impl Machine for Server {
    type Input = ServerIn;
    type Output = ServerOut;

    fn handle(&mut self, now: Moment, input: ServerIn) {
        match input {
            ServerIn::Heard(client, connection, what) => self.said(now, client, connection, what),
            ServerIn::Broken(client, connection) => self.broken(now, (client, connection)),
            ServerIn::Forge(account, stanza) => {
                let sessions: Vec<u64> =
                    self.sessions.iter().filter(|(_, session)| session.account() == account).map(|(id, _)| *id).collect();
                for id in sessions {
                    self.deliver(id, stanza.clone());
                }
            }
            ServerIn::Fault(fault, there) => self.fault(fault, there),
            ServerIn::Restart => self.sessions.clear(),
        }
    }

    fn expire(&mut self, now: Moment) {
        let over: Vec<u64> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.until.is_some_and(|until| until <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            self.end(now, id);
        }
    }

    fn poll(&mut self) -> Option<ServerOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let until = self.sessions.values().filter_map(|session| session.until).min();
        until.map(|at| Wake { at, why: "a session is given up" })
    }
}
