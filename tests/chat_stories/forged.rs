//! A hostile stanza of every kind reaches a signed-in chat: nothing is told, written or sent but what RFC 6120 obliges to.

use crate::town::{Town, jid, name};
use offhook::engine::chat::ChatIn;
use offhook::engine::event::{Delivery, Event, Show};
use offhook::lab::xmpp::ServerIn;
use offhook::protocol::xmpp::Stanza;
use std::time::Duration;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::Presence;

fn stanza(xml: &str) -> Stanza {
    let element: Element = xml.parse().unwrap();
    match element.name() {
        "message" => Stanza::Message(Message::try_from(element).unwrap()),
        "presence" => Stanza::Presence(Presence::try_from(element).unwrap()),
        _ => Stanza::Iq(Iq::try_from(element).unwrap()),
    }
}

/// What a stranger may try; `KEY` stands for the key of a message of ours, `ID` for an id that we asked under.
fn attacks() -> Vec<String> {
    let inner = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' \
                 from='alice@example.test/two' to='bob@example.test' id='KEY'><body>forged</body>\
                 <origin-id xmlns='urn:xmpp:sid:0' id='KEY'/></message></forwarded>";
    let inside = [
        format!("<received xmlns='urn:xmpp:carbons:2'>{inner}</received>"),
        format!("<sent xmlns='urn:xmpp:carbons:2'>{inner}</sent>"),
        format!("<result xmlns='urn:xmpp:mam:2' queryid='ID' id='a1'>{inner}</result>"),
        format!("<result xmlns='urn:xmpp:mam:2' id='a1'>{inner}</result>"),
        "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='x'/></event>".into(),
        "<received xmlns='urn:xmpp:receipts' id='KEY'/>".into(),
        "<displayed xmlns='urn:xmpp:chat-markers:0' id='KEY'/>".into(),
        "<active xmlns='http://jabber.org/protocol/chatstates'/>".into(),
    ];
    let error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let mut attacks: Vec<String> = inside
        .iter()
        .map(|inside| format!("<message xmlns='jabber:client' type='chat' FROM to='alice@example.test'>{inside}</message>"))
        .collect();
    attacks.extend(
        [
            format!("<message xmlns='jabber:client' type='error' FROM id='KEY'>{error}</message>"),
            "<message xmlns='jabber:client' type='groupchat' FROM><body>room</body></message>".into(),
            "<message xmlns='jabber:client' type='chat' FROM to='carol@example.test'><body>not for us</body></message>".into(),
            "<presence xmlns='jabber:client' FROM><show>dnd</show></presence>".into(),
            "<presence xmlns='jabber:client' FROM type='unavailable'/>".into(),
            "<presence xmlns='jabber:client' FROM type='subscribed'/>".into(),
            "<presence xmlns='jabber:client' FROM type='unsubscribed'/>".into(),
            "<presence xmlns='jabber:client' FROM type='probe'/>".into(),
            format!("<presence xmlns='jabber:client' FROM type='error'>{error}</presence>"),
            "<iq xmlns='jabber:client' type='set' FROM id='1'><query xmlns='jabber:iq:roster'>\
             <item jid='mallory@evil.test' subscription='both'/></query></iq>"
                .into(),
            "<iq xmlns='jabber:client' type='set' FROM id='2'><query xmlns='jabber:iq:roster'>\
             <item jid='bob@example.test' subscription='remove'/></query></iq>"
                .into(),
            "<iq xmlns='jabber:client' type='result' FROM id='ID'/>".into(),
            format!("<iq xmlns='jabber:client' type='error' FROM id='ID'>{error}</iq>"),
            "<iq xmlns='jabber:client' type='get' FROM id='3'><ping xmlns='urn:xmpp:ping'/></iq>".into(),
            "<iq xmlns='jabber:client' type='set' FROM id='4'><x xmlns='y'/></iq>".into(),
        ]
        .map(|xml: String| xml),
    );
    attacks
}

#[test]
fn forged_stanzas_of_every_kind_change_nothing() {
    let mut town = Town::new(&["alice", "bob"], 400);
    town.sign_in(0);
    town.sign_in(1);
    town.seconds(1);
    // Bob is hidden: he does not say what has arrived.
    town.tell(1, ChatIn::SetPresence { show: Show::Offline, status: String::new() });
    town.seconds(1);
    town.send(0, "bob", "hello");
    town.seconds(1);
    let key = town.disk(0).messages().next().unwrap().key.0.clone();
    // An iq that is open while the attacks come: the server takes what we ask and answers nothing.
    town.server().fault(offhook::lab::xmpp::Fault::Silent, true);
    town.send(0, "bob", "unanswered");
    town.seconds(2);
    let (events, state) = (town.events(0), town.state(0).clone());
    let disk: Vec<_> = town.disk(0).messages().cloned().collect();
    let mut count = 0;
    for attack in attacks() {
        for from in ["from='mallory@evil.test/x'", "from='evil.test'", "from='alice@evil.test'", "from='bob@evil.test/x'"] {
            let xml = attack.replace("KEY", &key).replace("ID", "0123456789abcdef").replace("FROM", from);
            town.at_server(ServerIn::Forge(jid("alice"), stanza(&xml)));
            town.run(Duration::from_millis(30));
            count += 1;
            assert_eq!(town.events(0).len(), events.len(), "{xml} is told as {:?}", town.events(0).last());
        }
    }
    assert!(count > 80);
    assert_eq!(*town.state(0), state);
    assert_eq!(town.disk(0).messages().cloned().collect::<Vec<_>>(), disk);
    assert_eq!(town.fates(0)[0].1, Delivery::Sent);
}

#[test]
fn who_may_not_see_us_learns_only_what_everybody_must_be_told() {
    let mut town = Town::new(&["alice"], 410);
    town.sign_in(0);
    town.seconds(1);
    let before = town.server().heard().len();
    for attack in attacks() {
        let xml = attack.replace("FROM", "from='mallory@evil.test/x'");
        town.at_server(ServerIn::Forge(jid("alice"), stanza(&xml)));
    }
    town.seconds(1);
    let said: Vec<Stanza> = town.server().heard().iter().skip(before).map(|heard| heard.stanza.clone()).collect();
    assert_eq!(said.len(), 4, "one answer to each request: {said:?}");
    assert!(said.iter().all(|stanza| matches!(stanza, Stanza::Iq(Iq::Result { .. } | Iq::Error { .. }))));
}

#[test]
fn a_flood_of_presence_and_requests_is_bounded() {
    let mut town = Town::new(&["alice", "bob"], 420);
    town.sign_in(0);
    town.seconds(1);
    for number in 0..3000 {
        let there = format!("<presence xmlns='jabber:client' from='bob@example.test/{number}'/>");
        let asks = format!("<presence xmlns='jabber:client' type='subscribe' from='m{number}@evil.test'/>");
        town.at_server(ServerIn::Forge(jid("alice"), stanza(&there)));
        town.at_server(ServerIn::Forge(jid("alice"), stanza(&asks)));
    }
    town.seconds(5);
    let account = &town.state(0).accounts[&name(0)];
    assert!(account.presences.len() <= 32, "{}", account.presences.len());
    assert!(account.subscription_requests.len() <= 1000, "{}", account.subscription_requests.len());
    assert!(town.events(0).iter().any(|event| matches!(event, Event::SubscriptionAsked { .. })));
}
