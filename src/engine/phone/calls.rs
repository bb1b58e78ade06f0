//! The calls of one account: joins the user's wishes, the SIP sessions, the offers and answers, and the media threads.
//!
//! It refuses to know registration, flows and sockets: [`super::machine`] has those, and hands sessions in and out.

use super::call::{Call, PATIENCE, Phase, Sound, codec_name};
use super::ending::ending;
use super::ledger::{CallsOut, Ledger};
use super::progress::Progress;
use crate::engine::ask::{Answer, AskId};
use crate::engine::event::{AccountName, CallChange, CallEnd, CallId, Figures, Ticket};
use crate::engine::input::MediaIn;
use crate::engine::output::MediaOut;
use crate::machine::stamp::WallClock;
use crate::machine::{Chance, Moment, RemoteText, Wake};
use crate::protocol::rtp::{Codec, MediaPlan};
use crate::protocol::sdp::{Negotiator, Refusal, Security};
use crate::protocol::sip::message::{NameAddr, Uri};
use crate::protocol::sip::session::End;
use crate::protocol::sip::user_agent::{Input as AgentIn, SessionId};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Calls that may be there at once; the next one hears that we are busy.
const MOST: usize = 8;

/// What we know of the way to the SIP server.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Our address on it: it goes into offers.
    pub local: IpAddr,
    /// Nobody can read it: keys in an offer stay secret.
    pub encrypted: bool,
}

/// The calls of one account.
#[derive(Debug)]
pub struct Calls {
    allow_cleartext: bool,
    pub(super) ledger: Ledger,
    way: Option<Way>,
    chance: Chance,
}

impl Calls {
    /// No calls yet. Call and ask numbers are `base` and what follows.
    #[must_use]
    pub fn new(account: AccountName, allow_cleartext: bool, base: u64, chance: Chance, clock: WallClock) -> Calls {
        Calls { allow_cleartext, ledger: Ledger::new(account, base, clock), way: None, chance }
    }

    /// Whether no call is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ledger.calls().next().is_none()
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<CallsOut> {
        self.ledger.poll()
    }

    /// The wall clock was set.
    pub fn set_clock(&mut self, clock: WallClock) {
        self.ledger.set_clock(clock);
    }

    /// The way to the SIP server is open, or another one is.
    pub fn way_is(&mut self, way: Way) {
        self.way = Some(way);
        for id in self.those(|call| matches!(call.phase, Phase::Connecting)) {
            self.prepare(id, way);
        }
    }

    /// What we sign with travels where nobody on the way to our server can read it.
    pub(super) fn is_way_sealed(&self) -> bool {
        self.way.is_some_and(|way| way.encrypted)
    }

    /// There is no way: calls that wait for one end.
    pub fn no_way(&mut self, now: Moment, why: &str) {
        self.way = None;
        for id in self.those(|call| matches!(call.phase, Phase::Connecting)) {
            self.ledger.end(now, id, CallEnd::Failed, why.to_owned());
        }
    }

    /// The user calls `target`.
    pub fn call(&mut self, now: Moment, target: Uri, ticket: Ticket) {
        let peer = RemoteText::new(target.to_string());
        let id = self.ledger.begin(|session, clock| outgoing((now, clock), session, peer, Some(target), ticket));
        match self.way {
            Some(way) => self.prepare(id, way),
            None => self.ledger.order(AgentIn::Connect),
        }
    }

    /// What the user dialled is no address: a call that ends at once, so that whoever asked hears of it in one place.
    pub fn misdialled(&mut self, now: Moment, typed: &str, why: String, ticket: Ticket) {
        let id = self.ledger.begin(|session, clock| outgoing((now, clock), session, RemoteText::new(typed), None, ticket));
        self.ledger.end(now, id, CallEnd::Failed, why);
    }

