//! One account's phone as a machine: joins the user agent (SIP), the calls, and what the user sees of the registration.
//!
//! It refuses to know sockets and devices: flows, ports and media threads are numbers that the driver knows.

use super::calls::{Calls, Way};
use super::dial::dial;
use super::ledger::CallsOut;
use super::trouble;
use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::event::{AccountName, CallId, Event, Lamp, LinkState, Problem, ProblemKind, Service, Ticket, VoicemailTold};
use crate::engine::input::{MediaIn, SipIn};
use crate::engine::output::{Output, SipOut, TlsNames};
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::dns;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::message_summary::{Count, MessageSummary};
use crate::protocol::sip::session::End;
use crate::protocol::sip::user_agent::{Config, Failure, Input as AgentIn, Output as AgentOut, UserAgent};
use std::collections::{BTreeMap, VecDeque};

/// Numbers that the calls make begin here, so that they never meet those of the phone itself.
const CALLS_BASE: u64 = 1 << 31;

/// What may happen to a phone.
#[derive(Clone, Debug)]
pub enum PhoneIn {
    /// Register.
    SignIn,
    /// End every call, unregister, close.
    SignOut,
    /// Call somebody.
    Call {
        /// As typed.
        target: String,
        /// Echoed in the first event.
        ticket: Ticket,
    },
    /// Answer a ringing call.
    Answer(CallId),
    /// Decline it: 603, or 486 where `busy`.
    Decline {
        /// Which.
        call: CallId,
        /// Say busy.
        busy: bool,
    },
    /// Hang up.
    HangUp(CallId),
    /// Hold the far side, or take it back.
    Hold {
        /// Which.
        call: CallId,
        /// Hold it.
        hold: bool,
    },
    /// Let our microphone be heard no more, or again.
    Mute {
        /// In which call.
        call: CallId,
        /// Silent, or heard.
        muted: bool,
    },
    /// Press a key.
    Dtmf {
        /// In which call.
        call: CallId,
        /// Which key.
        key: char,
    },
    /// On one of our flows.
    Sip(SipIn),
    /// In one of our media threads.
    Media(CallId, MediaIn),
    /// A question of ours is answered.
    Answered(AskId, Answer),
    /// The wall clock was set.
    WallClock(WallClock),
    /// Interfaces or routes have changed.
    NetworkChanged,
}

/// The phone of one account.
#[derive(Debug)]
pub struct Phone {
    account: AccountName,
    domain: String,
    own: Uri,
    base: u64,
    made: u64,
    agent: UserAgent,
    calls: Calls,
    asked: BTreeMap<AskId, Asked>,
    /// What io last said of a flow: a user agent keeps only the sentence.
    trouble: Option<Problem>,
    /// The user wants to be registered, and nothing final has come between.
    wanted: bool,
    out: VecDeque<Output>,
}

/// What a question of ours was.
#[derive(Clone, Debug)]
enum Asked {
    Dns(dns::Question),
    Password,
}

impl Phone {
    /// A phone that is not registered. Its call and ask numbers are `base` and what follows, up to 2³²; so are those of
    /// its flows (`config.first_flow`).
    #[must_use]
    pub fn new(account: AccountName, config: Config, base: u64, mut chance: Chance, clock: WallClock) -> Phone {
        let own = config.address.clone();
        let calls = Calls::new(account.clone(), config.allow_cleartext, base + CALLS_BASE, chance.fork(), clock);
        Phone {
            account,
            domain: own.host.to_string(),
            own,
            base,
            made: 0,
            agent: UserAgent::new(config, chance),
            calls,
            asked: BTreeMap::new(),
            trouble: None,
            wanted: false,
            out: VecDeque::new(),
        }
    }

    fn ask(&mut self, asked: Asked) {
        self.made += 1;
        let id = AskId(self.base + self.made);
        let question = match &asked {
            Asked::Dns(question) => Question::Dns(self.account.clone(), question.clone()),
            Asked::Password => Question::Password { account: self.account.clone(), service: Service::Phone },
        };
        self.asked.insert(id, asked);
        self.out.push_back(Output::Ask(id, question));
    }

