//! How Unity Connection answers: what a site may say about it.

use crate::lab::site::{Answers, Status};
use serde::Deserialize;

/// Unity Connection.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// How it answers.
    pub answers: Answers,
    /// What `/version` says.
    pub version: String,
    /// Whether JSON has an object where a list has one message, and an array where it has more (fact sheet §11); else
    /// always an array.
    pub single_as_object: bool,
    /// The status of what is done and has nothing to tell: that a change is answered with 204 is inferred (fact sheet §11).
    pub done: Status,
    /// Whether a refusal has words beside its code: inferred (fact sheet §11).
    pub refusals_say_why: bool,
    /// What is said of messages that are not urgent: that there is `Low` is from memory (fact sheet §11).
    pub priority: String,
    /// How sensitive messages are said to be: that there is `Confidential` is from memory (fact sheet §11).
    pub sensitivity: String,
    /// Whether the sound of a message that is marked secure is refused (from memory, fact sheet §11).
    pub refuses_secure: bool,
    /// Whether deleted messages are kept, and can be put back.
    pub keeps_deleted: bool,
    /// Messages that a page has at most, whatever is asked for.
    pub page: usize,
    /// Messages that wait for the first person when the day begins: the older ones have been heard.
    pub messages: u8,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            answers: Answers::default(),
            version: "12.5.1.11900-57".into(),
            single_as_object: true,
            done: Status::NO_CONTENT,
            refusals_say_why: true,
            priority: "Normal".into(),
            sensitivity: "Normal".into(),
            refuses_secure: true,
            keeps_deleted: true,
            page: 100,
            messages: 2,
        }
    }
}
