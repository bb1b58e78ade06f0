//! The link against a server that the test plays, over loopback: sign-in, its attacks, and the fates of stanzas.

#[path = "presence.rs"]
mod presence;
#[path = "server.rs"]
mod server;

use super::*;
use crate::engine::event::ProblemKind;
use crate::engine::output::{Lasts, XmppTls};
use crate::io::tls::{Fingerprint, Lifetime, Pin, Roots, Trust};
use crate::machine::Secret;
use server::*;
use std::net::SocketAddr;
use xmpp_parsers::message::Message;

struct Alice {
    link: XmppLink,
    heard: mpsc::Receiver<Input>,
    trust: Trust,
    _folder: tempfile::TempDir,
}

impl Alice {
    fn new(ca: Option<&str>) -> Alice {
        let folder = tempfile::tempdir().unwrap();
        let path = ca.map(|pem| {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, pem).unwrap();
            path
        });
        let trust = Trust::new(folder.path(), Some(folder.path()));
        let account = AccountName("home".into());
        let roots = Roots::load(path.as_deref()).unwrap();
        let settings = TlsSettings { account: Some(account.clone()), roots, trust: trust.clone() };
        let (hears, heard) = mpsc::channel(4);
        Alice { link: spawn(account, Arc::new(settings), hears), heard, trust, _folder: folder }
    }

    fn connect(&self, server: &Server) {
        self.connect_as(server, XmppTls::Required, "example.test", "pw");
    }

    fn connect_as(&self, server: &Server, tls: XmppTls, host: &str, password: &str) {
        self.connect_to(server.address, tls, host, password);
    }

    fn connect_to(&self, address: SocketAddr, tls: XmppTls, host: &str, password: &str) {
        self.connect_by(plan(address, tls, host, password));
    }

    fn connect_by(&self, plan: XmppConnect) {
        self.link.send(XmppOut::Connect(plan));
    }

    async fn hears(&mut self) -> XmppIn {
        match timeout(DEADLINE, self.heard.recv()).await.expect("nothing is heard").expect("the link is gone") {
            Input::Xmpp(_, input) => input,
            other => panic!("{other:?}"),
        }
    }

    async fn hears_up(&mut self, resumed: bool) {
        assert_eq!(self.hears().await, XmppIn::Up { jid: "alice@example.test/here".into(), resumed });
    }

    async fn hears_down(&mut self, kind: ProblemKind) -> String {
        match self.hears().await {
            XmppIn::Down(problem) if problem.kind == kind => problem.to_string(),
            other => panic!("{kind:?} expected, {other:?} came"),
        }
    }

    fn says(&self, id: Option<u64>, body: &str) {
        let to = Jid::new("bob@example.test").unwrap();
        let message = Message::chat(to).with_body(String::new().into(), body.into());
        self.link.send(XmppOut::Send(id.map(StanzaId), message.into()));
    }
}

fn plan(address: SocketAddr, tls: XmppTls, host: &str, password: &str) -> XmppConnect {
    XmppConnect {
        jid: "alice@example.test".into(),
        resource: "here".into(),
        password: Secret::new(password.into()),
        lasts: Lasts::Long,
        stay: true,
        host: host.into(),
        addresses: vec![address],
        tls,
    }
}

/// A server with a good certificate, and alice who knows its authority.
async fn ground() -> (Server, Identity, Alice) {
    let authority = Authority::new();
    let alice = Alice::new(Some(&authority.pem));
    (Server::new().await, authority.issue(&["example.test"], |_| {}), alice)
}

#[tokio::test]
async fn she_signs_in_bound_to_the_channel_and_her_messages_are_acknowledged() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&mechanisms(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])).await;
    let (tag, gs2) = client.scram(&Scram::default()).await;
    assert!(tag.contains("SCRAM-SHA-256-PLUS") && gs2 == "p=tls-exporter,,", "{tag} {gs2}");
    client.features(BIND_SM).await;
    assert!(client.hears("</iq").await.contains("here"));
    client
        .says("<iq type='result' id='resource-binding'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.test/here</jid></bind></iq>")
        .await;
    client.hears("<enable").await;
    client.says("<enabled xmlns='urn:xmpp:sm:3' id='old' resume='true'/>").await;
    alice.hears_up(false).await;
    alice.says(Some(7), "one");
    client.hears("<r").await;
    client.says("<a xmlns='urn:xmpp:sm:3' h='1'/>").await;
    assert_eq!(alice.hears().await, XmppIn::Acknowledged(StanzaId(7)));
    client.says("<message from='bob@example.test/x'><body>hi</body></message>").await;
    assert!(matches!(alice.hears().await, XmppIn::Stanza(Stanza::Message(_))));
}

