//! Calls that come in: whom they are for, what they are joined with, and how they end.

use super::interface::{Deposited, Out, RingEnd};
use super::leg::{CallLeg, For, LegId, Part};
use super::machine::B2bua;
use super::mailbox::Recorder;
use super::settings::Answers;
use super::speech::Speech;
use crate::machine::{Machine, Moment};
use crate::media;
use crate::protocol::rtp::{Direction, MediaPlan};
use crate::protocol::sdp::{Negotiator, Security};
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::{NameAddr, Request, Uri};
use crate::protocol::sip::session::capabilities::respond;
use crate::protocol::sip::session::{self, End, Session};
use crate::protocol::sip::transaction::{self, ServerKey};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Legs at one time.
const MOST_LEGS: usize = 24;

impl B2bua {
    /// An INVITE has come that begins a call.
    pub(super) fn invited(&mut self, now: Moment, key: ServerKey, way: (Flow, SocketAddr), request: Request, tag: &str) {
        let registered = self.bindings.number_at(now, way.0.id, way.1).map(str::to_owned);
        let named = request.headers.from().ok().and_then(|from| from.uri.user_text()).unwrap_or_default();
        let trusted = || self.settings.subscriber(&named).filter(|_| !self.settings.digest).map(|who| who.number.clone());
        let Some(owner) = registered.or_else(trusted) else {
            return self.answer(now, key, &way.0, respond(&request, 403, tag));
        };
        let called = request.uri.user_text().unwrap_or_default();
        let (full, unreadable) = (respond(&request, 503, tag), respond(&request, 400, tag));
        let chance = self.chance.fork();
        if self.ports.used() >= MOST_LEGS {
            return self.answer(now, key, &way.0, full);
        }
        match Session::incoming(now, key, request, chance) {
            Some(session) => {
                let Some(port) = self.ports.open() else { return self.answer(now, key, &way.0, full) };
                let sdp = self.negotiator(port);
                self.add_leg(now, session, way, (owner, called), None, (port, sdp));
            }
            None => self.answer(now, key, &way.0, unreadable),
        }
    }

    /// A leg between the telephone of `owner` and us as `other`, with a port for its sound.
    pub(super) fn add_leg(
        &mut self,
        now: Moment,
        session: Session,
        way: (Flow, SocketAddr),
        (owner, other): (String, String),
        party: Option<NameAddr>,
        (port, sdp): (u16, Negotiator),
    ) -> LegId {
        self.numbered += 1;
        let id = LegId(self.numbered);
        let (offer, media, heard, part) = (None, None, (0, now), Part::Nothing);
        let leg = CallLeg { session, way, owner, other, party, port: Some(port), sdp, offer, media, heard, part };
        self.legs.insert(id, leg);
        id
    }

    pub(super) fn negotiator(&mut self, port: u16) -> Negotiator {
        let security = if self.settings.encrypted { Security::Required } else { Security::Clear };
        let local = SocketAddr::new(self.settings.media, port);
        Negotiator::new(local, security, self.settings.codecs.clone(), self.chance.fork())
    }

