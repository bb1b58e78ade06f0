//! The loop: what sockets hear goes to the servers, what servers say goes to sockets, and time comes to both.

use super::lines::{Heard, Mouth, Order};
use crate::io::driver::looping::Clocks;
use crate::lab::wire::{Door, Line, Node, Server, WireIn, WireOut};
use crate::machine::Moment;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Far enough to look again.
const IDLE: std::time::Duration = std::time::Duration::from_secs(3600);

/// The servers and their sockets.
pub(super) struct Looping {
    pub(super) clocks: Clocks,
    pub(super) servers: Vec<(Vec<Door>, Server)>,
    pub(super) datagrams: BTreeMap<(Door, Node), Arc<UdpSocket>>,
    pub(super) heard: mpsc::Receiver<Heard>,
}

impl Looping {
    /// Runs until nobody can be heard any more.
    pub(super) async fn run(mut self) {
        let mut lines = BTreeMap::new();
        loop {
            let now = self.clocks.now();
            let wake = self.servers.iter().filter_map(|(_, server)| server.wake()).min();
            let wait = wake.map_or(IDLE, |wake| wake.at.since(now).min(IDLE));
            let heard = tokio::select! {
                heard = self.heard.recv() => match heard {
                    Some(heard) => Some(heard),
                    None => return,
                },
                () = tokio::time::sleep(wait) => None,
            };
            let now = self.clocks.now();
            if let Some(heard) = heard {
                self.hear(now, heard, &mut lines);
            }
            for (_, server) in &mut self.servers {
                if server.wake().is_some_and(|wake| wake.at <= now) {
                    server.expire(now);
                }
            }
            self.settle(now, &mut lines);
        }
    }

    fn hear(&mut self, now: Moment, heard: Heard, lines: &mut BTreeMap<Line, Mouth>) {
        let input = match heard {
            Heard::Opened(line, from, mouth) => {
                lines.insert(line, mouth);
                WireIn::Opened(line, from)
            }
            Heard::Wire(WireIn::Closed(line)) => {
                lines.remove(&line);
                WireIn::Closed(line)
            }
            Heard::Wire(input) => input,
        };
        let door = input.door();
        if let Some((_, server)) = self.servers.iter_mut().find(|(doors, _)| doors.contains(&door)) {
            server.handle(now, input);
        }
    }

    fn settle(&mut self, now: Moment, lines: &mut BTreeMap<Line, Mouth>) {
        for (_, server) in &mut self.servers {
            while let Some(output) = server.poll() {
                let (line, order) = match output {
                    WireOut::Say(line, bytes) => (line, Order::Say(bytes)),
                    WireOut::Secure(line) => (line, Order::Secure),
                    WireOut::Close(line) => (line, Order::Close),
                    WireOut::Datagram(door, node, to, bytes) => {
                        // A datagram may be lost, and one that finds no room is.
                        let _ = self.datagrams.get(&(door, node)).map(|socket| socket.try_send_to(&bytes, to));
                        continue;
                    }
                };
                if lines.get(&line).is_some_and(|mouth| !mouth.tell(order)) {
                    // Without its mouth, the line ends by itself.
                    lines.remove(&line);
                    server.handle(now, WireIn::Closed(line));
                }
            }
        }
    }
}
