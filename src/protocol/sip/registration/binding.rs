//! Our binding at the registrar: made, refreshed before it ends, made anew when it was lost, removed (RFC 3261 §10.2).
//!
//! It refuses to know how flows are opened and how transactions retransmit.
#![deny(clippy::indexing_slicing)]

use super::contact;
use super::interface::{Input, Output, Settings, Status, Trouble};
use super::keep_alive::{self, KeepAlive, Pongs};
use super::state::{Asking, Path, Purpose, State};
use super::template::{Outbound, Template};
use crate::machine::{Chance, Machine, Moment, Secret, Wake};
use crate::protocol::sip::digest::{Credentials, Digest, Refused};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{NameAddr, Response, Uri};
use crate::protocol::sip::transaction::Failure;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// No more requests than this in one attempt: a server that always wants something else is not obeyed for ever.
const TRIES: u8 = 10;
/// How often in a row a new public address is registered at once; after that at the next refresh only.
const MOVES: u8 = 2;
/// Former bindings of ours that are removed with the next request.
const FORMER: usize = 4;
/// Routes that a registrar may put before our requests.
const ROUTES: usize = 8;
/// A binding is not refreshed more often than this.
const SOONEST: Duration = Duration::from_secs(5);
/// Another server is asked at once so often in a row; after that the wait counts for it too.
const FAIL_OVERS: u32 = 3;
/// A server may send us away for no longer than this.
const LONGEST_RETRY_AFTER: u32 = 3600;

/// The registration of one account.
#[derive(Debug)]
pub struct Registration {
    settings: Settings,
    chance: Chance,
    digest: Digest,
    credentials: Option<Credentials>,
    template: Template,
    /// Seconds that we ask for.
    expires: u32,
    path: Option<Path>,
    state: State,
    /// The Contact that the registrar has.
    bound: Option<Uri>,
    /// Those that it may still have.
    former: Vec<Uri>,
    /// What Service-Route said of our binding.
    service_route: Vec<NameAddr>,
    /// Since when we are registered without interruption.
    held: Option<Moment>,
    /// In a row.
    failures: u32,
    told: Option<Status>,
    out: VecDeque<Output>,
}

impl Registration {
    /// Nothing wanted yet.
    #[must_use]
    pub fn new(settings: Settings, mut chance: Chance) -> Registration {
        let expires = u32::try_from(settings.expires.as_secs()).unwrap_or(contact::LONGEST).clamp(1, contact::LONGEST);
        Registration {
            template: Template::new(&mut chance),
            expires,
            settings,
            chance,
            digest: Digest::new(),
            credentials: None,
            path: None,
            state: State::Idle,
            bound: None,
            former: Vec::new(),
            service_route: Vec::new(),
            held: None,
            failures: 0,
            told: None,
            out: VecDeque::new(),
        }
    }

    /// Our Contact on the flow that is up, for dialogs.
    #[must_use]
    pub fn contact(&self) -> Option<Uri> {
        self.path.as_ref().map(Path::contact)
    }

    /// The way that requests of ours outside of dialogs take while we are registered (RFC 3608 §6.1).
    #[must_use]
    pub fn service_route(&self) -> &[NameAddr] {
        if self.is_registered() { &self.service_route } else { &[] }
    }

    /// Whether keep-alives are sent by this flow from here.
    #[must_use]
    pub fn keeps_alive(&self, flow: FlowId) -> bool {
        self.path.as_ref().is_some_and(|path| path.flow.id == flow && path.keep.is_some())
    }

