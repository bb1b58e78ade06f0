//! Calls that go out to devices: for a caller, or because a person of the lab rings.

use super::bindings::Binding;
use super::interface::{Asked, Out, RingEnd};
use super::leg::{For, LegId, Part, PersonRings, RingId};
use super::machine::B2bua;
use super::settings::Subscriber;
use super::speech::Speech;
use crate::machine::{Moment, Wake};
use crate::protocol::rtp::Direction;
use crate::protocol::sip::session::{self, End, Session};
use std::collections::BTreeSet;

/// Wishes at one time.
const MOST_RINGS: usize = 16;

impl B2bua {
    /// Rings at one device of `number`, as `from`.
    fn ring(&mut self, now: Moment, device: Binding, number: &str, from: &str, why: For) -> Option<LegId> {
        let port = self.ports.open()?;
        let mut sdp = self.negotiator(port);
        let offer = sdp.offer(Direction::SendRecv);
        let party = self.address(from);
        let chance = self.chance.fork();
        let session = Session::outgoing(now, party.clone(), device.contact, Some(offer), chance);
        let names = (number.to_owned(), from.to_owned());
        let id = self.add_leg(now, session, (device.flow, device.source), names, Some(party), (port, sdp));
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.part = Part::Rings(why);
        }
        Some(id)
    }

    /// A caller rings at all devices of somebody.
    pub(super) fn ring_devices(&mut self, now: Moment, caller: LegId, person: &Subscriber, devices: Vec<Binding>) {
        let Some(from) = self.legs.get(&caller).map(|leg| leg.owner.clone()) else { return };
        let legs: BTreeSet<LegId> =
            devices.into_iter().filter_map(|device| self.ring(now, device, &person.number, &from, For::Leg(caller))).collect();
        if legs.is_empty() {
            return self.tell(now, caller, session::Input::Reject(503));
        }
        let until = now + self.settings.ring;
        if let Some(leg) = self.legs.get_mut(&caller) {
            leg.part = Part::Waiting { called: person.number.clone(), legs, rang: false, until };
        }
    }

    /// A person of the lab rings.
    pub(super) fn ring_for(&mut self, now: Moment, asked: Asked) {
        let devices = self.bindings.of(now, &asked.to);
        if devices.is_empty() || self.rings.len() >= MOST_RINGS {
            return self.say(Out::Rang(asked, RingEnd::Nobody));
        }
        self.numbered += 1;
        let ring = RingId(self.numbered);
        let legs = devices
            .into_iter()
            .filter_map(|device| self.ring(now, device, &asked.to, &asked.from, For::Person(ring)))
            .collect();
        self.rings.insert(ring, PersonRings { asked, legs, until: now + self.settings.ring });
    }

    /// A device rings.
    pub(super) fn callee_rings(&mut self, now: Moment, id: LegId) {
        let Some(Part::Rings(For::Leg(caller))) = self.legs.get(&id).map(|leg| &leg.part) else { return };
        let caller = *caller;
        if let Some(Part::Waiting { rang, .. }) = self.legs.get_mut(&caller).map(|leg| &mut leg.part)
            && !std::mem::replace(rang, true)
        {
            self.tell(now, caller, session::Input::Ring);
        }
    }

    /// A device answers.
    pub(super) fn callee_answers(&mut self, now: Moment, id: LegId, body: Option<&[u8]>) {
        let Some(Part::Rings(why)) = self.legs.get(&id).map(|leg| &leg.part) else { return };
        let why = *why;
        if !body.is_some_and(|body| self.answered(now, id, body)) {
            return self.tell(now, id, session::Input::End);
        }
        let others: Vec<LegId> = match why {
            For::Leg(caller) => {
                let Some(Part::Waiting { legs, .. }) = self.legs.get(&caller).map(|leg| &leg.part) else {
                    return self.tell(now, id, session::Input::End);
                };
                let others = legs.iter().copied().filter(|other| *other != id).collect();
                self.join(id, Part::With(caller));
                self.accept(now, caller, Part::With(id));
                others
            }
            For::Person(ring) => {
                let Some(rings) = self.rings.get_mut(&ring) else {
                    return self.tell(now, id, session::Input::End);
                };
                let others = rings.legs.iter().copied().filter(|other| *other != id).collect();
                rings.legs.clear();
                let speech = Speech::new(&rings.asked.cues);
                self.join(id, Part::Person(Box::new(speech), Some(ring)));
                others
            }
        };
        others.into_iter().for_each(|other| {
            self.join(other, Part::Nothing);
            self.tell(now, other, session::Input::End);
        });
    }

    fn join(&mut self, id: LegId, part: Part) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.part = part;
        }
    }

    /// A device that rang for `caller` does not any more.
    pub(super) fn callee_is_out(&mut self, now: Moment, caller: LegId, id: LegId, end: &End) {
        let Some(Part::Waiting { called, legs, .. }) = self.legs.get_mut(&caller).map(|leg| &mut leg.part) else { return };
        legs.remove(&id);
        if legs.is_empty() {
            let status = if let End::Rejected { status, .. } = end { *status } else { 480 };
            let called = called.clone();
            self.nobody_answers(now, caller, &called, status);
        }
    }

    /// A device that rang for a person of the lab does not any more.
    pub(super) fn person_is_refused(&mut self, ring: RingId, id: LegId) {
        let Some(rings) = self.rings.get_mut(&ring) else { return };
        rings.legs.remove(&id);
        if rings.legs.is_empty()
            && let Some(rings) = self.rings.remove(&ring)
        {
            self.say(Out::Rang(rings.asked, RingEnd::Unanswered));
        }
    }

    /// It has rung for long enough, or a person of the lab answers.
    pub(super) fn expire_calls(&mut self, now: Moment) {
        let mut given_up: Vec<LegId> = Vec::new();
        let (mut answers, mut unanswered) = (Vec::new(), Vec::new());
        for (id, leg) in &self.legs {
            match &leg.part {
                Part::Waiting { until, legs, called, .. } if *until <= now => {
                    given_up.extend(legs);
                    unanswered.push((*id, called.clone()));
                }
                Part::Answering { at, .. } if *at <= now => answers.push(*id),
                _ => {}
            }
        }
        given_up.extend(self.rings.values().filter(|rings| rings.until <= now).flat_map(|rings| &rings.legs));
        for rings in self.rings.values_mut().filter(|rings| rings.until <= now) {
            // Who has answered may speak as long as they like; who has not is asked once.
            rings.until = now + std::time::Duration::from_secs(3600);
        }
        for (id, called) in unanswered {
            self.nobody_answers(now, id, &called, 480);
        }
        given_up.into_iter().for_each(|id| self.tell(now, id, session::Input::End));
        answers.into_iter().for_each(|id| self.person_answers(now, id));
    }

    /// When that is.
    pub(super) fn calls_wake(&self) -> Option<Wake> {
        let legs = self.legs.values().filter_map(|leg| match &leg.part {
            Part::Waiting { until, .. } => Some(Wake { at: *until, why: "nobody answers" }),
            Part::Answering { at, .. } => Some(Wake { at: *at, why: "a person answers" }),
            _ => None,
        });
        let rings = self.rings.values().map(|rings| Wake { at: rings.until, why: "nobody answers" });
        legs.chain(rings).min()
    }
}
