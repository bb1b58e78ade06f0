//! SDP with offer and answer, RTP, RTCP, SRTP and telephone-events.

use super::{Reader, Row};
use offhook::machine::{Chance, Moment, Secret};
use offhook::media::wav::{Clip, Tape};
use offhook::protocol::rtp::{
    Cipher, Codec, Direction, EventReceiver, Keys, Opener, Packet, Receiver, Reports, Sealer, packet, rtcp,
};
use offhook::protocol::sdp::{self, Negotiator, Security};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The rows of the media.
pub fn rows() -> Vec<Row> {
    vec![
        Row { name: "SDP", honest: descriptions(), read: Box::new(read_description) },
        Row { name: "offer", honest: descriptions(), read: Box::new(answer) },
        Row { name: "answer", honest: descriptions(), read: Box::new(read_answer) },
        Row { name: "RTP", honest: packets(), read: read_packets() },
        Row { name: "RTCP", honest: compounds(), read: read_compounds() },
        Row { name: "SRTP", honest: sealed(), read: open() },
        Row { name: "WAV", honest: recordings(), read: Box::new(read_recording) },
        Row { name: "telephone-event", honest: vec![vec![1, 10, 0, 160], vec![16, 0x8a, 3, 32]], read: read_events() },
    ]
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

fn read_description(bytes: &[u8]) -> bool {
    let Ok(description) = sdp::parse::parse(bytes) else { return false };
    let again = sdp::parse::parse(&sdp::write::write(&description));
    assert_eq!(again.map(|again| again.media.len()), Ok(description.media.len()));
    true
}

fn answer(bytes: &[u8]) -> bool {
    let mut taken = false;
    for security in [Security::Required, Security::Opportunistic, Security::Clear] {
        let mut negotiator = negotiator(security);
        if let Ok((answer, plan)) = negotiator.offer_received(bytes, Direction::SendRecv) {
            assert!(security != Security::Required || plan.open.is_some());
            let lines = |bytes: &[u8]| sdp::parse::parse(bytes).map(|description| description.media.len());
            assert_eq!(lines(&answer), lines(bytes));
            taken = true;
        }
        negotiator.offer(Direction::SendRecv);
    }
    taken
}

fn read_answer(bytes: &[u8]) -> bool {
    let mut taken = false;
    for security in [Security::Required, Security::Opportunistic, Security::Clear] {
        let mut negotiator = negotiator(security);
        negotiator.offer(Direction::SendRecv);
        if let Ok(plan) = negotiator.answer_received(bytes) {
            assert!(security != Security::Required || plan.open.is_some());
            taken = true;
        }
    }
    taken
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
        let Ok(packet) = Packet::parse(bytes) else { return false };
        assert!(packet.payload.len() + packet::HEADER <= bytes.len() && offset.is_some());
        receiver.receive(Moment::START, from, &packet, Codec::Opus.clock_rate(), false);
        receiver.report();
        assert!(receiver.jitter_ms().is_finite());
        let mut written = Vec::new();
        packet.write(&mut written).unwrap();
        assert_eq!(Packet::parse(&written), Ok(packet));
        true
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
        rtcp::parse(bytes).is_ok()
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
        known
    })
}

fn read_events() -> Reader {
    let mut events = EventReceiver::default();
    let mut timestamp = 0_u32;
    Box::new(move |bytes| {
        timestamp = timestamp.wrapping_add(u32::from(bytes.first().copied().unwrap_or(0)) << 20);
        events.receive(timestamp, bytes);
        true
    })
}

/// As voicemail servers write them: µ-law, and 16-bit samples of two channels behind a chunk that nobody knows.
fn recordings() -> Vec<Vec<u8>> {
    let mut mu = b"RIFF\x80\0\0\0WAVEfmt \x12\0\0\0\x07\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0\0\0data\x50\0\0\0".to_vec();
    mu.extend([0x55; 80]);
    let mut words =
        b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0\x02\0\x44\xac\0\0\x10\xb1\x02\0\x04\0\x10\0data"
            .to_vec();
    words.extend(u32::MAX.to_le_bytes());
    words.extend([0x55; 81]);
    vec![mu, words]
}

fn read_recording(bytes: &[u8]) -> bool {
    let Ok(clip) = Clip::parse(Arc::from(bytes)) else { return false };
    assert!(clip.length() <= Duration::from_secs(1), "there are no more samples than octets: {:?}", clip.length());
    let mut tape = Tape::new(clip).unwrap();
    let frames = std::iter::from_fn(|| tape.frame()).take(bytes.len() + 2).count();
    assert!(frames <= bytes.len() + 1 && tape.at() == tape.length());
    tape.seek(-1);
    assert!(tape.at() <= tape.length());
    true
}
