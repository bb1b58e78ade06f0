//! Challenges, answers, refusals.

use super::*;
use crate::machine::Secret;
use crate::protocol::sip::message::{Method, Uri};

fn credentials() -> Credentials {
    Credentials { user: "alice".into(), password: Secret::new("secret".into()) }
}

fn register() -> Request {
    Request::new(Method::Register, Uri::sip(None, "example.org"))
}

fn challenge(status: u16, lines: &[&str]) -> Response {
    let mut response = Response::to(&register(), status, None);
    let name = if status == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
    lines.iter().for_each(|line| response.headers.push(name, line));
    response
}

fn authorized(digest: &mut Digest) -> Request {
    let mut request = register();
    digest.authorize(&mut request, &credentials(), &mut Chance::seeded(1));
    request
}

const PLAIN: &str = r#"Digest realm="a", nonce="n1", qop="auth""#;

#[test]
fn the_tenth_request_counts_in_hexadecimal() {
    let mut digest = Digest::new();
    assert_eq!(authorized(&mut digest).headers.len(), 0);
    digest.challenged(&challenge(407, &[PLAIN]), &register()).unwrap();
    let values: Vec<_> =
        (0..10).map(|_| authorized(&mut digest).headers.get("Proxy-Authorization").unwrap().to_owned()).collect();
    assert!(values[0].contains("nc=00000001,") && values[9].contains("nc=0000000a,"), "{values:?}");
    assert!(values[0].contains(r#"username="alice", realm="a", nonce="n1", uri="sip:example.org""#));
    assert!(values[0].contains("qop=auth") && !values[0].contains("algorithm"));
}

#[test]
fn a_refused_password_is_never_tried_again() {
    let mut digest = Digest::new();
    digest.challenged(&challenge(401, &[PLAIN]), &register()).unwrap();
    let answered = authorized(&mut digest);
    let password = Err(Refused::Password { realm: "a".into() });
    assert_eq!(digest.challenged(&challenge(401, &[PLAIN]), &answered), password);
    // Most servers give a new nonce with every refusal: it changes nothing.
    assert_eq!(digest.challenged(&challenge(401, &[&PLAIN.replace("n1", "n2")]), &answered), password);
    assert_eq!(digest.challenged(&challenge(401, &[&format!("{PLAIN}, stale=false")]), &answered), password);
}

#[test]
fn a_nonce_grown_old_is_replaced() {
    let mut digest = Digest::new();
    digest.challenged(&challenge(401, &[PLAIN]), &register()).unwrap();
    authorized(&mut digest);
    let second = authorized(&mut digest);
    // Said to be stale, or a new one for a nonce that had worked before.
    for line in [r#"Digest realm="a", nonce="n2", qop="auth", stale=true"#, r#"Digest realm="a", nonce="n3", qop="auth""#] {
        digest.challenged(&challenge(401, &[line]), &second).unwrap();
        assert!(authorized(&mut digest).headers.get("Authorization").unwrap().contains("nc=00000001"));
    }
    let third = authorized(&mut digest);
    assert!(digest.challenged(&challenge(401, &[r#"Digest realm="a", nonce="n3", qop="auth""#]), &third).is_err());
}

#[test]
fn a_server_that_calls_everything_stale_is_left() {
    let mut digest = Digest::new();
    digest.challenged(&challenge(401, &[PLAIN]), &register()).unwrap();
    let refused = (0..10).find_map(|at| {
        let answered = authorized(&mut digest);
        let line = format!(r#"Digest realm="a", nonce="m{at}", qop="auth", stale=true"#);
        digest.challenged(&challenge(401, &[&line]), &answered).err().map(|refused| (at, refused))
    });
    assert_eq!(refused, Some((3, Refused::AlwaysStale { realm: "a".into() })));
}

#[test]
fn the_strongest_is_answered_and_nothing_weaker_afterwards() {
    let mut digest = Digest::new();
    let strong = r#"Digest realm="a", nonce="s1", algorithm=SHA-256, qop="auth""#;
    let first = r#"Digest realm="a", nonce="s2", algorithm=SHA-256, qop="auth""#;
    digest.challenged(&challenge(401, &["Basic realm=\"a\"", PLAIN, strong, first]), &register()).unwrap();
    let value = authorized(&mut digest).headers.get("Authorization").unwrap().to_owned();
    assert!(value.contains("algorithm=SHA-256") && value.contains("s1"), "{value}");
    assert_eq!(digest.challenged(&challenge(401, &[PLAIN]), &register()), Err(Refused::Weaker { realm: "a".into() }));
    let no_qop = r#"Digest realm="a", nonce="s3", algorithm=SHA-256"#;
    assert_eq!(digest.challenged(&challenge(401, &[no_qop]), &register()), Err(Refused::Weaker { realm: "a".into() }));
    assert_eq!(digest.challenged(&challenge(401, &["Basic realm=\"a\""]), &register()), Err(Refused::NoScheme));
}

#[test]
fn every_realm_is_answered_and_the_next_nonce_is_taken() {
    let mut digest = Digest::new();
    digest.challenged(&challenge(407, &[PLAIN, r#"Digest realm="b", nonce="m""#]), &register()).unwrap();
    digest.challenged(&challenge(401, &[PLAIN]), &register()).unwrap();
    let request = authorized(&mut digest);
    assert_eq!(request.headers.all("Proxy-Authorization").count(), 2);
    assert_eq!(request.headers.all("Authorization").count(), 1);
    let mut accepted = Response::to(&request, 200, None);
    accepted.headers.push("Authentication-Info", r#"nextnonce="n9", qop=auth"#);
    digest.accepted(&accepted, &request);
    let next = authorized(&mut digest);
    assert!(next.headers.get("Authorization").unwrap().contains("n9"));
    assert!(next.headers.get("Proxy-Authorization").unwrap().contains("n1"));
    let mut ack = Request::new(Method::Ack, next.uri.clone());
    copy_credentials(&next, &mut ack);
    assert_eq!(ack.headers.len(), 3);
}

#[test]
fn realms_have_an_end_and_cannot_write_header_fields() {
    let mut digest = Digest::new();
    let lines: Vec<_> = (0..100).map(|at| format!("Digest realm=\"r{at}\\\"\", nonce=\"n\"")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    digest.challenged(&challenge(401, &lines), &register()).unwrap();
    let request = authorized(&mut digest);
    assert_eq!(request.headers.len(), REALMS);
    assert!(request.headers.get("Authorization").unwrap().contains(r#"realm="r0\"""#));
}
