//! What compliance does to messages: those with certain words go to nobody. That a client sees an error, or a notice, is from
//! memory (fact sheet §8.4).

use serde::Deserialize;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::{Lang, Message, MessageType};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

/// What who wrote a message that is taken out sees of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blocked {
    /// The message comes back as an error.
    #[default]
    Error,
    /// The domain itself says so.
    Notice,
}

/// The words, and what follows.
#[derive(Debug, Default)]
pub(super) struct Compliance {
    words: Vec<String>,
    blocked: Blocked,
}

impl Compliance {
    pub(super) fn new(words: &[String], blocked: Blocked) -> Compliance {
        let words = words.iter().map(|word| word.to_lowercase()).filter(|word| !word.is_empty()).collect();
        Compliance { words, blocked }
    }

    /// What who wrote a message is told, where the message is taken out.
    pub(super) fn takes_out(&self, message: &Message, domain: &str) -> Option<Message> {
        let says = |word: &String| message.bodies.values().any(|body| body.to_lowercase().contains(word));
        if message.type_ == MessageType::Error || !self.words.iter().any(says) {
            return None;
        }
        Some(match self.blocked {
            Blocked::Error => {
                let mut error = Message::error(message.from.clone());
                (error.from, error.id) = (message.to.clone(), message.id.clone());
                let texts = [(String::new(), "A rule of this site blocks this message".to_owned())].into();
                let (type_, defined_condition) = (ErrorType::Modify, DefinedCondition::PolicyViolation);
                error.payloads.push(StanzaError { type_, by: None, defined_condition, texts, other: None }.into());
                error
            }
            Blocked::Notice => {
                let text = "A rule of this site has blocked a message of yours.".to_owned();
                let mut notice = Message::new(message.from.clone()).with_body(Lang::new(), text);
                notice.from = Jid::new(domain).ok();
                notice
            }
        })
    }
}
