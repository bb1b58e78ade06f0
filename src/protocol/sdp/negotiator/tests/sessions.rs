//! What must hold through a whole session: keys, numbers, versions, refusals that change nothing, answers that lie.
use super::*;
use crate::protocol::rtp::Events;

/// Two of us that have agreed, `a` having offered.
fn agreed(security: Security) -> (Negotiator, Negotiator) {
    let (mut a, mut b) = (negotiator(4000, security), negotiator(5000, security));
    let (answer, _) = b.offer_received(&a.offer(Direction::SendRecv), Direction::SendRecv).unwrap();
    a.answer_received(&answer).unwrap();
    (a, b)
}

#[test]
fn keys_stay_until_somebody_moves() {
    let (mut a, mut b) = agreed(Security::Required);
    let before = a.plan().unwrap().clone();
    let (answer, _) = b.offer_received(&a.offer(Direction::SendOnly), Direction::SendRecv).unwrap();
    let held = a.answer_received(&answer).unwrap();
    assert_eq!((&held.seal, &held.open), (&before.seal, &before.open));
    assert!(b.held_by_them() && !a.held_by_them());

    a.moved(([192, 0, 2, 1], 4002).into());
    let (answer, theirs) = b.offer_received(&a.offer(Direction::SendRecv), Direction::SendRecv).unwrap();
    let moved = a.answer_received(&answer).unwrap();
    assert_ne!(moved.seal, before.seal);
    assert_eq!(moved.open, before.open);
    assert_eq!(theirs.open, moved.seal);
    assert_eq!(theirs.remote, Some(([192, 0, 2, 1], 4002).into()));
}

#[test]
fn numbers_once_given_keep_their_meaning() {
    let mut a = negotiator(4000, Security::Clear);
    let offer = audio("5000 RTP/AVP 97 0 96 101", "a=rtpmap:97 opus/48000/2\na=rtpmap:96 iLBC/8000\na=rtpmap:101 speex/8000");
    let (answer, _) = a.offer_received(&offer, Direction::SendRecv).unwrap();
    assert_eq!(media_lines(&answer), ["audio 4000 RTP/AVP 97 0"]);
    // 96, 97 and 101 mean something already.
    assert_eq!(media_lines(&a.offer(Direction::SendRecv)), ["audio 4000 RTP/AVP 97 0 8 98 99"]);
}

#[test]
fn an_answer_under_other_numbers_is_understood() {
    let mut a = negotiator(4000, Security::Clear);
    a.offer(Direction::SendRecv);
    let answer = audio("5000 RTP/AVP 114 0 116", "a=rtpmap:114 opus/48000/2\na=rtpmap:116 telephone-event/48000");
    let plan = a.answer_received(&answer).unwrap();
    assert_eq!((plan.codec, plan.send_payload_type), (Codec::Opus, 114));
    let events = Events { payload_type: 116, clock_rate: 48_000 };
    assert_eq!((plan.send_events, plan.receive_events), (Some(events), Some(97)));
    assert!(plan.receive.contains(&(96, Codec::Opus)) && plan.receive.contains(&(114, Codec::Opus)));
}

#[test]
fn the_first_codec_of_the_answer_is_what_we_send() {
    let mut a = negotiator(4000, Security::Clear);
    a.offer(Direction::SendRecv);
    let plan = a.answer_received(&audio("5000 RTP/AVP 8 96 0", "a=rtpmap:96 opus/48000/2")).unwrap();
    assert_eq!(plan.codec, Codec::Pcma);
}

#[test]
fn a_codec_that_was_not_offered_is_not_taken() {
    let mut a = Negotiator::new(([192, 0, 2, 1], 1).into(), Security::Clear, vec![Codec::Pcma], Chance::seeded(1));
    a.offer(Direction::SendRecv);
    assert_eq!(a.answer_received(&audio("5000 RTP/AVP 0", "")), Err(Refusal::NoCommonCodec));
}

#[test]
fn forked_answers_to_one_offer_are_each_read() {
    let mut a = negotiator(4000, Security::Clear);
    a.offer(Direction::SendRecv);
    let first = a.answer_received(&audio("5000 RTP/AVP 0", "")).unwrap();
    let second = a.answer_received(&audio("6000 RTP/AVP 8", "")).unwrap();
    assert_eq!((first.codec, second.codec), (Codec::Pcmu, Codec::Pcma));
    assert_eq!(a.plan(), Some(&second));
}

