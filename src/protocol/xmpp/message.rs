//! Messages (RFC 6121 §5): ours as they go out, others' as they are judged. Corrections, replies and the like (XEP-0308,
//! XEP-0461) are taken as the text that they carry for clients that know nothing of them.

use super::gate::{Kept, Meaning, Refusal, Said};
use super::known::{Known, StanzaIds};
use super::{answer, archive, carbons, chat_states, payload, receipts, stamp};
use crate::machine::Stamp;
use xmpp_parsers::chatstates::ChatState;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::{Id, Lang, Message, MessageType};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::receipts::Request;
use xmpp_parsers::stanza_id::{OriginId, StanzaId};

/// Elements within elements, at most. A message in a carbon or an archive result has a dozen.
const DEPTH: usize = 40;

/// A chat message to `to`. `id` is both its stanza id and its origin id (XEP-0359), so that errors, the archive and our
/// other devices all name it alike. It asks for a receipt (XEP-0184); `with_state` says that we are there, and so that we
/// understand chat states (XEP-0085 §5.1).
#[must_use]
pub fn chat(to: Jid, id: &str, body: &str, with_state: bool) -> Message {
    let mut message = Message::chat(to).with_body(Lang::new(), body.to_owned());
    message.id = Some(Id(id.to_owned()));
    message = message.with_payload(OriginId { id: id.to_owned() }).with_payload(Request);
    if with_state { message.with_payload(ChatState::Active) } else { message }
}

/// `text` as XML 1.0 can carry it (§2.2): what it cannot becomes U+FFFD.
#[must_use]
pub fn writable(text: &str) -> String {
    text.chars().map(|letter| if is_writable(letter) { letter } else { '\u{fffd}' }).collect()
}