#[tokio::test]
async fn a_stream_that_was_cut_is_resumed_and_nothing_is_lost() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    alice.says(Some(1), "first");
    alice.says(Some(2), "second");
    client.hears("second").await;
    drop(client);
    alice.hears_down(ProblemKind::Unreachable).await;
    alice.says(Some(3), "third");
    alice.connect(&server);
    let mut client = server.accept_signed_in(&identity, BIND_SM).await;
    assert!(client.hears("<resume").await.contains("old"));
    client.says("<resumed xmlns='urn:xmpp:sm:3' previd='old' h='1'/>").await;
    let sent = client.hears("third").await;
    assert!(!sent.contains("first") && sent.contains("second"), "{sent}");
    client.says("<a xmlns='urn:xmpp:sm:3' h='3'/>").await;
    let mut heard = vec![alice.hears().await, alice.hears().await, alice.hears().await, alice.hears().await];
    assert!(heard.contains(&XmppIn::Up { jid: "alice@example.test/here".into(), resumed: true }));
    heard.retain(|input| matches!(input, XmppIn::Acknowledged(_)));
    assert_eq!(heard, [1, 2, 3].map(|id| XmppIn::Acknowledged(StanzaId(id))));
}

#[tokio::test]
async fn what_was_on_a_stream_that_is_not_resumed_is_lost_before_the_new_one_is_up() {
    // A server that knows nothing of the stream any more has no count to give.
    for (count, first) in [(" h='1'", XmppIn::Acknowledged(StanzaId(1))), ("", XmppIn::Lost(StanzaId(1)))] {
        let (server, identity, mut alice) = ground().await;
        alice.connect(&server);
        let mut client = server.accept_bound(&identity, BIND_SM).await;
        alice.hears_up(false).await;
        alice.says(Some(1), "first");
        alice.says(Some(2), "second");
        client.hears("second").await;
        drop(client);
        alice.hears_down(ProblemKind::Unreachable).await;
        alice.connect(&server);
        let mut client = server.accept_signed_in(&identity, BIND_SM).await;
        client.hears("<resume").await;
        let why = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
        client.says(&format!("<failed xmlns='urn:xmpp:sm:3'{count}>{why}</failed>")).await;
        client.binds().await;
        client.hears("<enable").await;
        client.says("<enabled xmlns='urn:xmpp:sm:3' id='new' resume='true'/>").await;
        let heard = [alice.hears().await, alice.hears().await, alice.hears().await];
        let up = XmppIn::Up { jid: "alice@example.test/here".into(), resumed: false };
        assert_eq!(heard, [first, XmppIn::Lost(StanzaId(2)), up]);
        alice.says(Some(4), "fourth");
        client.hears("<r").await;
        client.says("<a xmlns='urn:xmpp:sm:3' h='1'/>").await;
        assert_eq!(alice.hears().await, XmppIn::Acknowledged(StanzaId(4)));
    }
}

#[tokio::test]
async fn a_stream_that_never_comes_back_is_given_up_for_a_new_one() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    alice.says(Some(1), "first");
    client.hears("first").await;
    drop(client);
    alice.hears_down(ProblemKind::Unreachable).await;
    for _ in 0..2 {
        alice.connect(&server);
        let mut client = server.accept_signed_in(&identity, BIND_SM).await;
        client.hears("<resume").await;
        client.says("<resumed xmlns='urn:xmpp:sm:3' previd='old' h='one'/>").await;
        assert!(alice.hears_down(ProblemKind::Unreachable).await.contains("makes no sense"));
    }
    alice.connect(&server);
    let mut client = server.accept_signed_in(&identity, BIND_SM).await;
    client.binds().await;
    client.hears("<enable").await;
    client.says("<enabled xmlns='urn:xmpp:sm:3' id='new' resume='true'/>").await;
    assert_eq!(alice.hears().await, XmppIn::Lost(StanzaId(1)));
    alice.hears_up(false).await;
}

