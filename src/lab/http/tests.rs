//! The codec and the server, in bytes.

use super::super::site::{Answers, Site, Status};
use super::super::wire::{Carrier, Door, Line, Node, Places, WireIn, WireOut};
use super::{Asked, Delivery, Framer, Refusal, Server, Service, Visit};
use crate::machine::{Machine, Moment};
use crate::protocol::http::{Method, Response};
use std::time::Duration;

const LINE: Line = Line { door: Door::Uds, node: Node::First, number: 1 };

fn framer() -> Framer {
    Framer::new(true, "127.0.0.1:8443".into())
}

fn all(bytes: &[u8]) -> Vec<Result<Asked, Refusal>> {
    let mut framer = framer();
    framer.push(bytes);
    std::iter::from_fn(|| framer.next_request()).collect()
}

fn refusal(text: &str) -> Refusal {
    all(text.as_bytes()).pop().unwrap().unwrap_err()
}

const TWO: &str = "GET /a?b=c HTTP/1.1\r\nHost: cucm1.lab.example:8443\r\nauthorization: basic YW5hOnB3OjE=\r\nCookie: a=1\r\n\r\n\
PUT /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nT: 1\r\n\r\n";

#[test]
fn requests_are_understood_however_they_are_split() {
    let expected = all(TWO.as_bytes());
    let [Ok(first), Ok(second)] = expected.as_slice() else { panic!("{expected:?}") };
    assert_eq!(first.request.url.as_str(), "https://cucm1.lab.example:8443/a?b=c");
    let shown = first.request.credentials.as_ref().unwrap();
    assert_eq!((shown.user.as_str(), shown.password.expose()), ("ana", "pw:1"));
    assert_eq!(first.request.headers.len(), 2, "what is said of the password stands in one place: {:?}", first.request.headers);
    assert!(first.keep_alive && !second.keep_alive);
    assert_eq!((second.request.method, second.request.body.as_slice()), (Method::Put, b"abc0123456789".as_slice()));
    for split in 0..=TWO.len() {
        let mut framer = framer();
        let mut heard = Vec::new();
        for part in [&TWO.as_bytes()[..split], &TWO.as_bytes()[split..]] {
            framer.push(part);
            heard.extend(std::iter::from_fn(|| framer.next_request()));
        }
        assert_eq!(heard, expected, "split at {split}");
    }
}

