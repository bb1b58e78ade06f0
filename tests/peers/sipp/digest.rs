//! Challenges. What sipp can verify (MD5 for a server) it verifies; the rest is computed here by RFC 7616.

use super::peer::{NEEDS, Sipp};
use super::scenario::{Role, Step, accept, answer, hang_up, invited, receive, respond};
use super::told::{account, called, called_and};
use crate::Case;
use crate::world::World;
use md5::Md5;
use sha2::{Digest, Sha256};

pub const CASES: &[Case] = &[
    Case { name: "sipp::a_challenge_is_answered", needs: NEEDS, run: challenge },
    Case { name: "sipp::a_stale_nonce_is_replaced", needs: NEEDS, run: stale },
    Case { name: "sipp::a_wrong_password_is_tried_once", needs: NEEDS, run: wrong_password },
    Case { name: "sipp::a_wrong_password_registers_nobody", needs: NEEDS, run: wrong_registration },
    Case { name: "sipp::sha_256_is_answered", needs: NEEDS, run: sha_256 },
    Case { name: "sipp::of_two_challenges_the_stronger_is_answered", needs: NEEDS, run: stronger },
    Case { name: "sipp::a_weaker_challenge_is_refused", needs: NEEDS, run: weaker },
    Case { name: "sipp::server_and_proxy_are_both_answered", needs: NEEDS, run: both },
    Case { name: "sipp::new_realms_without_end_are_given_up", needs: NEEDS, run: realms_without_end },
    Case { name: "sipp::a_challenged_bye_gives_nothing_away", needs: NEEDS, run: challenged_bye },
];

const MD5: &str = "Digest realm=\"example.test\", nonce=\"one\", qop=\"auth\", algorithm=MD5";

fn proxy(challenge: &str) -> Step {
    answer("407 Proxy Authentication Required").header(&format!("Proxy-Authenticate: {challenge}"))
}

fn server(challenge: &str) -> Step {
    answer("401 Unauthorized").header(&format!("WWW-Authenticate: {challenge}"))
}

fn challenge() {
    for (challenge, answered) in [
        (MD5, "qop=auth, nc=00000001"),
        ("Digest realm=\"example.test\", nonce=\"one\"", "nonce=\"one\""),
        ("Digest qop=\"auth-int,auth\",realm=\"example.test\" ,nonce=\"one\",opaque=\"o\"", "opaque=\"o\""),
    ] {
        let again = invited().verified().has("Authorization", answered);
        let steps = vec![invited(), server(challenge), receive("ACK"), again, accept(), receive("ACK")];
        called("udp", &[steps, hang_up()].concat()).ended(0, "remote").heard("INVITE", 2);
        let again = invited().has("Proxy-Authorization", answered);
        let steps = vec![invited(), proxy(challenge), receive("ACK"), again, accept(), receive("ACK")];
        let told = called("tcp", &[steps, hang_up()].concat()).ended(0, "remote");
        check_md5(&told.heard("INVITE", 2)[1]);
    }
}

fn stale() {
    let second = MD5.replace("one", "two") + ", stale=true";
    let steps = vec![
        invited(),
        server(MD5),
        receive("ACK"),
        invited().verified(),
        server(&second),
        receive("ACK"),
        invited().verified().has("Authorization", "nonce=\"two\".*nc=00000001"),
        accept(),
        receive("ACK"),
    ];
    called("udp", &[steps, hang_up()].concat()).ended(0, "remote").heard("INVITE", 3);
}

/// The server has seen our answer, and challenges again without calling the nonce stale.
fn wrong_password() {
    let second = MD5.replace("one", "two");
    let steps = [invited(), proxy(MD5), receive("ACK"), invited(), proxy(&second), receive("ACK")];
    let told = called("udp", &steps).ended(5, "failed").because("password");
    told.heard("INVITE", 2);
}

fn wrong_registration() {
    let world = World::new();
    let refused = |nonce| respond("401 Unauthorized").header(&format!("WWW-Authenticate: {}", MD5.replace("one", nonce)));
    let steps = [receive("REGISTER"), refused("one"), receive("REGISTER"), refused("two")];
    let sipp = Sipp::start(&world, &Role::Called, "udp", &steps);
    let ended = account(&world, &sipp.proxy(), "echo wrong").run("answer", &["answer"]).expect(5);
    assert!(ended.said.contains("The SIP server refused the password of sip:alice@example.test"), "{}", ended.said);
    assert_eq!(sipp.verdict(&ended.said).len(), 2);
}

