//! Whom the password is shown to, and how: SCRAM and its attacks, channel binding.

use super::*;

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
async fn tls_that_cannot_be_bound_to_is_said_to_be_so() {
    let (server, identity, alice) = ground().await;
    alice.connect(&server);
    let mut client = server.accept_secure(&identity.old_tls()).await.unwrap();
    client.features(&mechanisms(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])).await;
    let (tag, gs2) = client.scram(&Scram::default()).await;
    assert!(!tag.contains("PLUS") && gs2 == "n,,", "{tag} {gs2}");
}
