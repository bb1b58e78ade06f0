//! Whole transfers in virtual time, over links that lose, double and reorder; and servers that are slow, deaf or evil.

use super::packet::Options;
use super::*;
use crate::machine::{Chance, Machine, Moment};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

const LIMIT: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// What is on its way, and to whom.
type Post = BTreeMap<(Moment, u64), (SocketAddr, SocketAddr, Vec<u8>)>;

/// A reader at port 1000, a listener at 69 that opens transfers at ports from 2000 on.
struct Town {
    now: Moment,
    chance: Chance,
    loss: u64,
    post: Post,
    sent: u64,
    fetch: Fetch,
    file: Option<Vec<u8>>,
    knows_options: bool,
    refuses_options: bool,
    transfers: BTreeMap<u16, Transfer>,
    datagrams: u64,
}

impl Town {
    fn new(file: Option<Vec<u8>>, loss: u64, seed: u64) -> Town {
        Town {
            now: Moment::START,
            chance: Chance::seeded(seed),
            loss,
            post: Post::new(),
            sent: 0,
            fetch: Fetch::new(address(69), "CSFANA.cnf.xml", LIMIT, PATIENCE),
            file,
            knows_options: true,
            refuses_options: false,
            transfers: BTreeMap::new(),
            datagrams: 0,
        }
    }

    fn mail(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.datagrams += 1;
        let copies = if self.loss > 0 && self.chance.below(1000) < self.loss {
            0
        } else {
            1 + u64::from(self.loss > 0 && self.chance.below(20) == 0)
        };
        for _ in 0..copies {
            self.sent += 1;
            let delay = 5 + if self.loss > 0 { self.chance.below(40) } else { 0 };
            self.post.insert((self.now + Duration::from_millis(delay), self.sent), (from, to, bytes.clone()));
        }
    }

    fn settle(&mut self) -> Option<Result<Vec<u8>, Failure>> {
        let mut result = None;
        while let Some(out) = self.fetch.poll() {
            match out {
                FetchOut::Send { to, bytes } => self.mail(address(1000), to, bytes),
                FetchOut::Done(done) => {
                    assert!(result.replace(done).is_none(), "it is over once");
                }
            }
        }
        let mut letters = Vec::new();
        for (port, transfer) in &mut self.transfers {
            while let Some(out) = transfer.poll() {
                if let TransferOut::Send { to, bytes } = out {
                    letters.push((address(*port), to, bytes));
                }
            }
        }
        letters.into_iter().for_each(|(from, to, bytes)| self.mail(from, to, bytes));
        result
    }

    fn listen(&mut self, from: SocketAddr, bytes: &[u8]) {
        let Ok(Packet::Read(request)) = Packet::parse(bytes) else { return };
        assert_eq!(request.file, "CSFANA.cnf.xml");
        let port = 2000 + u16::try_from(self.transfers.len()).unwrap();
        if self.refuses_options && !request.options.is_empty() {
            return self.mail(address(port), from, Packet::Error(ErrorCode::OPTIONS, "no options".into()).write());
        }
        let Some(file) = self.file.clone() else {
            return self.mail(address(port), from, Packet::Error(ErrorCode::NOT_FOUND, "File not found".into()).write());
        };
        let options = if self.knows_options { request.options } else { Options::default() };
        let mut transfer = Transfer::new(from, file, options);
        transfer.handle(self.now, TransferIn::Start);
        self.transfers.insert(port, transfer);
    }

    fn run(&mut self) -> Result<Vec<u8>, Failure> {
        self.fetch.handle(self.now, FetchIn::Start);
        loop {
            if let Some(result) = self.settle() {
                return result;
            }
            let wakes = self.transfers.values().map(Machine::wake).chain([self.fetch.wake()]).flatten().map(|wake| wake.at);
            let post = self.post.keys().next().map(|(at, _)| *at);
            self.now = wakes.chain(post).min().unwrap().max(self.now);
            assert!(self.now < Moment::START + PATIENCE * 2, "it goes on for ever");
            if post.is_some_and(|at| at <= self.now) {
                let (_, (from, to, bytes)) = self.post.pop_first().unwrap();
                match to.port() {
                    69 => self.listen(from, &bytes),
                    1000 => self.fetch.handle(self.now, FetchIn::Received { from, bytes }),
                    port => drop(
                        self.transfers
                            .get_mut(&port)
                            .map(|transfer| transfer.handle(self.now, TransferIn::Received { from, bytes })),
                    ),
                }
            } else {
                self.fetch.expire(self.now);
                self.transfers.values_mut().for_each(|transfer| transfer.expire(self.now));
            }
        }
    }
}