fn sha_256() {
    let strong = MD5.replace("MD5", "SHA-256");
    let again = invited().has("Proxy-Authorization", "algorithm=SHA-256");
    let steps = vec![invited(), proxy(&strong), receive("ACK"), again, accept(), receive("ACK")];
    let told = called("udp", &[steps, hang_up()].concat()).ended(0, "remote");
    check_sha_256(&told.heard("INVITE", 2)[1]);
}

fn stronger() {
    let strong = MD5.replace("MD5", "SHA-256").replace("one", "strong");
    for both in [[MD5, &strong], [&strong, MD5]] {
        let [first, second] = both;
        let challenged = proxy(first).header(&format!("Proxy-Authenticate: {second}"));
        let steps = vec![invited(), challenged, receive("ACK"), invited(), accept(), receive("ACK")];
        let told = called("udp", &[steps, hang_up()].concat()).ended(0, "remote");
        let again = &told.heard("INVITE", 2)[1];
        assert_eq!(again.matches("Proxy-Authorization:").count(), 1, "{again}");
        check_sha_256(again);
    }
}

/// Whoever stands on the way and wants the password asks for less.
fn weaker() {
    let strong = MD5.replace("MD5", "SHA-256");
    let steps = [invited(), proxy(&strong), receive("ACK"), invited(), proxy(&MD5.replace("one", "two")), receive("ACK")];
    let told = called("udp", &steps).ended(5, "failed");
    assert!(told.heard("INVITE", 2).iter().all(|invite| !invite.contains("algorithm=MD5")), "{:?}", told.heard);
}

fn both() {
    let home = "Digest realm=\"server\", nonce=\"two\", qop=\"auth\"";
    let steps = vec![
        invited(),
        proxy(MD5),
        receive("ACK"),
        invited(),
        server(home),
        receive("ACK"),
        invited()
            .verified()
            .says("Proxy-Authorization: [^,]*, realm=\"example.test\", nonce=\"one\"[^\r\n]*nc=00000002")
            .says("\nAuthorization: [^,]*, realm=\"server\""),
        accept(),
        receive("ACK"),
    ];
    let told = called("udp", &[steps, hang_up()].concat()).ended(0, "remote");
    told.heard("INVITE", 3)[1..].iter().for_each(|invite| check_md5(invite));
}

fn realms_without_end() {
    let realm = |at: usize| proxy(&MD5.replace("example.test", &format!("realm-{at}")));
    let steps: Vec<Step> = (0..20).flat_map(|at| [invited(), realm(at), receive("ACK")]).collect();
    called("udp", &steps).ended(5, "failed").heard("INVITE", 20);
}

/// A peer that challenges our BYE could guess at the password with our answer.
fn challenged_bye() {
    for challenge in ["401 Unauthorized|WWW-Authenticate", "407 Proxy Authentication Required|Proxy-Authenticate"] {
        let (status, header) = challenge.split_once('|').unwrap();
        let leak = respond(status).header(&format!("{header}: {}", MD5.replace("one", "leak")));
        let steps = [invited(), proxy(MD5), receive("ACK"), invited(), accept(), receive("ACK"), receive("BYE"), leak];
        let told = called_and("udp", &steps, &["--for", "0.2"], |_| {}).ended(0, "local");
        assert!(!told.heard("BYE", 1)[0].contains("uthorization"), "{:?}", told.heard);
    }
}

fn check_md5(invite: &str) {
    check(invite, |text| hexadecimal(&Md5::digest(text)));
}

fn check_sha_256(invite: &str) {
    check(invite, |text| hexadecimal(&Sha256::digest(text)));
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// RFC 7616 §3.4.1, and RFC 2069 §2.1.2 where there is no qop, for alice's password.
fn check(invite: &str, hash: impl Fn(String) -> String) {
    let value = super::calling::line(invite, "Proxy-Authorization:");
    let get = |name: &str| {
        let (_, rest) = value.split_once(&format!(" {name}="))?;
        Some(rest.split(',').next()?.trim().trim_matches('"').to_owned())
    };
    let must = |name: &str| get(name).unwrap_or_else(|| panic!("no {name} in {value}"));
    let key = hash("alice:example.test:pw-alice".into());
    let request = hash(format!("INVITE:{}", must("uri")));
    let between = match get("qop") {
        Some(qop) => format!("{}:{}:{}:{qop}", must("nonce"), must("nc"), must("cnonce")),
        None => must("nonce"),
    };
    assert_eq!(must("response"), hash(format!("{key}:{between}:{request}")), "{value}");
}
