//! Mutated and random bytes into every parser: whatever comes, there is an answer and no panic.
//!
//! A row is a name, honest inputs, and what reads them. `OFFHOOK_MUTATIONS` sets how many inputs each row gets.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use offhook::machine::{Chance, Moment, Secret};
use offhook::protocol::rtp::{
    Cipher, Codec, Direction, EventReceiver, Keys, Opener, Packet, Receiver, Reports, Sealer, packet, rtcp,
};
use offhook::protocol::sdp::{self, Negotiator, Security};
use std::net::SocketAddr;

/// Inputs for each row unless the environment says otherwise.
const INPUTS: u64 = 10_000;

/// Reads an input, and asserts what must hold of any.
type Reader = Box<dyn FnMut(&[u8])>;

struct Row {
    name: &'static str,
    honest: Vec<Vec<u8>>,
    read: Reader,
}

fn rows() -> Vec<Row> {
    vec![
        Row { name: "SDP", honest: descriptions(), read: Box::new(read_description) },
        Row { name: "offer", honest: descriptions(), read: Box::new(answer) },
        Row { name: "answer", honest: descriptions(), read: Box::new(read_answer) },
        Row { name: "RTP", honest: packets(), read: read_packets() },
        Row { name: "RTCP", honest: compounds(), read: read_compounds() },
        Row { name: "SRTP", honest: sealed(), read: open() },
        Row { name: "telephone-event", honest: vec![vec![1, 10, 0, 160], vec![16, 0x8a, 3, 32]], read: read_events() },
    ]
}

#[test]
fn whatever_comes_there_is_an_answer() {
    let inputs = std::env::var("OFFHOOK_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    let mut chance = Chance::seeded(20_261_122);
    let mut total = 0_u64;
    for mut row in rows() {
        for input in &row.honest {
            (row.read)(input);
        }
        for _ in 0..inputs {
            let input = mutate(&row.honest, &mut chance);
            (row.read)(&input);
        }
        println!("{}: {} honest and {inputs} mutated inputs", row.name, row.honest.len());
        total += inputs;
    }
    println!("{total} mutated inputs in all");
}

/// One of the honest inputs with a few bytes changed, cut, doubled, swapped with another's, or nothing but noise.
fn mutate(honest: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let pick = |chance: &mut Chance| honest[index(chance, honest.len())].clone();
    let mut bytes = pick(chance);
    if chance.happens(30) {
        let mut noise = vec![0; index(chance, 200)];
        chance.fill(&mut noise);
        return noise;
    }
    for _ in 0..=chance.below(6) {
        let at = index(chance, bytes.len() + 1);
        let to = at + index(chance, bytes.len() - at + 1);
        match chance.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 if at < bytes.len() => bytes[at] = [0, 0xff, 0x7f, 0x80, b'\n', b' ', b':', b'9'][index(chance, 8)],
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..to.min(at + 8))),
            4 => {
                let piece = bytes[at..to].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => {
                let other = pick(chance);
                let from = index(chance, other.len() + 1);
                bytes.splice(at..to, other[from..].iter().copied());
            }
            6 => bytes.splice(at..at, b"4294967296".iter().copied()).for_each(drop),
            7 => bytes.splice(at..at, [0; 4]).for_each(drop),
            _ => bytes.extend([0xff; 3]),
        }
        bytes.truncate(8_192);
    }
    bytes
}

fn index(chance: &mut Chance, bound: usize) -> usize {
    usize::try_from(chance.below(bound as u64)).unwrap_or(0)
}

fn keys(seed: u8) -> Keys {
    let inline = Secret::new(
        ["d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj", "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"][usize::from(seed)].into(),
    );
    Keys { cipher: Cipher::AesCm128HmacSha1_80, inline }
}

fn negotiator(security: Security) -> Negotiator {
    Negotiator::new(([192, 0, 2, 1], 4000).into(), security, Vec::new(), Chance::seeded(1))
}

fn descriptions() -> Vec<Vec<u8>> {
    let phone = "v=0\r\no=- 12040 0 IN IP4 198.51.100.7\r\ns=call\r\nc=IN IP4 198.51.100.7\r\nb=AS:4000\r\nt=0 0\r\n\
                 a=group:BUNDLE a v\r\nm=audio 21504 RTP/AVP 114 9 0 8 18 101\r\na=rtpmap:114 opus/48000/2\r\n\
                 a=fmtp:114 maxaveragebitrate=64000;stereo=0\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
                 a=ptime:20\r\na=maxptime:60\r\na=rtcp:21505 IN IP4 198.51.100.7\r\na=rtcp-mux\r\na=sendrecv\r\n\
                 m=video 26890 RTP/AVP 126 97\r\na=rtpmap:126 H264/90000\r\nm=application 5070 UDP/BFCP *\r\n";
    let keyed = "v=0\no=- 1 1 IN IP6 2001:db8::7\ns=-\nc=IN IP6 2001:db8::7\nt=0 0\nm=audio 5000/2 RTP/SAVP 0 97\n\
                 a=rtpmap:97 telephone-event/8000\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:x\n\
                 a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^31 WSH=64\na=sendonly\n";
    let mut all = vec![phone.as_bytes().to_vec(), keyed.as_bytes().to_vec()];
    all.extend([Security::Required, Security::Opportunistic].map(|security| negotiator(security).offer(Direction::SendRecv)));
    all
}

