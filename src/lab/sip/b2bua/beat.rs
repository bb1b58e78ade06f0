//! The beat of sound: every 20 ms each leg is heard, and is sent what the one that it is joined with says.

use super::interface::Out;
use super::leg::{LegId, Part};
use super::machine::B2bua;
use crate::machine::Moment;
use crate::media::frame::FRAME_TIME;
use crate::media::{Frame, SILENCE};
use crate::protocol::sip::session;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// An echo comes back after so many frames.
const ECHO: usize = 10;

/// Beats that are made up for where whoever drives us is late.
const LATE: Duration = Duration::from_millis(200);

/// A leg from which nothing has come for so long is given up.
const DEAD: Duration = Duration::from_secs(120);

impl B2bua {
    /// A datagram came to one of our ports.
    pub(super) fn sound(&mut self, now: Moment, port: u16, from: SocketAddr, bytes: &[u8]) {
        for leg in self.legs.values_mut() {
            let Some(media) = &mut leg.media else { continue };
            if leg.port == Some(port) {
                return media.receive(now, from, bytes);
            }
            if leg.port.map(|own| own + 1) == Some(port) {
                return media.receive_rtcp(now, from, bytes);
            }
        }
    }

    /// The beats that are due.
    pub(super) fn beats(&mut self, now: Moment) {
        while let Some(at) = self.beat.filter(|at| *at <= now) {
            let at = if now.since(at) > LATE { now } else { at };
            self.one_beat(now);
            self.beat = self.legs.values().any(|leg| leg.media.is_some()).then_some(at + FRAME_TIME);
        }
    }

    fn one_beat(&mut self, now: Moment) {
        let mut heard: BTreeMap<LegId, Box<Frame>> = BTreeMap::new();
        let (mut keys, mut over) = (Vec::new(), Vec::new());
        for (id, leg) in &mut self.legs {
            let Some(media) = &mut leg.media else { continue };
            let mut frame = Box::new(SILENCE);
            media.play(now, &mut frame);
            heard.insert(*id, frame);
            keys.extend(std::iter::from_fn(|| media.heard_key()).map(|key| (*id, key)));
            let packets = media.figures().packets_received;
            if packets != leg.heard.0 || leg.sdp.plan().is_some_and(|plan| !plan.direction.receives()) {
                leg.heard = (packets, now);
            } else if now.since(leg.heard.1) > DEAD {
                over.push(*id);
            }
        }
        for (id, key) in keys {
            self.pressed(now, id, key);
        }
        let together: Vec<LegId> =
            self.legs.iter().filter(|(_, leg)| matches!(leg.part, Part::Conference)).map(|(id, _)| *id).collect();
        let mut said: Vec<Out> = Vec::new();
        for (id, leg) in &mut self.legs {
            let (Some(media), Some(port), Some(own)) = (&mut leg.media, leg.port, heard.get(id)) else { continue };
            let frame = match &mut leg.part {
                Part::Echo(waiting) => {
                    waiting.push_back(own.clone());
                    if waiting.len() > ECHO { waiting.pop_front() } else { None }
                }
                Part::Conference => Some(Box::new(mixed(&heard, &together, *id))),
                Part::With(other) => heard.get(other).cloned(),
                Part::Mailbox(recorder) => told(recorder.beat(own), *id, &mut over),
                Part::Person(speech, _) => told(speech.beat(own), *id, &mut over),
                Part::Nothing | Part::Waiting { .. } | Part::Rings(_) | Part::Answering { .. } => None,
            };
            let frame = frame.unwrap_or_else(|| Box::new(SILENCE));
            media.capture(now, &frame, &mut |channel, to, bytes| said.push(Out::sound(port, channel, to, bytes)));
        }
        said.into_iter().for_each(|out| self.say(out));
        over.into_iter().for_each(|id| self.tell(now, id, session::Input::End));
    }
}

/// What somebody says; who says nothing any more hangs up.
fn told(said: Option<Frame>, id: LegId, over: &mut Vec<LegId>) -> Option<Box<Frame>> {
    if said.is_none() {
        over.push(id);
    }
    said.map(Box::new)
}

/// All who are together but one.
fn mixed(heard: &BTreeMap<LegId, Box<Frame>>, together: &[LegId], but: LegId) -> Frame {
    let mut sum = [0_i32; SILENCE.len()];
    for id in together.iter().filter(|id| **id != but) {
        if let Some(frame) = heard.get(id) {
            sum.iter_mut().zip(frame.iter()).for_each(|(sum, sample)| *sum += i32::from(*sample));
        }
    }
    let mut frame = SILENCE;
    let clip = |sample: i32| i16::try_from(sample.clamp(i16::MIN.into(), i16::MAX.into())).unwrap_or_default();
    frame.iter_mut().zip(sum).for_each(|(place, sample)| *place = clip(sample));
    frame
}
