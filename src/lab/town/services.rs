//! The services of the town over values, and what passes between them.

use super::people;
use crate::lab::cast::{Cast, CastIn, CastOut, spoken};
use crate::lab::connection::Connection;
use crate::lab::http::{self, Service, Visit};
use crate::lab::sip::b2bua::{self, B2bua, Deposited};
use crate::lab::site::Site;
use crate::lab::voices::Clip;
use crate::lab::wire::{Carrier, Door, Node, Places, WireIn, WireOut};
use crate::lab::xmpp::{self, FromServer, ToServer};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Stamp, Wake};
use crate::protocol::http::{Failure, Request, Response};
use std::collections::VecDeque;
use std::time::Duration;

/// The cast's clients have numbers from here on; others have smaller ones.
const CAST: usize = usize::MAX / 2;

/// Stanzas that the chat server remembers, and messages of each archive.
const REMEMBERED: usize = 2_000;

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum TownIn {
    /// A client says this to the chat server, over this connection.
    Chat(usize, u64, ToServer),
    /// This connection of this client is gone.
    ChatBroken(usize, u64),
    /// Something for the call manager.
    Phone(b2bua::In),
    /// Bytes for Unity Connection.
    Web(WireIn),
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum TownOut {
    /// The chat server says this to a client.
    Chat(usize, u64, FromServer),
    /// The call manager says this.
    Phone(b2bua::Out),
    /// Unity Connection says this.
    Web(WireOut),
}

/// The services of a site that people use.
#[derive(Debug)]
pub struct Town {
    chat: xmpp::Server,
    phones: B2bua,
    web: http::Server<Connection>,
    cast: Cast,
    clock: WallClock,
    out: VecDeque<TownOut>,
}

impl Town {
    /// Of this site, whose day begins at `now`.
    #[must_use]
    pub fn new(now: Moment, site: &Site, places: &Places, clock: WallClock, seed: u64) -> Town {
        let mut chance = Chance::seeded(seed ^ 0x0070_746f_776e);
        let mut chat = xmpp::Server::new(site.presence().as_str(), clock);
        chat.remember(REMEMBERED);
        people::settle(site, &mut chat, clock.at(now));
        let numbers = people::numbers(site);
        let numbers = [numbers.echo, numbers.conference, numbers.voicemail];
        let chatters = people::chatters(site);
        let cast = Cast::new(site.cast.clone(), chatters, people::room(site), numbers, clock, chance.fork());
        let phones = B2bua::new(people::call_manager(site, places, &cast), chance.fork());
        let mut mail = Connection::new(site.voicemail.clone(), site.domain.as_str(), chance.fork());
        for person in site.people.iter().filter(|_| site.profile.voicemail) {
            mail.add(person.user(), &person.display_name(), person.extension(), &person.password);
        }
        fill(site, &mut mail, clock.at(now));
        let carrier = Carrier::Secure(site.voicemail.answers.certificate);
        let web = http::Server::new(mail, carrier, places.clone());
        let mut town = Town { chat, phones, web, cast, clock, out: VecDeque::new() };
        town.cast.handle(now, CastIn::Begin);
        town.settle(now);
        town
    }

    /// The chat server, to look at or to disturb.
    pub fn chat(&mut self) -> &mut xmpp::Server {
        &mut self.chat
    }

    /// The call manager, to look at.
    #[must_use]
    pub fn phones(&self) -> &B2bua {
        &self.phones
    }

    /// What Unity Connection answers, for those who ask without a network; nothing goes wrong with it on its way.
    pub fn voicemail(&mut self, now: Moment, request: &Request) -> Response {
        let response = self.web.service().say(request);
        self.settle(now);
        response
    }

    /// What a client makes of what Unity Connection answers, and how late: with all that goes wrong with it on its way.
    ///
    /// # Errors
    /// The failure that the client meets.
    pub fn mail(&mut self, now: Moment, request: &Request) -> (Duration, Result<Response, Failure>) {
        let service = self.web.service();
        let certificate = service.settings().answers.certificate;
        let visit = Visit { door: Door::Voicemail, node: Node::First, request };
        let declared = service.answer(now, visit).declared(request, certificate);
        self.settle(now);
        declared
    }

    /// Unity Connection, to look at or to disturb.
    pub fn unity(&mut self) -> &mut Connection {
        self.web.service()
    }

    fn deposit(&mut self, now: Moment, message: Deposited) {
        let at = self.clock.at(now);
        self.web.service().mailboxes.deposit(at, message);
    }

    /// What one service says is heard by the others, until all are silent.
    fn settle(&mut self, now: Moment) {
        loop {
            let mut quiet = true;
            while let Some(done) = self.cast.poll() {
                quiet = false;
                match done {
                    CastOut::Say(who, what) => self.chat.handle(now, xmpp::ServerIn::Heard(CAST + who, 0, what)),
                    CastOut::Ring(asked) => self.phones.handle(now, b2bua::In::Ring(asked)),
                    CastOut::Leave(message) => self.deposit(now, message),
                }
            }
            while let Some((client, connection, told)) = self.chat.poll() {
                quiet = false;
                match client.checked_sub(CAST) {
                    Some(who) => self.cast.handle(now, CastIn::Heard(who, told)),
                    None => self.out.push_back(TownOut::Chat(client, connection, told)),
                }
            }
            while let Some(out) = self.phones.poll() {
                quiet = false;
                match out {
                    b2bua::Out::Deposited(message) => self.deposit(now, message),
                    b2bua::Out::Rang(asked, end) => self.cast.handle(now, CastIn::Rang(asked, end)),
                    out => self.out.push_back(TownOut::Phone(out)),
                }
            }
            while let Some(number) = self.web.service().mailboxes.next_change() {
                quiet = false;
                let (new, old) = self.web.service().mailboxes.waiting(&number);
                self.phones.handle(now, b2bua::In::Waiting { number, new, old });
            }
            while let Some(out) = self.web.poll() {
                self.out.push_back(TownOut::Web(out));
            }
            if quiet {
                return;
            }
        }
    }
}

/// What waits for the first person when the day begins: one message an hour, the last one not heard yet.
fn fill(site: &Site, mail: &mut Connection, now: Stamp) {
    let Some((first, others)) = site.people.split_first().filter(|_| site.profile.voicemail) else { return };
    let count = site.voicemail.messages;
    for (number, caller) in (0..count).zip(others.iter().cycle()) {
        let age = Duration::from_secs(3600 * u64::from(count - number) - 600);
        let at = Stamp::from_micros(now.micros() - i64::try_from(age.as_micros()).unwrap_or(0));
        let message = Deposited {
            mailbox: first.extension().to_owned(),
            caller: caller.extension().to_owned(),
            name: caller.display_name(),
            sound: spoken(Clip::Message(number + 1)),
        };
        let id = mail.mailboxes.deposit(at, message);
        let read = number + 1 < count;
        mail.mailboxes.change(first.extension(), &id, |kept| kept.read = read);
    }
}

impl Machine for Town {
    type Input = TownIn;
    type Output = TownOut;

    fn handle(&mut self, now: Moment, input: TownIn) {
        match input {
            TownIn::Chat(client, connection, what) => {
                self.chat.handle(now, xmpp::ServerIn::Heard(client, connection, what));
            }
            TownIn::ChatBroken(client, connection) => self.chat.handle(now, xmpp::ServerIn::Broken(client, connection)),
            TownIn::Phone(input) => self.phones.handle(now, input),
            TownIn::Web(input) => self.web.handle(now, input),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.cast.expire(now);
        self.chat.expire(now);
        self.phones.expire(now);
        self.web.expire(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<TownOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let people = Wake::sooner(self.cast.wake(), self.chat.wake());
        Wake::sooner(people, Wake::sooner(self.phones.wake(), self.web.wake()))
    }
}