fn read_description(bytes: &[u8]) {
    if let Ok(description) = sdp::parse::parse(bytes) {
        let again = sdp::parse::parse(&sdp::write::write(&description));
        assert_eq!(again.map(|again| again.media.len()), Ok(description.media.len()));
    }
}

fn answer(bytes: &[u8]) {
    for security in [Security::Required, Security::Opportunistic, Security::Clear] {
        let mut negotiator = negotiator(security);
        if let Ok((answer, plan)) = negotiator.offer_received(bytes, Direction::SendRecv) {
            assert!(security != Security::Required || plan.open.is_some());
            let lines = |bytes: &[u8]| sdp::parse::parse(bytes).map(|description| description.media.len());
            assert_eq!(lines(&answer), lines(bytes));
        }
        negotiator.offer(Direction::SendRecv);
    }
}

fn read_answer(bytes: &[u8]) {
    for security in [Security::Required, Security::Opportunistic, Security::Clear] {
        let mut negotiator = negotiator(security);
        negotiator.offer(Direction::SendRecv);
        if let Ok(plan) = negotiator.answer_received(bytes) {
            assert!(security != Security::Required || plan.open.is_some());
        }
    }
}

fn packets() -> Vec<Vec<u8>> {
    let plain = Packet { payload_type: 96, marker: true, sequence: 1, timestamp: 2, ssrc: 3, payload: &[7; 40] };
    let mut bytes = Vec::new();
    plain.write(&mut bytes).unwrap();
    let mut extended = bytes.clone();
    extended[0] |= 0x32;
    extended.splice(12..12, [0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0x10, 9, 0, 0]);
    extended.push(1);
    vec![bytes, extended]
}

fn read_packets() -> Reader {
    let mut receiver = Receiver::default();
    let from: SocketAddr = ([192, 0, 2, 1], 4000).into();
    Box::new(move |bytes| {
        let offset = packet::payload_offset(bytes);
        let _ = packet::is_rtcp(bytes);
        if let Ok(packet) = Packet::parse(bytes) {
            assert!(packet.payload.len() + packet::HEADER <= bytes.len() && offset.is_some());
            receiver.receive(Moment::START, from, &packet, Codec::Opus.clock_rate(), false);
            receiver.report();
            assert!(receiver.jitter_ms().is_finite());
        }
    })
}

fn compounds() -> Vec<Vec<u8>> {
    let sent = rtcp::Sent { ntp: 1 << 40, timestamp: 2, packets: 3, octets: 4 };
    let mut bytes = Vec::new();
    rtcp::write(7, Some(sent), None, "name@host", true, &mut bytes).unwrap();
    let mut others = bytes.clone();
    others.extend([0x81, 201, 0, 7, 0, 0, 0, 7, 0, 0, 0, 9, 1, 0, 0, 2, 0, 1, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6]);
    others.extend([0x80, 204, 0, 2, 0, 0, 0, 1, b'n', b'a', b'm', b'e', 0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 1]);
    others.extend([0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 0, 0, 0]);
    others.extend([0x80, 207, 0, 5, 0, 0, 0, 1, 4, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 0, 0, 0]);
    vec![bytes, others]
}

fn read_compounds() -> Reader {
    let mut reports = Reports::new(Moment::START, Chance::seeded(1));
    Box::new(move |bytes| {
        let _ = reports.read(Moment::START, bytes, 9, Some(7));
        assert!(reports.wake() > Moment::START);
    })
}

fn sealed() -> Vec<Vec<u8>> {
    let mut sealer = Sealer::new(&keys(0)).unwrap();
    let mut bytes = Vec::new();
    let mut all = Vec::new();
    for packet in packets() {
        // Of sources of their own: the sealer takes each number once.
        let mut packet = packet;
        packet[11] = u8::try_from(all.len()).unwrap();
        sealer.seal_rtp(&packet, &mut bytes).unwrap();
        all.push(bytes.clone());
    }
    for compound in compounds() {
        sealer.seal_rtcp(&compound, &mut bytes).unwrap();
        all.push(bytes.clone());
    }
    all
}

fn open() -> Reader {
    let (mut sealer, mut opener) = (Sealer::new(&keys(1)).unwrap(), Opener::new(&keys(0)).unwrap());
    let mut into = Vec::new();
    let honest = sealed();
    Box::new(move |bytes| {
        let known = honest.iter().any(|packet| packet == bytes);
        assert!(opener.open_rtp(bytes, &mut into).is_err() || known);
        assert!(opener.open_rtcp(bytes, &mut into).is_err() || known);
        let _ = sealer.seal_rtp(bytes, &mut into);
        let _ = sealer.seal_rtcp(bytes, &mut into);
    })
}

fn read_events() -> Reader {
    let mut events = EventReceiver::default();
    let mut timestamp = 0_u32;
    Box::new(move |bytes| {
        timestamp = timestamp.wrapping_add(u32::from(bytes.first().copied().unwrap_or(0)) << 20);
        events.receive(timestamp, bytes);
    })
}
