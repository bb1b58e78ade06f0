//! The town by its doors: what is left by telephone is found by HTTP, and what is said in a chat rings a telephone.

use super::{Doors, Town, TownIn, TownOut};
use crate::lab::sip::b2bua;
use crate::lab::site::Site;
use crate::lab::wire::{Door, Line, Node, Places, WireIn, WireOut};
use crate::lab::xmpp::{FromServer, ToServer};
use crate::machine::stamp::WallClock;
use crate::machine::{Machine, Moment, Secret, Stamp};
use crate::protocol::cisco::connection::{Format, Messages};
use crate::protocol::http::{Credentials, Request};
use crate::protocol::sip::flow::Transport;
use crate::protocol::xmpp::Stanza;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use url::Url;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::presence::Presence;

fn clock() -> WallClock {
    WallClock::new(Moment::START, Stamp::from_micros(1_700_000_000_000_000))
}

fn town(site: &str) -> Town {
    Town::new(Moment::START, &Site::parse(site).unwrap(), &Places::default(), clock(), 7)
}

/// Time goes by, and what the town says is kept.
fn run(town: &mut Town, from: Moment, seconds: u64) -> (Moment, Vec<TownOut>) {
    let until = from + Duration::from_secs(seconds);
    let mut said = Vec::new();
    while let Some(wake) = town.wake().filter(|wake| wake.at <= until) {
        town.expire(wake.at);
        said.extend(std::iter::from_fn(|| town.poll()));
    }
    (until, said)
}

fn inbox(town: &mut Town, now: Moment) -> Messages {
    let url = Url::parse("https://cuc1.lab.example/vmrest/mailbox/folders/inbox/messages").unwrap();
    let credentials = Some(Credentials { user: "ana".into(), password: Secret::new("ana-demo".into()) });
    let headers = vec![("Accept".into(), Format::Json.media_type().into())];
    let request = Request { credentials, headers, ..Request::get(url, Duration::from_secs(5)) };
    Messages::parse(&town.voicemail(now, &request).body).unwrap()
}

#[test]
fn a_message_of_the_cast_waits_and_lights_the_lamp() {
    let mut town = town("encrypted = false\ndevice.digest = false\n");
    assert_eq!(inbox(&mut town, Moment::START).messages.iter().filter(|message| !message.read).count(), 1);
    let from: SocketAddr = "127.0.0.9:40000".parse().unwrap();
    let register = "REGISTER sip:cucm1.lab.example SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.9:40000;branch=z9hG4bK1\r\n\
                    From: <sip:1001@cucm1.lab.example>;tag=a\r\nTo: <sip:1001@cucm1.lab.example>\r\nCall-ID: c\r\n\
                    Max-Forwards: 70\r\nCSeq: 1 REGISTER\r\nContact: <sip:x@127.0.0.9:40000;transport=tcp>\r\n\
                    Content-Length: 0\r\n\r\n";
    let bytes = register.as_bytes().to_vec();
    town.handle(Moment::START, TownIn::Phone(b2bua::In::Received { transport: Transport::Tcp, from, bytes }));
    let open =
        ToServer::Open { jid: "ana@lab.example".into(), resource: "a".into(), password: "ana-demo".into(), resume: None };
    town.handle(Moment::START, TownIn::Chat(0, 0, open));
    town.handle(Moment::START, TownIn::Chat(0, 0, ToServer::Stanza(Presence::available().into())));
    let told: Vec<TownOut> = std::iter::from_fn(|| town.poll()).collect();
    assert!(lamps(&told).contains(&"1/1".to_owned()), "{told:?}");
    let seen = told.iter().filter(|out| matches!(out, TownOut::Chat(0, _, FromServer::Stanza(Stanza::Presence(_)))));
    assert!(seen.count() >= 4, "the cast is there: {told:?}");
    let (now, said) = run(&mut town, Moment::START, 60);
    assert_eq!(inbox(&mut town, now).messages.iter().filter(|message| !message.read).count(), 2);
    assert!(lamps(&said).contains(&"2/1".to_owned()), "{:?}", lamps(&said));
    let (_, said) = run(&mut town, now, 30);
    let rings =
        said.iter().any(|out| matches!(out, TownOut::Phone(b2bua::Out::Send { bytes, .. }) if bytes.starts_with(b"INVITE")));
    assert!(rings, "somebody rings");
}

