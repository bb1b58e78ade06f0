//! Sealing and opening against the vectors of RFC 3711 and of libsrtp, and against loss, reordering, replay and forgery.
use super::super::packet::Packet;
use super::*;
use crate::machine::{Chance, Secret};

/// RFC 3711 B.3: the master key and salt.
const MASTER: [u8; 30] = [
    0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75, 0xad,
    0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6,
];

fn keys() -> Keys {
    Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(STANDARD.encode(MASTER)) }
}

fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packet = Packet {
        payload_type: 96,
        marker: false,
        sequence,
        timestamp: u32::from(sequence),
        ssrc,
        payload: b"twenty milliseconds",
    };
    packet.write(&mut bytes).unwrap();
    bytes
}

fn sealed(sealer: &mut Sealer, packet: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    sealer.seal_rtp(packet, &mut bytes).unwrap();
    bytes
}

fn opened(opener: &mut Opener, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut bytes = b"untouched".to_vec();
    let result = opener.open_rtp(packet, &mut bytes);
    if result.is_err() {
        assert_eq!(bytes, b"untouched");
    }
    result.map(|()| bytes)
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn the_known_packets_of_libsrtp_come_out() {
    let mut sealer = Sealer::new(&keys()).unwrap();
    let plain = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
    let expected = hex("800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb");
    assert_eq!(sealed(&mut sealer, &plain), expected);
    assert_eq!(opened(&mut Opener::new(&keys()).unwrap(), &expected), Ok(plain));

    let plain = hex("81c8000b cafebabe abababab abababab abababab abababab");
    let expected = hex("81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798");
    let mut bytes = Vec::new();
    sealer.seal_rtcp(&plain, &mut bytes).unwrap();
    assert_eq!(bytes, expected);
    Opener::new(&keys()).unwrap().open_rtcp(&expected, &mut bytes).unwrap();
    assert_eq!(bytes, plain);
}

#[test]
fn the_rollover_is_followed_under_loss_and_reordering() {
    let (mut sealer, mut opener) = (Sealer::new(&keys()).unwrap(), Opener::new(&keys()).unwrap());
    let mut chance = Chance::seeded(11);
    let mut sequence = 32_000_u16;
    let mut waiting: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut heard = 0;
    // Twice past the wrap, a third lost, the rest shuffled within 16.
    for _ in 0..110_000 {
        let plain = rtp(7, sequence);
        sequence = sequence.wrapping_add(1);
        let packet = sealed(&mut sealer, &plain);
        if chance.happens(333) {
            continue;
        }
        waiting.push((plain, packet));
        if waiting.len() > 16 {
            let index = usize::try_from(chance.below(16)).unwrap();
            let (plain, packet) = waiting.swap_remove(index);
            assert_eq!(opened(&mut opener, &packet), Ok(plain));
            heard += 1;
        }
    }
    assert!(heard > 70_000, "{heard}");
}

#[test]
fn replays_are_refused_also_across_the_wrap() {
    let (mut sealer, mut opener) = (Sealer::new(&keys()).unwrap(), Opener::new(&keys()).unwrap());
    let packets: Vec<Vec<u8>> = (0..200_u16).map(|step| sealed(&mut sealer, &rtp(7, 65_436_u16.wrapping_add(step)))).collect();
    for packet in &packets {
        assert!(opened(&mut opener, packet).is_ok());
    }
    for packet in &packets {
        assert_eq!(opened(&mut opener, packet), Err(SrtpError::Refused));
    }
    // One that was not heard yet is late, not a replay, as long as the window holds it.
    let late = sealed(&mut sealer, &rtp(7, 100));
    let later = sealed(&mut sealer, &rtp(7, 101 + WINDOW as u16 / 2));
    assert!(opened(&mut opener, &later).is_ok());
    assert!(opened(&mut opener, &late).is_ok());
    let too_late = sealed(&mut sealer, &rtp(7, 2_000));
    let far = sealed(&mut sealer, &rtp(7, 2_000 + WINDOW as u16));
    assert!(opened(&mut opener, &far).is_ok());
    assert_eq!(opened(&mut opener, &too_late), Err(SrtpError::Refused));
}

#[test]
fn one_number_is_never_sealed_twice() {
    let mut sealer = Sealer::new(&keys()).unwrap();
    let mut bytes = Vec::new();
    sealed(&mut sealer, &rtp(7, 10));
    for sequence in [10, 9, 0, 50_000] {
        assert_eq!(sealer.seal_rtp(&rtp(7, sequence), &mut bytes), Err(SrtpError::Used), "{sequence}");
    }
    sealed(&mut sealer, &rtp(8, 10));
    sealed(&mut sealer, &rtp(7, 11));
}

#[test]
fn forgeries_leave_no_trace() {
    let (mut sealer, mut opener) = (Sealer::new(&keys()).unwrap(), Opener::new(&keys()).unwrap());
    for ssrc in 0..1_000 {
        let mut forged = rtp(ssrc, 40_000);
        forged.extend([0; TAG]);
        assert_eq!(opened(&mut opener, &forged), Err(SrtpError::Refused));
    }
    assert!(opener.contexts.is_empty());
    let honest = sealed(&mut sealer, &rtp(7, 3));
    assert!(opened(&mut opener, &honest).is_ok());
    let next = sealed(&mut sealer, &rtp(7, 4));
    for at in 0..next.len() {
        let mut damaged = next.clone();
        damaged[at] ^= 1;
        assert!(opened(&mut opener, &damaged).is_err(), "byte {at}");
    }
    assert!(opened(&mut opener, &next).is_ok());
    for ssrc in 100..100 + MOST_SOURCES as u32 + 5 {
        let mut bytes = Vec::new();
        let mut other = Sealer::new(&keys()).unwrap();
        other.seal_rtp(&rtp(ssrc, 1), &mut bytes).unwrap();
        let expected = if opener.contexts.len() < MOST_SOURCES { Ok(()) } else { Err(SrtpError::TooManySources) };
        assert_eq!(opened(&mut opener, &bytes).map(drop), expected);
    }
}

#[test]
fn headers_of_every_length_are_left_in_clear() {
    let (mut sealer, mut opener) = (Sealer::new(&keys()).unwrap(), Opener::new(&keys()).unwrap());
    let fixed = |first: u8, sequence: u8| [first, 96, 0, sequence, 0, 0, 0, 1, 0, 0, 0, 7];
    let packets = [
        [fixed(0x82, 1).as_slice(), &[1; 8], b"payload"].concat(),
        // One-byte extensions: one with padding, one whose id 15 ends them early, one that is all padding.
        [fixed(0x90, 2).as_slice(), &[0xbe, 0xde, 0, 2, 0x10, 9, 0, 0, 0x20, 9, 0, 0], b"payload"].concat(),
        [fixed(0x90, 3).as_slice(), &[0xbe, 0xde, 0, 2, 0x10, 9, 0xf0, 9, 9, 9, 9, 9], b"payload"].concat(),
        [fixed(0x91, 4).as_slice(), &[1; 4], &[0xbe, 0xde, 0, 1, 0, 0, 0, 0], b"payload"].concat(),
        // An extension of another kind, and none of a length of nothing.
        [fixed(0x90, 5).as_slice(), &[1, 2, 0, 1, 3, 4, 5, 6], b"payload"].concat(),
        [fixed(0x90, 6).as_slice(), &[1, 2, 0, 0], b"payload"].concat(),
    ];
    for plain in packets {
        let offset = plain.len() - 7;
        let packet = sealed(&mut sealer, &plain);
        assert_eq!(packet[..offset], plain[..offset]);
        assert_ne!(packet[offset..offset + 7], plain[offset..]);
        assert_eq!(packet.len(), plain.len() + TAG);
        assert_eq!(opened(&mut opener, &packet), Ok(plain));
    }
}

#[test]
fn rtcp_counts_its_index_and_refuses_replays_forgeries_and_clear() {
    let (mut sealer, mut opener) = (Sealer::new(&keys()).unwrap(), Opener::new(&keys()).unwrap());
    let plain = hex("80c90001 00000007");
    let mut bytes = Vec::new();
    for index in 1..=100_u32 {
        let mut packet = Vec::new();
        sealer.seal_rtcp(&plain, &mut packet).unwrap();
        assert_eq!(word(&packet, plain.len()), Some(0x8000_0000 | index));
        opener.open_rtcp(&packet, &mut bytes).unwrap();
        assert_eq!(bytes, plain);
        assert_eq!(opener.open_rtcp(&packet, &mut bytes), Err(SrtpError::Refused));
        packet[plain.len()] &= 0x7f;
        assert_eq!(opener.open_rtcp(&packet, &mut bytes), Err(SrtpError::Clear));
    }
    let mut unauthenticated = plain.clone();
    unauthenticated.extend([0; INDEX + TAG]);
    assert_eq!(opener.open_rtcp(&unauthenticated, &mut bytes), Err(SrtpError::Clear));
}

#[test]
fn short_packets_and_wrong_keys_are_errors() {
    let (mut sealer, mut opener) = (Sealer::new(&keys()).unwrap(), Opener::new(&keys()).unwrap());
    let mut bytes = Vec::new();
    for length in 0..40 {
        for fill in [0, 0x80, 0x90, 0x9f, 0xff] {
            let packet = vec![fill; length];
            let _ = sealer.seal_rtp(&packet, &mut bytes);
            let _ = sealer.seal_rtcp(&packet, &mut bytes);
            assert!(opener.open_rtp(&packet, &mut bytes).is_err());
            assert!(opener.open_rtcp(&packet, &mut bytes).is_err());
        }
    }
    for inline in ["", "AAAA", "not base64", &STANDARD.encode([0; 31])] {
        let keys = Keys { cipher: Cipher::AesCm128HmacSha1_80, inline: Secret::new(inline.into()) };
        assert_eq!(Opener::new(&keys).map(drop), Err(SrtpError::Keys));
        assert_eq!(Sealer::new(&keys).map(drop), Err(SrtpError::Keys));
    }
}