    /// Whether the registrar has our binding, as far as we know.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.bound.is_some()
    }

    fn tell(&mut self, status: Status) {
        if self.told.as_ref() != Some(&status) {
            self.told = Some(status.clone());
            self.out.push_back(Output::Changed(status));
        }
    }

    /// Begins to make the binding, over the flow that is there or a new one.
    fn begin(&mut self, now: Moment) {
        if self.path.is_some() {
            if self.bound.is_none() {
                self.tell(Status::Registering);
            }
            self.ask(now, Purpose::Add, 0, 0);
        } else {
            self.state = State::NoFlow;
            self.out.push_back(Output::OpenFlow);
        }
    }

    /// Sends a REGISTER.
    fn ask(&mut self, now: Moment, purpose: Purpose, tries: u8, moves: u8) {
        let Some(path) = &self.path else { return self.trouble(now, Trouble::FlowLost, None, None) };
        let (flow, to) = (path.flow, path.to);
        let expires = if purpose.removes() { 0 } else { self.expires };
        let mut request = self.template.next(&self.settings, &path.contact(), &self.former, expires);
        if let Some(credentials) = &self.credentials {
            self.digest.authorize(&mut request, credentials, &mut self.chance);
        }
        let attempt = self.template.cseq;
        self.out.push_back(Output::Request { attempt, flow, to, request: request.clone() });
        self.state = State::Asking(Asking { attempt, purpose, request, tries: tries + 1, moves });
    }

    fn flow_up(&mut self, now: Moment, flow: Flow, to: SocketAddr) {
        self.expect_former();
        let given = self.settings.device.as_ref().map(|device| device.contact.clone());
        let user = given.unwrap_or_else(|| contact::fresh_user(&mut self.chance));
        self.path = Some(Path { flow, to, user, public: flow.local, keep: None });
        match self.state {
            State::NoFlow | State::Bound { .. } => self.begin(now),
            State::Asking(Asking { purpose: Purpose::Add, .. }) => self.begin(now),
            State::Waiting { server, .. } if server != Some(to) && self.failures <= FAIL_OVERS => self.begin(now),
            _ => {}
        }
    }

    fn flow_down(&mut self, now: Moment, flow: FlowId, why: Trouble) {
        let ours = self.path.take_if(|path| path.flow.id == flow).is_some();
        match &self.state {
            State::NoFlow => self.trouble(now, why, None, None),
            _ if !ours => {}
            State::Asking(Asking { purpose, .. }) if *purpose != Purpose::Add => {
                let purpose = *purpose;
                self.removed(now, purpose);
            }
            // What had held is tried again at once; what had not waits, or the two of us would chase each other.
            State::Bound { .. } | State::Asking(_) if self.has_held(now) => {
                (self.held, self.failures) = (None, 0);
                self.expect_former();
                self.tell(Status::Waiting { why, retry_in: Duration::ZERO });
                self.begin(now);
            }
            State::Bound { .. } | State::Asking(_) | State::Locked(_) => self.trouble(now, why, None, None),
            State::Idle | State::Waiting { .. } | State::Refused | State::Failed => {}
        }
    }

    /// What the registrar has is no longer what we want it to have.
    fn expect_former(&mut self) {
        if let Some(bound) = self.bound.take() {
            self.former.retain(|former| *former != bound);
            self.former.push(bound);
            if self.former.len() > FORMER {
                self.former.remove(0);
            }
        }
    }

    fn has_held(&self, now: Moment) -> bool {
        self.held.is_some_and(|since| now.since(since) >= self.settings.back_off.base)
    }

    /// It did not work, and is tried again by itself.
    fn trouble(&mut self, now: Moment, why: Trouble, at_least: Option<Duration>, server: Option<SocketAddr>) {
        if self.has_held(now) {
            self.failures = 0;
        }
        self.held = None;
        self.expect_former();
        self.failures = self.failures.saturating_add(1);
        let drawn = self.settings.back_off.draw(self.failures, &mut self.chance);
        let retry_in = drawn.max(at_least.unwrap_or_default());
        self.state = State::Waiting { until: now + retry_in, server };
        self.tell(Status::Waiting { why, retry_in });
    }

    /// The server behind this flow does not serve us.
    fn abandon(&mut self, now: Moment, why: Trouble, at_least: Option<Duration>) {
        let path = self.path.take();
        self.trouble(now, why, at_least, path.as_ref().map(|path| path.to));
        self.out.extend(path.map(|path| Output::Abandon { flow: path.flow.id }));
    }

    /// It did not work, and is not tried again without the user.
    fn fail(&mut self, state: State, why: Trouble) {
        self.held = None;
        self.expect_former();
        self.state = state;
        self.tell(Status::Failed(why));
    }

    /// The binding is gone, as far as we know; the user may want it back by now.
    fn removed(&mut self, now: Moment, purpose: Purpose) {
        self.state = State::Idle;
        (self.bound, self.held, self.failures) = (None, None, 0);
        self.former.clear();
        if let Some(path) = &mut self.path {
            path.keep = None;
        }
        if purpose == Purpose::RemoveThenAdd { self.begin(now) } else { self.tell(Status::Unregistered) }
    }

    fn register(&mut self, now: Moment) {
        match self.state {
            State::Idle | State::Waiting { .. } | State::Refused | State::Failed => {
                self.failures = 0;
                self.begin(now);
            }
            State::Asking(ref mut asking) | State::Locked(ref mut asking) => asking.purpose = asking.purpose.wanted(),
            State::NoFlow | State::Bound { .. } => {}
        }
    }

    fn unregister(&mut self, now: Moment) {
        match &mut self.state {
            State::Bound { .. } => self.ask(now, Purpose::Remove, 0, 0),
            State::Asking(asking) | State::Locked(asking) => asking.purpose = asking.purpose.unwanted(),
            _ => self.removed(now, Purpose::Remove),
        }
    }

    fn password(&mut self, now: Moment, password: Option<Secret>) {
        let user = self.settings.user.clone();
        self.credentials = password.map(|password| Credentials { user, password });
        match (std::mem::replace(&mut self.state, State::Idle), &self.credentials) {
            (State::Locked(asking), Some(_)) => self.ask(now, asking.purpose, asking.tries, asking.moves),
            (State::Locked(_), None) => self.fail(State::Failed, Trouble::NoPassword),
            (State::Refused, Some(_)) => self.begin(now),
            (state, _) => self.state = state,
        }
    }

    fn hear(&mut self, now: Moment, attempt: u32, response: &Response) {
        if response.is_provisional() || !self.awaits(attempt) {
            return;
        }
        let State::Asking(asking) = std::mem::replace(&mut self.state, State::Idle) else { return };
        let again = asking.tries < TRIES;
        let min_expires =
            response.headers.min_expires().ok().flatten().filter(|least| (self.expires + 1..=contact::LONGEST).contains(least));
        match (response.status, asking.purpose) {
            (200..300, purpose) if purpose.removes() => self.removed(now, purpose),
            (200..300, _) => self.accepted(now, &asking, response),
            (401 | 407, _) if again => self.challenged(now, asking, response),
            (_, purpose) if purpose != Purpose::Add => self.removed(now, purpose),
            (423, _) if again && min_expires.is_some() => {
                self.expires = min_expires.unwrap_or(self.expires);
                self.ask(now, Purpose::Add, asking.tries, asking.moves);
            }
            (439, _) if again && self.template.outbound == Outbound::Offered => {
                self.template.outbound = Outbound::Withdrawn;
                self.ask(now, Purpose::Add, asking.tries, asking.moves);
            }
            (status, _) => {
                let why = Trouble::Answered { status, reason: response.reason.as_str().into() };
                let retry_after = response.headers.retry_after().ok().flatten();
                let at_least = retry_after.map(|seconds| Duration::from_secs(seconds.min(LONGEST_RETRY_AFTER).into()));
                match status {
                    503 | 430 => self.abandon(now, why, at_least),
                    401 | 407 | 408 | 423 | 480 | 500..600 => self.trouble(now, why, at_least, self.server()),
                    _ => self.fail(State::Failed, why),
                }
            }
        }
    }

    fn server(&self) -> Option<SocketAddr> {
        self.path.as_ref().map(|path| path.to)
    }

    fn awaits(&self, attempt: u32) -> bool {
        matches!(&self.state, State::Asking(asking) if asking.attempt == attempt)
    }

    fn challenged(&mut self, now: Moment, asking: Asking, response: &Response) {
        // The refusal already shows what a NAT made of our address: what is sent next is right at once.
        self.learn_address(response);
        match self.digest.challenged(response, &asking.request) {
            Err(_) if asking.purpose != Purpose::Add => self.removed(now, asking.purpose),
            Err(why) => {
                let state = if matches!(why, Refused::Password { .. }) { State::Refused } else { State::Failed };
                self.credentials = None;
                self.digest.forget();
                self.fail(state, Trouble::Refused(why));
            }
            Ok(()) if self.credentials.is_none() => {
                self.state = State::Locked(asking);
                self.out.push_back(Output::PasswordWanted);
            }
            Ok(()) => self.ask(now, asking.purpose, asking.tries, asking.moves),
        }
    }

    fn accepted(&mut self, now: Moment, asking: &Asking, response: &Response) {
        self.digest.accepted(response, &asking.request);
        let Some(path) = &self.path else { return self.trouble(now, Trouble::FlowLost, None, None) };
        let contact = path.contact();
        let Some(seconds) = contact::granted(response, &contact, self.expires) else {
            return self.trouble(now, Trouble::NotKept, None, self.server());
        };
        self.bound = Some(contact.clone());
        self.former.clear();
        self.service_route = response.headers.name_addrs("Service-Route").unwrap_or_default();
        self.service_route.truncate(ROUTES);
        self.held.get_or_insert(now);
        if asking.purpose == Purpose::AddThenRemove {
            return self.ask(now, Purpose::Remove, 0, 0);
        }
        self.learn_address(response);
        if asking.moves < MOVES && self.contact().is_some_and(|moved| moved != contact) {
            self.expect_former();
            return self.ask(now, Purpose::Add, 0, asking.moves + 1);
        }
        let expires = Duration::from_secs(seconds.into());
        // Between three quarters and nine tenths, so that bindings made together are not refreshed together.
        let refresh = now + (expires.mul_f64(0.75 + 0.00015 * self.chance.below(1001) as f64)).max(SOONEST);
        self.state = State::Bound { refresh };
        self.keep_alive(now, response);
        self.tell(Status::Registered { contact, expires });
    }

    /// Over UDP our Contact must be what the registrar sees, or nobody reaches us through a NAT. Over a stream it comes
    /// back to us by the stream.
    fn learn_address(&mut self, response: &Response) {
        if let Some(path) = self.path.as_mut().filter(|path| path.flow.transport == Transport::Udp)
            && let Ok(via) = response.headers.via()
            && let Some(seen) = contact::seen_from_outside(&via, path.flow.local)
        {
            path.public = seen;
        }
    }

    fn keep_alive(&mut self, now: Moment, response: &Response) {
        let Some(path) = self.path.as_mut().filter(|path| path.keep.is_none()) else { return };
        let outbound = response.headers.require().iter().any(|tag| tag.eq_ignore_ascii_case("outbound"));
        let pongs = if outbound && path.flow.transport.is_reliable() { Pongs::Promised } else { Pongs::Unknown };
        let flow_timer = response.headers.get("Flow-Timer").and_then(|value| value.parse().ok()).map(Duration::from_secs);
        path.keep = Some(KeepAlive::new(now, pongs, flow_timer, &mut self.chance));
    }

    fn unanswered(&mut self, now: Moment, attempt: u32, why: Failure) {
        if !self.awaits(attempt) {
            return;
        }
        match (&self.state, why) {
            (State::Asking(asking), _) if asking.purpose != Purpose::Add => {
                let purpose = asking.purpose;
                self.removed(now, purpose);
            }
            (_, Failure::Timeout) => self.abandon(now, Trouble::Silent, None),
            (_, Failure::Transport) => self.abandon(now, Trouble::FlowLost, None),
        }
    }

    fn expire_keep_alive(&mut self, now: Moment) {
        let Some(path) = &mut self.path else { return };
        let Some(keep) = &mut path.keep else { return };
        match keep.expire(now, &mut self.chance) {
            keep_alive::Expired::Nothing => {}
            keep_alive::Expired::Ping => {
                self.out.push_back(Output::Send { flow: path.flow.id, to: path.to, bytes: keep_alive::PING.to_vec() });
            }
            keep_alive::Expired::Dead => {
                let flow = path.flow.id;
                self.out.push_back(Output::Abandon { flow });
                self.flow_down(now, flow, Trouble::NoPong);
            }
        }
    }
}