    fn link(&mut self, state: LinkState) {
        let (account, service) = (self.account.clone(), Service::Phone);
        self.out.push_back(Output::Event(Event::Link { account, service, state }));
    }

    fn answered(&mut self, now: Moment, id: AskId, answer: Answer) {
        match (self.asked.remove(&id), answer) {
            (Some(Asked::Dns(question)), Answer::Dns(answer)) => self.agent.handle(now, AgentIn::Resolved(question, answer)),
            (Some(Asked::Password), Answer::Password(Ok(password))) => self.agent.handle(now, AgentIn::Password(password)),
            (Some(Asked::Password), Answer::Password(Err(why))) => {
                self.trouble = Some(trouble::no_password(&why.to_string()));
                self.agent.handle(now, AgentIn::NoPassword);
            }
            (_, answer) => self.calls.answered(now, id, answer),
        }
    }

    fn sip(&mut self, now: Moment, told: SipIn) {
        let input = match told {
            SipIn::Opened(flow) => AgentIn::Opened(flow),
            SipIn::Closed { flow, why } => {
                let closed = AgentIn::Closed { flow, why: why.what.clone() };
                self.trouble = Some(why);
                closed
            }
            SipIn::Received { flow, from, bytes } => AgentIn::Received { flow, from, bytes },
        };
        self.agent.handle(now, input);
    }

    /// Takes what the user agent and the calls want to each other and to the driver, until both are quiet.
    fn settle(&mut self, now: Moment) {
        loop {
            if let Some(output) = self.agent.poll() {
                self.agent_wants(now, output);
            } else if let Some(output) = self.calls.poll() {
                match output {
                    CallsOut::Agent(input) => self.agent.handle(now, input),
                    CallsOut::Engine(output) => self.out.push_back(output),
                }
            } else {
                return;
            }
        }
    }

    fn agent_wants(&mut self, now: Moment, output: AgentOut) {
        match output {
            AgentOut::Open { flow, transport, remote, host } => {
                let names = TlsNames { domain: self.domain.clone(), host };
                let account = self.account.clone();
                self.out.push_back(Output::Sip(SipOut::Open { flow, account, transport, remote, names }));
            }
            AgentOut::Send { flow, to, bytes } => self.out.push_back(Output::Sip(SipOut::Send { flow, to, bytes })),
            AgentOut::Close { flow } => self.out.push_back(Output::Sip(SipOut::Close { flow })),
            AgentOut::Resolve(question) => self.ask(Asked::Dns(question)),
            AgentOut::PasswordWanted => self.ask(Asked::Password),
            AgentOut::Ready { local, encrypted } => {
                self.trouble = None;
                self.calls.way_is(Way { local: local.ip(), encrypted });
            }
            AgentOut::Unreachable { why, .. } => {
                let problem = self.problem(&why);
                self.calls.no_way(now, &problem.to_string());
                // The registration waits longer than the flow does, and would hear of it late.
                if problem.kind == ProblemKind::Untrusted && self.wanted {
                    self.give_up(now, problem);
                }
            }
            AgentOut::Registered { address, .. } => self.link(LinkState::Online { address }),
            AgentOut::RegistrationLost { why, retry_in } if self.wanted => {
                let why = self.problem(&why);
                if why.kind == ProblemKind::Untrusted {
                    self.give_up(now, why);
                } else {
                    self.link(LinkState::Waiting { why, retry_in });
                }
            }
            AgentOut::RegistrationLost { .. } => {}
            AgentOut::RegistrationFailed { why } => {
                self.wanted = false;
                let why = self.problem(&why);
                self.link(LinkState::Failed(why));
            }
            AgentOut::Unregistered => {
                if self.trouble.take_if(|trouble| trouble.kind == ProblemKind::Untrusted).is_none() {
                    self.link(LinkState::Offline);
                }
            }
            AgentOut::Incoming { session, from, offer } => self.calls.incoming(now, session, &from, offer),
            AgentOut::Progress { session, status, tag, body, .. } => {
                self.calls.progress(session, status, &tag, body.as_deref());
            }
            AgentOut::Anew { session } => self.calls.begins_anew(session),
            AgentOut::Answered { session, body } => self.calls.accepted(now, session, body.as_deref()),
            AgentOut::Established { session, body } => self.calls.established(now, session, body.as_deref()),
            AgentOut::Offered { session, body } => self.calls.offered(session, body.as_deref()),
            AgentOut::OfferAnswered { session, body } => self.calls.offer_answered(session, &body),
            AgentOut::OfferRefused { session, status } => self.calls.offer_refused(session, status),
            AgentOut::Pressed { session, key } => self.calls.pressed(session, key),
            AgentOut::Ended { session, end } => {
                let end = self.explained(end);
                self.calls.session_ended(now, session, &end);
            }
            AgentOut::MessageWaiting { body } => self.message_waiting(&body),
        }
    }