/// Whether XML 1.0 can carry it.
#[must_use]
pub fn is_writable(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Judges a message stanza.
///
/// # Errors
/// Whoever sent it may not say this.
pub fn admit(known: &Known, message: Message, now: Stamp) -> Result<Meaning, Refusal> {
    if message.payloads.iter().any(is_deep) {
        return Err(Refusal::Deep);
    }
    // RFC 6120 §8.1.2.1: a stanza without `from` is from our own account.
    let from = message.from.clone().unwrap_or_else(|| Jid::from(known.account()));
    if message.to.as_ref().is_some_and(|to| !known.is_us(to)) {
        return Err(Refusal::NotForUs);
    }
    if let Some(payload) = message.payloads.iter().find(|payload| archive::is_result(payload)) {
        return archived(known, &from, payload, now);
    }
    if let Some(payload) = message.payloads.iter().find(|payload| carbons::is_copy(payload)) {
        return copied(known, &from, payload, now);
    }
    if message.payloads.iter().any(|payload| payload.is("event", ns::PUBSUB_EVENT)) {
        return if known.is_account(&from) { Ok(Meaning::Nothing) } else { Err(Refusal::Event) };
    }
    match message.type_ {
        MessageType::Error => bounced(known, &from, &message),
        MessageType::Groupchat => Err(Refusal::Room),
        MessageType::Headline => Ok(Meaning::Nothing),
        MessageType::Chat | MessageType::Normal => {
            let at = stamp::delayed(&message.payloads, now, |by| known.is_account(by) || known.is_server(by));
            match said(known, from.clone(), &message, at) {
                Some(said) => Ok(Meaning::Said(said)),
                None => noted(known, from, &message.payloads, at),
            }
        }
    }
}

/// A1: a carbon is of our own bare JID, and of a conversation of ours.
fn copied(known: &Known, from: &Jid, payload: &Element, now: Stamp) -> Result<Meaning, Refusal> {
    if !known.is_account(from) {
        return Err(Refusal::Carbon);
    }
    let copied = carbons::unwrap(payload).ok_or(Refusal::Malformed)?;
    let (author, message) = inside(known, copied.message);
    let ours = known.is_us(&author);
    let right_way = match copied.way {
        carbons::Way::Sent => ours,
        carbons::Way::Received => message.to.as_ref().is_none_or(|to| known.is_us(to)),
    };
    if !right_way {
        return Err(Refusal::Carbon);
    }
    if !matches!(message.type_, MessageType::Chat | MessageType::Normal) {
        return Ok(Meaning::Nothing);
    }
    let at = copied.delay.and_then(|delay| stamp::clamped(&delay, now));
    match (said(known, author.clone(), &message, at), copied.way) {
        (Some(said), _) => Ok(Meaning::Carbon(said)),
        (None, carbons::Way::Received) => noted(known, author, &message.payloads, at),
        (None, carbons::Way::Sent) => Ok(Meaning::Nothing),
    }
}

/// A2: a result is of the archive that we asked, and of an open query.
fn archived(known: &Known, from: &Jid, payload: &Element, now: Stamp) -> Result<Meaning, Refusal> {
    let result = archive::result(payload).ok_or(Refusal::Malformed)?;
    let asked = known.queries.get(&result.query).ok_or(Refusal::Archive)?;
    if *from != *asked {
        return Err(Refusal::Archive);
    }
    let (author, message) = inside(known, result.message);
    let ours = known.is_us(&author) || message.to.as_ref().is_none_or(|to| known.is_us(to));
    let at = result.delay.and_then(|delay| stamp::clamped(&delay, now));
    let kept = if ours && matches!(message.type_, MessageType::Chat | MessageType::Normal) {
        match said(known, author.clone(), &message, at) {
            Some(said) => Kept::Said(Said { archive: Some(result.id.clone()), ..said }),
            None => receipts::about(&message.payloads)
                .filter(|id| known.sent.holds(id, &author.to_bare()))
                .map_or(Kept::Nothing, |id| Kept::Receipt { id, from: author }),
        }
    } else {
        Kept::Nothing
    };
    Ok(Meaning::Archived { query: result.query, id: result.id, kept })
}

/// Who wrote a message that our own server handed on.
fn inside(known: &Known, message: Message) -> (Jid, Message) {
    (message.from.clone().unwrap_or_else(|| Jid::from(known.account())), message)
}

/// The text of a message; none when it has none.
fn said(known: &Known, from: Jid, message: &Message, at: Option<Stamp>) -> Option<Said> {
    let body = message.bodies.get("").or_else(|| message.bodies.values().next()).filter(|body| !body.is_empty())?;
    let to = message.to.clone().unwrap_or_else(|| Jid::from(known.me.clone()));
    let ours = known.is_us(&from);
    let peer = if ours { to.to_bare() } else { from.to_bare() };
    let id = message.id.as_ref().map(|id| id.0.clone()).filter(|id| !id.is_empty());
    let origin = payload::read(&message.payloads, ns::SID).next().map(|OriginId { id }| id).filter(|id| !id.is_empty());
    let archive = archive_id(known, &message.payloads);
    let asks_receipt = receipts::is_asked(&message.payloads);
    let shows_states = chat_states::typing(&message.payloads).is_some();
    Some(Said { ours, peer, from, to, id, origin, archive, body: body.clone(), at, asks_receipt, shows_states })
}

/// A6: a stanza id in the name of our own account, from a server that takes out forged ones; two of them are none.
fn archive_id(known: &Known, payloads: &[Element]) -> Option<String> {
    if known.stanza_ids == StanzaIds::Unproven {
        return None;
    }
    let account = Jid::from(known.account());
    let mut ids = payload::read(payloads, ns::SID)
        .filter(|StanzaId { id, by }| *by == account && !id.is_empty())
        .map(|StanzaId { id, .. }| id);
    let id = ids.next()?;
    ids.next().is_none().then_some(id)
}

/// A9: an error about a message that we sent there.
fn bounced(known: &Known, from: &Jid, message: &Message) -> Result<Meaning, Refusal> {
    let id = message.id.as_ref().map(|id| id.0.clone()).ok_or(Refusal::NeverSent)?;
    if !known.sent.holds(&id, &from.to_bare()) {
        return Err(Refusal::NeverSent);
    }
    // One of their devices may be gone: another has it.
    if known.sent.has_arrived(&id, &from.to_bare()) {
        return Ok(Meaning::Nothing);
    }
    Ok(Meaning::Bounced { id, why: answer::reason(&message.payloads) })
}

/// What a message without text tells. A9: a receipt (XEP-0184) or marker (XEP-0333) is about a message that we sent there.
/// A14: whoever writes to us is no stranger. What was delayed tells nothing of who is writing now.
fn noted(known: &Known, from: Jid, payloads: &[Element], at: Option<Stamp>) -> Result<Meaning, Refusal> {
    let bare = from.to_bare();
    match (receipts::about(payloads), chat_states::typing(payloads)) {
        (Some(id), _) if known.sent.holds(&id, &bare) => Ok(Meaning::Receipt { id, from }),
        (Some(_), _) => Err(Refusal::NeverSent),
        (None, Some(_)) if at.is_some() || known.is_us(&from) => Ok(Meaning::Nothing),
        (None, Some(typing)) if known.knows(&bare) => Ok(Meaning::Typing { from: bare, typing }),
        (None, Some(_)) => Err(Refusal::Typist),
        (None, None) => Ok(Meaning::Nothing),
    }
}

/// Whether elements are nested beyond reason (A10), found without recursion.
fn is_deep(element: &Element) -> bool {
    let mut level: Vec<&Element> = vec![element];
    for _ in 0..DEPTH {
        level = level.into_iter().flat_map(Element::children).collect();
        if level.is_empty() {
            return false;
        }
    }
    true
}
