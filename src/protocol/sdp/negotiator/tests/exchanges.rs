//! The exchanges of RFC 3264 §10, seen from either end.
use super::*;

/// §10.1: audio and two videos, as we answer them; then the re-offer with another port and a fourth stream.
#[test]
fn the_basic_exchange() {
    let offer = body(
        "v=0
        o=alice 2890844526 2890844526 IN IP4 host.anywhere.com
        s=
        c=IN IP4 host.anywhere.com
        t=0 0
        m=audio 49170 RTP/AVP 0
        a=rtpmap:0 PCMU/8000
        m=video 51372 RTP/AVP 31
        a=rtpmap:31 H261/90000
        m=video 53000 RTP/AVP 32
        a=rtpmap:32 MPV/90000",
    );
    let mut bob = negotiator(49_920, Security::Clear);
    let (answer, plan) = bob.offer_received(&offer, Direction::SendRecv).unwrap();
    assert_eq!(media_lines(&answer), ["audio 49920 RTP/AVP 0", "video 0 RTP/AVP 31", "video 0 RTP/AVP 32"]);
    assert_eq!((plan.codec, plan.remote), (Codec::Pcmu, None), "a name cannot be sent to from here");

    // Bob moves to another port: three lines still, and the version counts up by one.
    bob.moved(([192, 0, 2, 1], 65_422).into());
    let reoffer = bob.offer(Direction::SendRecv);
    assert_eq!(media_lines(&reoffer), ["audio 65422 RTP/AVP 96 0 8 97 101", "video 0 RTP/AVP 31", "video 0 RTP/AVP 32"]);
    assert_eq!((version(&answer), version(&reoffer)), (1, 2));
    assert_eq!(bob.offer(Direction::SendRecv), reoffer, "nothing has changed, so nor does the version");

    // Alice adds a stream of telephone-events that she only hears: refused in its place.
    let more = [
        text(&offer).replace("2890844526 IN", "2890844527 IN"),
        "m=audio 51434 RTP/AVP 110\r\na=rtpmap:110 telephone-events/8000\r\na=recvonly\r\n".into(),
    ];
    let (answer, _) = bob.offer_received(more.concat().as_bytes(), Direction::SendRecv).unwrap();
    assert_eq!(media_lines(&answer)[0], "audio 65422 RTP/AVP 0");
    assert_eq!(media_lines(&answer)[3], "audio 0 RTP/AVP 110");
    assert_eq!(version(&answer), 3);
}

/// §10.2: of several codecs one is taken.
#[test]
fn one_of_several_codecs() {
    let offer = audio("62986 RTP/AVP 0 4 18", "a=rtpmap:0 PCMU/8000\na=rtpmap:4 G723/8000\na=rtpmap:18 G729/8000\na=inactive");
    let mut bob = negotiator(54_344, Security::Clear);
    let (answer, plan) = bob.offer_received(&offer, Direction::SendRecv).unwrap();
    assert_eq!(media_lines(&answer), ["audio 54344 RTP/AVP 0"]);
    assert_eq!(plan.direction, Direction::Inactive);
    assert!(text(&answer).contains("a=inactive"));
    // Then the stream is resumed with the one.
    let resumed = audio("62986 RTP/AVP 0", "a=rtpmap:0 PCMU/8000\na=sendrecv");
    let (_, plan) = bob.offer_received(&resumed, Direction::SendRecv).unwrap();
    assert_eq!(plan.direction, Direction::SendRecv);
}

/// §6.1 and §8.4: what becomes of each offered direction under each wish.
#[test]
fn directions_answer_each_other() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    let table = [
        ("sendrecv", SendRecv, SendRecv, false),
        ("sendrecv", SendOnly, SendOnly, false),
        ("sendrecv", RecvOnly, RecvOnly, false),
        ("sendrecv", Inactive, Inactive, false),
        ("sendonly", SendRecv, RecvOnly, true),
        ("sendonly", SendOnly, Inactive, true),
        ("sendonly", Inactive, Inactive, true),
        ("recvonly", SendRecv, SendOnly, false),
        ("recvonly", RecvOnly, Inactive, false),
        ("inactive", SendRecv, Inactive, true),
        ("unheard-of", SendRecv, SendRecv, false),
    ];
    for (offered, wanted, settled, held) in table {
        let mut bob = negotiator(4000, Security::Clear);
        let (answer, plan) = bob.offer_received(&audio("5000 RTP/AVP 0", &format!("a={offered}")), wanted).unwrap();
        assert_eq!((plan.direction, bob.held_by_them()), (settled, held), "{offered} {wanted:?}");
        let theirs = parse(&answer).unwrap();
        assert_eq!(Theirs::read(&theirs, &theirs.media[0]).unwrap().direction, settled);
    }
    for (ours, answered, settled) in [
        (SendRecv, "sendrecv", SendRecv),
        (SendOnly, "recvonly", SendOnly),
        (SendOnly, "sendrecv", SendOnly),
        (SendOnly, "inactive", Inactive),
        (RecvOnly, "sendonly", RecvOnly),
        (Inactive, "sendrecv", Inactive),
    ] {
        let mut alice = negotiator(4000, Security::Clear);
        alice.offer(ours);
        let plan = alice.answer_received(&audio("5000 RTP/AVP 0", &format!("a={answered}"))).unwrap();
        assert_eq!(plan.direction, settled, "{ours:?} {answered}");
    }
}

/// The hold of RFC 2543, and its end.
#[test]
fn an_unspecified_address_is_a_hold() {
    for (family, address) in [("IP4", "0.0.0.0"), ("IP6", "::")] {
        let mut bob = negotiator(4000, Security::Clear);
        let held = audio("5000 RTP/AVP 0", &format!("c=IN {family} {address}"));
        let (answer, plan) = bob.offer_received(&held, Direction::SendRecv).unwrap();
        assert!(bob.held_by_them());
        assert_eq!((plan.remote, plan.remote_rtcp, plan.direction), (None, None, Direction::RecvOnly));
        assert!(text(&answer).contains("a=recvonly"));
        let (_, plan) = bob.offer_received(&audio("5000 RTP/AVP 0", ""), Direction::SendRecv).unwrap();
        assert!(!bob.held_by_them());
        assert_eq!((plan.remote.is_some(), plan.direction), (true, Direction::SendRecv));
    }
}

#[test]
fn our_offer_says_what_we_can() {
    let offer = text(&negotiator(4000, Security::Required).offer(Direction::SendRecv));
    let lines: Vec<&str> = offer.split("\r\n").collect();
    let key = lines.iter().position(|line| line.starts_with("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:")).unwrap();
    let session = &lines[1].split(' ').nth(1).unwrap();
    let mut expected = vec![
        "v=0",
        lines[1],
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 4000 RTP/SAVP 96 0 8 97 101",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 minptime=10;useinbandfec=1",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:97 telephone-event/48000",
        "a=fmtp:97 0-16",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=ptime:20",
        "a=rtcp-mux",
    ];
    expected.extend([lines[key], "a=sendrecv", ""]);
    assert_eq!(lines, expected);
    assert_eq!(lines[1], format!("o=- {session} 1 IN IP4 192.0.2.1"));
    let six = Negotiator::new("[2001:db8::1]:4000".parse().unwrap(), Security::Clear, vec![Codec::Pcma], Chance::seeded(1))
        .offer(Direction::SendOnly);
    assert!(text(&six).contains("c=IN IP6 2001:db8::1\r\n"));
    assert_eq!(media_lines(&six), ["audio 4000 RTP/AVP 8 101"]);
    assert!(!text(&six).contains("crypto") && text(&six).contains("a=sendonly"));
}
