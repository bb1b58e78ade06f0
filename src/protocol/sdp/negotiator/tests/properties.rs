//! What holds for any offer, and for any two of us.
use super::*;
use proptest::prelude::*;

fn any_line() -> impl Strategy<Value = String> {
    let key = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    prop_oneof![
        "(audio|video|application|[a-z]{1,6}) (0|9|5000|65535|5000/2) (RTP/AVP|RTP/SAVP|RTP/AVPF|UDP/TLS/RTP/SAVP|TCP)( 0| 8| 96| 97| [0-9]{1,3}| \\*){1,4}"
            .prop_map(|line| format!("m={line}")),
        "c=IN IP[46] (192\\.0\\.2\\.9|0\\.0\\.0\\.0|224\\.0\\.0\\.1|::|2001:db8::9|host)",
        "a=rtpmap:(0|8|96|97|101|[0-9]{1,3}) (opus/48000/2|PCMU/8000|PCMA/8000|telephone-event/(8000|48000)|[a-z/0-9]{0,9})",
        "a=(sendrecv|sendonly|recvonly|inactive|rtcp-mux|rtcp:[0-9]{1,5}|ptime:[0-9]{1,9}|maxptime:[0-9]{1,3}|mid:[a-z]|bundle-only)",
        "a=crypto:[0-9]{1,2} AES_CM_128_HMAC_SHA1_(80|32) inline:".prop_map(move |line| format!("a={}{key}", &line[2..])),
        "[a-z]=[ -~]{0,30}",
        "[ -~]{0,20}",
    ]
}

fn any_security() -> impl Strategy<Value = Security> {
    prop_oneof![Just(Security::Required), Just(Security::Opportunistic), Just(Security::Clear)]
}

fn any_direction() -> impl Strategy<Value = Direction> {
    (any::<bool>(), any::<bool>()).prop_map(|(sends, receives)| Direction::of(sends, receives))
}

fn any_codecs() -> impl Strategy<Value = Vec<Codec>> {
    let all = vec![Codec::Opus, Codec::Pcmu, Codec::Pcma];
    (1..=3_usize, Just(all).prop_shuffle()).prop_map(|(count, codecs)| codecs[..count].to_vec())
}

/// One body more: who offers, and which way either end wants.
type Step = (bool, Direction, Direction, bool);

fn any_step() -> impl Strategy<Value = Step> {
    (any::<bool>(), any_direction(), any_direction(), prop::bool::weighted(0.2))
}

fn assert_mirrored(a: &MediaPlan, b: &MediaPlan) {
    assert_eq!((a.codec, a.ptime, a.rtcp_mux), (b.codec, b.ptime, b.rtcp_mux));
    assert_eq!(a.direction, b.direction.mirrored());
    assert_eq!((&a.seal, &a.open), (&b.open, &b.seal));
    for (sends, hears) in [(a, b), (b, a)] {
        assert!(hears.receive.contains(&(sends.send_payload_type, sends.codec)));
        assert_eq!(sends.send_events.map(|events| events.payload_type), hears.receive_events);
        assert!(sends.seal != sends.open || sends.seal.is_none());
        let numbers: Vec<u8> = hears.receive.iter().map(|(number, _)| *number).chain(hears.receive_events).collect();
        let distinct: std::collections::BTreeSet<u8> = numbers.iter().copied().collect();
        assert_eq!(distinct.len(), numbers.len(), "{numbers:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_has_the_lines_of_its_offer(
        before in prop::collection::vec(any_line(), 0..9), profile in "RTP/S?AVPF?",
        lines in prop::collection::vec(any_line(), 0..15), security in any_security(), want in any_direction(),
    ) {
        let offer = format!("v=0\r\n{}\r\nm=audio 5000 {profile} 96 0 8\r\n{}\r\n", before.join("\r\n"), lines.join("\r\n"));
        let mut negotiator = negotiator(4000, security);
        if let Ok((answer, plan)) = negotiator.offer_received(offer.as_bytes(), want) {
            let (offer, answer) = (parse(offer.as_bytes()).unwrap(), parse(&answer).unwrap());
            prop_assert_eq!(offer.media.len(), answer.media.len());
            let ours = answer.media.iter().filter(|line| line.port != 0).count();
            prop_assert_eq!(ours, 1);
            for (offered, answered) in offer.media.iter().zip(&answer.media) {
                prop_assert_eq!((&offered.kind, &offered.profile), (&answered.kind, &answered.profile));
                prop_assert!(answered.formats.iter().all(|format| offered.formats.contains(format)));
                prop_assert!(answered.port == 0 || offered.port != 0);
                prop_assert!(answered.port != 0 || offered.formats == answered.formats);
            }
            prop_assert!(security != Security::Required || plan.seal.is_some());
            prop_assert_eq!(plan.seal.is_some(), plan.open.is_some());
            prop_assert!([10, 20, 40, 60].contains(&plan.ptime));
            let next = parse(&negotiator.offer(want)).unwrap();
            prop_assert_eq!(next.media.len(), answer.media.len());
        }
    }

    #[test]
    fn two_of_us_settle_on_mirrored_plans(
        securities in (any_security(), any_security()), codecs in (any_codecs(), any_codecs()),
        steps in prop::collection::vec(any_step(), 1..6),
    ) {
        let address = |port: u16| SocketAddr::from(([192, 0, 2, 1], port));
        let common = codecs.0.iter().any(|codec| codecs.1.contains(codec));
        let mut a = Negotiator::new(address(4000), securities.0, codecs.0, Chance::seeded(1));
        let mut b = Negotiator::new(address(5000), securities.1, codecs.1, Chance::seeded(2));
        let mut last: [Option<(u64, Vec<u8>)>; 2] = [None, None];
        for (index, (b_offers, first, second, moves)) in steps.into_iter().enumerate() {
            let (offerer, answerer) = if b_offers { (&mut b, &mut a) } else { (&mut a, &mut b) };
            if moves {
                offerer.moved(address(6000 + u16::try_from(index).unwrap()));
            }
            let offer = offerer.offer(first);
            let answered = answerer.offer_received(&offer, second);
            let refused = [securities.0, securities.1].contains(&Security::Required)
                && [securities.0, securities.1].contains(&Security::Clear);
            if !common {
                prop_assert!(matches!(answered, Err(Refusal::NoCommonCodec | Refusal::WouldBeClear)), "{answered:?}");
                break;
            }
            let Ok((answer, theirs)) = answered else {
                prop_assert!(refused, "{answered:?}");
                break;
            };
            let ours = offerer.answer_received(&answer);
            let Ok(ours) = ours else { panic!("{ours:?}\n{}\n{}", text(&offer), text(&answer)) };
            assert_mirrored(&ours, &theirs);
            prop_assert_eq!(ours.direction, first.and(second.mirrored()));
            for (who, said) in [(usize::from(b_offers), offer), (usize::from(!b_offers), answer)] {
                if let Some((version_before, before)) = &last[who] {
                    let step = version(&said) - version_before;
                    prop_assert_eq!(step, u64::from(said != *before));
                }
                last[who] = Some((version(&said), said));
            }
        }
    }
}
