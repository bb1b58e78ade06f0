//! Under TLS, or not at all: STARTTLS and direct TLS, certificates and pins.

use super::*;
use crate::io::tls::{Fingerprint, Lifetime, Pin};

#[tokio::test]
async fn a_certificate_is_judged_by_chain_date_and_name() {
    let authority = Authority::new();
    let other = Authority::named("another authority");
    let day = rcgen::date_time_ymd;
    for (identity, host, accepted, because) in [
        (authority.issue(&["example.test"], |_| {}), "elsewhere.test", true, ""),
        (authority.issue(&["im.example.test"], |_| {}), "im.example.test", true, ""),
        (authority.issue(&["*.example.test"], |_| {}), "im.example.test", true, ""),
        (authority.issue(&["127.0.0.1"], |_| {}), "127.0.0.1", true, ""),
        (authority.issue(&["im.evil.test"], |_| {}), "im.evil.test", false, "it is for another name than example.test"),
        (authority.issue(&["notexample.test"], |_| {}), "notexample.test", false, "another name"),
        (
            authority.issue(&["example.test"], |p| p.not_after = day(2020, 1, 2)),
            "example.test",
            false,
            "it expired on 2020-01-02",
        ),
        (
            authority.issue(&["example.test"], |p| p.not_before = day(2100, 1, 2)),
            "example.test",
            false,
            "it is valid from 2100-01-02",
        ),
        (
            authority.issue(&["example.test"], |p| p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth]),
            "example.test",
            false,
            "not meant for a server",
        ),
        (other.issue(&["example.test"], |_| {}), "example.test", false, "no authority that this machine trusts"),
        (Identity::self_signed(&["example.test"], |_| {}), "example.test", false, "self-signed"),
    ] {
        let mut alice = Alice::new(Some(&authority.pem));
        let server = Server::new().await;
        alice.connect_as(&server, XmppTls::Required, host, "pw");
        let client = server.accept_secure(&identity).await;
        if accepted {
            assert!(client.is_some(), "{host} is refused");
        } else {
            let told = alice.hears_down(ProblemKind::Untrusted).await;
            let advice = format!("offhook trust {host}:{} --sha256 {}", server.address.port(), Fingerprint::of(&identity.der));
            assert!(told.contains(because) && told.contains(&advice), "{told}");
        }
    }
}

#[tokio::test]
async fn a_pin_is_for_one_certificate_and_one_place_whatever_is_wrong_with_it() {
    let make_ca = |p: &mut rcgen::CertificateParams| {
        p.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        p.not_after = rcgen::date_time_ymd(2020, 1, 2);
    };
    let identity = Identity::self_signed(&["nobody"], make_ca);
    let another = Identity::self_signed(&["nobody"], make_ca);
    let mut alice = Alice::new(None);
    let server = Server::new().await;
    let pin = |account: &str, port| {
        let sha256 = Fingerprint::of(&identity.der);
        let pin = Pin { account: AccountName(account.into()), host: "example.test".into(), port, sha256 };
        alice.trust.add(pin, Lifetime::Session).unwrap();
    };
    pin("work", server.address.port());
    pin("home", 1);
    alice.connect(&server);
    assert!(server.accept_secure(&identity).await.is_none());
    let told = alice.hears_down(ProblemKind::Untrusted).await;
    assert!(told.contains("another name") && told.contains("it expired on 2020-01-02"), "{told}");
    let sha256 = Fingerprint::of(&identity.der);
    let port = server.address.port();
    alice
        .trust
        .add(Pin { account: AccountName("home".into()), host: "Example.Test".into(), port, sha256 }, Lifetime::Lasting)
        .unwrap();
    alice.connect(&server);
    assert!(server.accept_secure(&another).await.is_none());
    alice.hears_down(ProblemKind::Untrusted).await;
    alice.connect(&server);
    let _client = server.accept_bound(&identity, BIND).await;
    alice.hears_up(false).await;
}

#[tokio::test]
async fn direct_tls_needs_no_starttls() {
    let (server, identity, mut alice) = ground().await;
    alice.connect_as(&server, XmppTls::Direct, "example.test", "pw");
    let mut client = server.accept().await.under_tls(&identity).await.unwrap();
    client.features(&mechanisms(&["SCRAM-SHA-256"])).await;
    client.scram(&Scram::default()).await;
    client.features(BIND).await;
    client.binds().await;
    alice.hears_up(false).await;
}

#[tokio::test]
async fn starttls_that_was_taken_out_or_injected_into_ends_the_attempt() {
    let (server, _identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept().await;
    client.features(&mechanisms(&["PLAIN"])).await;
    let told = alice.hears_down(ProblemKind::Clear).await;
    assert!(told.contains("--allow-cleartext"), "{told}");
    assert!(!client.hears_the_end().await.contains("<auth"));
    for more in ["<iq type='result' id='x'/>", "<message", "</stream:stream>"] {
        alice.connect(&server);
        let mut client = server.accept().await;
        client.features(STARTTLS).await;
        client.hears("<starttls").await;
        client.says(&format!("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>{more}")).await;
        alice.hears_down(ProblemKind::Protocol).await;
    }
    alice.connect(&server);
    let mut client = server.accept().await;
    client.features(STARTTLS).await;
    client.says("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
    alice.hears_down(ProblemKind::Protocol).await;
}
