//! The link at a presence server: one-time passwords, home nodes, and servers that send clients elsewhere.

use super::*;

const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

/// What a server offers that takes one-time passwords, and names these home nodes.
fn offers(home: &[&str]) -> String {
    let names: String =
        home.iter().map(|host| format!("<hostname xmlns='urn:xmpp:domain-based-name:0'>{host}</hostname>")).collect();
    mechanisms(&["PLAIN", "SCRAM-SHA-256", "CISCO-VTG-TOKEN"]).replace("</mechanisms>", &format!("{names}</mechanisms>"))
}

fn elsewhere(host: &str) -> String {
    format!(
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{host}</see-other-host>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>go on</text></stream:error></stream:stream>"
    )
}

fn once(server: &Server, host: &str, stay: bool) -> XmppConnect {
    XmppConnect { lasts: Lasts::Once, stay, ..plan(server.address, XmppTls::Required, host, "0f1e") }
}

async fn hears_sent(alice: &mut Alice) -> (String, bool) {
    match alice.hears().await {
        XmppIn::SentTo { to, unused, .. } => (to.raw().to_owned(), unused),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_one_time_password_is_shown_to_its_own_mechanism() {
    let (server, identity, mut alice) = ground().await;
    alice.connect_by(once(&server, "example.test", false));
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&offers(&["example.test", "imp2.example.test"])).await;
    let (tag, shown) = client.sasl("auth").await;
    assert!(tag.contains("mechanism=\"CISCO-VTG-TOKEN\"") || tag.contains("mechanism='CISCO-VTG-TOKEN'"), "{tag}");
    assert_eq!(shown, "userid=alice@example.test\0token=0f1e");
    client.says(SUCCESS).await;
    client.features(BIND).await;
    client.binds().await;
    alice.hears_up(false).await;
    // In the middle of the stream the server sends her elsewhere.
    client.says(&elsewhere("imp2.example.test:5223")).await;
    assert_eq!(hears_sent(&mut alice).await, ("imp2.example.test:5223".to_owned(), false));
}

#[tokio::test]
async fn a_refused_one_time_password_is_no_refused_password() {
    let (server, identity, mut alice) = ground().await;
    alice.connect_by(once(&server, "example.test", true));
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&offers(&[])).await;
    client.sasl("auth").await;
    client.says("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>").await;
    let why = alice.hears_down(ProblemKind::Protocol).await;
    assert!(why.contains("one-time password") && !why.contains("0f1e"), "{why}");
    // Where nobody takes one, none is shown.
    alice.connect_by(once(&server, "example.test", true));
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&mechanisms(&["PLAIN", "SCRAM-SHA-256"])).await;
    assert!(alice.hears_down(ProblemKind::Protocol).await.contains("CISCO-VTG-TOKEN"));
    assert!(!client.hears_the_end().await.contains("<auth"));
}

#[tokio::test]
async fn another_home_node_is_told_before_anything_is_shown() {
    for (host, home, sent) in [
        ("imp2.example.test", "imp1.example.test", true),
        ("imp1.example.test", "imp1.example.test", false),
        ("IMP1.example.test.", "imp1", false),
        ("imp2.example.test", "imp1", true),
    ] {
        let (server, identity, mut alice) = ground().await;
        alice.connect_by(once(&server, host, false));
        let mut client = server.accept_secure(&identity).await.unwrap();
        client.features(&offers(&[home, "imp9.example.test"])).await;
        if sent {
            assert_eq!(hears_sent(&mut alice).await, (home.to_owned(), true), "{host}");
            assert!(!client.hears_the_end().await.contains("<auth"), "{host}");
        } else {
            client.sasl("auth").await;
        }
    }
    // Whoever is told to stay stays.
    let (server, identity, alice) = ground().await;
    alice.connect_by(once(&server, "imp2.example.test", true));
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&offers(&["imp1.example.test"])).await;
    client.sasl("auth").await;
}

#[tokio::test]
async fn see_other_host_is_heard_wherever_a_stream_begins() {
    let (server, identity, mut alice) = ground().await;
    let header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
                  version='1.0' from='example.test' id='1'>";
    // In clear.
    alice.connect_by(once(&server, "example.test", false));
    let mut client = server.accept().await;
    client.hears("<stream:stream").await;
    client.says(&format!("{header}{}", elsewhere(" imp2.example.test "))).await;
    assert_eq!(hears_sent(&mut alice).await, ("imp2.example.test".to_owned(), true));
    // Under TLS.
    alice.connect_by(once(&server, "example.test", false));
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.hears("<stream:stream").await;
    client.says(&format!("{header}{}", elsewhere("imp2.example.test"))).await;
    assert_eq!(hears_sent(&mut alice).await, ("imp2.example.test".to_owned(), true));
    // Signed in.
    alice.connect_by(once(&server, "example.test", false));
    let mut client = server.accept_secure(&identity).await.unwrap();
    client.features(&offers(&[])).await;
    client.sasl("auth").await;
    client.says(SUCCESS).await;
    client.hears("<stream:stream").await;
    client.says(&format!("{header}{}", elsewhere("imp2.example.test"))).await;
    assert_eq!(hears_sent(&mut alice).await, ("imp2.example.test".to_owned(), false));
}
