//! A room as it is kept: who is in it, and what was said.

use crate::machine::Stamp;
use std::collections::{BTreeMap, VecDeque};
use xmpp_parsers::jid::ResourcePart;
use xmpp_parsers::message::Message;

/// What was said is kept so far back.
const HISTORY: usize = 100;

/// A room.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: String,
    pub(super) subject: Option<Message>,
    /// Nicknames by session.
    pub(super) inside: BTreeMap<u64, ResourcePart>,
    pub(super) history: VecDeque<(Stamp, Message)>,
}

impl Room {
    /// Something was said.
    pub(super) fn keep(&mut self, at: Stamp, message: Message) {
        if self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back((at, message));
    }
}
