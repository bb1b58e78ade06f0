//! Who lives in the town: the people of a site, as each of its services knows them.

use crate::lab::cast;
use crate::lab::hosts;
use crate::lab::sip::b2bua::{Answers, Numbers, Settings, Subscriber};
use crate::lab::site::{PresenceProduct, SendsHome, Site};
use crate::lab::tokens::Tokens;
use crate::lab::wire::{Door, Node, Places};
use crate::lab::xmpp::codec;
use crate::lab::{cast::Cast, xmpp};
use crate::machine::Stamp;
use crate::protocol::sip::flow::Transport;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use xmpp_parsers::jid::BareJid;

/// Calls to somebody who is played are answered after this.
const PICKS_UP: Duration = Duration::from_millis(2_500);

/// The address of somebody.
fn jid(site: &Site, user: &str) -> Option<BareJid> {
    BareJid::new(&format!("{user}@{}", site.presence().as_str())).ok()
}

/// All who can chat, as the cast knows them.
pub(super) fn chatters(site: &Site) -> Vec<cast::Person> {
    if site.profile.presence == PresenceProduct::None {
        return Vec::new();
    }
    let person = |person: &crate::lab::site::Person| {
        Some(cast::Person {
            jid: jid(site, person.user())?,
            first_name: person.first_name(),
            name: person.display_name(),
            number: person.extension().to_owned(),
            department: person.department.clone(),
            password: person.password.clone(),
        })
    };
    site.people.iter().filter(|person| person.chat).filter_map(person).collect()
}

/// The room where they meet.
pub(super) fn room(site: &Site) -> Option<BareJid> {
    let name = site.chat.room.as_ref()?;
    BareJid::new(&format!("{name}@{}", site.presence().host(&site.chat.room_host))).ok()
}

/// Fills the chat server, at `now`: everybody knows everybody, and has written what the site says.
pub(super) fn settle(site: &Site, server: &mut xmpp::Server, now: Stamp) {
    let all = chatters(site);
    for person in &all {
        server.add(&person.jid, &person.password);
    }
    for (at, one) in all.iter().enumerate() {
        for other in all.iter().skip(at + 1) {
            server.befriend(&one.jid, &other.jid);
            server.name(&one.jid, &other.jid, &other.name, &other.department);
            server.name(&other.jid, &one.jid, &one.name, &one.department);
        }
    }
    for written in &site.history {
        if let (Some(from), Some(to)) = (jid(site, &written.from), jid(site, &written.to)) {
            server.keep_written(written.when(now), &from, &to, &written.says);
        }
    }
    if let Some(room) = room(site) {
        server.add_room(&room, "Lobby", "Anybody may come in and talk");
    }
    server.not_know(&site.chat.unknown);
    server.watch_words(&site.chat.blocks, site.chat.blocked);
    if !site.chat.archive {
        server.fault(xmpp::Fault::NoArchive, true);
    }
    if !site.chat.stream_management {
        server.fault(xmpp::Fault::NoStreamManagement, true);
    }
}

/// How streams are negotiated at a node.
pub(super) fn streams(site: &Site, node: Node, tokens: &Tokens) -> codec::Settings {
    let mut settings = codec::Settings::new(site.presence().as_str());
    settings.tokens = tokens.clone();
    let mut nodes = hosts::presence_nodes(site);
    nodes.sort_by_key(|(_, node)| hosts::is_down(site, *node));
    match (site.chat.sends_home, nodes.first()) {
        (SendsHome::Features, _) => settings.hostnames = nodes.into_iter().map(|(host, _)| host).collect(),
        (SendsHome::SeeOtherHost, Some((host, home))) if *home != node => settings.see_other_host = Some(host.clone()),
        _ => {}
    }
    for person in site.people.iter().filter(|person| person.chat) {
        settings.passwords.insert(person.user().to_owned(), person.password.clone());
    }
    settings.starttls = site.chat.starttls;
    settings.mechanisms.clone_from(&site.chat.mechanisms);
    if !site.chat.hostnames.is_empty() {
        settings.hostnames.clone_from(&site.chat.hostnames);
    }
    settings.stream_management = site.chat.stream_management;
    settings
}

/// What can be called beside people.
pub(super) fn numbers(site: &Site) -> Numbers {
    let (echo, conference) = (site.phones.echo.clone(), site.phones.conference.clone());
    Numbers { echo, conference, voicemail: site.device.voicemail_pilot.clone() }
}

/// The call manager, for those who have a telephone.
pub(super) fn call_manager(site: &Site, places: &Places, cast: &Cast) -> Settings {
    let address = places.address(Node::First);
    let at = |door| SocketAddr::new(address, places.port(door));
    let mut settings = Settings::new(&hosts::cucm(site, Node::First), at(Door::SipStream));
    settings.heard = if site.encrypted {
        BTreeMap::from([(Transport::Tls, at(Door::SipSecure))])
    } else {
        BTreeMap::from([(Transport::Tcp, at(Door::SipStream)), (Transport::Udp, at(Door::SipDatagram))])
    };
    settings.encrypted = site.encrypted;
    settings.digest = site.device.digest;
    settings.refuses = site.phones.answers.status.map(crate::lab::site::Status::code);
    settings.expires = Duration::from_secs(site.phones.expires);
    settings.trying = site.phones.trying;
    settings.newreg = site.phones.newreg;
    settings.remotecc_response = site.phones.remotecc_response;
    settings.second_client = site.phones.second_client;
    settings.realm.clone_from(&site.phones.realm);
    settings.tells_waiting = site.phones.tells_waiting;
    settings.ring = Duration::from_secs(site.phones.ring);
    settings.forward_to_voicemail = site.phones.forward_to_voicemail && site.profile.voicemail;
    settings.numbers = numbers(site);
    let played = cast.played();
    for (at, person) in site.people.iter().enumerate().filter(|(_, person)| !person.devices().is_empty()) {
        let is_played = played.iter().any(|played| played.number == person.extension());
        let answers = if is_played { Answers::Person(PICKS_UP, Cast::cues(at)) } else { Answers::Mailbox };
        settings.subscribers.push(Subscriber {
            number: person.extension().to_owned(),
            user: person.user().to_owned(),
            name: person.display_name(),
            password: person.password.clone(),
            answers,
        });
    }
    settings
}
