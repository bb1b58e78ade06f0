//! SIP: messages, the stream framer, the parts of header fields, and digest challenges.

use super::{Reader, Row, index};
use offhook::machine::{Chance, Secret};
use offhook::protocol::sip::digest::{Challenge, Credentials, Digest};
use offhook::protocol::sip::message::{
    CSeq, Frame, FrameError, Framer, Host, Malformed, MediaType, Message, Method, NameAddr, Params, Request, Response, Uri, Via,
};
use offhook::protocol::sip::message_summary::{Count, MessageSummary};

/// The rows of SIP.
pub fn rows() -> Vec<Row> {
    let mut chance = Chance::seeded(3261);
    let mut other = chance.fork();
    vec![
        row("SIP message", MESSAGES, Box::new(message)),
        row("SIP stream", MESSAGES, Box::new(move |bytes| stream(bytes, &mut chance))),
        row("SIP URI", URIS, Box::new(|bytes| written(bytes, Uri::parse))),
        row("SIP host", HOSTS, Box::new(|bytes| written(bytes, Host::parse))),
        row("name-addr", NAME_ADDRS, Box::new(|bytes| written(bytes, NameAddr::parse))),
        row("Via", VIAS, Box::new(|bytes| written(bytes, Via::parse))),
        row("parameters", PARAMS, Box::new(|bytes| written(bytes, Params::parse))),
        row("CSeq", CSEQS, Box::new(|bytes| written(bytes, CSeq::parse))),
        row("media type", MEDIA_TYPES, Box::new(|bytes| written(bytes, MediaType::parse))),
        row("message summary", SUMMARIES, Box::new(summary)),
        row("challenge", CHALLENGES, Box::new(move |bytes| challenge(bytes, &mut other))),
    ]
}

fn row(name: &'static str, honest: &[&[u8]], read: Reader) -> Row {
    Row { name, honest: honest.iter().map(|bytes| bytes.to_vec()).collect(), read }
}

const MESSAGES: &[&[u8]] = &[
    b"INVITE sip:bob@[2001:db8::1]:5070;transport=tcp SIP/2.0\r\nVia: SIP/2.0/UDP a.example;branch=z9hG4bK1;rport, SIP/2.0/TCP b\r\nv : SIP / 2.0 / TLS c : 5061\r\n ;branch=z9hG4bK2\r\nMax-Forwards: 70\r\nFrom: \"A, \\\"l\\\" <x>\" <sip:alice@example.org>;tag=1\r\nt: sip:bob@example.org\r\ni: x@y\r\nCSeq: 1 INVITE\r\nContact: <sip:alice@192.0.2.1:5060;ob>;+sip.instance=\"<urn:uuid:1>\"\r\nRoute: <sip:p;lr>, <sip:q;lr>\r\nk: timer, 100rel\r\nc: application/sdp\r\nl: 5\r\n\r\nv=0\r\n",
    b"SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;received=192.0.2.1;rport=5060\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 2 REGISTER\r\nWWW-Authenticate: Digest realm=\"b\", nonce=\"c\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
    "MESSAGE tel:+1-201;x=y SIP/2.0\r\nFrom: Žofie <sip:a@b>;tag=1\r\nSubject: dvě\r\n\tslova\r\nContact: *\r\nExpires: 0\r\nContent-Type: text/plain;charset=\"utf-8\"\r\nContent-Length: 4\r\n\r\nahoj".as_bytes(),
];
const URIS: &[&[u8]] = &[
    b"sip:al%20ice;x:pw@[2001:db8::1]:5070;transport=tcp;lr?subject=hi&x=y",
    b"sips:example.org",
    b"tel:+1-201-555;phone-context=a",
    b"urn:uuid:1",
];
const HOSTS: &[&[u8]] = &[b"example.org", b"192.0.2.1", b"[2001:db8::192.0.2.1]"];
const NAME_ADDRS: &[&[u8]] =
    &[b"\"A \\\"B\\\" <C>, D\" <sip:a@b;lr?x=y>;tag=1;q=\"a;b\"", b"sip:a@b;tag=2", "Žofie Nová <tel:+1>".as_bytes()];
const VIAS: &[&[u8]] =
    &[b"SIP / 2.0 / UDP a.example : 5060 ; branch = z9hG4bK1;received=2001:db8::1;rport=5", b"SIP/2.0/TLS [::1];x=\"y,z\""];