    /// Somebody calls. What cannot be agreed on never rings; all else rings at once, before its port is there.
    pub fn incoming(&mut self, now: Moment, session: SessionId, from: &NameAddr, offer: Option<Vec<u8>>) {
        let busy = self.those(|call| !matches!(call.phase, Phase::Ending { .. })).len() >= MOST;
        let Some(way) = self.way.filter(|_| !busy) else {
            self.ledger.order(AgentIn::Reject { session, status: if busy { 486 } else { 480 } });
            return;
        };
        let negotiator = self.negotiator(SocketAddr::new(way.local, 0), self.usual_security());
        let refusal = offer.as_deref().and_then(|offer| negotiator.judge_offer(offer).err());
        // Before all else: the caller waits for it.
        self.ledger.order(match refusal {
            None => AgentIn::Ring { session },
            Some(_) => AgentIn::Reject { session, status: 488 },
        });
        let id = self.ledger.begin(|_, clock| Call {
            session,
            incoming: true,
            target: None,
            peer: RemoteText::new(from.uri.to_string()),
            name: RemoteText::new(from.display_name.clone().unwrap_or_default()),
            ticket: None,
            clock,
            began: now,
            answered: None,
            phase: Phase::Alerting { since: now, offer, negotiator, answered: false },
            hold: false,
            muted: false,
            figures: Figures::default(),
        });
        match refusal {
            None => self.ledger.ask_port(id, way.local),
            Some(refusal) => self.ledger.end(now, id, CallEnd::Failed, refusal.to_string()),
        }
    }

    /// A port was found, or not; or a call is in the history, or not.
    pub fn answered(&mut self, now: Moment, ask: AskId, answer: Answer) {
        self.ledger.kept(ask, &answer);
        let (Some(id), Answer::MediaPort(port)) = (self.ledger.asked(ask), answer) else { return };
        let phase = self.ledger.call(id).map(|call| &call.phase);
        match (port, phase) {
            (Ok(port), Some(Phase::Preparing)) => {
                let security = self.usual_security();
                let sound = self.sound(port, security);
                self.invite(now, id, sound);
            }
            (Ok(port), Some(Phase::Alerting { .. })) => self.can_be_answered(now, id, port),
            (Err(why), Some(Phase::Alerting { .. })) => self.refuse(now, id, 500, format!("No port for sound: {why}")),
            (Ok(_), _) => self.ledger.media(id, MediaOut::Stop),
            (Err(why), _) => self.give_up(now, id, CallEnd::Failed, format!("No port for sound: {why}")),
        }
    }

    /// The user answers. Where the port is not there yet, the answer goes out as soon as it is.
    pub fn answer(&mut self, now: Moment, id: CallId) {
        let Some(call) = self.ledger.call(id) else { return };
        let session = call.session;
        if let Phase::Alerting { answered, .. } = &mut call.phase {
            *answered = true;
            return;
        }
        match std::mem::replace(&mut call.phase, Phase::Preparing) {
            Phase::Ringing { since, body, plan, sound } => {
                let agreed = plan.clone();
                call.phase = Phase::Accepting { setup: now - since, plan, sound };
                self.ledger.order(AgentIn::Accept { session, body });
                if let Some(plan) = agreed {
                    self.sound_begins(id, plan);
                }
            }
            other => call.phase = other,
        }
    }

    /// The user declines: 603, or 486 where `busy`.
    pub fn decline(&mut self, now: Moment, id: CallId, busy: bool) {
        let Some(call) = self.ledger.call(id) else { return };
        if matches!(call.phase, Phase::Alerting { .. } | Phase::Ringing { .. }) {
            let (session, status) = (call.session, if busy { 486 } else { 603 });
            self.ledger.order(AgentIn::Reject { session, status });
            self.ledger.end(now, id, CallEnd::Local, String::new());
        }
    }

    /// The user hangs up, or gives up.
    pub fn hang_up(&mut self, now: Moment, id: CallId) {
        self.give_up(now, id, CallEnd::Local, String::new());
    }

    /// The user signs out: every call ends.
    pub fn hang_up_all(&mut self, now: Moment) {
        for id in self.those(|_| true) {
            self.hang_up(now, id);
        }
    }

    /// The user presses a key: in a call that is up, or to who asks for it before answering.
    pub fn dtmf(&mut self, id: CallId, key: char) {
        let is_heard = |call: &mut Call| match &call.phase {
            Phase::Talking { .. } => true,
            Phase::Inviting { progress, .. } => progress.is_heard(),
            _ => false,
        };
        if self.ledger.call(id).is_some_and(is_heard) {
            self.ledger.media(id, MediaOut::Dtmf(key));
        }
    }