fn file(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at * 7 % 251).unwrap()).collect()
}

#[test]
fn files_of_every_length_arrive_whole_also_over_a_lossy_link() {
    for length in [0, 1, 511, 512, 513, 1391, 1392, 1393, 5000, 1392 * 40] {
        for (loss, seed) in [(0, 1), (100, 2), (200, 3), (200, 4)] {
            let mut town = Town::new(Some(file(length)), loss, seed + length as u64);
            assert_eq!(town.run().as_ref().map(Vec::len), Ok(length), "{length} bytes, {loss} ‰ lost");
            let mut again = Town::new(Some(file(length)), loss, seed + length as u64);
            assert!(again.run() == Ok(file(length)), "{length} bytes, {loss} ‰ lost");
        }
    }
}

#[test]
fn servers_without_options_and_servers_that_refuse_them_are_read_from() {
    for (knows, refuses) in [(false, false), (true, true)] {
        let mut town = Town::new(Some(file(3000)), 0, 1);
        (town.knows_options, town.refuses_options) = (knows, refuses);
        assert_eq!(town.run(), Ok(file(3000)));
    }
}

#[test]
fn an_honest_link_needs_two_datagrams_a_block() {
    let mut town = Town::new(Some(file(1392 * 3)), 0, 1);
    assert_eq!(town.run(), Ok(file(1392 * 3)));
    assert_eq!(
        town.datagrams,
        3 + 2 * 4,
        "question, options and their acknowledgement, then blocks and theirs; the last is empty"
    );
    assert_eq!(town.now.since_start(), Duration::from_millis(5 * 10));
}

#[test]
fn more_blocks_than_numbers_arrive_whole() {
    let length = 8 * 70_000;
    let mut transfer = Transfer::new(address(1000), file(length), Options { block: Some(8), ..Options::default() });
    let mut fetch = Fetch::new(address(69), "x", LIMIT, PATIENCE);
    fetch.handle(Moment::START, FetchIn::Start);
    fetch.poll();
    transfer.handle(Moment::START, TransferIn::Start);
    let result = loop {
        while let Some(TransferOut::Send { bytes, .. }) = transfer.poll() {
            fetch.handle(Moment::START, FetchIn::Received { from: address(2000), bytes });
        }
        match fetch.poll().unwrap() {
            FetchOut::Send { bytes, .. } => transfer.handle(Moment::START, TransferIn::Received { from: address(1000), bytes }),
            FetchOut::Done(result) => break result,
        }
    };
    assert!(result == Ok(file(length)));
}

#[test]
fn what_is_not_there_too_long_or_deaf_says_so() {
    assert_eq!(Town::new(None, 0, 1).run(), Err(Failure::NotFound));
    assert_eq!(Town::new(Some(file(LIMIT + 1)), 0, 1).run(), Err(Failure::TooLong(LIMIT)));
    let mut liar = Town::new(Some(file(LIMIT + 1)), 0, 1);
    liar.knows_options = false;
    assert_eq!(liar.run(), Err(Failure::TooLong(LIMIT)), "also when its size was not said before");
    let mut deaf = Town::new(Some(file(1)), 1000, 1);
    assert_eq!(deaf.run(), Err(Failure::Timeout));
    assert_eq!(deaf.now.since_start(), PATIENCE);
    assert!((10..25).contains(&deaf.datagrams), "{} questions", deaf.datagrams);
}

fn asked() -> Fetch {
    let mut fetch = Fetch::new(address(69), "x", LIMIT, PATIENCE);
    fetch.handle(Moment::START, FetchIn::Start);
    fetch.poll();
    fetch
}

