//! Presence (RFC 6121 §3, §4): ours as it goes out, others' as it is judged.

use super::gate::{Available, Meaning, Refusal, SubscriptionChange};
use super::known::Known;
use super::message::writable;
use super::{answer, disco, stamp};
use crate::machine::Stamp;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::message::Lang;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::{Presence, Show, Type};

/// Here we are, as `show` says, or plainly, and this is what we can (XEP-0115).
#[must_use]
pub fn available(show: Option<Show>, status: &str) -> Presence {
    let mut presence = Presence::available().with_payload(disco::caps());
    presence.show = show;
    with_status(presence, status)
}

/// We go (RFC 6121 §4.5.1), or are to be seen no more.
#[must_use]
pub fn unavailable(status: &str) -> Presence {
    with_status(Presence::unavailable(), status)
}

fn with_status(mut presence: Presence, status: &str) -> Presence {
    if !status.is_empty() {
        presence.statuses.insert(Lang::new(), writable(status));
    }
    presence
}

/// Asks, allows, withdraws or refuses (RFC 6121 §3).
#[must_use]
pub fn subscription(to: BareJid, change: SubscriptionChange) -> Presence {
    let kind = match change {
        SubscriptionChange::Asked => Type::Subscribe,
        SubscriptionChange::Granted => Type::Subscribed,
        SubscriptionChange::Withdrawn => Type::Unsubscribe,
        SubscriptionChange::Denied => Type::Unsubscribed,
    };
    Presence::new(kind).with_to(Jid::from(to))
}

/// Judges a presence stanza.
///
/// # Errors
/// Whoever sent it may not tell us this.
pub fn admit(known: &Known, presence: Presence, now: Stamp) -> Result<Meaning, Refusal> {
    let from = presence.from.clone().unwrap_or_else(|| Jid::from(known.account()));
    let change = match presence.type_ {
        Type::None | Type::Unavailable => return told(known, from, presence, now),
        Type::Error => return Ok(Meaning::PresenceFailed { from, why: answer::reason(&presence.payloads) }),
        // Servers answer probes for us (§4.3).
        Type::Probe => return Err(Refusal::Probe),
        Type::Subscribe => SubscriptionChange::Asked,
        Type::Subscribed => SubscriptionChange::Granted,
        Type::Unsubscribe => SubscriptionChange::Withdrawn,
        Type::Unsubscribed => SubscriptionChange::Denied,
    };
    if known.is_us(&from) { Err(Refusal::Ourselves) } else { Ok(Meaning::Subscription { from: from.to_bare(), change }) }
}

fn told(known: &Known, from: Jid, presence: Presence, now: Stamp) -> Result<Meaning, Refusal> {
    if !known.is_us(&from) && !known.seen.contains(&from.to_bare()) {
        return Err(Refusal::Stranger);
    }
    let may_stamp = |by: &Jid| {
        let whole_server = by.node().is_none() && by.resource().is_none();
        let server = by.domain() == from.domain() || by.domain() == known.me.domain();
        (whole_server && server) || *by == from || by.to_bare() == from.to_bare() || known.is_us(by)
    };
    let at = stamp::delayed(&presence.payloads, now, may_stamp).unwrap_or(now);
    let plain = presence.statuses.get("").or_else(|| presence.statuses.values().next());
    let status = plain.cloned().or_else(|| custom_status(&presence.payloads)).unwrap_or_default();
    let show = match presence.type_ {
        Type::None => Some(presence.show),
        _ => None,
    };
    Ok(Meaning::Presence(Available { from, show, status, priority: presence.priority.0, at }))
}

/// The text where IM and Presence may have it besides: `<x xmlns='http://webex.com/connect/customstatus' var='…'/>`.
fn custom_status(payloads: &[Element]) -> Option<String> {
    let custom = payloads.iter().find(|payload| payload.is("x", "http://webex.com/connect/customstatus"))?;
    custom.attr("var").map(ToOwned::to_owned)
}
