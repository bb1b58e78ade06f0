//! Every attack of the list, as a stanza, and beside each the honest one that it imitates.

use super::*;
use crate::machine::{Chance, Moment, Stamp};
use crate::protocol::xmpp::iq::{NoAnswer, Request};
use crate::protocol::xmpp::known::StanzaIds;
use crate::protocol::xmpp::{Known, Purpose, Stanza};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ping::Ping;
use xmpp_parsers::presence::Presence;

const NOW: Stamp = Stamp::from_micros(1_763_802_720_000_000);

const HOSTILE: [&str; 7] = [
    "mallory@evil.test",
    "mallory@evil.test/x",
    "alice@example.test/two",
    "alice@evil.test",
    "example.test.evil.test",
    "bob@example.test",
    "example.test/alice@example.test",
];

fn known() -> Known {
    let mut known = Known::new("alice@example.test/one".parse().unwrap());
    known.stanza_ids = StanzaIds::OfOurServer;
    known.seen.insert("bob@example.test".parse().unwrap());
    known.queries.insert("q1".into(), "alice@example.test".parse().unwrap());
    known.sent.remember("m1".into(), "bob@example.test".parse().unwrap(), "m1".into());
    known
}

fn judge(known: &mut Known, xml: &str) -> Result<Meaning, Refusal> {
    let element: Element = xml.parse().unwrap();
    let stanza = match element.name() {
        "message" => Stanza::Message(Message::try_from(element).unwrap()),
        "presence" => Stanza::Presence(Presence::try_from(element).unwrap()),
        _ => Stanza::Iq(Iq::try_from(element).unwrap()),
    };
    admit(known, stanza, NOW).map_err(|refused| refused.why)
}

fn from(jid: &str) -> String {
    if jid.is_empty() { String::new() } else { format!("from='{jid}'") }
}

fn message(author: &str, inside: &str) -> String {
    format!("<message xmlns='jabber:client' type='chat' {} to='alice@example.test' id='i1'>{inside}</message>", from(author))
}

fn said(known: &mut Known, xml: &str) -> Said {
    match judge(known, xml) {
        Ok(Meaning::Said(said) | Meaning::Carbon(said)) => said,
        other => panic!("{other:?}"),
    }
}

fn carbon(author: &str, way: &str, inner_from: &str, inner_to: &str) -> String {
    let inner =
        format!("<message xmlns='jabber:client' type='chat' from='{inner_from}' to='{inner_to}'><body>hi</body></message>");
    let wrapped =
        format!("<{way} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></{way}>");
    message(author, &wrapped)
}

#[test]
fn a1_carbons_come_from_our_own_bare_jid_only() {
    for honest in ["alice@example.test", ""] {
        let received = said(&mut known(), &carbon(honest, "received", "bob@example.test/x", "alice@example.test/two"));
        assert!(!received.ours && received.peer.as_str() == "bob@example.test");
        let sent = said(&mut known(), &carbon(honest, "sent", "alice@example.test/two", "bob@example.test"));
        assert!(sent.ours && sent.peer.as_str() == "bob@example.test");
    }
    for hostile in HOSTILE.iter().chain(&["example.test", "alice@example.test/one"]) {
        for way in ["received", "sent"] {
            let forged = carbon(hostile, way, "alice@example.test/two", "bob@example.test");
            assert_eq!(judge(&mut known(), &forged), Err(Refusal::Carbon), "{way} by {hostile}");
        }
    }
}

#[test]
fn a1_a_carbon_is_of_a_conversation_of_ours() {
    let account = "alice@example.test";
    let others = carbon(account, "received", "bob@example.test", "carol@example.test");
    assert_eq!(judge(&mut known(), &others), Err(Refusal::Carbon));
    let not_sent_by_us = carbon(account, "sent", "bob@example.test", "alice@example.test");
    assert_eq!(judge(&mut known(), &not_sent_by_us), Err(Refusal::Carbon));
}

