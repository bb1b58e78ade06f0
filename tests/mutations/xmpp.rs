//! XMPP: stanzas through the gate. Whatever is mutated, only our own account and server speak in our name.

use super::Row;
use offhook::machine::{Chance, Moment, Stamp};
use offhook::protocol::xmpp::gate::{Meaning, admit};
use offhook::protocol::xmpp::iq::Request;
use offhook::protocol::xmpp::known::StanzaIds;
use offhook::protocol::xmpp::{Known, Purpose, Stanza};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ping::Ping;
use xmpp_parsers::presence::Presence;

/// The rows of XMPP.
pub fn rows() -> Vec<Row> {
    let honest = STANZAS.iter().map(|xml| xml.as_bytes().to_vec()).collect();
    vec![Row { name: "XMPP stanza at the gate", honest, read: Box::new(judged) }]
}

const STANZAS: &[&str] = &[
    "<message xmlns='jabber:client' type='chat' from='bob@example.test/x' to='alice@example.test' id='1'><body>hi</body>\
     <origin-id xmlns='urn:xmpp:sid:0' id='1'/><stanza-id xmlns='urn:xmpp:sid:0' id='s' by='alice@example.test'/>\
     <delay xmlns='urn:xmpp:delay' from='example.test' stamp='2025-11-01T10:00:00Z'/></message>",
    "<message xmlns='jabber:client' from='alice@example.test'><sent xmlns='urn:xmpp:carbons:2'>\
     <forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' from='alice@example.test/two' \
     to='bob@example.test' id='2'><body>hi</body></message></forwarded></sent></message>",
    "<message xmlns='jabber:client' from='alice@example.test'><result xmlns='urn:xmpp:mam:2' queryid='q' id='a'>\
     <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2025-11-01T10:00:00Z'/>\
     <message xmlns='jabber:client' type='chat' from='bob@example.test/x' to='alice@example.test'><body>old</body></message>\
     </forwarded></result></message>",
    "<message xmlns='jabber:client' type='error' from='bob@example.test' id='m1'><error type='cancel'>\
     <gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
    "<message xmlns='jabber:client' type='chat' from='bob@example.test/x'><received xmlns='urn:xmpp:receipts' id='m1'/></message>",
    "<message xmlns='jabber:client' type='chat' from='bob@example.test/x'>\
     <composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "<presence xmlns='jabber:client' from='bob@example.test/x'><show>dnd</show><status>busy</status><priority>5</priority>\
     </presence>",
    "<presence xmlns='jabber:client' from='carol@example.test' type='subscribe'/>",
    "<iq xmlns='jabber:client' type='set' id='3'><query xmlns='jabber:iq:roster'><item jid='carol@example.test' name='C' \
     subscription='both'><group>g</group></item></query></iq>",
    "<iq xmlns='jabber:client' type='result' id='ASKED' from='alice@example.test'/>",
    "<iq xmlns='jabber:client' type='get' id='4' from='bob@example.test/x'>\
     <query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq>",
];

fn judged(bytes: &[u8]) -> bool {
    let mut known = Known::new("alice@example.test/one".parse().unwrap());
    known.stanza_ids = StanzaIds::OfOurServer;
    known.seen.insert("bob@example.test".parse().unwrap());
    known.queries.insert("q".into(), known.account());
    known.sent.remember("m1".into(), "bob@example.test".parse().unwrap(), "m1".into());
    let ping = Request::Get(Ping.into());
    let asked = known.asked.ask(Moment::START, &mut Chance::seeded(1), None, Purpose::Ping, ping);
    let Ok(xml) = std::str::from_utf8(bytes) else { return false };
    let Ok(element) = xml.replace("ASKED", asked.id()).parse::<Element>() else { return false };
    let stanza = match element.name() {
        "message" => Message::try_from(element).map(Stanza::Message),
        "presence" => Presence::try_from(element).map(Stanza::Presence),
        _ => Iq::try_from(element).map(Stanza::Iq),
    };
    let Ok(stanza) = stanza else { return false };
    let from = match &stanza {
        Stanza::Message(stanza) => stanza.from.clone(),
        Stanza::Presence(stanza) => stanza.from.clone(),
        Stanza::Iq(stanza) => stanza.from().cloned(),
    };
    let is = |ours: &str| from.as_ref().is_none_or(|from| from.as_str() == ours);
    let Ok(meaning) = admit(&mut known, stanza, Stamp::from_micros(1_763_802_720_000_000)) else { return false };
    match meaning {
        Meaning::Carbon(_) | Meaning::Archived { .. } => assert!(is("alice@example.test"), "by {from:?}"),
        Meaning::RosterPush { .. } => assert!(is("alice@example.test") || is("example.test"), "by {from:?}"),
        Meaning::Answer { .. } => {
            assert!(is("alice@example.test") || is("alice@example.test/one") || is("example.test"), "by {from:?}");
        }
        Meaning::Said(said) => assert_eq!(said.ours, from.is_none_or(|from| known.is_us(&from))),
        Meaning::Presence(presence) => {
            assert!(known.is_us(&presence.from) || presence.from.to_bare() == Jid::new("bob@example.test").unwrap());
        }
        Meaning::Typing { from, .. } => assert_eq!(from.as_str(), "bob@example.test"),
        Meaning::Bounced { id, .. } | Meaning::Receipt { id, .. } => assert_eq!(id, "m1"),
        Meaning::Subscription { .. } | Meaning::PresenceFailed { .. } | Meaning::Question { .. } | Meaning::Nothing => {}
    }
    true
}
