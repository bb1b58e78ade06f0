//! The machine of one account's chat: hands each input to the part that it concerns.

use super::account::Chat;
use super::catch_up::Progress;
use super::input::ChatIn;
use super::outstanding::Wish;
use super::turn::Turn;
use crate::engine::ask::{Answer, AskId};
use crate::engine::command::Attendance;
use crate::engine::event::{Delivery, Event, Message, MessageKey, NoticeLevel, ProblemKind, Ticket};
use crate::engine::input::{StanzaId, XmppIn};
use crate::engine::output::Output;
use crate::engine::settings::Account;
use crate::machine::stamp::WallClock;
use crate::machine::{Machine, Moment, RemoteText, Wake};
use crate::protocol::xmpp::{Purpose, message, ping, presence};
use xmpp_parsers::jid::{FullJid, Jid};

/// Why nothing is sent, where a deployment gives contacts and presence only.
const SWITCHED_OFF: &str = "chat is switched off for this user: there are contacts and presence only";

impl Chat {
    fn sign_in(&mut self, now: Moment, attendance: Attendance) {
        let arrives = self.attendance == Attendance::Passing && attendance == Attendance::Present;
        self.attendance = attendance;
        self.outstanding.ask_once(&mut self.out);
        if self.link.is_online() && arrives {
            self.attend(now);
        } else {
            self.link.sign_in(now, &mut self.out);
        }
    }

    fn sign_out(&mut self) {
        if self.link.is_online() && self.own_presence.is_shown() {
            self.out.send(presence::unavailable(""));
        }
        self.conversations.take_back(&mut self.out);
        self.end_session();
        self.link.sign_out(&mut self.out);
    }

    /// The server of the account is another one now, and so is what may be sent: the next sign-in begins there, with all that
    /// is to be sent still.
    pub fn moved(&mut self, account: &Account, messages: bool) {
        if self.link.is_online() {
            self.conversations.take_back(&mut self.out);
        }
        self.end_session();
        self.link.moved(account, &mut self.out);
        self.messages = messages;
    }

    /// Whether it is the chat of this address.
    #[must_use]
    pub fn is_of(&self, jid: &str) -> bool {
        self.link.account().is_some_and(|account| account.to_string() == jid)
    }

    fn write(&mut self, now: Moment, to: &str, body: &str, ticket: Ticket) {
        let key = self.chance.hex(16);
        let online = self.link.is_online();
        let me = match (&self.known, self.link.account()) {
            (Some(known), _) => known.me.to_string(),
            (None, Some(account)) => account.to_string(),
            (None, None) => String::new(),
        };
        let parsed = Jid::new(to);
        let message = Message {
            key: MessageKey(key.clone()),
            id: RemoteText::new(key),
            from: RemoteText::new(me),
            to: RemoteText::new(parsed.as_ref().map_or_else(|_| to.to_owned(), ToString::to_string)),
            body: RemoteText::new(message::writable(body)),
            at: self.clock.at(now),
            ours: true,
            archived: false,
            delivery: Delivery::Unsent,
        };
        self.incoming.see(&message.key);
        match parsed.map_err(|why| format!("“{to}” is no address: {why}")).and_then(|to| self.may_write().map(|()| to)) {
            Ok(to) => {
                self.typing.written(&to.into_bare());
                self.conversations.write(message, ticket, online, &mut self.out);
            }
            Err(why) => {
                let delivery = Delivery::Failed(why.into());
                let (account, message) = (self.out.account(), Message { delivery, ..message });
                self.out.tell(Event::Message { account, message, ticket: Some(ticket) });
            }
        }
    }

    fn may_write(&self) -> Result<(), String> {
        if self.messages { Ok(()) } else { Err(SWITCHED_OFF.into()) }
    }

    fn write_again(&mut self, now: Moment, key: &MessageKey) {
        if let Err(what) = self.may_write() {
            let next = "It stays where it is; the administrator of the deployment can switch chat on.";
            return self.out.notice(NoticeLevel::Warning, ProblemKind::Refused, what, next);
        }
        if self.conversations.holds(key) {
            return;
        }
        match self.conversations.failed(key).cloned().or_else(|| self.recovery.take(key)) {
            Some(message) => self.again(now, message),
            None => self.outstanding.ask_for(key.clone(), Wish::SendAgain, &mut self.out),
        }
    }

    fn give_up(&mut self, key: MessageKey) {
        if self.conversations.give_up(&key, &mut self.out) || self.conversations.failed(&key).is_some() {
            return;
        }
        match self.recovery.take(&key) {
            Some(message) => self.conversations.give_up_old(message, &mut self.out),
            None => self.outstanding.ask_for(key, Wish::GiveUp, &mut self.out),
        }
    }

    pub(super) fn again(&mut self, now: Moment, message: Message) {
        self.incoming.see(&message.key);
        let known = self.known.as_mut().filter(|_| self.link.is_online());
        self.conversations.write_again(message, known, now, &mut self.out);
    }

