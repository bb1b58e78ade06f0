//! Offers as phones and exchanges write them, and what we answer.
use super::*;

const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

struct Row {
    who: &'static str,
    security: Security,
    offer: Vec<u8>,
    codec: (u8, Codec),
    /// Payload type and clock.
    send_events: Option<(u8, u32)>,
    receive_events: Option<u8>,
    remote: Option<&'static str>,
    rtcp: Option<&'static str>,
    encrypted: bool,
    ptime: u16,
    media: &'static [&'static str],
}

fn rows() -> Vec<Row> {
    vec![
        Row {
            who: "baresip 1.0.0, Opus",
            security: Security::Clear,
            offer: body(
                "v=0
                o=- 2148372 1 IN IP4 198.51.100.7
                s=-
                c=IN IP4 198.51.100.7
                t=0 0
                a=tool:baresip 1.0.0
                m=audio 15862 RTP/AVP 96 9 0 8 101
                a=rtpmap:96 opus/48000/2
                a=fmtp:96 stereo=0;sprop-stereo=0
                a=rtpmap:9 G722/8000
                a=rtpmap:0 PCMU/8000
                a=rtpmap:8 PCMA/8000
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-15
                a=rtcp:15863
                a=sendrecv
                a=label:1
                a=ptime:20",
            ),
            codec: (96, Codec::Opus),
            send_events: Some((101, 8_000)),
            receive_events: Some(101),
            remote: Some("198.51.100.7:15862"),
            rtcp: Some("198.51.100.7:15863"),
            encrypted: false,
            ptime: 20,
            media: &["audio 4000 RTP/AVP 96 0 8 101"],
        },
        Row {
            who: "baresip with mediaenc=srtp-mand",
            security: Security::Required,
            offer: audio(
                "15862 RTP/SAVP 114 0",
                &format!(
                    "a=rtpmap:114 opus/48000/2
                    a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:{KEY}
                    a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{KEY}
                    a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31|1:1
                    a=rtcp-mux"
                ),
            ),
            codec: (114, Codec::Opus),
            send_events: None,
            receive_events: None,
            remote: Some("198.51.100.7:15862"),
            rtcp: Some("198.51.100.7:15862"),
            encrypted: true,
            ptime: 20,
            media: &["audio 4000 RTP/SAVP 114 0"],
        },
        Row {
            who: "Linphone with video",
            security: Security::Opportunistic,
            offer: body(
                "v=0
                o=alice 3452 1842 IN IP6 2001:db8::7
                s=Talk
                c=IN IP6 2001:db8::7
                t=0 0
                a=ice-pwd:23c7a8c8bd1b6a4e6e1e5c23
                a=ice-ufrag:4c3d2f1e
                a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics
                a=group:BUNDLE as vs
                m=audio 7078 RTP/AVPF 96 97 98 0 8 18 101 99 100
                c=IN IP6 2001:db8::8
                a=rtpmap:96 opus/48000/2
                a=fmtp:96 useinbandfec=1; maxaveragebitrate=36000
                a=rtpmap:97 speex/16000
                a=fmtp:97 vbr=on
                a=rtpmap:98 speex/8000
                a=fmtp:98 vbr=on
                a=fmtp:18 annexb=yes
                a=rtpmap:101 telephone-event/48000
                a=rtpmap:99 telephone-event/16000
                a=rtpmap:100 telephone-event/8000
                a=mid:as
                a=rtcp-fb:* trr-int 5000
                a=rtcp-fb:* ccm tmmbr
                a=rtcp-mux
                m=video 9078 RTP/AVPF 96 97
                a=rtpmap:96 VP8/90000
                a=rtpmap:97 H264/90000
                a=fmtp:97 profile-level-id=42801F
                a=mid:vs",
            ),
            codec: (96, Codec::Opus),
            send_events: Some((101, 48_000)),
            receive_events: Some(101),
            remote: Some("[2001:db8::8]:7078"),
            rtcp: Some("[2001:db8::8]:7078"),
            encrypted: false,
            ptime: 20,
            media: &["audio 4000 RTP/AVPF 96 0 8 101 100", "video 0 RTP/AVPF 96 97"],
        },
        Row {
            who: "Asterisk without Opus",
            security: Security::Clear,
            offer: body(
                "v=0
                o=- 1867304957 1867304957 IN IP4 198.51.100.7
                s=Asterisk
                c=IN IP4 198.51.100.7
                t=0 0
                m=audio 10242 RTP/AVP 8 0 3 101
                a=rtpmap:8 PCMA/8000
                a=rtpmap:0 PCMU/8000
                a=rtpmap:3 GSM/8000
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-16
                a=ptime:30
                a=maxptime:150
                a=sendrecv",
            ),
            codec: (0, Codec::Pcmu),
            send_events: Some((101, 8_000)),
            receive_events: Some(101),
            remote: Some("198.51.100.7:10242"),
            rtcp: Some("198.51.100.7:10243"),
            encrypted: false,
            ptime: 20,
            media: &["audio 4000 RTP/AVP 0 8 101"],
        },
        Row {
            who: "Cisco Jabber with video, slides and floor control",
            security: Security::Opportunistic,
            offer: body(
                "v=0
                o=Cisco-SIPUA 12040 0 IN IP4 198.51.100.7
                s=SIP Call
                b=AS:4000
                t=0 0
                a=cisco-mari:v1
                a=cisco-mari-rate
                m=audio 21504 RTP/AVP 114 9 104 105 0 8 18 111 101
                c=IN IP4 198.51.100.7
                b=TIAS:64000
                a=rtpmap:114 opus/48000/2
                a=fmtp:114 maxplaybackrate=16000;sprop-maxcapturerate=16000;maxaveragebitrate=64000;stereo=0;sprop-stereo=0;usedtx=0
                a=rtpmap:9 G722/8000
                a=rtpmap:104 G7221/16000
                a=fmtp:104 bitrate=32000
                a=rtpmap:105 G7221/16000
                a=fmtp:105 bitrate=24000
                a=rtpmap:0 PCMU/8000
                a=rtpmap:8 PCMA/8000
                a=rtpmap:18 G729/8000
                a=fmtp:18 annexb=no
                a=rtpmap:111 x-ulpfecuc/8000
                a=extmap:14/sendrecv http://protocols.cisco.com/timestamp#100us
                a=fmtp:111 max_esel=1420;m=8;max_n=32;FEC_ORDER=FEC_SRTP
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-15
                a=sendrecv
                m=video 26890 RTP/AVP 126 97 111
                c=IN IP4 198.51.100.7
                b=TIAS:4000000
                a=rtpmap:126 H264/90000
                a=fmtp:126 profile-level-id=428014;packetization-mode=1
                a=rtpmap:97 H264/90000
                a=content:main
                a=label:11
                m=video 19876 RTP/AVP 126 97
                a=content:slides
                a=label:12
                m=application 5070 UDP/BFCP *
                a=floorctrl:c-s
                a=setup:actpass
                m=application 22000 RTP/AVP 125
                a=rtpmap:125 H224/4800",
            ),
            codec: (114, Codec::Opus),
            send_events: Some((101, 8_000)),
            receive_events: Some(101),
            remote: Some("198.51.100.7:21504"),
            rtcp: Some("198.51.100.7:21505"),
            encrypted: false,
            ptime: 20,
            media: &[
                "audio 4000 RTP/AVP 114 0 8 101",
                "video 0 RTP/AVP 126 97 111",
                "video 0 RTP/AVP 126 97",
                "application 0 UDP/BFCP *",
                "application 0 RTP/AVP 125",
            ],
        },
        Row {
            who: "RFC 8643: keys under RTP/AVP",
            security: Security::Required,
            offer: audio("5000 RTP/AVP 0", &format!("a=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^31 WSH=64\na=ptime:200")),
            codec: (0, Codec::Pcmu),
            send_events: None,
            receive_events: None,
            remote: Some("198.51.100.7:5000"),
            rtcp: Some("198.51.100.7:5001"),
            encrypted: true,
            ptime: 60,
            media: &["audio 4000 RTP/AVP 0"],
        },
        Row {
            who: "one line in clear and the same again encrypted",
            security: Security::Opportunistic,
            offer: audio(
                "5000 RTP/AVP 0",
                &format!("m=audio 5002 RTP/SAVP 0\na=maxptime:10\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            ),
            codec: (0, Codec::Pcmu),
            send_events: None,
            receive_events: None,
            remote: Some("198.51.100.7:5002"),
            rtcp: Some("198.51.100.7:5003"),
            encrypted: true,
            ptime: 10,
            media: &["audio 0 RTP/AVP 0", "audio 4000 RTP/SAVP 0"],
        },
        Row {
            who: "no telling where, and a ptime beyond reason",
            security: Security::Clear,
            offer: audio("5000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127\na=ptime:4294967297\na=rtcp:9 IN IP4 198.51.100.9"),
            codec: (0, Codec::Pcmu),
            send_events: None,
            receive_events: None,
            remote: None,
            rtcp: Some("198.51.100.9:9"),
            encrypted: false,
            ptime: 20,
            media: &["audio 4000 RTP/AVP 0"],
        },
    ]
}

#[test]
fn offers_from_the_field_are_answered() {
    for row in rows() {
        let (answer, plan) = negotiator(4000, row.security)
            .offer_received(&row.offer, Direction::SendRecv)
            .unwrap_or_else(|why| panic!("{}: {why}", row.who));
        let to = |address: Option<&str>| address.map(|address| address.parse::<SocketAddr>().unwrap());
        assert_eq!((plan.send_payload_type, plan.codec), row.codec, "{}", row.who);
        assert!(plan.receive.contains(&row.codec), "{}", row.who);
        let send_events = plan.send_events.map(|events| (events.payload_type, events.clock_rate));
        assert_eq!((send_events, plan.receive_events), (row.send_events, row.receive_events), "{}", row.who);
        assert_eq!((plan.remote, plan.remote_rtcp), (to(row.remote), to(row.rtcp)), "{}", row.who);
        assert_eq!(plan.rtcp_mux, text(&row.offer).contains("a=rtcp-mux"), "{}", row.who);
        assert_eq!((plan.seal.is_some(), plan.open.is_some()), (row.encrypted, row.encrypted), "{}", row.who);
        assert_eq!((plan.ptime, plan.direction), (row.ptime, Direction::SendRecv), "{}", row.who);
        assert_eq!(media_lines(&answer), row.media, "{}", row.who);
        for foreign in ["ice-", "group", "mid:", "fingerprint", "extmap", "rtcp-fb", "candidate"] {
            assert!(!text(&answer).contains(foreign), "{}: {foreign}", row.who);
        }
    }
}

#[test]
fn the_answer_repeats_tag_and_profile_and_brings_our_own_key() {
    let row = &rows()[1];
    let (answer, plan) = negotiator(4000, Security::Required).offer_received(&row.offer, Direction::SendRecv).unwrap();
    let answer = text(&answer);
    let ours = plan.seal.unwrap();
    assert!(answer.contains(&format!("a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{}\r\n", ours.inline.expose())), "{answer}");
    assert_eq!(plan.open.unwrap().inline.expose(), KEY);
    assert!(!answer.contains(KEY));
    assert!(answer.contains("a=rtpmap:114 opus/48000/2\r\na=fmtp:114 minptime=10;useinbandfec=1\r\n"), "{answer}");
}

#[test]
fn opus_stays_below_what_the_far_side_asks() {
    let table =
        [("maxaveragebitrate=36000", Some(36_000)), ("maxaveragebitrate=1", None), ("maxaveragebitrate=9999999999", None)];
    for (parameters, expected) in table {
        let offer = audio("5000 RTP/AVP 96", &format!("a=rtpmap:96 opus/48000/2\na=fmtp:96 {parameters}"));
        let (_, plan) = negotiator(4000, Security::Clear).offer_received(&offer, Direction::SendRecv).unwrap();
        assert_eq!(plan.max_bitrate, expected, "{parameters}");
    }
}

#[test]
fn what_cannot_be_agreed_to_says_why() {
    let fingerprint = "a=fingerprint:sha-256 AA:BB\na=setup:actpass\na=rtpmap:111 opus/48000/2";
    let mki = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4");
    let all = [Security::Required, Security::Opportunistic, Security::Clear];
    let table: [(&str, Vec<u8>, &[Security], Refusal); 12] = [
        ("no media", body("v=0\nt=0 0"), &all, Refusal::NoAudio),
        ("only video", body("v=0\nm=video 5000 RTP/AVP 31"), &all, Refusal::NoAudio),
        ("port zero", audio("0 RTP/AVP 0", ""), &all, Refusal::NoAudio),
        ("not RTP", audio("5000 udp 0", ""), &all, Refusal::NoAudio),
        ("no codec", audio("5000 RTP/AVP 18 9", ""), &all[1..], Refusal::NoCommonCodec),
        ("only events", audio("5000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), &all[1..], Refusal::NoCommonCodec),
        ("clear", audio("5000 RTP/AVP 0", ""), &all[..1], Refusal::WouldBeClear),
        ("DTLS", audio("5000 UDP/TLS/RTP/SAVPF 111", fingerprint), &all, Refusal::NoUsableKeys),
        ("DTLS of old", audio("5000 RTP/SAVPF 111", fingerprint), &all, Refusal::NoUsableKeys),
        ("SAVP without keys", audio("5000 RTP/SAVP 0", ""), &all, Refusal::NoUsableKeys),
        ("key identifiers", audio("5000 RTP/SAVP 0", &mki), &all, Refusal::NoUsableKeys),
        ("the same under AVP", audio("5000 RTP/AVP 0", &mki), &all[..1], Refusal::NoUsableKeys),
    ];
    for (name, offer, securities, refusal) in table {
        for security in securities {
            let mut negotiator = negotiator(4000, *security);
            let result = negotiator.offer_received(&offer, Direction::SendRecv);
            assert_eq!(result, Err(refusal), "{name} under {security:?}");
            assert_eq!(negotiator.plan(), None);
        }
    }
    let malformed = negotiator(4000, Security::Clear).offer_received(b"\xff\x00", Direction::SendRecv);
    assert_eq!(malformed, Err(Refusal::Malformed(Fault::NotVersionZero)));
}

#[test]
fn whoever_can_be_clear_answers_unusable_keys_under_avp_in_clear() {
    let offer = audio("5000 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:short");
    let (answer, plan) = negotiator(4000, Security::Opportunistic).offer_received(&offer, Direction::SendRecv).unwrap();
    assert_eq!(plan.seal, None);
    assert!(!text(&answer).contains("crypto"));
}

#[test]
fn session_level_lines_hold_for_the_stream() {
    let offer = body(&format!(
        "v=0
        c=IN IP4 198.51.100.7
        t=3034423619 3042462419
        a=sendonly
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}
        m=audio 5000 RTP/SAVP 0"
    ));
    let mut negotiator = negotiator(4000, Security::Required);
    let (answer, plan) = negotiator.offer_received(&offer, Direction::SendRecv).unwrap();
    assert_eq!(plan.direction, Direction::RecvOnly);
    assert!(negotiator.held_by_them());
    assert!(text(&answer).contains("\r\nt=3034423619 3042462419\r\n"), "the answer repeats the offer's time");
    assert!(text(&answer).contains("\r\na=recvonly\r\n"));
}
