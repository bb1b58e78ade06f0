//! The torture messages of RFC 4475 and RFC 5118, each with the verdict that the RFC wants from a parser, and what
//! attackers have sent to other parsers.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]

use offhook::protocol::sip::message::{Contacts, Frame, Framer, Message, Method, NameAddr, ParseError, Request, Uri};
use std::time::Instant;

/// What becomes of a message.
#[derive(Debug, PartialEq)]
enum Verdict {
    Accepted,
    Malformed,
    Unreadable,
}

/// Section and name, the verdict wanted, the bytes.
struct Case {
    name: String,
    verdict: Verdict,
    bytes: Vec<u8>,
}

fn cases(file: &str) -> Vec<Case> {
    let file = file.strip_suffix('\n').unwrap_or(file);
    file.split("\n=== ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case {
    let (title, message) = text.split_once('\n').expect("a title");
    let (name, verdict) = title.rsplit_once(' ').expect("a verdict");
    let verdict = match verdict {
        "accepted" => Verdict::Accepted,
        "malformed" => Verdict::Malformed,
        "unreadable" => Verdict::Unreadable,
        other => panic!("no verdict: {other}"),
    };
    Case { name: name.to_owned(), verdict, bytes: bytes(&format!("{message}\n")) }
}

fn bytes(message: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in message.split("<hex>").enumerate() {
        let plain = if at == 0 {
            part
        } else {
            let (hex, plain) = part.split_once("</hex>").expect("hex ends");
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
            bytes.extend((0..hex.len()).step_by(2).map(byte));
            plain
        };
        bytes.extend(plain.replace('\n', "\r\n").bytes());
    }
    bytes
}

fn rfc4475() -> Vec<Case> {
    cases(include_str!("torture/rfc4475.txt"))
}

fn rfc5118() -> Vec<Case> {
    cases(include_str!("torture/rfc5118.txt"))
}

fn read(name: &str) -> Message {
    let cases = rfc4475().into_iter().chain(rfc5118());
    let case = cases.into_iter().find(|case| case.name.ends_with(&format!(" {name}"))).expect("a known name");
    Message::parse(&case.bytes).expect("readable")
}

fn request(name: &str) -> Request {
    match read(name) {
        Message::Request(request) => request,
        Message::Response(_) => panic!("{name} is a response"),
    }
}

fn verdict(bytes: &[u8]) -> Verdict {
    match Message::parse(bytes).map(|message| message.check()) {
        Ok(Ok(())) => Verdict::Accepted,
        Ok(Err(_)) => Verdict::Malformed,
        Err(_) => Verdict::Unreadable,
    }
}

#[test]
fn every_torture_message_gets_the_verdict_of_its_rfc() {
    let all: Vec<_> = rfc4475().into_iter().chain(rfc5118()).collect();
    assert_eq!((rfc4475().len(), rfc5118().len()), (48, 12));
    for case in &all {
        assert_eq!(verdict(&case.bytes), case.verdict, "{}: {:?}", case.name, Message::parse(&case.bytes).map(|m| m.check()));
    }
}

#[test]
fn what_is_accepted_means_the_same_after_it_was_written() {
    for case in rfc4475().into_iter().chain(rfc5118()).filter(|case| case.verdict == Verdict::Accepted) {
        let message = Message::parse(&case.bytes).expect("readable");
        let again = Message::parse(&message.write()).expect("readable again");
        assert_eq!(again.write(), message.write(), "{}", case.name);
        assert_eq!(
            (again.headers().vias(), again.headers().contacts()),
            (message.headers().vias(), message.headers().contacts())
        );
        assert_eq!(
            (again.headers().from(), again.headers().to(), again.body()),
            (message.headers().from(), message.headers().to(), message.body())
        );
    }
}

#[test]
fn wsinv_is_understood() {
    let invite = request("wsinv");
    let vias = invite.headers.vias().expect("vias");
    let branches: Vec<_> = vias.iter().filter_map(|via| via.branch()).collect();
    assert_eq!(branches, ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    assert_eq!(invite.headers.to().expect("to").tag(), Some("1918181833n"));
    let from = invite.headers.from().expect("from");
    assert_eq!((from.display_name.as_deref(), from.tag()), (Some("J Rosenberg \\\""), Some("98asjd8")));
    assert_eq!(invite.headers.max_forwards(), Ok(Some(68)));
    assert_eq!(invite.headers.get("newfangledheader"), Some("newfangled value continued newfangled value"));
    assert_eq!(invite.headers.get("Subject"), Some(""));
    let Ok(Contacts::List(contacts)) = invite.headers.contacts() else { panic!("contacts") };
    assert_eq!(contacts[0].params.to_string(), ";newparam=newvalue;secondparam;q=0.33");
    assert_eq!(invite.uri.param("unknownparam"), Some(None));
}

#[test]
fn the_odd_ones_are_understood() {
    let odd = request("intmeth");
    assert_eq!(odd.uri.password.as_deref(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!(odd.headers.from().expect("from").tag(), Some("_token~1'+`*%!-."));
    assert_eq!(odd.headers.cseq().expect("cseq").method, odd.method);
    assert_eq!(request("esc02").method, Method::Other("RE%47IST%45R".into()));
    assert_eq!(request("escnull").headers.to().expect("to").uri.user_text().as_deref(), Some("null-\0-null"));
    assert_eq!(request("lwsdisp").headers.from().expect("from").display_name.as_deref(), Some("caller"));
    assert_eq!(request("dblreq").body, b"");
    assert_eq!(request("semiuri").uri.user_text().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(request("transports").headers.vias().expect("vias")[3].transport, "UNKNOWN");
    assert_eq!(request("mpart01").body.len(), 553);
    assert_eq!(request("zeromf").headers.max_forwards(), Ok(Some(0)));
    let contact = |name| request(name).headers.contacts().expect("contacts").first().cloned().expect("one");
    assert!(contact("cparam01").params.get("unknownparam").is_some());
    assert!(contact("cparam02").uri.param("unknownparam").is_some());
    assert_eq!(contact("regescrt").uri.headers, "Route=%3Csip:sip.example.com%3E");
    let Message::Response(trying) = read("noreason") else { panic!("a response") };
    assert_eq!((trying.status, trying.reason.as_str()), (100, ""));
    let too_new = rfc4475().into_iter().find(|case| case.name.ends_with("badvers")).expect("badvers");
    assert!(matches!(Message::parse(&too_new.bytes), Err(ParseError::Version { .. })));
    let large = request("scalar02");
    assert_eq!(large.headers.expires(), Ok(Some(u32::MAX)));
}

#[test]
fn addresses_of_rfc_5118_are_understood() {
    assert_eq!(request("port-ambiguous").uri.port, None);
    assert_eq!(request("port-unambiguous").uri.port, Some(5070));
    let address = "2001:db8::9:255".parse().ok();
    for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        assert_eq!(request(name).headers.via().expect("via").received(), address);
    }
    assert_eq!(request("ipv6-bug-abnf-3-colons").uri, request("ipv6-correct-abnf-2-colons").uri);
}

#[test]
fn on_a_stream_two_requests_are_two() {
    let mut framer = Framer::new();
    let double = rfc4475().into_iter().find(|case| case.name.ends_with("dblreq")).expect("dblreq");
    framer.push(&double.bytes);
    let methods: Vec<_> = framer
        .by_ref()
        .map_while(Result::ok) // The second body is longer than it says.
        .filter_map(|frame| match frame {
            Frame::Message(Message::Request(request)) => Some(request.method),
            _ => None,
        })
        .collect();
    assert_eq!(methods, [Method::Register, Method::Invite]);
}

/// RFC 4475 3.1.1.7, whose text is repetition.
#[test]
fn longreq_is_long() {
    let long = |word: &str, count| word.repeat(count);
    let vias: String = (1..=33).rev().map(|at| format!("Via: SIP/2.0/TCP sip{at}.example.com\r\n")).collect();
    let text = format!(
        "INVITE sip:user@example.com SIP/2.0\r\nTo: \"I have a user name of {} proportion\"<sip:user@example.com:6000;unknownparam1=very{}value;longparam{}=shortvalue;very{}ParameterNameWithNoValue>\r\n\
         F: sip:{}@example.net;tag=12{}424;unknownheaderparam{}=unknowheaderparam{}value;unknownValueless{}paramname\r\n\
         Call-ID: longreq.one{}longcallid\r\nCSeq: 3882340 INVITE\r\nUnknown-{}-Name: unknown-{}-value; unknown-{}-parameter-name = unknown-{}-parameter-value\r\n\
         {vias}v: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very{}branchvalue\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n",
        long("extreme", 10),
        long("long", 20),
        long("name", 25),
        long("long", 23),
        long("amazinglylongcallername", 5),
        long("982", 50),
        long("name", 20),
        long("value", 15),
        long("value", 10),
        long("really", 20),
        long("long", 20),
        long("long", 20),
        long("long", 20),
        long("long", 20),
        long("long", 50),
    );
    assert_eq!(verdict(text.as_bytes()), Verdict::Accepted);
    let message = Message::parse(text.as_bytes()).expect("readable");
    assert_eq!(message.headers().vias().map(|vias| vias.len()), Ok(34));
    assert_eq!(message.headers().via().expect("via").host.to_string(), "sip33.example.com");
}

/// Shapes that broke belle-sip (CVE-2021-33056), Linphone (CVE-2021-43611) and sofia-sip (CVE-2022-31001 and its kin).
#[test]
fn what_broke_other_parsers_is_refused() {
    for name_addr in [
        "</",
        "\"</\" </",
        "\"\\",
        "\"name\\",
        "\"name\\\" <sip:a@b>",
        "<",
        ">",
        "<>",
        "\"",
        "<sip:",
        ";",
        "<sip:a@b>;tag=\"\\",
    ] {
        assert!(NameAddr::parse(name_addr).is_err(), "{name_addr:?}");
    }
    for uri in
        ["sip:%", "sip:a%@", "sip:[", "sip:]", "sip:[]", "sip:@", "sip:::", "sip:a@[::1]x", "sip:;", "sip:?", "sip:a@b:99999"]
    {
        assert!(Uri::parse(uri).is_err(), "{uri:?}");
    }
    for text in [
        "SIP/2.0",
        "SIP/2.0 ",
        "SIP/2.0 200",
        " ",
        "a",
        "INVITE",
        "INVITE ",
        "INVITE sip:a",
        "\0",
        ":",
        "INVITE sip:a SIP/2.0\r\n:\r\n\r\n",
    ] {
        assert!(Message::parse(text.as_bytes()).is_err(), "{text:?}");
    }
}

/// Header stuffing costs no more than its size: many small header fields, one long list, one list in one line.
#[test]
fn ten_thousand_vias_are_read_in_linear_time() {
    let rest = "f: <sip:a@b>;tag=1\r\nt: <sip:a@b>\r\ni: x\r\nCSeq: 1 BYE\r\nl: 0\r\n\r\n";
    let build = |separator: &str, count: usize| {
        let vias = vec!["SIP/2.0/UDP a"; count].join(separator);
        format!("BYE sip:a SIP/2.0\r\nv:{vias}\r\n{rest}")
    };
    assert!(matches!(Message::parse(build("\r\nv:", 10_000).as_bytes()), Err(ParseError::HeaderTooLarge)));
    for separator in ["\r\nv:", ","] {
        let started = Instant::now();
        let message = Message::parse(build(separator, 3_800).as_bytes()).expect("readable");
        assert_eq!(message.headers().vias().map(|vias| vias.len()), Ok(3_800));
        assert_eq!(message.check(), Ok(()));
        println!("3800 Via with {separator:?}: {:?}", started.elapsed());
    }
    // The work is bounded by the count of values looked at, which no clock has to measure: ten thousand reads of the
    // topmost one look at the head of the line only.
    let message = Message::parse(build(",", 3_800).as_bytes()).expect("readable");
    assert!((0..10_000).all(|_| message.headers().via().is_ok()));
}

/// A header section that trickles in byte by byte is searched once, not once a byte (that would take minutes here).
#[test]
fn a_trickle_is_not_quadratic() {
    let mut framer = Framer::new();
    let text = format!("BYE sip:a SIP/2.0\r\nX: {}\r\nl: 0\r\n\r\n", "x".repeat(60_000));
    let started = Instant::now();
    let found: usize = text
        .bytes()
        .map(|byte| {
            framer.push(&[byte]);
            framer.by_ref().count()
        })
        .sum();
    assert_eq!(found, 1);
    println!("60 kB byte by byte: {:?}", started.elapsed());
}