#[test]
fn answers_that_lie_are_refused_and_change_nothing() {
    let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    let suite = "AES_CM_128_HMAC_SHA1_80";
    let all = [Security::Required, Security::Opportunistic];
    let table: [(&str, Vec<u8>, &[Security], Refusal); 9] = [
        ("stripped of keys", audio("5000 RTP/SAVP 0", ""), &all, Refusal::NoUsableKeys),
        ("down to AVP", audio("5000 RTP/AVP 0", ""), &all[..1], Refusal::WouldBeClear),
        ("another tag", audio("5000 RTP/SAVP 0", &format!("a=crypto:2 {suite} inline:{key}")), &all, Refusal::NoUsableKeys),
        ("no key in it", audio("5000 RTP/AVP 0", &format!("a=crypto:1 {suite}")), &all, Refusal::NoUsableKeys),
        ("DTLS", audio("5000 UDP/TLS/RTP/SAVP 0", "a=fingerprint:x"), &all, Refusal::NoUsableKeys),
        ("refused", audio("0 RTP/SAVP 0", ""), &all, Refusal::NoAudio),
        ("no lines", body("v=0"), &all, Refusal::Malformed(Fault::OtherMedia)),
        ("another kind", body("v=0\nm=video 5000 RTP/SAVP 0"), &all, Refusal::Malformed(Fault::OtherMedia)),
        ("nothing", Vec::new(), &all, Refusal::Malformed(Fault::NotVersionZero)),
    ];
    for (name, answer, securities, refusal) in table {
        for security in securities {
            let (mut a, _) = agreed(*security);
            let before = a.plan().cloned();
            a.offer(Direction::SendRecv);
            assert_eq!(a.answer_received(&answer), Err(refusal), "{name} under {security:?}");
            assert_eq!(a.plan().cloned(), before, "{name}");
        }
    }
    assert_eq!(
        negotiator(1, Security::Clear).answer_received(&audio("5000 RTP/AVP 0", "")),
        Err(Refusal::Malformed(Fault::NoOffer))
    );
}

#[test]
fn our_own_key_sent_back_is_not_usable() {
    let (mut a, _) = agreed(Security::Required);
    let ours = a.plan().unwrap().seal.clone().unwrap();
    let reflected = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}", ours.inline.expose());
    assert_eq!(a.answer_received(&audio("5000 RTP/SAVP 0", &reflected)), Err(Refusal::NoUsableKeys));
    assert_eq!(a.offer_received(&audio("5000 RTP/SAVP 0", &reflected), Direction::SendRecv), Err(Refusal::NoUsableKeys));
}

#[test]
fn a_refused_offer_changes_nothing() {
    let (mut a, mut b) = agreed(Security::Required);
    let before = b.plan().cloned();
    assert_eq!(b.offer_received(&audio("5000 RTP/AVP 0", "a=sendonly"), Direction::SendRecv), Err(Refusal::WouldBeClear));
    assert_eq!((b.plan().cloned(), b.held_by_them()), (before, false));
    let (answer, _) = b.offer_received(&a.offer(Direction::SendRecv), Direction::SendRecv).unwrap();
    assert!(a.answer_received(&answer).is_ok());
    assert_eq!(version(&answer), 1, "the same answer as before");
}

#[test]
fn an_encrypted_session_stays_so_when_we_offer_anew() {
    let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    let mut a = negotiator(4000, Security::Clear);
    let offer = audio("5000 RTP/SAVP 0", &format!("a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:{key}"));
    let (_, plan) = a.offer_received(&offer, Direction::SendRecv).unwrap();
    let renewed = text(&a.offer(Direction::SendRecv));
    assert!(renewed.contains("m=audio 4000 RTP/SAVP "));
    let ours = plan.seal.unwrap();
    assert!(renewed.contains(&format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}", ours.inline.expose())));
}

#[test]
fn the_stream_keeps_its_place() {
    let mut a = negotiator(4000, Security::Clear);
    let two = |first: u16, second: u16| {
        body(&format!(
            "v=0\nc=IN IP4 198.51.100.7\nm=audio {first} RTP/AVP 0\nm=audio {second} RTP/AVP 8\nm=video 7000 RTP/AVP 31"
        ))
    };
    a.offer_received(&two(0, 5002), Direction::SendRecv).unwrap();
    assert_eq!(media_lines(&a.offer(Direction::SendRecv))[1], "audio 4000 RTP/AVP 96 0 8 97 101");
    let (answer, plan) = a.offer_received(&two(5000, 5002), Direction::SendRecv).unwrap();
    assert_eq!(plan.codec, Codec::Pcma);
    assert_eq!(media_lines(&answer), ["audio 0 RTP/AVP 0", "audio 4000 RTP/AVP 8", "video 0 RTP/AVP 31"]);
    let (answer, _) = a.offer_received(&two(5000, 0), Direction::SendRecv).unwrap();
    assert_eq!(media_lines(&answer), ["audio 4000 RTP/AVP 0", "audio 0 RTP/AVP 8", "video 0 RTP/AVP 31"]);
    assert_eq!(media_lines(&a.offer(Direction::SendRecv)).len(), 3);
}