fn result(author: &str, query: &str, inner_from: &str) -> String {
    let inner = format!(
        "<message xmlns='jabber:client' type='chat' from='{inner_from}' to='alice@example.test' id='x'><body>old</body></message>"
    );
    let delay = "<delay xmlns='urn:xmpp:delay' stamp='2025-11-01T10:00:00Z'/>";
    let forwarded = format!("<forwarded xmlns='urn:xmpp:forward:0'>{delay}{inner}</forwarded>");
    message(author, &format!("<result xmlns='urn:xmpp:mam:2' {query} id='a1'>{forwarded}</result>"))
}

#[test]
fn a2_archive_results_come_from_the_archive_that_was_asked_under_its_query() {
    for honest in ["alice@example.test", ""] {
        let Ok(Meaning::Archived { query, id, kept: Kept::Said(said) }) =
            judge(&mut known(), &result(honest, "queryid='q1'", "bob@example.test/x"))
        else {
            panic!("refused from “{honest}”")
        };
        assert_eq!((query.as_str(), id.as_str(), said.archive.as_deref()), ("q1", "a1", Some("a1")));
        assert_eq!(said.at, Stamp::parse("2025-11-01T10:00:00Z"));
    }
    for hostile in HOSTILE.iter().chain(&["example.test", "alice@example.test/one"]) {
        assert_eq!(
            judge(&mut known(), &result(hostile, "queryid='q1'", "bob@example.test")),
            Err(Refusal::Archive),
            "{hostile}"
        );
    }
    for query in ["queryid='q2'", "queryid=''"] {
        let other = result("alice@example.test", query, "bob@example.test");
        assert_eq!(judge(&mut known(), &other), Err(Refusal::Archive));
    }
    assert_eq!(judge(&mut known(), &result("alice@example.test", "", "bob@example.test")), Err(Refusal::Malformed));
    let mut over = known();
    over.queries.clear();
    assert_eq!(judge(&mut over, &result("", "queryid='q1'", "bob@example.test")), Err(Refusal::Archive));
}

#[test]
fn a3_roster_pushes_come_from_our_own_server_only() {
    let push = |author: &str, items: &str| {
        format!(
            "<iq xmlns='jabber:client' type='set' id='p1' {}><query xmlns='jabber:iq:roster'>{items}</query></iq>",
            from(author)
        )
    };
    let item = "<item jid='mallory@evil.test' subscription='both'/>";
    for honest in ["", "alice@example.test", "example.test"] {
        assert!(matches!(judge(&mut known(), &push(honest, item)), Ok(Meaning::RosterPush { .. })), "{honest}");
    }
    for hostile in HOSTILE.iter().chain(&["alice@example.test/one"]) {
        assert_eq!(judge(&mut known(), &push(hostile, item)), Err(Refusal::RosterPush), "{hostile}");
    }
    assert_eq!(judge(&mut known(), &push("", "")), Err(Refusal::RosterPush));
    assert_eq!(judge(&mut known(), &push("", &item.repeat(2))), Err(Refusal::RosterPush));
}

#[test]
fn a3_a_refused_push_is_answered_with_an_error() {
    let xml = "<iq xmlns='jabber:client' type='set' id='p1' from='mallory@evil.test/x'><query xmlns='jabber:iq:roster'/></iq>";
    let iq = Iq::try_from(xml.parse::<Element>().unwrap()).unwrap();
    let refused = admit(&mut known(), Stanza::Iq(iq), NOW).unwrap_err();
    assert!(matches!(refused.reply, Some(Iq::Error { to: Some(to), .. }) if to.as_str() == "mallory@evil.test/x"));
}

#[test]
fn a4_published_events_are_of_nobody_that_we_asked() {
    let event = "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:bookmarks:1'/></event>";
    for hostile in HOSTILE {
        assert_eq!(judge(&mut known(), &message(hostile, event)), Err(Refusal::Event), "{hostile}");
        let with_text = format!("{event}<body>hi</body>");
        assert_eq!(judge(&mut known(), &message(hostile, &with_text)), Err(Refusal::Event), "{hostile}");
    }
    assert_eq!(judge(&mut known(), &message("alice@example.test", event)), Ok(Meaning::Nothing));
}

