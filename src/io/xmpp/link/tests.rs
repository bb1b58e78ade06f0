//! The link against a server that the test plays, over loopback: the life of a stream, and the fates of stanzas.

mod alice;
mod presence;
mod sasl;
mod server;
mod tls;

use super::*;
use crate::engine::event::ProblemKind;
use crate::engine::output::{Lasts, XmppTls};
use alice::{Alice, ground, plan};
use server::*;

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