const PARAMS: &[&[u8]] = &[b";lr;tag = a ; x=\"q;\\\",r\"", b";a=[::1];b=c=d"];
const CSEQS: &[&[u8]] = &[b"1 INVITE", b"2147483647 \t X!"];
const MEDIA_TYPES: &[&[u8]] = &[b"application/sdp", b"multipart / mixed ; boundary=\"a\\\"b\""];
const SUMMARIES: &[&[u8]] = &[
    b"Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n",
    b"messages-waiting : NO\nvoice-message:0/0\nfax-message: 1/0\n\n",
];
const CHALLENGES: &[&[u8]] = &[
    b"Digest realm=\"a\\\"b\", nonce=\"n\", qop=\"auth,auth-int\", algorithm=SHA-256, opaque=\"o\", stale=true",
    b"Negotiate, Basic realm=\"x\", Digest realm=plain,nonce=\"m\",algorithm=MD5-sess, Digest realm=\"z\", nonce=k",
];

/// What is counted was said, in digits.
fn summary(bytes: &[u8]) -> bool {
    let Some(summary) = MessageSummary::parse(bytes) else { return false };
    let text = String::from_utf8_lossy(bytes);
    if let Some(Count { new, old }) = summary.voice
        && new < u32::MAX
        && old < u32::MAX
    {
        assert!(text.contains(&new.to_string()) && text.contains(&old.to_string()), "{summary:?} of {text}");
    }
    true
}

/// What is read is written as something that is read as the same again.
fn written<T: ToString>(bytes: &[u8], parse: fn(&str) -> Result<T, Malformed>) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Ok(value) = parse(&text) else { return false };
    let written = value.to_string();
    assert!(!written.contains(['\r', '\n', '\0']), "{written:?} can start a line");
    let again = parse(&written).unwrap_or_else(|error| panic!("{written:?} is written and not read: {error}"));
    assert_eq!(again.to_string(), written);
    true
}

fn message(bytes: &[u8]) -> bool {
    let Ok(message) = Message::parse(bytes) else { return false };
    let written = message.write();
    let again = Message::parse(&written).expect("what is written is read");
    assert_eq!(again.write(), written);
    // All but Content-Length: nothing was added, nothing lost, and every field means what it meant.
    let fields = |message: &Message| message.headers().iter().filter(|(name, _)| *name != "Content-Length").count();
    assert_eq!(fields(&again), fields(&message));
    assert_eq!(again.check(), message.check());
    let headers = [message.headers(), again.headers()];
    assert_eq!(headers[0].vias(), headers[1].vias());
    assert_eq!(headers[0].contacts(), headers[1].contacts());
    assert_eq!((headers[0].from(), headers[0].to()), (headers[1].from(), headers[1].to()));
    // The topmost Via is the first of all, whenever all can be read.
    if let Ok(vias) = headers[0].vias() {
        assert_eq!(headers[0].via().ok(), vias.into_iter().next());
    }
    let _ = (headers[0].routes(), headers[0].record_routes(), headers[0].expires(), headers[0].retry_after());
    if let Message::Request(request) = &message {
        let response = Response::to(request, 200, Some("tag")).write();
        assert!(Message::parse(&response).is_ok(), "{}", response.escape_ascii());
    }
    true
}

/// However a stream is cut, the same messages and the same errors come out of it.
fn stream(bytes: &[u8], chance: &mut Chance) -> bool {
    let mut whole = Framer::new();
    whole.push(bytes);
    let expected: Vec<_> = whole.filter(is_no_keep_alive).collect();
    let mut cut = Framer::new();
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(1 + index(chance, rest.len().min(64)));
        cut.push(part);
        found.extend(cut.by_ref().filter(is_no_keep_alive));
        rest = after;
    }
    assert_eq!(found, expected);
    expected.iter().any(Result::is_ok)
}

fn is_no_keep_alive(frame: &Result<Frame, FrameError>) -> bool {
    !matches!(frame, Ok(Frame::KeepAlive { .. }))
}

/// Whatever a server demands, the answer stays within its header fields.
fn challenge(bytes: &[u8], chance: &mut Chance) -> bool {
    let value = String::from_utf8_lossy(bytes);
    let mut request = Request::new(Method::Register, Uri::sip(None, "example.org"));
    let mut response = Response::to(&request, 401, None);
    response.headers.push("WWW-Authenticate", &value);
    let mut digest = Digest::new();
    if digest.challenged(&response, &request).is_err() {
        return false;
    }
    assert!(!Challenge::parse_all(response.headers.get("WWW-Authenticate").expect("it was pushed")).is_empty());
    let credentials = Credentials { user: "al\"ice".into(), password: Secret::new("secret".into()) };
    digest.authorize(&mut request, &credentials, chance);
    let written = request.write();
    let again = Message::parse(&written).expect("what is written is read");
    assert_eq!(again.headers().all("Authorization").count(), request.headers.len());
    // The same challenge again means that the password is wrong: no second try, unless the nonce is said to be stale.
    let Message::Request(again) = again else { panic!("a request") };
    if !value.to_ascii_lowercase().contains("stale") {
        assert!(digest.challenged(&response, &again).is_err());
    }
    true
}
