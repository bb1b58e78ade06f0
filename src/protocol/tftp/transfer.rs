//! [`Transfer`]: gives one file to one reader, from a port of its own (RFC 1350 §4, RFC 2347).

use super::packet::{ErrorCode, Options, Packet};
use crate::machine::{Machine, Moment, Wake};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// The wait before something is sent again, unless the reader asks for another.
const WAIT: Duration = Duration::from_secs(1);
/// Sent again so often, then given up.
const AGAIN: u32 = 5;

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferIn {
    /// Begin.
    Start,
    /// A datagram came.
    Received {
        /// From where.
        from: SocketAddr,
        /// It.
        bytes: Vec<u8>,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferOut {
    /// Send a datagram.
    Send {
        /// To where.
        to: SocketAddr,
        /// It.
        bytes: Vec<u8>,
    },
    /// It is over: whether the reader has the whole file.
    Over(bool),
}

/// Gives one file to one reader.
#[derive(Debug)]
pub struct Transfer {
    peer: SocketAddr,
    file: Vec<u8>,
    agreed: Options,
    block: usize,
    /// Which block is on its way, counted from 1; 0 while options are.
    at: usize,
    wait: Duration,
    due: Option<Moment>,
    tries: u32,
    out: VecDeque<TransferOut>,
}

impl Transfer {
    /// Will give `file` to `peer`, who has asked for `options`.
    #[must_use]
    pub fn new(peer: SocketAddr, file: Vec<u8>, options: Options) -> Transfer {
        let agreed = Options { size: options.size.map(|_| file.len() as u64), ..options };
        Transfer {
            peer,
            block: agreed.block.map_or(512, usize::from),
            wait: agreed.timeout.map_or(WAIT, |seconds| Duration::from_secs(seconds.into())),
            file,
            agreed,
            at: 0,
            due: None,
            tries: 0,
            out: VecDeque::new(),
        }
    }

    /// What is on its way.
    fn current(&self) -> Packet {
        if self.at == 0 {
            return Packet::OptionAck(self.agreed);
        }
        let from = (self.at - 1).saturating_mul(self.block).min(self.file.len());
        let to = from.saturating_add(self.block).min(self.file.len());
        Packet::Data(self.number(), self.file.get(from..to).unwrap_or_default().to_vec())
    }

    /// Block numbers begin again after the last.
    fn number(&self) -> u16 {
        u16::try_from(self.at % 65_536).unwrap_or(0)
    }

    /// The last block is the one that is not full.
    fn is_last(&self) -> bool {
        self.at > 0 && self.at.saturating_mul(self.block) > self.file.len()
    }

    fn send(&mut self, now: Moment) {
        self.due = Some(now + self.wait);
        self.out.push_back(TransferOut::Send { to: self.peer, bytes: self.current().write() });
    }

    fn over(&mut self, whole: bool) {
        self.due = None;
        self.out.push_back(TransferOut::Over(whole));
    }
}

impl Machine for Transfer {
    type Input = TransferIn;
    type Output = TransferOut;

    fn handle(&mut self, now: Moment, input: TransferIn) {
        match input {
            TransferIn::Start => {
                self.at = usize::from(self.agreed.is_empty());
                self.send(now);
            }
            TransferIn::Received { from, bytes } if from == self.peer && self.due.is_some() => match Packet::parse(&bytes) {
                Ok(Packet::Ack(number)) if number == self.number() => {
                    if self.is_last() {
                        return self.over(true);
                    }
                    self.at += 1;
                    self.tries = 0;
                    self.send(now);
                }
                // An acknowledgement that comes twice is never answered with the block once more (RFC 1123 §4.2.3.1).
                Ok(Packet::Ack(_)) => {}
                Ok(Packet::Error(..)) => self.over(false),
                Ok(_) | Err(_) => {
                    let packet = Packet::Error(ErrorCode::ILLEGAL, "an acknowledgement was expected".into());
                    self.out.push_back(TransferOut::Send { to: from, bytes: packet.write() });
                    self.over(false);
                }
            },
            TransferIn::Received { from, .. } if from != self.peer => {
                let packet = Packet::Error(ErrorCode::UNKNOWN_TRANSFER, "not in this transfer".into());
                self.out.push_back(TransferOut::Send { to: from, bytes: packet.write() });
            }
            TransferIn::Received { .. } => {}
        }
    }

    fn expire(&mut self, now: Moment) {
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        self.tries += 1;
        if self.tries > AGAIN {
            return self.over(false);
        }
        self.send(now);
    }

    fn poll(&mut self) -> Option<TransferOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.due.map(|at| Wake { at, why: "TFTP retransmission" })
    }
}