    pub(super) fn hear_session(&mut self, now: Moment, id: LegId, output: session::Output) {
        match output {
            session::Output::Request { ask, request, .. } => self.send(now, id, Some(ask), request),
            session::Output::Acknowledge { request, .. } => self.send(now, id, None, request),
            session::Output::Cancel(ask) => {
                let key = self.asks.iter().find(|(_, asked)| **asked == (id, ask)).map(|(key, _)| *key);
                if let Some(key) = key {
                    self.layer.handle(now, transaction::Input::Cancel { key });
                }
            }
            session::Output::Respond { key, mut response } => {
                if let Some(leg) = self.legs.get(&id) {
                    super::dress::response(&leg.way.0, &leg.other, &mut response);
                }
                self.layer.handle(now, transaction::Input::Respond { key, response });
            }
            session::Output::Incoming { offer, .. } => {
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.offer = offer;
                }
                self.dial(now, id);
            }
            session::Output::Progress { .. } => self.callee_rings(now, id),
            session::Output::Answered(body) => self.callee_answers(now, id, body.as_deref()),
            session::Output::Established(None) | session::Output::OfferRefused(_) | session::Output::Anew => {}
            session::Output::Established(Some(body)) | session::Output::OfferAnswered(body) => {
                if !self.answered(now, id, &body) {
                    self.tell(now, id, session::Input::End);
                }
            }
            session::Output::Offered(offer) => self.offered(now, id, offer.as_deref()),
            session::Output::Pressed(key) => self.pressed(now, id, key),
            session::Output::Ended(end) => self.ended(now, id, &end),
        }
    }

    /// Whom is it for?
    fn dial(&mut self, now: Moment, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        if leg.offer.as_ref().is_some_and(|offer| leg.sdp.judge_offer(offer).is_err()) {
            return self.tell(now, id, session::Input::Reject(488));
        }
        let (owner, called) = (leg.owner.clone(), leg.other.clone());
        let numbers = &self.settings.numbers;
        let is = |number: &str, word: &str| called == number || called.eq_ignore_ascii_case(word);
        if is(&numbers.echo, "echo") {
            return self.accept(now, id, Part::Echo(VecDeque::new()));
        }
        if is(&numbers.conference, "conference") {
            return self.accept(now, id, Part::Conference);
        }
        if is(&numbers.voicemail, "voicemail") {
            return self.accept(now, id, Part::Mailbox(Box::new(Recorder::new(&owner))));
        }
        let Some(person) = self.settings.subscriber(&called).cloned() else {
            return self.tell(now, id, session::Input::Reject(404));
        };
        if person.number == owner {
            return self.tell(now, id, session::Input::Reject(486));
        }
        let devices = self.bindings.of(now, &person.number);
        if !devices.is_empty() {
            return self.ring_devices(now, id, &person, devices);
        }
        match person.answers {
            Answers::Person(after, cues) => {
                self.tell(now, id, session::Input::Ring);
                if let Some(leg) = self.legs.get_mut(&id) {
                    leg.part = Part::Answering { at: now + after, cues };
                }
            }
            Answers::Mailbox => self.nobody_answers(now, id, &person.number, 480),
        }
    }

    /// Nobody has answered at `called`: their mailbox does, or the caller hears why.
    pub(super) fn nobody_answers(&mut self, now: Moment, id: LegId, called: &str, status: u16) {
        if self.settings.forward_to_voicemail {
            self.accept(now, id, Part::Mailbox(Box::new(Recorder::new(called))));
        } else {
            self.tell(now, id, session::Input::Reject(status));
        }
    }

    /// Answers a call, and joins it with `part`.
    pub(super) fn accept(&mut self, now: Moment, id: LegId, part: Part) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.part = part;
        let (body, plan) = match leg.offer.take() {
            Some(offer) => match leg.sdp.offer_received(&offer, Direction::SendRecv) {
                Ok((answer, plan)) => (answer, Some(plan)),
                Err(_) => return self.tell(now, id, session::Input::Reject(488)),
            },
            None => (leg.sdp.offer(Direction::SendRecv), None),
        };
        self.tell(now, id, session::Input::Accept(body));
        if let Some(plan) = plan {
            self.settled(now, id, plan);
        }
    }

    /// An offer of theirs within the call.
    fn offered(&mut self, now: Moment, id: LegId, offer: Option<&[u8]>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(offer) = offer else {
            let body = leg.sdp.offer(Direction::SendRecv);
            return self.tell(now, id, session::Input::Answer(body));
        };
        match leg.sdp.offer_received(offer, Direction::SendRecv) {
            Ok((answer, plan)) => {
                self.tell(now, id, session::Input::Answer(answer));
                self.settled(now, id, plan);
            }
            Err(_) => self.tell(now, id, session::Input::RefuseOffer(488)),
        }
    }

    /// Their answer to an offer of ours. Whether it can be agreed to.
    pub(super) fn answered(&mut self, now: Moment, id: LegId, body: &[u8]) -> bool {
        let Some(leg) = self.legs.get_mut(&id) else { return false };
        match leg.sdp.answer_received(body) {
            Ok(plan) => {
                self.settled(now, id, plan);
                true
            }
            Err(_) => false,
        }
    }

    /// How the sound of a leg goes is settled.
    fn settled(&mut self, now: Moment, id: LegId, plan: MediaPlan) {
        let chance = self.chance.fork();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.media {
            Some(media) => media.replan(now, plan),
            None => {
                leg.media = Some(Box::new(media::Leg::new(now, plan, chance)));
                leg.heard = (0, now);
            }
        }
        self.beat.get_or_insert(now);
    }

    /// Somebody has pressed a key.
    pub(super) fn pressed(&mut self, _now: Moment, id: LegId, key: char) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        match &mut leg.part {
            Part::Mailbox(recorder) => recorder.pressed(key),
            Part::With(other) => {
                let other = *other;
                if let Some(media) = self.legs.get_mut(&other).and_then(|leg| leg.media.as_mut()) {
                    media.dtmf(key);
                }
            }
            _ => {}
        }
    }

    /// A leg is over.
    fn ended(&mut self, now: Moment, id: LegId, end: &End) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let (media, port) = (leg.media.take(), leg.port.take());
        let (part, owner) = (std::mem::replace(&mut leg.part, Part::Nothing), leg.owner.clone());
        if let Some(port) = port {
            if let Some(mut media) = media {
                let mut last = Vec::new();
                media.bye(now, &mut |channel, to, bytes| last.push(Out::sound(port, channel, to, bytes)));
                last.into_iter().for_each(|sound| self.say(sound));
            }
            self.ports.close(port);
        }
        match part {
            Part::Waiting { legs, .. } => legs.into_iter().for_each(|leg| self.tell(now, leg, session::Input::End)),
            Part::Rings(For::Leg(caller)) => self.callee_is_out(now, caller, id, end),
            Part::Rings(For::Person(ring)) => self.person_is_refused(ring, id),
            Part::With(other) => self.tell(now, other, session::Input::End),
            Part::Mailbox(recorder) => {
                let mailbox = recorder.number.clone();
                let name = self.settings.subscriber(&owner).map_or_else(|| owner.clone(), |who| who.name.clone());
                if let Some(sound) = recorder.message() {
                    self.say(Out::Deposited(Deposited { mailbox, caller: owner, name, sound }));
                }
            }
            Part::Person(_, Some(ring)) => {
                if let Some(rings) = self.rings.remove(&ring) {
                    self.say(Out::Rang(rings.asked, RingEnd::Spoke));
                }
            }
            Part::Person(_, None) | Part::Nothing | Part::Answering { .. } | Part::Echo(_) | Part::Conference => {}
        }
    }

    /// A person of the lab answers.
    pub(super) fn person_answers(&mut self, now: Moment, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Part::Answering { cues, .. } = &leg.part {
            let speech = Speech::new(cues);
            self.accept(now, id, Part::Person(Box::new(speech), None));
        }
    }

    /// Somebody's address of record, with their name.
    pub(super) fn address(&self, number: &str) -> NameAddr {
        let name = self.settings.subscriber(number).map(|who| who.name.clone());
        NameAddr { display_name: name, ..NameAddr::new(Uri::sip(Some(number), &self.settings.domain)) }
    }
}
