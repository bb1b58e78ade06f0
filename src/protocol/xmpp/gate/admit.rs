//! The judgement: one stanza in, its meaning or a refusal out. What wraps is opened once, never what is inside it.

use super::meaning::{Meaning, Refusal};
use crate::machine::Stamp;
use crate::protocol::xmpp::answer::Question;
use crate::protocol::xmpp::known::Known;
use crate::protocol::xmpp::stanza::Stanza;
use crate::protocol::xmpp::{answer, message, presence, roster};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;

/// A stanza that is not believed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// Why.
    pub why: Refusal,
    /// Who sent it, as it says.
    pub from: Option<Jid>,
    /// What must be sent back all the same (RFC 6120 §8.2.3).
    pub reply: Option<Iq>,
}

/// Judges `stanza`, which came at `now`.
///
/// # Errors
/// It is refused, and changes nothing.
pub fn admit(known: &mut Known, stanza: Stanza, now: Stamp) -> Result<Meaning, Box<Refused>> {
    match stanza {
        Stanza::Message(stanza) => {
            let from = stanza.from.clone();
            message::admit(known, stanza, now).map_err(|why| Box::new(Refused { why, from, reply: None }))
        }
        Stanza::Presence(stanza) => {
            let from = stanza.from.clone();
            presence::admit(known, stanza, now).map_err(|why| Box::new(Refused { why, from, reply: None }))
        }
        Stanza::Iq(stanza) => admit_iq(known, stanza),
    }
}

fn admit_iq(known: &mut Known, iq: Iq) -> Result<Meaning, Box<Refused>> {
    match iq {
        Iq::Get { from, id, payload, .. } => Ok(Meaning::Question(Question::get(id, from, payload))),
        Iq::Set { from, id, payload, .. } if roster::is_roster(&payload) => roster_push(known, from, id, payload),
        Iq::Set { from, id, .. } => Ok(Meaning::Question(Question::other(id, from))),
        Iq::Result { from, id, payload, .. } => answered(known, from, &id, Ok(payload)),
        Iq::Error { from, id, error, .. } => answered(known, from, &id, Err(error)),
    }
}

fn answered(
    known: &mut Known,
    from: Option<Jid>,
    id: &str,
    result: Result<Option<Element>, xmpp_parsers::stanza_error::StanzaError>,
) -> Result<Meaning, Box<Refused>> {
    match known.asked.take(id, from.as_ref(), &known.me) {
        Ok(purpose) => Ok(Meaning::Answer { purpose, result }),
        Err(why) => Err(Box::new(Refused { why: why.into(), from, reply: None })),
    }
}

/// RFC 6121 §2.1.6: from nobody or our own bare JID; old servers speak as themselves.
fn roster_push(known: &Known, from: Option<Jid>, id: String, payload: Element) -> Result<Meaning, Box<Refused>> {
    let ours = from.as_ref().is_none_or(|from| known.is_account(from) || known.is_server(from));
    match roster::pushed(payload) {
        Some(item) if ours => Ok(Meaning::RosterPush { item, reply: answer::result(id, from, None) }),
        _ => Err(Box::new(Refused { why: Refusal::RosterPush, reply: Some(answer::unavailable(id, from.clone())), from })),
    }
}
