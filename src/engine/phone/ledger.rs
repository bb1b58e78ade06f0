//! The ledger of one account's calls: their numbers, what is told of them, and how each comes to its end exactly once.

use super::call::{Call, Phase};
use crate::engine::ask::{Answer, AskId, Question, StoreAnswer, StoreQuestion};
use crate::engine::event::{
    AccountName, CallChange, CallEnd, CallId, CallRecord, Event, Figures, Notice, NoticeLevel, PastCall, Problem, ProblemKind,
};
use crate::engine::output::{MediaOut, Output};
use crate::machine::stamp::WallClock;
use crate::machine::{Moment, RemoteText};
use crate::protocol::sip::user_agent::{Input as AgentIn, SessionId};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// What the calls want done.
#[derive(Debug)]
pub enum CallsOut {
    /// By the user agent.
    Agent(AgentIn),
    /// By the engine's driver.
    Engine(Output),
}

/// The calls that are not over.
#[derive(Debug)]
pub struct Ledger {
    account: AccountName,
    /// Call and ask numbers are this and what follows.
    base: u64,
    made: u64,
    clock: WallClock,
    asked: BTreeMap<AskId, CallId>,
    /// On their way into the history.
    keeping: BTreeMap<AskId, CallRecord>,
    calls: BTreeMap<CallId, Call>,
    out: VecDeque<CallsOut>,
}

impl Ledger {
    /// An empty one.
    #[must_use]
    pub fn new(account: AccountName, base: u64, clock: WallClock) -> Ledger {
        let (asked, keeping, calls, out) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), VecDeque::new());
        Ledger { account, base, made: 0, clock, asked, keeping, calls, out }
    }

    /// The wall clock was set.
    pub fn set_clock(&mut self, clock: WallClock) {
        self.clock = clock;
    }

    /// The calls.
    pub fn calls(&self) -> impl Iterator<Item = (CallId, &Call)> {
        self.calls.iter().map(|(id, call)| (*id, call))
    }

    /// One of them.
    pub fn call(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.get_mut(&id)
    }

    /// The one that `session` carries.
    pub fn by_session(&mut self, session: SessionId) -> Option<(CallId, &mut Call)> {
        self.calls.iter_mut().find(|(_, call)| call.session == session).map(|(id, call)| (*id, call))
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<CallsOut> {
        self.out.pop_front()
    }

    /// A session number for an INVITE of ours: even, never used twice.
    pub fn next_session(&mut self) -> SessionId {
        self.made += 1;
        SessionId(self.made * 2)
    }

    /// A call begins.
    pub fn begin(&mut self, make: impl FnOnce(SessionId, WallClock) -> Call) -> CallId {
        let call = make(self.next_session(), self.clock);
        let id = CallId(self.base + self.made);
        self.tell(
            id,
            CallChange::Began {
                account: self.account.clone(),
                incoming: call.incoming,
                peer: call.peer.clone(),
                name: call.name.clone(),
                ticket: call.ticket,
                at: call.clock.at(call.began),
            },
        );
        self.calls.insert(id, call);
        id
    }

    /// The screen hears of it.
    pub fn tell(&mut self, call: CallId, change: CallChange) {
        self.out.push_back(CallsOut::Engine(Output::Event(Event::Call { call, change })));
    }

    /// The user should know, and the call goes on.
    pub fn warn(&mut self, what: String) {
        let problem = Problem::new(ProblemKind::Local, what, "");
        let notice = Notice { account: Some(self.account.clone()), level: NoticeLevel::Warning, problem };
        self.out.push_back(CallsOut::Engine(Output::Event(Event::Notice(notice))));
    }

    /// The user agent does it.
    pub fn order(&mut self, input: AgentIn) {
        self.out.push_back(CallsOut::Agent(input));
    }

    /// The media thread does it.
    pub fn media(&mut self, call: CallId, order: MediaOut) {
        self.out.push_back(CallsOut::Engine(Output::Media(call, order)));
    }

    /// A port for sound is asked for.
    pub fn ask_port(&mut self, call: CallId, local: IpAddr) {
        self.made += 1;
        let ask = AskId(self.base + self.made);
        self.asked.insert(ask, call);
        self.out.push_back(CallsOut::Engine(Output::Ask(ask, Question::MediaPort { call, local })));
    }

    /// Which call an answer is for, once.
    pub fn asked(&mut self, ask: AskId) -> Option<CallId> {
        self.asked.remove(&ask)
    }

    /// A call is in the history, or could not be kept there.
    pub fn kept(&mut self, ask: AskId, answer: &Answer) {
        let Some(call) = self.keeping.remove(&ask) else { return };
        match answer {
            Answer::Store(Ok(StoreAnswer::CallKept(place))) => {
                let kept = PastCall { account: self.account.clone(), place: *place, call };
                self.out.push_back(CallsOut::Engine(Output::Event(Event::CallKept(kept))));
            }
            Answer::Store(Err(why)) => self.warn(format!("The call with {} is not in the history. {why}", call.peer)),
            _ => {}
        }
    }

    /// A call is answered: its record says so.
    pub fn mark_answered(&mut self, now: Moment, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.answered.get_or_insert(now);
        }
    }

    /// The session is over, or never was: the media thread stops if it has a port, and its last figures end the call.
    pub fn end(&mut self, now: Moment, id: CallId, end: CallEnd, reason: String) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if matches!(call.phase, Phase::Ending { .. }) {
            return;
        }
        let has_port = call.has_port();
        call.phase = Phase::Ending { end, reason };
        if has_port {
            self.media(id, MediaOut::Stop);
        } else {
            self.finish(now, id, None);
        }
    }

    /// The media thread has stopped: the end is told, and the call goes into the history.
    pub fn finish(&mut self, now: Moment, id: CallId, figures: Option<Figures>) {
        let is_ending = self.calls.get(&id).is_some_and(|call| matches!(call.phase, Phase::Ending { .. }));
        let Some(call) = self.calls.remove(&id).filter(|_| is_ending) else { return };
        let Phase::Ending { end, reason } = call.phase else { return };
        let record = CallRecord {
            incoming: call.incoming,
            peer: call.peer.clone(),
            name: call.name.clone(),
            began: call.clock.at(call.began),
            answered: call.answered.map(|at| call.clock.at(at)),
            ended: call.clock.at(now),
            end,
            reason: RemoteText::new(reason.clone()),
        };
        self.made += 1;
        let ask = AskId(self.base + self.made);
        self.keeping.insert(ask, record.clone());
        let keep = Question::Store(StoreQuestion::KeepCall { account: self.account.clone(), with: None, call: record });
        self.out.push_back(CallsOut::Engine(Output::Ask(ask, keep)));
        let figures = figures.unwrap_or(call.figures);
        self.tell(id, CallChange::Ended { end, reason: RemoteText::new(reason), figures });
    }
}
