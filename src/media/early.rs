//! Early media (RFC 3960): who may be heard before our call is answered, each by an answer of its own, all on one port.
//!
//! The one that last began to send is heard (RFC 3960 §3.1). A packet is told to be somebody's by its keys where it is
//! sealed, else by where it comes from. What we send goes to the one that is heard, or to the newest while nobody is, all of
//! it in one stream: the keys of our offer are the same for all of them, and no packet number may seal two packets.

#![deny(clippy::indexing_slicing)]

use super::inbound::Inbound;
use super::leg::Leg;
use crate::machine::Moment;
use crate::protocol::rtp::MediaPlan;
use crate::protocol::rtp::packet::is_rtcp;
use std::net::SocketAddr;
use std::time::Duration;

/// Who has sent nothing for so long lets another one be heard that sends.
const SILENCE: Duration = Duration::from_secs(2);

/// After so long nobody is heard any more. The pauses of a ringing tone are shorter (E.180: 5 s at the most).
const PAUSE: Duration = Duration::from_secs(6);

/// One that may be heard.
#[derive(Debug)]
struct End {
    plan: MediaPlan,
    /// What hears it; it stands in the leg while that is this end's.
    inbound: Option<Inbound>,
    /// Its sound, since it last began.
    run: Option<Run>,
}

/// Sound that comes without a long pause.
#[derive(Clone, Copy, Debug)]
struct Run {
    began: Moment,
    last: Moment,
}

/// All that may be heard.
#[derive(Debug, Default)]
pub struct Early {
    ends: Vec<End>,
    /// Whose the leg is.
    at: Option<usize>,
}

impl Early {
    /// These may be heard from now on, the newest last; who was there before keeps its place.
    pub fn expect(&mut self, now: Moment, plans: Vec<MediaPlan>, leg: &mut Leg) {
        if plans.len() < self.ends.len() {
            *self = Early::default();
        }
        for (at, plan) in plans.into_iter().enumerate() {
            match self.ends.get_mut(at) {
                None => self.ends.push(End { inbound: Some(Inbound::new(&plan)), plan, run: None }),
                Some(end) if end.plan == plan => {}
                Some(end) => {
                    match &mut end.inbound {
                        Some(inbound) => inbound.replan(now, &plan),
                        None => leg.replan(now, plan.clone()),
                    }
                    end.plan = plan;
                }
            }
        }
        if !self.is_heard(now) && !self.ends.is_empty() {
            self.turn(self.ends.len() - 1, leg);
        }
    }

    /// Whether there is anybody to whom we send.
    #[must_use]
    pub fn is_anybody(&self) -> bool {
        self.at.is_some()
    }

    /// Whether somebody is heard.
    #[must_use]
    pub fn is_heard(&self, now: Moment) -> bool {
        self.ends.iter().any(|end| end.run.is_some_and(|run| now - run.last < PAUSE))
    }

    /// A datagram came to the RTP port from `from`.
    pub fn receive(&mut self, now: Moment, from: SocketAddr, datagram: &[u8], leg: &mut Leg) {
        if is_rtcp(datagram) {
            leg.receive(now, from, datagram);
            return;
        }
        let sealed: Vec<usize> = self.those(|end| end.plan.open.is_some()).collect();
        let heard = sealed.into_iter().find(|at| self.hear(now, from, datagram, *at, leg));
        let heard = heard.or_else(|| self.whose(from).filter(|at| self.hear(now, from, datagram, *at, leg)));
        if let Some(end) = heard.and_then(|at| self.ends.get_mut(at)) {
            let goes_on = end.run.filter(|run| now - run.last < PAUSE);
            end.run = Some(Run { began: goes_on.map_or(now, |run| run.began), last: now });
            self.follow(now, leg);
        }
    }

    /// It is answered under `plan`: the leg goes on under it alone, with who was heard where that is the same.
    pub fn answered(mut self, now: Moment, plan: MediaPlan, leg: &mut Leg) {
        let same_keys = |end: &End| end.plan.open.is_some() && end.plan.open == plan.open;
        let same_place = |end: &End| plan.open.is_none() && end.plan.open.is_none() && end.plan.remote == plan.remote;
        let found = self.those(|end| end.plan == plan).next_back();
        let winner = found.or_else(|| self.those(same_keys).next_back()).or_else(|| self.those(same_place).next_back());
        match winner {
            Some(at) => {
                self.turn(at, leg);
                leg.replan(now, plan);
            }
            // Whoever was heard until now has lost.
            None => drop(leg.turn(plan.clone(), Inbound::new(&plan))),
        }
    }

    fn those(&self, which: impl Fn(&End) -> bool) -> impl DoubleEndedIterator<Item = usize> {
        self.ends.iter().enumerate().filter(move |(_, end)| which(end)).map(|(at, _)| at)
    }

    /// Whose a clear packet from there would be: that of its address, of its host, or else the newest's.
    fn whose(&self, from: SocketAddr) -> Option<usize> {
        let clear = |end: &End| end.plan.open.is_none();
        let exact = self.those(|end| clear(end) && end.plan.remote == Some(from)).next_back();
        let host = || self.those(|end| clear(end) && end.plan.remote.is_some_and(|at| at.ip() == from.ip())).next_back();
        exact.or_else(host).or_else(|| self.those(clear).next_back())
    }

    /// Hands a packet to one of them. Whether it is its sound.
    fn hear(&mut self, now: Moment, from: SocketAddr, datagram: &[u8], at: usize, leg: &mut Leg) -> bool {
        let Some(end) = self.ends.get_mut(at) else { return false };
        match &mut end.inbound {
            None => leg.hear(now, from, datagram),
            Some(inbound) => {
                let heard = inbound.receive(now, from, datagram, &end.plan);
                // Who begins is heard from the first packet on; of who goes on beside another nothing is kept.
                if end.run.is_some_and(|run| now - run.last < PAUSE) {
                    inbound.forget_sound();
                }
                heard
            }
        }
    }

    /// The leg becomes that of who is to be heard.
    fn follow(&mut self, now: Moment, leg: &mut Leg) {
        let worth = |run: Run| (now - run.last < SILENCE, run.began);
        let heard = self.ends.iter().enumerate().filter_map(|(at, end)| Some((worth(end.run?), at)));
        if let Some((_, at)) = heard.max() {
            self.turn(at, leg);
        }
    }

    fn turn(&mut self, at: usize, leg: &mut Leg) {
        if self.at == Some(at) {
            return;
        }
        let Some(inbound) = self.ends.get_mut(at).and_then(|end| end.inbound.take()) else { return };
        let Some(plan) = self.ends.get(at).map(|end| end.plan.clone()) else { return };
        let mut left = leg.turn(plan, inbound);
        left.forget_sound();
        if let Some(end) = self.at.and_then(|old| self.ends.get_mut(old)) {
            end.inbound = Some(left);
        }
        self.at = Some(at);
    }
}

#[cfg(test)]
mod tests;