#[tokio::test]
async fn without_stream_management_a_ping_behind_the_message_tells() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_bound(&identity, BIND).await;
    alice.hears_up(false).await;
    for (message, answer) in [(1, "result"), (2, "error")] {
        alice.says(Some(message), "hello");
        let sent = client.hears("<ping").await;
        assert!(sent.find("hello") < sent.find("<iq"), "{sent}");
        let id = sent.rsplit_once("id=").unwrap().1.get(1..).unwrap().split(['\'', '"']).next().unwrap().to_owned();
        let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        let payload = if answer == "error" { error } else { "" };
        // A stranger's answer proves nothing.
        client.says(&format!("<iq type='{answer}' id='{id}' from='eve@evil.test/x'>{payload}</iq>")).await;
        assert!(matches!(alice.hears().await, XmppIn::Stanza(Stanza::Iq(_))));
        client.says(&format!("<iq type='{answer}' id='{id}' from='example.test'>{payload}</iq>")).await;
        assert_eq!(alice.hears().await, XmppIn::Acknowledged(StanzaId(message)));
    }
    alice.says(Some(3), "lost");
    client.hears("<ping").await;
    drop(client);
    assert_eq!(alice.hears().await, XmppIn::Lost(StanzaId(3)));
    alice.hears_down(ProblemKind::Unreachable).await;
}

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

#[tokio::test]
async fn a_password_never_goes_out_in_clear() {
    let (server, _identity, mut alice) = ground().await;
    alice.connect_as(&server, XmppTls::Optional, "example.test", "pw");
    let mut client = server.accept().await;
    client.features(&mechanisms(&["PLAIN", "X-OTHER"])).await;
    alice.hears_down(ProblemKind::Clear).await;
    assert!(!client.hears_the_end().await.contains("<auth"));
    alice.connect_as(&server, XmppTls::Optional, "example.test", "pw");
    let mut client = server.accept().await;
    client.features(&mechanisms(&["PLAIN", "SCRAM-SHA-256"])).await;
    assert_eq!(client.scram(&Scram::default()).await.1, "n,,");
    client.features(BIND).await;
    client.binds().await;
    alice.hears_up(false).await;
}

#[tokio::test]
async fn scram_is_played_by_the_rules_or_not_at_all() {
    let (server, identity, mut alice) = ground().await;
    for (play, kind, because) in [
        (
            Scram { password: "other", ..Scram::default() },
            ProblemKind::Password,
            "refused the password of alice@example.test (\"no<U+009B>\")",
        ),
        (Scram { lies: true, ..Scram::default() }, ProblemKind::Untrusted, "did not prove that it knows the password"),
        (Scram { iterations: "1", ..Scram::default() }, ProblemKind::Protocol, "1 iterations"),
        (Scram { iterations: "2147483648", ..Scram::default() }, ProblemKind::Protocol, "2147483648 iterations"),
    ] {
        alice.connect(&server);
        let mut client = server.accept_secure(&identity).await.unwrap();
        client.features(&mechanisms(&["SCRAM-SHA-256"])).await;
        // A server that has lost its -PLUS on the way hears that we could.
        assert_eq!(client.scram(&play).await.1, "y,,");
        let told = alice.hears_down(kind).await;
        assert!(told.contains(because), "{told}");
        // Nothing is tried again, neither here nor on a new connection.
        assert_eq!(client.hears_the_end().await.matches("<auth").count(), 0);
    }
    alice.connect(&server);
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&mechanisms(&["SCRAM-SHA-256"])).await;
    client.hears("</auth").await;
    client.says("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await;
    alice.hears_down(ProblemKind::Protocol).await;
    alice.connect(&server);
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&mechanisms(&["GSSAPI"])).await;
    assert!(alice.hears_down(ProblemKind::Refused).await.contains("it offers GSSAPI"));
}

#[tokio::test]
async fn hostile_stanzas_do_not_end_the_stream_and_hostile_xml_does() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    client.says(&format!("<message>{}{}</message>", "<a>".repeat(5000), "</a>".repeat(5000))).await;
    client.says(&format!("<message id='{}'/>", "x".repeat(9000))).await;
    client.says("<presence><priority>999</priority></presence><iq type='odd' id='1'/><message id='after'/>").await;
    client.says("<r xmlns='urn:xmpp:sm:3'/>").await;
    let answer = client.hears("<a ").await;
    assert!(answer.contains("h='5'") || answer.contains("h=\"5\""), "every stanza counts: {answer}");
    loop {
        if let XmppIn::Stanza(Stanza::Message(message)) = alice.hears().await
            && message.id.is_some_and(|id| id.0 == "after")
        {
            break;
        }
    }
    client.says("<!-- a comment -->").await;
    let told = alice.hears_down(ProblemKind::Unreachable).await;
    assert!(told.contains("does not allow"), "{told}");
}