fn hear(fetch: &mut Fetch, from: SocketAddr, bytes: Vec<u8>) -> Vec<FetchOut> {
    fetch.handle(Moment::START, FetchIn::Received { from, bytes });
    std::iter::from_fn(|| fetch.poll()).collect()
}

#[test]
fn strangers_are_turned_away_and_the_transfer_goes_on() {
    let mut fetch = asked();
    let stranger = SocketAddr::from(([127, 0, 0, 9], 2000));
    let told = hear(&mut fetch, stranger, Packet::Data(1, b"evil".to_vec()).write());
    assert!(matches!(told.as_slice(), [FetchOut::Send { to, .. }] if *to == stranger), "{told:?}");
    hear(&mut fetch, address(2000), Packet::Data(1, vec![b'a'; 512]).write());
    let told = hear(&mut fetch, address(2001), Packet::Data(2, b"evil".to_vec()).write());
    let no_part = Packet::Error(ErrorCode::UNKNOWN_TRANSFER, "not in this transfer".into()).write();
    assert_eq!(told, [FetchOut::Send { to: address(2001), bytes: no_part }]);
    assert_eq!(hear(&mut fetch, address(2001), Packet::Error(ErrorCode::OTHER, "x".into()).write()), []);
    let told = hear(&mut fetch, address(2000), Packet::Data(2, b"b".to_vec()).write());
    assert!(matches!(told.as_slice(), [_, FetchOut::Done(Ok(bytes))] if bytes.len() == 513), "{told:?}");
    // Our last acknowledgement was lost: it is said again.
    let told = hear(&mut fetch, address(2000), Packet::Data(2, b"b".to_vec()).write());
    assert_eq!(told, [FetchOut::Send { to: address(2000), bytes: Packet::Ack(2).write() }]);
}

#[test]
fn a_server_that_breaks_the_protocol_ends_the_transfer_once() {
    let long = Packet::Data(1, vec![0; 513]).write();
    let huge = Packet::OptionAck(Options { block: Some(65_464), ..Options::default() }).write();
    for bytes in [long, huge, vec![0, 3], vec![9, 9], vec![], Packet::Ack(1).write(), b"\0\x06blksize\x007\0".to_vec()] {
        let mut fetch = asked();
        let told = hear(&mut fetch, address(2000), bytes.clone());
        assert!(matches!(told.last(), Some(FetchOut::Done(Err(Failure::Malformed(_))))), "{bytes:?}: {told:?}");
        assert_eq!(hear(&mut fetch, address(2000), bytes), []);
        assert_eq!(fetch.wake(), None);
    }
    let told = hear(&mut asked(), address(2000), Packet::Error(ErrorCode::NOT_ALLOWED, "\u{1b}[2J".into()).write());
    let [FetchOut::Done(Err(failure))] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(failure.to_string(), "the server refused (error 2: ␛[2J)");
}

#[test]
fn a_reader_that_is_gone_is_given_up() {
    let mut transfer = Transfer::new(address(1000), file(10), Options::default());
    transfer.handle(Moment::START, TransferIn::Start);
    let mut sent = 0;
    while let Some(wake) = transfer.wake() {
        transfer.expire(wake.at);
        sent += std::iter::from_fn(|| transfer.poll()).filter(|out| matches!(out, TransferOut::Send { .. })).count();
    }
    assert_eq!(sent, 6);
}

#[test]
fn packets_are_written_as_they_are_read() {
    let options = Options { block: Some(1392), size: Some(0), timeout: Some(3) };
    for packet in [
        Packet::Read(ReadRequest { file: "a b".into(), options }),
        Packet::Write,
        Packet::Data(7, vec![1, 2, 3]),
        Packet::Ack(65_535),
        Packet::Error(ErrorCode::FULL, "full".into()),
        Packet::OptionAck(Options::default()),
    ] {
        assert_eq!(Packet::parse(&packet.write()), Ok(packet));
    }
    let netascii = Packet::parse(b"\0\x01f\0NetASCII\0unknown\0x\0");
    assert_eq!(netascii, Ok(Packet::Read(ReadRequest { file: "f".into(), options: Options::default() })));
}
