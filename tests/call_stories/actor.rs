//! Whoever takes part in a story, as one machine.

use offhook::engine::Engine;
use offhook::engine::input::Input;
use offhook::engine::output::Output;
use offhook::lab::{sip, xmpp};
use offhook::machine::{Machine, Moment, Wake};
use offhook::protocol::sip::user_agent::{self, UserAgent};

pub enum Actor {
    Sip(Box<sip::Server>),
    Engine(Box<Engine>),
    /// Somebody else's phone, whose user is a script.
    Phone(Box<UserAgent>),
    Xmpp(Box<xmpp::Server>),
    Wire(Box<xmpp::Wire>),
}

#[derive(Clone, Debug)]
pub enum In {
    Sip(sip::ServerIn),
    Engine(Input),
    Phone(user_agent::Input),
    Xmpp(xmpp::ServerIn),
    Wire(xmpp::WireIn),
}

#[derive(Debug)]
pub enum Out {
    Sip(sip::ServerOut),
    Engine(Output),
    Phone(user_agent::Output),
    Xmpp(xmpp::ServerOut),
    Wire(xmpp::WireOut),
}

impl Machine for Actor {
    type Input = In;
    type Output = Out;

    fn handle(&mut self, now: Moment, input: In) {
        match (self, input) {
            (Actor::Sip(server), In::Sip(input)) => server.handle(now, input),
            (Actor::Engine(engine), In::Engine(input)) => engine.handle(now, input),
            (Actor::Phone(phone), In::Phone(input)) => phone.handle(now, input),
            (Actor::Xmpp(server), In::Xmpp(input)) => server.handle(now, input),
            (Actor::Wire(wire), In::Wire(input)) => wire.handle(now, input),
            (_, input) => panic!("this is for somebody else: {input:?}"),
        }
    }

    fn expire(&mut self, now: Moment) {
        match self {
            Actor::Sip(server) => server.expire(now),
            Actor::Engine(engine) => {
                let due = engine.wake();
                engine.expire(now);
                let next = engine.wake();
                assert!(next.is_none_or(|next| next.at > now), "{due:?} was due, and at once {next:?} is");
            }
            Actor::Phone(phone) => phone.expire(now),
            Actor::Xmpp(server) => server.expire(now),
            Actor::Wire(_) => {}
        }
    }

    fn poll(&mut self) -> Option<Out> {
        match self {
            Actor::Sip(server) => server.poll().map(Out::Sip),
            Actor::Engine(engine) => engine.poll().map(Out::Engine),
            Actor::Phone(phone) => phone.poll().map(Out::Phone),
            Actor::Xmpp(server) => server.poll().map(Out::Xmpp),
            Actor::Wire(wire) => wire.poll().map(Out::Wire),
        }
    }

    fn wake(&self) -> Option<Wake> {
        match self {
            Actor::Sip(server) => server.wake(),
            Actor::Engine(engine) => engine.wake(),
            Actor::Phone(phone) => phone.wake(),
            Actor::Xmpp(server) => server.wake(),
            Actor::Wire(_) => None,
        }
    }
}