#[tokio::test]
async fn a_flood_does_not_hold_up_what_she_says() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let client = server.accept_bound(&identity, BIND).await;
    alice.hears_up(false).await;
    let (listening, flooding) = client.floods("<message from='eve@evil.test'><body>spam</body></message>");
    let mut client = listening;
    alice.says(None, "still here");
    client.hears("still here").await;
    flooding.abort();
}

#[tokio::test]
async fn the_stream_ends_in_order_and_a_link_that_is_away_ends_too() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    alice.says(Some(1), "last words");
    alice.link.send(XmppOut::Close);
    client.hears("<r").await;
    client.says("<a xmlns='urn:xmpp:sm:3' h='1'/>").await;
    assert_eq!(alice.hears().await, XmppIn::Acknowledged(StanzaId(1)));
    client.hears("</stream:stream").await;
    client.says("</stream:stream>").await;
    alice.connect(&server);
    drop(client);
    let mut client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    client
        .says("<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
        .await;
    let told = alice.hears_down(ProblemKind::Unreachable).await;
    assert!(told.contains("system-shutdown"), "{told}");
    alice.says(Some(2), "too late");
    let Alice { link, mut heard, .. } = alice;
    timeout(DEADLINE, link.ended()).await.expect("the link stays");
    assert_eq!(heard.recv().await, Some(Input::Xmpp(AccountName("home".into()), XmppIn::Lost(StanzaId(2)))));
    assert_eq!(heard.recv().await, None);
}

#[tokio::test]
async fn a_server_that_answers_out_of_order_is_a_problem_and_not_the_end() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    drop(client);
    alice.hears_down(ProblemKind::Unreachable).await;
    alice.connect(&server);
    let mut client = server.accept_signed_in(&identity, BIND_SM).await;
    client.hears("<resume").await;
    client.says("<enabled xmlns='urn:xmpp:sm:3' id='new' resume='true'/>").await;
    alice.hears_down(ProblemKind::Protocol).await;
    alice.connect(&server);
    let _client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let mut alice = Alice::new(None);
    let address = Server::new().await.address;
    alice.connect_to(address, XmppTls::Required, "example.test", "pw");
    let told = alice.hears_down(ProblemKind::Unreachable).await;
    assert!(told.contains(&address.to_string()), "{told}");
}

#[tokio::test]
async fn a_silent_server_is_asked_for_a_sign_of_life_and_given_up() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    tokio::time::pause();
    let start = Instant::now();
    let heard = alice.heard.recv().await;
    assert!(matches!(heard, Some(Input::Xmpp(_, XmppIn::Down(ref problem))) if problem.what.contains("silent")), "{heard:?}");
    assert!(start.elapsed() <= Duration::from_secs(60), "virtual time: {:?}", start.elapsed());
    tokio::time::resume();
    assert!(client.hears_the_end().await.contains("<r"));
}

#[tokio::test]
async fn a_server_that_trickles_and_never_binds_is_given_up() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let client = server.accept_signed_in(&identity, BIND_SM).await;
    tokio::time::pause();
    let (_client, trickle) = client.floods_every(Duration::from_secs(5), " ");
    let heard = alice.heard.recv().await;
    assert!(matches!(heard, Some(Input::Xmpp(_, XmppIn::Down(ref problem))) if problem.what.contains("bind")), "{heard:?}");
    trickle.abort();
}

#[tokio::test]
async fn a_stream_that_is_up_moves_to_a_new_connection_without_a_word() {
    let (server, identity, mut alice) = ground().await;
    alice.connect(&server);
    let _client = server.accept_bound(&identity, BIND_SM).await;
    alice.hears_up(false).await;
    alice.connect(&server);
    let mut client = server.accept_signed_in(&identity, BIND_SM).await;
    client.hears("<resume").await;
    client.says("<resumed xmlns='urn:xmpp:sm:3' previd='old' h='0'/>").await;
    alice.hears_up(true).await;
}

#[tokio::test]
async fn tls_that_cannot_be_bound_to_is_said_to_be_so() {
    let (server, identity, alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_secure(&identity.old_tls()).await.unwrap();
    client.features(&mechanisms(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])).await;
    let (tag, gs2) = client.scram(&Scram::default()).await;
    assert!(!tag.contains("PLUS") && gs2 == "n,,", "{tag} {gs2}");
}
