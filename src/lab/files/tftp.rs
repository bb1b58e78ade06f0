//! The files over TFTP (RFC 1350): datagrams in, a transfer for each reader.

use super::super::late::Late;
use super::super::site::Fault;
use super::super::wire::{Door, Node, WireIn, WireOut};
use super::service::Files;
use crate::machine::{Machine, Moment, Wake};
use crate::protocol::tftp::packet::{ErrorCode, Packet};
use crate::protocol::tftp::{Transfer, TransferIn, TransferOut};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// How many transfers run at a time; whoever comes then is not answered.
const MOST: usize = 256;

/// One reader: at whose address, and theirs.
type Reader = (Node, SocketAddr);

/// Gives the files out. All transfers go by the documented port: a reader takes whatever port the first answer is from
/// (RFC 1350 §4), and its own tells it from others.
#[derive(Debug)]
pub struct TftpServer {
    files: Files,
    transfers: BTreeMap<Reader, Transfer>,
    late: Late<WireOut>,
}

impl TftpServer {
    /// Of these files.
    #[must_use]
    pub fn new(files: Files) -> TftpServer {
        TftpServer { files, transfers: BTreeMap::new(), late: Late::default() }
    }

    fn received(&mut self, now: Moment, reader: Reader, bytes: Vec<u8>) {
        let answers = self.files.answers(Door::Tftp);
        let (fault, delay) = (answers.fault, answers.delay());
        let (node, from) = reader;
        let packet = Packet::parse(&bytes);
        match packet {
            _ if matches!(fault, Fault::Silent | Fault::Absent) => {}
            Ok(Packet::Read(asked)) => match self.files.tftp(&asked.file) {
                // Asked once more, because the answer was late: it goes on.
                Some(_) if self.transfers.contains_key(&reader) || self.transfers.len() >= MOST => {}
                Some(file) => {
                    let mut transfer = Transfer::new(from, file, asked.options);
                    transfer.handle(now, TransferIn::Start);
                    self.transfers.insert(reader, transfer);
                }
                None => {
                    let packet = Packet::Error(ErrorCode::NOT_FOUND, "File not found".into());
                    self.late.say(now, now + delay, WireOut::Datagram(Door::Tftp, node, from, packet.write()));
                }
            },
            Ok(Packet::Write) => {
                let packet = Packet::Error(ErrorCode::NOT_ALLOWED, "This is read only".into());
                self.late.say(now, now + delay, WireOut::Datagram(Door::Tftp, node, from, packet.write()));
            }
            // After the first block, nothing more.
            Ok(Packet::Ack(number)) if fault == Fault::Truncated && number > 0 => {}
            _ => {
                if let Some(transfer) = self.transfers.get_mut(&reader) {
                    transfer.handle(now, TransferIn::Received { from, bytes });
                }
            }
        }
        self.settle(now);
    }

    /// Sends what the transfers want sent, and forgets those that are over.
    fn settle(&mut self, now: Moment) {
        let answers = self.files.answers(Door::Tftp);
        let at = now + answers.delay() + if answers.fault == Fault::Trickle { answers.trickle() } else { Default::default() };
        let (late, noise) = (&mut self.late, answers.fault == Fault::Noise);
        self.transfers.retain(|(node, _), transfer| {
            let mut goes_on = true;
            while let Some(output) = transfer.poll() {
                match output {
                    TransferOut::Send { to, bytes } => {
                        let bytes = if noise { b"\xff\xff?".to_vec() } else { bytes };
                        late.say(now, at, WireOut::Datagram(Door::Tftp, *node, to, bytes));
                    }
                    TransferOut::Over(_) => goes_on = false,
                }
            }
            goes_on
        });
    }
}

impl Machine for TftpServer {
    type Input = WireIn;
    type Output = WireOut;

    fn handle(&mut self, now: Moment, input: WireIn) {
        if let WireIn::Datagram(Door::Tftp, node, from, bytes) = input {
            self.received(now, (node, from), bytes);
        }
    }

    fn expire(&mut self, now: Moment) {
        for transfer in self.transfers.values_mut() {
            transfer.expire(now);
        }
        self.settle(now);
        self.late.expire(now);
    }

    fn poll(&mut self) -> Option<WireOut> {
        self.late.poll()
    }

    fn wake(&self) -> Option<Wake> {
        let transfers = self.transfers.values().filter_map(Machine::wake).min();
        Wake::sooner(transfers, self.late.wake())
    }
}
