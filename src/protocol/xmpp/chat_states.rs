//! Chat states (XEP-0085): who is writing. Only `composing` and `paused` are told, only to those who have shown that they
//! understand them (§5.1), and nobody keeps them (XEP-0334).

use super::payload;
use std::collections::BTreeMap;
use xmpp_parsers::chatstates::ChatState;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;

const HINTS: &str = "urn:xmpp:hints";

/// People of whom it is remembered; the rest have shown nothing.
const PARTNERS: usize = 1000;

/// What somebody's last message has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// Chat states.
    States,
    /// None: they must be sent no more of them.
    NoStates,
}

/// Who understands chat states, as far as they have shown it in this session.
#[derive(Debug, Default)]
pub struct ChatStates {
    partners: BTreeMap<BareJid, Shown>,
}

impl ChatStates {
    /// `from` has said something, with a chat state or without.
    pub fn hear(&mut self, from: &BareJid, with_state: bool) {
        if self.partners.len() >= PARTNERS && !self.partners.contains_key(from) {
            self.partners.pop_first();
        }
        self.partners.insert(from.clone(), if with_state { Shown::States } else { Shown::NoStates });
    }

    /// Whether a state alone may be sent to `to`.
    #[must_use]
    pub fn are_understood_by(&self, to: &BareJid) -> bool {
        self.partners.get(to) == Some(&Shown::States)
    }

    /// Whether a message to `to` may carry one, so that the answer shows whether it is understood.
    #[must_use]
    pub fn may_be_tried_with(&self, to: &BareJid) -> bool {
        self.partners.get(to) != Some(&Shown::NoStates)
    }
}

/// Tells `to` that we are writing, or have stopped.
#[must_use]
pub fn notice(to: BareJid, typing: bool) -> Message {
    let state = if typing { ChatState::Composing } else { ChatState::Paused };
    let mut message = Message::chat(Jid::from(to)).with_payload(state);
    message.payloads.push(Element::bare("no-store", HINTS));
    message
}

/// Whether the author is writing; none where nothing is said of it.
#[must_use]
pub fn typing(payloads: &[Element]) -> Option<bool> {
    let state: ChatState = payload::read(payloads, ns::CHATSTATES).next()?;
    Some(state == ChatState::Composing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> BareJid {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_message_shows_who_understands() {
        let (mut states, bob) = (ChatStates::default(), jid("bob@example.test"));
        assert!(states.may_be_tried_with(&bob) && !states.are_understood_by(&bob));
        states.hear(&bob, true);
        assert!(states.may_be_tried_with(&bob) && states.are_understood_by(&bob));
        states.hear(&bob, false);
        assert!(!states.may_be_tried_with(&bob) && !states.are_understood_by(&bob));
    }

    #[test]
    fn a_crowd_is_not_remembered() {
        let mut states = ChatStates::default();
        for number in 0..3000 {
            states.hear(&jid(&format!("m{number}@evil.test")), true);
        }
        assert_eq!(states.partners.len(), PARTNERS);
    }

    #[test]
    fn a_notice_is_kept_nowhere_and_reads_as_it_was_written() {
        for typing_now in [true, false] {
            let notice = notice(jid("bob@example.test"), typing_now);
            assert!(notice.bodies.is_empty() && notice.payloads.iter().any(|payload| payload.is("no-store", HINTS)));
            assert_eq!(typing(&notice.payloads), Some(typing_now));
        }
        assert_eq!(typing(&[]), None);
    }
}