#[test]
fn a5_answers_are_to_what_was_asked_and_by_whom() {
    let mut known = known();
    let request = Request::Get(Ping.into());
    let asked = known.asked.ask(Moment::START, &mut Chance::seeded(1), None, Purpose::Roster, request);
    let answer = |id: &str, author: &str| format!("<iq xmlns='jabber:client' type='result' id='{id}' {}/>", from(author));
    for hostile in HOSTILE {
        let error = format!(
            "<iq xmlns='jabber:client' type='error' id='{}' from='{hostile}'><error type='cancel'>\
             <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            asked.id()
        );
        assert_eq!(judge(&mut known, &answer(asked.id(), hostile)), Err(Refusal::Answer(NoAnswer::WrongSender)), "{hostile}");
        assert_eq!(judge(&mut known, &error), Err(Refusal::Answer(NoAnswer::WrongSender)), "{hostile}");
    }
    assert_eq!(judge(&mut known, &answer("guess", "")), Err(Refusal::Answer(NoAnswer::UnknownId)));
    let honest = Meaning::Answer { purpose: Purpose::Roster, result: Ok(None) };
    assert_eq!(judge(&mut known, &answer(asked.id(), "alice@example.test")), Ok(honest));
    assert_eq!(judge(&mut known, &answer(asked.id(), "")), Err(Refusal::Answer(NoAnswer::UnknownId)));
}

#[test]
fn a6_stanza_ids_count_in_the_name_of_our_own_account_only() {
    let id = |by: &str| format!("<stanza-id xmlns='urn:xmpp:sid:0' id='s1' by='{by}'/>");
    let read =
        |known: &mut Known, ids: &str| said(known, &message("bob@example.test/x", &format!("<body>hi</body>{ids}"))).archive;
    assert_eq!(read(&mut known(), &id("alice@example.test")), Some("s1".into()));
    for hostile in HOSTILE.iter().chain(&["example.test", "alice@example.test/one"]) {
        assert_eq!(read(&mut known(), &id(hostile)), None, "{hostile}");
    }
    assert_eq!(read(&mut known(), &id("alice@example.test").repeat(2)), None, "two are none");
    let mut unproven = known();
    unproven.stanza_ids = StanzaIds::Unproven;
    assert_eq!(read(&mut unproven, &id("alice@example.test")), None, "the server lets forged ones through");
}

#[test]
fn a6_the_ids_that_others_choose_are_no_keys() {
    let xml = message("bob@example.test/x", "<body>hi</body><origin-id xmlns='urn:xmpp:sid:0' id='key-of-ours'/>");
    let other = said(&mut known(), &xml);
    assert_eq!((other.origin.as_deref(), other.key()), (Some("key-of-ours"), None));
    let ours = said(&mut known(), &xml.replace("bob@example.test/x", "alice@example.test/two"));
    assert_eq!(ours.key().as_deref(), Some("key-of-ours"));
}

#[test]
fn a6_what_another_device_sent_without_an_origin_id_has_the_same_key_each_time() {
    let sent = |body: &str, id: &str| {
        let inner = format!(
            "<message xmlns='jabber:client' type='chat' from='alice@example.test/two' to='bob@example.test' id='{id}'>\
             <body>{body}</body></message>"
        );
        format!("<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>")
    };
    let copy = |body, id| message("", &format!("<sent xmlns='urn:xmpp:carbons:2'>{}</sent>", sent(body, id)));
    let kept = message("", &format!("<result xmlns='urn:xmpp:mam:2' queryid='q1' id='a9'>{}</result>", sent("one", "1")));
    let live = said(&mut known(), &copy("one", "1")).key();
    let Ok(Meaning::Archived { kept: Kept::Said(archived), .. }) = judge(&mut known(), &kept) else { panic!() };
    assert_eq!(live, archived.key());
    assert_ne!(live, said(&mut known(), &copy("two", "1")).key());
    assert_ne!(live, said(&mut known(), &copy("one", "2")).key());
}

#[test]
fn a7_a_correction_by_anybody_changes_nothing_and_is_the_text_that_it_carries() {
    let correction = "<body>new</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>";
    assert_eq!(said(&mut known(), &message("mallory@evil.test", correction)).body, "new");
    let retraction = "<apply-to xmlns='urn:xmpp:fasten:0' id='m1'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>";
    assert_eq!(judge(&mut known(), &message("mallory@evil.test", retraction)), Ok(Meaning::Nothing));
}