    fn answered(&mut self, now: Moment, id: AskId, answer: &Answer) {
        if self.link.answered(now, id, answer, &mut self.chance, &mut self.out) {
            return;
        }
        let online = self.link.is_online();
        if self.conversations.answered(id, answer, self.known.as_mut().filter(|_| online), now, &mut self.out) {
            return;
        }
        if let Some(found) = self.outstanding.answered(id, answer) {
            return self.found_outstanding(now, found);
        }
        self.incoming.answered(id, answer, &mut self.out);
        let (stamp, chance, out) = (self.clock.at(now), &mut self.chance, &mut self.out);
        if let Some(known) = &mut self.known {
            let mut turn = Turn { now, stamp, chance, out };
            if self.catch_up.answered(id, answer, known, &mut turn) == Progress::Ended {
                self.recovery.begin(known, &mut turn);
            }
        }
    }

    fn linked(&mut self, now: Moment, input: XmppIn) {
        match input {
            XmppIn::Up { jid, resumed } => self.up(now, &jid, resumed),
            XmppIn::Down(why) => {
                self.conversations.cut_off(&mut self.out);
                self.typing.forget();
                self.link.down(now, why, &mut self.chance, &mut self.out);
            }
            XmppIn::SentTo { to, unused, why } => {
                self.conversations.cut_off(&mut self.out);
                self.typing.forget();
                self.link.sent_to(now, &to, unused, why, &mut self.chance, &mut self.out);
            }
            XmppIn::Stanza(stanza) => self.stanza(now, stanza),
            XmppIn::Acknowledged(id) => self.conversations.acknowledged(id, now, &mut self.out),
            XmppIn::Lost(id) => self.lost(now, id),
        }
    }

    fn lost(&mut self, now: Moment, id: StanzaId) {
        if let Some(message) = self.conversations.lost(id, now, &mut self.out) {
            self.recovery.add_unknown(message, now);
        }
    }

    fn up(&mut self, now: Moment, jid: &str, resumed: bool) {
        let Ok(me) = FullJid::new(jid) else {
            let what = format!("The server gave us an address that is none: {}.", RemoteText::from(jid));
            self.out.notice(NoticeLevel::Error, ProblemKind::Protocol, what, "Ask whoever runs the server.");
            return self.sign_out();
        };
        self.link.up(now, jid, resumed, &mut self.out);
        match &mut self.known {
            Some(known) if resumed => {
                known.asked.renew(now);
                self.contacts.tell_presences_again(&mut self.out);
                self.catch_up.tell_again(&mut self.out);
                self.say_presence(now);
            }
            _ => self.begin_session(now, me),
        }
        let known = self.known.as_mut();
        self.conversations.flush(known, now, &mut self.out);
    }

    /// What came of the archive's saying that a message of ours is, or is not, there.
    pub(super) fn tell_unsent(&mut self, unsent: Vec<Message>) {
        for message in unsent {
            let what = format!("A message to {} did not reach the server.", message.to);
            self.out.notice(NoticeLevel::Warning, ProblemKind::Unreachable, what, "Send it again if it still matters.");
            self.conversations.deliver(message.key, Delivery::Unsent, &mut self.out);
        }
    }
}

impl Machine for Chat {
    type Input = ChatIn;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: ChatIn) {
        match input {
            ChatIn::SignIn(attendance) => self.sign_in(now, attendance),
            ChatIn::SignOut => self.sign_out(),
            ChatIn::Send { to, body, ticket } => self.write(now, &to, &body, ticket),
            ChatIn::SendAgain { message } => self.write_again(now, &message),
            ChatIn::GiveUp { message } => self.give_up(message),
            ChatIn::SetPresence { show, status } => self.set_presence(now, show, status),
            ChatIn::KeepContact { jid, name, groups } => self.keep_contact(now, &jid, &name, &groups),
            ChatIn::RemoveContact { jid } => self.remove_contact(now, &jid),
            ChatIn::AllowSubscription { from } => self.allow_subscription(&from),
            ChatIn::RefuseSubscription { from } => self.refuse_subscription(&from),
            ChatIn::Typing { to, typing } => self.typing(&to, typing),
            ChatIn::Answered(id, answer) => self.answered(now, id, &answer),
            ChatIn::Link(input) => self.linked(now, input),
            ChatIn::WallClock(stamp) => self.clock = WallClock::new(now, stamp),
            ChatIn::NetworkChanged => self.link.network_changed(now, &mut self.out),
        }
    }

    fn expire(&mut self, now: Moment) {
        self.link.expire(now, &mut self.chance, &mut self.out);
        if !self.link.is_online() {
            return;
        }
        self.expire_session(now);
        self.typing.expire(now, &mut self.out);
        self.questions.expire(now, &mut self.out);
        let (stamp, chance, out) = (self.clock.at(now), &mut self.chance, &mut self.out);
        if let Some(known) = &mut self.known {
            let mut turn = Turn { now, stamp, chance, out };
            self.recovery.expire(known, &mut turn);
            if self.conversations.ping_due(now) {
                turn.ask(known, None, Purpose::Ping, ping::request());
            }
        }
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.poll()
    }

    fn wake(&self) -> Option<Wake> {
        let link = self.link.wake();
        let Some(known) = self.known.as_ref().filter(|_| self.link.is_online()) else { return link };
        let session = Wake::sooner(Wake::sooner(known.asked.wake(), self.recovery.wake()), self.typing.wake());
        Wake::sooner(Wake::sooner(link, self.questions.wake()), Wake::sooner(session, self.conversations.wake()))
    }
}
