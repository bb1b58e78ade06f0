//! Who is writing to whom (XEP-0085). Nothing of it is kept: it ends by itself, with the message, or with the link.

use super::outgoing::Outgoing;
use crate::engine::event::Event;
use crate::machine::{Moment, Wake};
use crate::protocol::xmpp::{Known, chat_states};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use xmpp_parsers::jid::BareJid;

/// Who is silent for so long writes no more.
const PATIENCE: Duration = Duration::from_secs(30);

/// People who are shown as writing at once.
const WRITERS: usize = 100;

/// Both ways.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// Those who write to us, and until when that is believed.
    writing: BTreeMap<BareJid, Moment>,
    /// Those who were told that we write to them.
    told: BTreeSet<BareJid>,
}

impl Typing {
    /// `from` says that they are writing, or have stopped.
    pub(super) fn hear(&mut self, from: BareJid, typing: bool, now: Moment, out: &mut Outgoing) {
        if !typing {
            return self.end(&from, out);
        }
        let more = self.writing.len() < WRITERS;
        match self.writing.get_mut(&from) {
            Some(until) => *until = now + PATIENCE,
            None if more => {
                out.tell(Event::Typing { account: out.account(), from: from.to_string(), typing });
                self.writing.insert(from, now + PATIENCE);
            }
            None => {}
        }
    }

    /// `from` has said what they wrote, has stopped, or is gone.
    pub(super) fn end(&mut self, from: &BareJid, out: &mut Outgoing) {
        if self.writing.remove(from).is_some() {
            out.tell(Event::Typing { account: out.account(), from: from.to_string(), typing: false });
        }
    }

    /// The user is writing to `to`, or has stopped: told where it changes.
    pub(super) fn tell(&mut self, to: BareJid, typing: bool, known: &Known, out: &mut Outgoing) {
        if !known.watchers.contains(&to) || !known.chat_states.are_understood_by(&to) {
            return;
        }
        let changed = if typing { self.told.insert(to.clone()) } else { self.told.remove(&to) };
        if changed {
            out.send(chat_states::notice(to, typing));
        }
    }

    /// What we wrote is on its way to `to`, and says by itself that we have stopped.
    pub(super) fn written(&mut self, to: &BareJid) {
        self.told.remove(to);
    }

    /// The link is gone, and the screen has forgotten who is writing.
    pub(super) fn forget(&mut self) {
        *self = Typing::default();
    }

    pub(super) fn expire(&mut self, now: Moment, out: &mut Outgoing) {
        let silent: Vec<BareJid> =
            self.writing.iter().filter(|(_, until)| **until <= now).map(|(from, _)| from.clone()).collect();
        for from in silent {
            self.end(&from, out);
        }
    }

    pub(super) fn wake(&self) -> Option<Wake> {
        self.writing.values().min().map(|at| Wake { at: *at, why: "somebody writes no more" })
    }
}