#[test]
fn a8_rooms_that_we_are_not_in_say_nothing() {
    let room = "<message xmlns='jabber:client' type='groupchat' from='room@conference.test/alice'><body>hi</body></message>";
    assert_eq!(judge(&mut known(), room), Err(Refusal::Room));
    let headline = room.replace("groupchat", "headline");
    assert_eq!(judge(&mut known(), &headline), Ok(Meaning::Nothing));
    // A copy of one is none either.
    let inner = room.replace("room@conference.test/alice", "alice@example.test/two");
    let wrapped = format!("<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></sent>");
    assert_eq!(judge(&mut known(), &message("", &wrapped)), Ok(Meaning::Nothing));
}

#[test]
fn a9_receipts_markers_and_bounces_are_about_what_we_sent_to_that_one() {
    let receipt = |id: &str| format!("<received xmlns='urn:xmpp:receipts' id='{id}'/>");
    let marker = |id: &str| format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='{id}'/>");
    for inside in [receipt("m1"), marker("m1")] {
        assert!(
            matches!(judge(&mut known(), &message("bob@example.test/x", &inside)), Ok(Meaning::Receipt { id, .. }) if id == "m1")
        );
        assert_eq!(judge(&mut known(), &message("mallory@evil.test", &inside)), Err(Refusal::NeverSent));
    }
    for inside in [receipt("m2"), marker("m2")] {
        assert_eq!(judge(&mut known(), &message("bob@example.test/x", &inside)), Err(Refusal::NeverSent));
    }
    let bounce = |author: &str, id: &str| {
        format!(
            "<message xmlns='jabber:client' type='error' from='{author}' id='{id}'><body>hello</body><error type='cancel'>\
             <gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        )
    };
    let gone = Meaning::Bounced { id: "m1".into(), why: "gone".into() };
    assert_eq!(judge(&mut known(), &bounce("bob@example.test", "m1")), Ok(gone.clone()));
    assert_eq!(judge(&mut known(), &bounce("bob@example.test/x", "m1")), Ok(gone));
    for hostile in ["mallory@evil.test", "example.test", "bob@evil.test"] {
        assert_eq!(judge(&mut known(), &bounce(hostile, "m1")), Err(Refusal::NeverSent), "{hostile}");
    }
    assert_eq!(judge(&mut known(), &bounce("bob@example.test", "m2")), Err(Refusal::NeverSent));
}

#[test]
fn a10_what_is_wrapped_a_hundred_times_is_refused() {
    for (open, close) in [
        ("<forwarded xmlns='urn:xmpp:forward:0'>", "</forwarded>"),
        (
            "<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>",
            "</message></forwarded></sent>",
        ),
    ] {
        let deep = format!("{}<body>hi</body>{}", open.repeat(100), close.repeat(100));
        assert_eq!(judge(&mut known(), &message("alice@example.test", &deep)), Err(Refusal::Deep));
    }
}

#[test]
fn a10_what_is_wrapped_inside_a_wrapping_is_not_opened() {
    let inner = carbon("alice@example.test", "sent", "alice@example.test/two", "bob@example.test");
    let outer = inner.replace(
        "from='alice@example.test' to='alice@example.test' id='i1'",
        "from='bob@example.test' to='alice@example.test'",
    );
    let wrapped =
        format!("<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>{outer}</forwarded></received>");
    assert_eq!(judge(&mut known(), &message("alice@example.test", &wrapped)), Ok(Meaning::Nothing));
}

#[test]
fn a11_stamps_of_strangers_and_of_the_future_do_not_count() {
    let delayed = |author: &str, by: &str, stamp: &str| {
        let delay = format!("<delay xmlns='urn:xmpp:delay' {} stamp='{stamp}'/>", from(by));
        said(&mut known(), &message(author, &format!("<body>hi</body>{delay}"))).at
    };
    let past = "2025-11-01T10:00:00Z";
    for honest in ["example.test", "alice@example.test"] {
        assert_eq!(delayed("bob@example.test", honest, past), Stamp::parse(past), "{honest}");
    }
    for hostile in HOSTILE.iter().chain(&["", "evil.test"]) {
        assert_eq!(delayed("mallory@evil.test/x", hostile, past), None, "{hostile}");
    }
    assert_eq!(delayed("bob@example.test", "example.test", "2999-01-01T00:00:00Z"), Some(NOW));
}

#[test]
fn a11_presence_may_be_stamped_by_its_own_server_too() {
    let stamped = |by: &str| {
        let xml = format!(
            "<presence xmlns='jabber:client' from='bob@example.test/x'>\
             <delay xmlns='urn:xmpp:delay' from='{by}' stamp='2025-11-01T10:00:00Z'/></presence>"
        );
        match judge(&mut known(), &xml) {
            Ok(Meaning::Presence(presence)) => presence.at,
            other => panic!("{other:?}"),
        }
    };
    for honest in ["example.test", "bob@example.test", "bob@example.test/x"] {
        assert_eq!(stamped(honest), Stamp::parse("2025-11-01T10:00:00Z").unwrap(), "{honest}");
    }
    assert_eq!(stamped("evil.test"), NOW);
}

#[test]
fn a12_what_is_missing_is_ours_or_nothing() {
    let nobody = "<message xmlns='jabber:client'><body>hi</body></message>";
    let from_nobody = said(&mut known(), nobody);
    assert!(from_nobody.ours && from_nobody.id.is_none(), "without from it is of our own account");
    let empty = "<message xmlns='jabber:client' from='bob@example.test' id=''><body/></message>";
    assert_eq!(judge(&mut known(), empty), Ok(Meaning::Nothing));
    let elsewhere = "<message xmlns='jabber:client' from='bob@example.test' to='carol@example.test'><body>hi</body></message>";
    assert_eq!(judge(&mut known(), elsewhere), Err(Refusal::NotForUs));
    let other_resource = elsewhere.replace("carol@example.test", "alice@example.test/gone");
    assert_eq!(said(&mut known(), &other_resource).peer.as_str(), "bob@example.test");
    let no_error = "<message xmlns='jabber:client' type='error' from='bob@example.test'/>";
    assert_eq!(judge(&mut known(), no_error), Err(Refusal::NeverSent));
    let longest = format!("{}@{}.test/{}", "n".repeat(1023), "d".repeat(60), "r".repeat(1023));
    assert_eq!(said(&mut known(), &message(&longest, "<body>hi</body>")).from.as_str(), longest);
}

#[test]
fn a14_presence_is_of_those_whom_we_see() {
    let presence = |author: &str, kind: &str| format!("<presence xmlns='jabber:client' {} {kind}/>", from(author));
    for kind in ["", "type='unavailable'"] {
        for honest in ["bob@example.test/x", "bob@example.test", "alice@example.test/two", ""] {
            assert!(matches!(judge(&mut known(), &presence(honest, kind)), Ok(Meaning::Presence(_))), "{honest}");
        }
        for hostile in ["mallory@evil.test/x", "bob@evil.test/x", "example.test"] {
            assert_eq!(judge(&mut known(), &presence(hostile, kind)), Err(Refusal::Stranger), "{hostile}");
        }
    }
    assert_eq!(judge(&mut known(), &presence("bob@example.test", "type='probe'")), Err(Refusal::Probe));
    let asked = judge(&mut known(), &presence("mallory@evil.test/x", "type='subscribe'"));
    let from = "mallory@evil.test".parse().unwrap();
    assert_eq!(asked, Ok(Meaning::Subscription { from, change: SubscriptionChange::Asked }));
    assert_eq!(judge(&mut known(), &presence("alice@example.test", "type='subscribe'")), Err(Refusal::Ourselves));
}

#[test]
fn requests_are_answered_whoever_asks_and_change_nothing() {
    for kind in ["get", "set"] {
        let xml = format!("<iq xmlns='jabber:client' type='{kind}' id='1' from='mallory@evil.test/x'><x xmlns='y'/></iq>");
        let Ok(Meaning::Question(question)) = judge(&mut known(), &xml) else { panic!() };
        let Iq::Error { to: Some(to), .. } = question.answer() else { panic!() };
        assert_eq!(to.as_str(), "mallory@evil.test/x");
    }
}

#[test]
fn a9_a_receipt_counts_in_every_wrapping_of_our_own_server_and_once() {
    let receipt = |author: &str| {
        format!(
            "<message xmlns='jabber:client' type='chat' from='{author}' to='alice@example.test/two'>\
             <received xmlns='urn:xmpp:receipts' id='m1'/></message>"
        )
    };
    let forwarded = |author: &str| format!("<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>", receipt(author));
    let copy =
        |by: &str, author: &str| message(by, &format!("<received xmlns='urn:xmpp:carbons:2'>{}</received>", forwarded(author)));
    let kept = |author: &str| {
        message("", &format!("<result xmlns='urn:xmpp:mam:2' queryid='q1' id='a9'>{}</result>", forwarded(author)))
    };
    let honest = judge(&mut known(), &copy("", "bob@example.test/x"));
    assert!(matches!(honest, Ok(Meaning::Receipt { id, .. }) if id == "m1"));
    assert_eq!(judge(&mut known(), &copy("", "mallory@evil.test")), Err(Refusal::NeverSent));
    assert_eq!(judge(&mut known(), &copy("mallory@evil.test", "bob@example.test/x")), Err(Refusal::Carbon));
    let honest = judge(&mut known(), &kept("bob@example.test/x"));
    assert!(matches!(honest, Ok(Meaning::Archived { kept: Kept::Receipt { id, .. }, .. }) if id == "m1"));
    let forged = judge(&mut known(), &kept("mallory@evil.test/x"));
    assert!(matches!(forged, Ok(Meaning::Archived { kept: Kept::Nothing, .. })));

    let (mut known, bob) = (known(), "bob@example.test".parse().unwrap());
    assert_eq!(known.sent.arrive("m1", &"mallory@evil.test".parse().unwrap()), None);
    assert_eq!(known.sent.arrive("m1", &bob).as_deref(), Some("m1"));
    assert_eq!(known.sent.arrive("m1", &bob), None);
    let bounce = "<message xmlns='jabber:client' type='error' from='bob@example.test/x' id='m1'/>";
    assert_eq!(judge(&mut known, bounce), Ok(Meaning::Nothing), "another of his devices has it");
}

#[test]
fn a14_typing_is_of_those_with_whom_we_have_to_do_and_of_now() {
    let state = |name: &str| format!("<{name} xmlns='http://jabber.org/protocol/chatstates'/>");
    let typing = |typing| Ok(Meaning::Typing { from: "bob@example.test".parse().unwrap(), typing });
    for (name, writes) in [("composing", true), ("paused", false), ("active", false), ("inactive", false), ("gone", false)] {
        assert_eq!(judge(&mut known(), &message("bob@example.test/x", &state(name))), typing(writes), "{name}");
        for hostile in ["mallory@evil.test", "mallory@evil.test/x", "alice@evil.test", "example.test"] {
            assert_eq!(judge(&mut known(), &message(hostile, &state(name))), Err(Refusal::Typist), "{hostile}");
        }
    }
    // Whom we see, who sees us, or to whom we wrote.
    let mut watched = known();
    watched.watchers.insert("mallory@evil.test".parse().unwrap());
    assert!(matches!(judge(&mut watched, &message("mallory@evil.test/x", &state("composing"))), Ok(Meaning::Typing { .. })));
    let mut written = known();
    written.sent.remember("m2".into(), "mallory@evil.test".parse().unwrap(), "m2".into());
    assert!(matches!(judge(&mut written, &message("mallory@evil.test/x", &state("composing"))), Ok(Meaning::Typing { .. })));
    // Another device of ours, what is over, and rooms.
    assert_eq!(judge(&mut known(), &message("alice@example.test/two", &state("composing"))), Ok(Meaning::Nothing));
    let delay = "<delay xmlns='urn:xmpp:delay' from='example.test' stamp='2025-11-01T10:00:00Z'/>";
    let late = message("bob@example.test/x", &format!("{}{delay}", state("composing")));
    assert_eq!(judge(&mut known(), &late), Ok(Meaning::Nothing));
    let room = message("bob@example.test/x", &state("composing")).replace("type='chat'", "type='groupchat'");
    assert_eq!(judge(&mut known(), &room), Err(Refusal::Room));
    // A text is a text, whatever its author does now.
    let text = said(&mut known(), &message("bob@example.test/x", &format!("<body>hi</body>{}", state("active"))));
    assert!(text.shows_states && !text.asks_receipt);
}
