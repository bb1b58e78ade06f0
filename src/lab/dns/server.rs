//! The name server at the level of bytes: datagrams, and streams whose messages are counted in two bytes (RFC 1035 §4.2).

use super::super::late::Late;
use super::super::site::Fault;
use super::super::wire::{Line, WireIn, WireOut};
use super::codec::{Over, answer};
use super::zone::Zone;
use crate::machine::{Machine, Moment, Wake};
use std::collections::BTreeMap;

/// The name server.
#[derive(Debug)]
pub struct Server {
    zone: Zone,
    streams: BTreeMap<Line, Vec<u8>>,
    late: Late<WireOut>,
}

impl Server {
    /// One that knows this.
    #[must_use]
    pub fn new(zone: Zone) -> Server {
        Server { zone, streams: BTreeMap::new(), late: Late::default() }
    }

    fn heard(&mut self, now: Moment, line: Line, bytes: &[u8]) {
        let Some(heard) = self.streams.get_mut(&line) else { return };
        heard.extend_from_slice(bytes);
        let at = now + self.zone.site().dns.answers.delay();
        while let Some((question, rest)) = whole(heard) {
            let said = answer(&self.zone, question, Over::Tcp);
            *heard = rest.to_vec();
            if let Some(said) = said {
                let length = u16::try_from(said.len()).unwrap_or(u16::MAX);
                let framed = [length.to_be_bytes().as_slice(), &said].concat();
                self.late.say(now, at, WireOut::Say(line, framed));
            }
        }
    }
}

/// The first message of a stream, and what comes after it.
fn whole(heard: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = heard.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

impl Machine for Server {
    type Input = WireIn;
    type Output = WireOut;

    fn handle(&mut self, now: Moment, input: WireIn) {
        match input {
            WireIn::Datagram(door, node, from, bytes) => {
                let at = now + self.zone.site().dns.answers.delay();
                if let Some(said) = answer(&self.zone, &bytes, Over::Udp) {
                    self.late.say(now, at, WireOut::Datagram(door, node, from, said));
                }
            }
            WireIn::Opened(line, _) => {
                self.streams.insert(line, Vec::new());
                if self.zone.site().dns.answers.fault == Fault::Noise {
                    self.late.say(now, now, WireOut::Close(line));
                }
            }
            WireIn::Heard(line, bytes) => self.heard(now, line, &bytes),
            WireIn::Closed(line) => {
                self.streams.remove(&line);
            }
            WireIn::Secured(_) => {}
        }
    }

    fn expire(&mut self, now: Moment) {
        self.late.expire(now);
    }

    fn poll(&mut self) -> Option<WireOut> {
        self.late.poll()
    }

    fn wake(&self) -> Option<Wake> {
        self.late.wake()
    }
}