impl Machine for Registration {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Moment, input: Input) {
        match input {
            Input::Register => self.register(now),
            Input::Unregister => self.unregister(now),
            Input::Password(password) => self.password(now, Some(password)),
            Input::NoPassword => self.password(now, None),
            Input::FlowUp { flow, to } => self.flow_up(now, flow, to),
            Input::FlowDown { flow } => self.flow_down(now, flow, Trouble::FlowLost),
            Input::Response { attempt, response } => self.hear(now, attempt, &response),
            Input::Failed { attempt, why } => self.unanswered(now, attempt, why),
            Input::Pong { flow } => {
                let ours = self.path.as_mut().filter(|path| path.flow.id == flow);
                if let Some(keep) = ours.and_then(|path| path.keep.as_mut()) {
                    keep.hear_pong(now, &mut self.chance);
                }
            }
        }
    }

    fn expire(&mut self, now: Moment) {
        match self.state {
            State::Bound { refresh } if refresh <= now => self.begin(now),
            State::Waiting { until, .. } if until <= now => self.begin(now),
            _ => {}
        }
        self.expire_keep_alive(now);
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        let state = match self.state {
            State::Bound { refresh } => Some(Wake { at: refresh, why: "registration refresh" }),
            State::Waiting { until, .. } => Some(Wake { at: until, why: "registration retry" }),
            _ => None,
        };
        let keep = self.path.as_ref().and_then(|path| path.keep.as_ref()).map(KeepAlive::wake);
        Wake::sooner(state, keep)
    }
}