    /// Nothing is tried again without the user.
    fn give_up(&mut self, now: Moment, why: Problem) {
        self.wanted = false;
        self.link(LinkState::Failed(why));
        self.agent.handle(now, AgentIn::Unregister);
    }

    /// The far side's failure in the user's words; where io said more of the flow, its own.
    fn problem(&self, why: &Failure) -> Problem {
        match (&self.trouble, why) {
            (Some(trouble), Failure::Unreachable(_) | Failure::Password) => trouble.clone(),
            _ => trouble::problem(&self.account, &self.own, why),
        }
    }

    /// A call that ended for want of a password says why there was none.
    fn explained(&self, end: End) -> End {
        match (&self.trouble, end) {
            (Some(trouble), End::Transport(_)) if trouble.kind == ProblemKind::Refused => End::Transport(trouble.to_string()),
            (_, end) => end,
        }
    }

    /// The mailbox says what waits in it.
    fn message_waiting(&mut self, body: &[u8]) {
        let Some(MessageSummary { waiting, voice }) = MessageSummary::parse(body) else { return };
        let lamp = Lamp { lit: waiting, counts: voice.map(|Count { new, old }| (new, old)) };
        let (account, told) = (self.account.clone(), VoicemailTold::Lamp(lamp));
        self.out.push_back(Output::Event(Event::Voicemail { account, told }));
    }
}

impl Machine for Phone {
    type Input = PhoneIn;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: PhoneIn) {
        match input {
            PhoneIn::SignIn => {
                self.trouble = None;
                self.wanted = true;
                self.link(LinkState::Connecting);
                self.agent.handle(now, AgentIn::Register);
            }
            PhoneIn::SignOut => {
                self.wanted = false;
                self.calls.hang_up_all(now);
                self.settle(now);
                self.agent.handle(now, AgentIn::Unregister);
            }
            PhoneIn::Call { target, ticket } => match dial(&target, &self.own) {
                Ok(target) => self.calls.call(now, target, ticket),
                Err(why) => self.calls.misdialled(now, &target, why, ticket),
            },
            PhoneIn::Answer(call) => self.calls.answer(now, call),
            PhoneIn::Decline { call, busy } => self.calls.decline(now, call, busy),
            PhoneIn::HangUp(call) => self.calls.hang_up(now, call),
            PhoneIn::Hold { call, hold } => self.calls.hold(call, hold),
            PhoneIn::Mute { call, muted } => self.calls.mute(call, muted),
            PhoneIn::Dtmf { call, key } => self.calls.dtmf(call, key),
            PhoneIn::Sip(told) => self.sip(now, told),
            PhoneIn::Media(call, told) => self.calls.media(now, call, told),
            PhoneIn::Answered(id, answer) => self.answered(now, id, answer),
            PhoneIn::WallClock(clock) => self.calls.set_clock(clock),
            PhoneIn::NetworkChanged => self.agent.handle(now, AgentIn::NetworkChanged),
        }
        self.settle(now);
    }

    fn expire(&mut self, now: Moment) {
        self.agent.expire(now);
        self.calls.expire(now);
        self.settle(now);
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        Wake::sooner(self.agent.wake(), self.calls.wake())
    }
}