    /// The far side has answered our INVITE.
    pub fn accepted(&mut self, now: Moment, session: SessionId, body: Option<&[u8]>) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let Phase::Inviting { since, sound, .. } = &mut call.phase else { return };
        let setup = now - *since;
        match body.ok_or(Refusal::NoAudio).and_then(|body| sound.negotiator.answer_received(body)) {
            Ok(plan) => {
                self.sound_begins(id, Box::new(plan.clone()));
                self.talk(now, id, setup, plan);
            }
            Err(refusal) => self.give_up(now, id, CallEnd::Failed, refusal.to_string()),
        }
    }

    /// Their ACK to our answer is there, with their answer if the offer was ours.
    pub fn established(&mut self, now: Moment, session: SessionId, body: Option<&[u8]>) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let Phase::Accepting { setup, plan, sound } = &mut call.phase else { return };
        let setup = *setup;
        if let Some(plan) = plan {
            let plan = (**plan).clone();
            self.talk(now, id, setup, plan);
            return;
        }
        match body.ok_or(Refusal::NoAudio).and_then(|body| sound.negotiator.answer_received(body)) {
            Ok(plan) => {
                self.sound_begins(id, Box::new(plan.clone()));
                self.talk(now, id, setup, plan);
            }
            Err(refusal) => self.give_up(now, id, CallEnd::Failed, refusal.to_string()),
        }
    }

    /// A session is over.
    pub fn session_ended(&mut self, now: Moment, session: SessionId, end: &End) {
        let Some((id, call)) = self.ledger.by_session(session) else { return };
        let not_acceptable = matches!(end, End::Rejected { status: 488 | 606, .. });
        match &call.phase {
            Phase::Inviting { sound, .. } if not_acceptable && sound.opportunistic => self.invite_encrypted(now, id),
            phase => {
                let (how, mut reason) = ending(end);
                if not_acceptable && matches!(phase, Phase::Inviting { .. }) && !self.allow_cleartext {
                    reason.push_str(": the far side did not take an encrypted call, and this account makes no other");
                }
                self.ledger.end(now, id, how, reason);
            }
        }
    }

    /// The far side pressed a key, or the media thread tells.
    pub fn media(&mut self, now: Moment, id: CallId, told: MediaIn) {
        let Some(call) = self.ledger.call(id) else { return };
        match told {
            MediaIn::Figures(figures) => {
                call.figures = figures;
                self.ledger.tell(id, CallChange::Figures(figures));
            }
            MediaIn::Early(sounds) => self.heard_early(id, sounds),
            MediaIn::PlayedOut => self.ledger.tell(id, CallChange::PlayedOut),
            MediaIn::Dtmf(key) => self.ledger.tell(id, CallChange::Dtmf(key)),
            MediaIn::RecordingFailed(why) => self.ledger.warn(why),
            MediaIn::Failed(why) => self.give_up(now, id, CallEnd::Failed, why),
            MediaIn::Stopped(figures) => self.ledger.finish(now, id, Some(figures)),
        }
    }

    /// The far side pressed a key by INFO.
    pub fn pressed(&mut self, session: SessionId, key: char) {
        if let Some((id, _)) = self.ledger.by_session(session) {
            self.ledger.tell(id, CallChange::Dtmf(key));
        }
    }

    /// When patience ends.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        self.ledger.calls().filter_map(|(_, call)| call.patience_ends()).min().map(|at| Wake { at, why: "nobody answers" })
    }

    /// Calls that nobody answers are given up.
    pub fn expire(&mut self, now: Moment) {
        for id in self.those(|call| call.patience_ends().is_some_and(|at| at <= now)) {
            self.give_up(now, id, CallEnd::NoAnswer, format!("nobody answered in {} s", PATIENCE.as_secs()));
        }
    }

    /// The numbers of the calls of which `which` is true.
    fn those(&self, which: impl Fn(&Call) -> bool) -> Vec<CallId> {
        self.ledger.calls().filter(|(_, call)| which(call)).map(|(id, _)| id).collect()
    }

    /// The way is known: a port is asked for.
    fn prepare(&mut self, id: CallId, way: Way) {
        if let Some(call) = self.ledger.call(id) {
            call.phase = Phase::Preparing;
            self.ledger.ask_port(id, way.local);
        }
    }

    /// What we offer where nothing else was said: encrypted only, unless the account allows clear sound (RFC 8643 then).
    fn usual_security(&self) -> Security {
        if self.allow_cleartext { Security::Opportunistic } else { Security::Required }
    }

    fn sound(&mut self, port: SocketAddr, security: Security) -> Sound {
        let opportunistic = matches!(security, Security::Opportunistic);
        Sound { negotiator: self.negotiator(port, security), port, opportunistic }
    }

    fn negotiator(&mut self, local: SocketAddr, security: Security) -> Negotiator {
        Negotiator::new(local, security, vec![Codec::Opus, Codec::Pcmu, Codec::Pcma], self.chance.fork())
    }

    /// The port is there: INVITE goes out.
    fn invite(&mut self, now: Moment, id: CallId, mut sound: Sound) {
        let Some(call) = self.ledger.call(id) else { return };
        let Some(target) = call.target.clone() else { return };
        let (session, offer) = (call.session, sound.negotiator.offer(call.wanted()));
        call.phase = Phase::Inviting { since: now, sound, progress: Progress::default() };
        self.ledger.order(AgentIn::Invite { session, target, offer: Some(offer) });
    }

    /// An offer of RTP/AVP with keys was refused: some phones that insist on SRTP want to read RTP/SAVP. Tried once.
    fn invite_encrypted(&mut self, now: Moment, id: CallId) {
        self.forget_progress(id);
        let session = self.ledger.next_session();
        let Some(call) = self.ledger.call(id) else { return };
        call.session = session;
        let Phase::Inviting { sound, since, progress } = &mut call.phase else { return };
        let (port, since, progress) = (sound.port, *since, std::mem::take(progress));
        let again = self.sound(port, Security::Required);
        self.invite(now, id, again);
        // To the user it is the same call.
        if let Some(Call { phase: Phase::Inviting { since: first, progress: of_all, .. }, .. }) = self.ledger.call(id) {
            (*first, *of_all) = (since, progress);
        }
    }

    /// The port of a call that rings is there: the answer is written, and sent where the user has answered by now.
    fn can_be_answered(&mut self, now: Moment, id: CallId, port: SocketAddr) {
        let Some(call) = self.ledger.call(id) else { return };
        let wanted = call.wanted();
        let Phase::Alerting { since, offer, mut negotiator, answered } = std::mem::replace(&mut call.phase, Phase::Preparing)
        else {
            return;
        };
        negotiator.moved(port);
        let agreed = match &offer {
            Some(offer) => negotiator.offer_received(offer, wanted).map(|(body, plan)| (body, Some(Box::new(plan)))),
            None => Ok((negotiator.offer(wanted), None)),
        };
        let sound = Sound { negotiator, port, opportunistic: false };
        let (body, plan, refusal) = match agreed {
            Ok((body, plan)) => (body, plan, None),
            Err(refusal) => (Vec::new(), None, Some(refusal)),
        };
        call.phase = Phase::Ringing { since, body, plan, sound };
        match refusal {
            None if answered => self.answer(now, id),
            None => {}
            Some(refusal) => self.refuse(now, id, 488, refusal.to_string()),
        }
    }

    /// A call that came cannot be taken.
    fn refuse(&mut self, now: Moment, id: CallId, status: u16, why: String) {
        let Some(call) = self.ledger.call(id) else { return };
        let session = call.session;
        self.ledger.order(AgentIn::Reject { session, status });
        self.ledger.end(now, id, CallEnd::Failed, why);
    }

    /// Answered on both sides: sound flows.
    fn talk(&mut self, now: Moment, id: CallId, setup: Duration, plan: MediaPlan) {
        self.ledger.mark_answered(now, id);
        let sealed_way = self.is_way_sealed();
        let Some(call) = self.ledger.call(id) else { return };
        let (codec, encrypted) = (codec_name(&plan), plan.seal.is_some());
        let keys_in_clear = encrypted && !sealed_way;
        call.start_talking(plan);
        let at = call.clock.at(now);
        self.ledger.tell(id, CallChange::Answered { setup, codec, encrypted, keys_in_clear, at });
        self.adjust(id);
    }

    /// We end it: the session with CANCEL, BYE or a refusal, whichever is right.
    fn give_up(&mut self, now: Moment, id: CallId, end: CallEnd, reason: String) {
        let Some(call) = self.ledger.call(id) else { return };
        let (session, on_the_wire) = (call.session, call.has_session());
        if on_the_wire {
            self.ledger.order(AgentIn::End { session });
        }
        self.ledger.end(now, id, end, reason);
    }
}

/// A call of ours, before anything is known of it.
fn outgoing(
    (began, clock): (Moment, WallClock),
    session: SessionId,
    peer: RemoteText,
    target: Option<Uri>,
    ticket: Ticket,
) -> Call {
    Call {
        session,
        incoming: false,
        target,
        peer,
        name: RemoteText::default(),
        ticket: Some(ticket),
        clock,
        began,
        answered: None,
        phase: Phase::Connecting,
        hold: false,
        muted: false,
        figures: Figures::default(),
    }
}