#[test]
fn what_is_no_request_is_refused_once() {
    assert_eq!(refusal("\x16\x03\x01\x02"), Refusal::Malformed);
    assert_eq!(refusal("GET / HTTP/1.1\r\n\r\n"), Refusal::Malformed, "no Host");
    assert_eq!(refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), Refusal::Malformed);
    assert_eq!(refusal("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), Refusal::Malformed);
    assert_eq!(refusal("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), Refusal::Unknown);
    let post = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
    assert_eq!(refusal(&post("Content-Length: -1")), Refusal::Malformed);
    assert_eq!(refusal(&post("Content-Length: 1\r\nContent-Length: 2")), Refusal::Malformed);
    assert_eq!(refusal(&post("Content-Length: 1\r\nTransfer-Encoding: chunked")), Refusal::Malformed, "smuggling");
    assert_eq!(refusal(&post("Content-Length: 99999999999")), Refusal::TooLong);
    assert_eq!(refusal(&post("Transfer-Encoding: gzip, chunked")), Refusal::Unknown);
    assert_eq!(refusal(&format!("{}xyz\r\n", post("Transfer-Encoding: chunked"))), Refusal::Malformed);
    assert_eq!(refusal(&format!("{}ffffffff\r\n", post("Transfer-Encoding: chunked"))), Refusal::TooLong);
    assert_eq!(refusal(&format!("GET /{} HTTP/1.1\r\n", "a".repeat(20_000))), Refusal::HeadTooLong);
    assert_eq!(all(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").len(), 1, "nothing after it");
    let old = all(b"GET / HTTP/1.0\r\n\r\n");
    assert!(matches!(&old[..], [Ok(asked)] if !asked.keep_alive && asked.request.url.as_str() == "https://127.0.0.1:8443/"));
}

/// Says the path of what it is asked, as the site's UDS would.
struct Echo(Answers);

impl Service for Echo {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        let body = visit.request.url.path().as_bytes().to_vec();
        Delivery::of(&self.0, visit.request, Response { status: 200, headers: Vec::new(), body })
    }
}

fn answers(text: &str) -> Answers {
    Site::parse(&format!("uds.answers = {{ {text} }}")).unwrap().uds.answers
}

/// What a server says to these bytes, and when.
fn said(text: &str, bytes: &str) -> Vec<(Duration, String)> {
    let mut server = Server::new(Echo(answers(text)), Carrier::Secure(Default::default()), Places::default());
    server.handle(Moment::START, WireIn::Opened(LINE, ([127, 0, 0, 1], 9).into()));
    server.handle(Moment::START, WireIn::Heard(LINE, bytes.as_bytes().to_vec()));
    let (mut now, mut said) = (Moment::START, Vec::new());
    loop {
        while let Some(output) = server.poll() {
            said.push((
                now.since_start(),
                match output {
                    WireOut::Say(LINE, bytes) => String::from_utf8(bytes).unwrap(),
                    WireOut::Close(LINE) => "closed".into(),
                    other => panic!("{other:?}"),
                },
            ));
        }
        match server.wake() {
            Some(wake) if said.len() < 100 => now = wake.at,
            _ => return said,
        }
        server.expire(now);
    }
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

const NOW: Duration = Duration::ZERO;

#[test]
fn answers_come_in_the_order_of_the_questions() {
    assert_eq!(said("", &[get("/1"), get("/2")].concat()), [(NOW, ok("/1")), (NOW, ok("/2"))]);
    let late = said("delay-ms = 20", &[get("/1"), get("/2")].concat());
    assert_eq!(late, [(Duration::from_millis(20), ok("/1")), (Duration::from_millis(40), ok("/2"))]);
    let last = "GET /1 HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n".to_owned() + &get("/2");
    let closing = said("", &last);
    assert_eq!(closing.len(), 2, "{closing:?}");
    assert!(closing[0].1.contains("Connection: close\r\n") && closing[1].1 == "closed");
    let refused = said("", "nonsense\r\n\r\n");
    assert!(refused[0].1.starts_with("HTTP/1.1 400 ") && refused[1].1 == "closed", "{refused:?}");
}

#[test]
fn a_client_that_asks_whether_to_go_on_is_told_once() {
    let head = "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    assert_eq!(said("", head), [(NOW, "HTTP/1.1 100 Continue\r\n\r\n".to_owned())]);
    assert_eq!(said("", &format!("{head}ab")), [(NOW, ok("/x"))], "the body is there already");
}

#[test]
fn each_fault_is_on_the_wire_what_it_is_called() {
    let both = [get("/abcdef"), get("/2")].concat();
    let one = |text: &str| said(text, &both).into_iter().map(|(_, said)| said).collect::<Vec<_>>();
    assert_eq!(one("fault = \"truncated\""), ["HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n/ab", "closed"]);
    assert!(one("fault = \"silent\"").is_empty());
    assert!(one("fault = \"noise\"")[0].starts_with("220 ") && one("fault = \"noise\"")[1] == "closed");
    assert_eq!(one("fault = \"malformed\"")[0], ok("/abc"));
    assert!(one("fault = \"portal\"")[0].contains("Guest network"));
    assert!(one("fault = \"bomb\"")[0].contains("<!ENTITY"));
    assert!(one("fault = \"redirect\"")[0].contains("Location: http://elsewhere.example/abcdef\r\n"));
    let status = one("status = 503");
    assert!(status[0].starts_with("HTTP/1.1 503 Service Unavailable\r\n") && status.len() == 2, "{status:?}");
    assert_eq!(Status::try_from(503).unwrap().code(), 503);
    let endless = one("fault = \"endless\"");
    assert!(endless[0].contains(&format!("Content-Length: {}", 100 * 1024 * 1024 + 7)), "{}", endless[0]);
    assert!(endless.len() == 100 && endless[1..].iter().all(|said| said.len() == 65_536 && said.trim().is_empty()));
}

#[test]
fn an_answer_trickles_and_the_next_waits_for_its_end() {
    let said = said("fault = \"trickle\", trickle-ms = 10", &[get("/ab"), get("/c")].concat());
    let at = |ms| Duration::from_millis(ms);
    let head = |length| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    let expected = [
        (at(0), head(3)),
        (at(10), "/".into()),
        (at(20), "a".into()),
        (at(30), "b".into()),
        (at(30), head(2)),
        (at(40), "/".into()),
        (at(50), "c".into()),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_line_that_is_gone_is_not_spoken_to() {
    let mut server = Server::new(Echo(answers("delay-ms = 5")), Carrier::Stream, Places::default());
    server.handle(Moment::START, WireIn::Opened(LINE, ([127, 0, 0, 1], 9).into()));
    server.handle(Moment::START, WireIn::Heard(LINE, get("/1").into_bytes()));
    assert!(server.wake().is_some());
    server.handle(Moment::START, WireIn::Closed(LINE));
    assert!(server.wake().is_none());
}