/// What the call manager has told of waiting messages.
fn lamps(said: &[TownOut]) -> Vec<String> {
    let texts = said.iter().filter_map(|out| match out {
        TownOut::Phone(b2bua::Out::Send { bytes, .. }) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    texts.filter_map(|text| Some(text.split_once("Voice-Message: ")?.1.split(' ').next()?.to_owned())).collect()
}

fn line(door: Door, number: u64) -> Line {
    Line { door, node: Node::First, number }
}

fn doors(site: &str) -> Doors {
    Doors::new(Moment::START, &Site::parse(site).unwrap(), &Places::default(), clock(), 7)
}

fn said(doors: &mut Doors) -> Vec<WireOut> {
    std::iter::from_fn(|| doors.poll()).collect()
}

const OPEN: &[u8] =
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='lab.example' version='1.0'>";

#[test]
fn tls_begins_when_the_stream_says_so() {
    let mut doors = doors("");
    let at = line(Door::Xmpp, 1);
    doors.handle(Moment::START, WireIn::Opened(at, "127.0.0.9:40000".parse().unwrap()));
    doors.handle(Moment::START, WireIn::Heard(at, OPEN.to_vec()));
    doors.handle(Moment::START, WireIn::Heard(at, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>".to_vec()));
    assert_eq!(said(&mut doors).last(), Some(&WireOut::Secure(at)));
    doors.handle(Moment::START, WireIn::Secured(at));
    doors.handle(Moment::START, WireIn::Heard(at, OPEN.to_vec()));
    let last = said(&mut doors);
    assert!(
        matches!(&last[..], [WireOut::Say(..), WireOut::Say(_, bytes)] if bytes.starts_with(b"<stream:features>")),
        "{last:?}"
    );
}

#[test]
fn each_door_fails_as_the_site_says() {
    let mut silent = doors("chat.answers.fault = \"silent\"\nphones.answers.fault = \"noise\"\nencrypted = false");
    let (chat, call) = (line(Door::Xmpp, 1), line(Door::SipStream, 2));
    let from = "127.0.0.9:40000".parse().unwrap();
    silent.handle(Moment::START, WireIn::Opened(chat, from));
    silent.handle(Moment::START, WireIn::Heard(chat, OPEN.to_vec()));
    assert_eq!(said(&mut silent), []);
    silent.handle(Moment::START, WireIn::Opened(call, from));
    silent.handle(Moment::START, WireIn::Heard(call, b"REGISTER".to_vec()));
    assert_eq!(said(&mut silent).last(), Some(&WireOut::Close(call)));
    let mut late = doors("chat.answers.delay-ms = 250");
    late.handle(Moment::START, WireIn::Opened(chat, from));
    late.handle(Moment::START, WireIn::Heard(chat, OPEN.to_vec()));
    assert_eq!(said(&mut late), []);
    let at = Moment::START + Duration::from_millis(250);
    late.expire(at);
    assert!(!said(&mut late).is_empty());
    let mut cut = doors("chat.answers.fault = \"truncated\"");
    cut.handle(Moment::START, WireIn::Opened(chat, from));
    cut.handle(Moment::START, WireIn::Heard(chat, OPEN.to_vec()));
    assert!(said(&mut cut).contains(&WireOut::Close(chat)));
}

#[test]
fn datagrams_and_web_pages_go_through_their_doors() {
    let mut doors = doors("encrypted = false");
    let from: SocketAddr = "127.0.0.9:40000".parse().unwrap();
    let options = "OPTIONS sip:cucm1.lab.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.9:40000;branch=z9hG4bK1\r\n\
                   From: <sip:1001@cucm1.lab.example>;tag=a\r\nTo: <sip:cucm1.lab.example>\r\nCall-ID: c\r\n\
                   Max-Forwards: 70\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    doors.handle(Moment::START, WireIn::Datagram(Door::SipDatagram, Node::First, from, options.into()));
    assert!(
        matches!(&said(&mut doors)[..], [WireOut::Datagram(Door::SipDatagram, _, to, bytes)] if *to == from && bytes.starts_with(b"SIP/2.0 200"))
    );
    let web = line(Door::Voicemail, 3);
    doors.handle(Moment::START, WireIn::Opened(web, from));
    let get = b"GET /vmrest/version HTTP/1.1\r\nHost: cuc1.lab.example\r\nAuthorization: Basic YW5hOmFuYS1kZW1v\r\n\r\n";
    doors.handle(Moment::START, WireIn::Heard(web, get.to_vec()));
    let answer = said(&mut doors);
    assert!(matches!(&answer[..], [WireOut::Say(_, bytes)] if bytes.starts_with(b"HTTP/1.1 200")), "{answer:?}");
}

#[test]
fn the_week_before_is_in_the_archive_and_nothing_of_it_is_unread() {
    let site = Site::built_in("default").unwrap();
    let mut town = Town::new(Moment::START, &site, &Places::default(), clock(), 7);
    let begins = clock().at(Moment::START);
    let ana = BareJid::new("ana@lab.example").unwrap();
    let archive = town.chat().archive(&ana).to_vec();
    let week = Duration::from_secs(8 * 86_400);
    let earliest = Stamp::from_micros(begins.micros() - i64::try_from(week.as_micros()).unwrap());
    assert!(archive.iter().all(|kept| kept.at < begins && kept.at > earliest), "{archive:?}");
    assert!(archive.is_sorted_by_key(|kept| kept.at));
    // Who it is with, and who wrote last: where that was Ana she has read all of it.
    let mut newest = BTreeMap::new();
    for kept in &archive {
        let [from, to] = [&kept.message.from, &kept.message.to].map(|jid| jid.as_ref().unwrap().to_bare());
        let ours = from == ana;
        newest.insert(if ours { to } else { from }, ours);
    }
    assert_eq!((newest.len(), newest.values().all(|ours| *ours)), (3, true), "{newest:?}");
    for with in newest.keys() {
        let theirs = town.chat().archive(with);
        assert!(!theirs.is_empty() && theirs.iter().all(|kept| archive.contains(kept)), "both have it under one id");
    }
}
