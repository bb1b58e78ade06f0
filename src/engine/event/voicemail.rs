//! Voicemail: what is in a mailbox, what waits there as the telephone says, and what is played of it.

use super::link::Problem;
use super::names::{AccountName, Ticket};
use crate::machine::{RemoteText, Stamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A message's id, as its server gave it. Remote: it passes the gate before it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoicemailId(pub String);

/// A message in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voicemail {
    /// Which.
    pub id: VoicemailId,
    /// The number that called; empty where nobody knows it.
    pub number: RemoteText,
    /// What the caller is called; empty where nobody knows it.
    pub name: RemoteText,
    /// What it says it is about.
    pub subject: RemoteText,
    /// When it came.
    pub at: Option<Stamp>,
    /// How long it is.
    pub length: Option<Duration>,
    /// It has been heard.
    pub read: bool,
    /// It is marked urgent.
    pub urgent: bool,
    /// It is marked private or confidential.
    pub private: bool,
    /// Its sound may be refused.
    pub secure: bool,
    /// It was deleted, and can be put back.
    pub deleted: bool,
}

/// What the call manager says of a mailbox (RFC 3842 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lamp {
    /// Something waits there.
    pub lit: bool,
    /// Of voice messages, where that is said: not heard yet, and heard.
    pub counts: Option<(u32, u32)>,
}

/// What is being done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoicemailDoing {
    /// Its sound is fetched.
    Fetching,
    /// It is marked as heard, or not.
    Marking,
    /// It is deleted.
    Deleting,
    /// It is put back.
    PuttingBack,
}

/// What is told of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoicemailTold {
    /// What waits there, as the call manager says.
    Lamp(Lamp),
    /// What is in it, whole: newest first, those that were deleted last.
    Listed {
        /// The messages.
        messages: Vec<Voicemail>,
        /// There are older ones, which were not read.
        more: bool,
        /// What is deleted can be put back.
        keeps_deleted: bool,
    },
    /// A message is now so.
    Changed(Voicemail),
    /// A message is not there any more.
    Gone(VoicemailId),
    /// Something is being done with a message, or no longer.
    Doing(VoicemailId, Option<VoicemailDoing>),
    /// What was wanted of a message was not done: what happened, why, and what to do next.
    Refused {
        /// Which.
        message: VoicemailId,
        /// Why.
        problem: Problem,
    },
    /// The sound of a message, as it was sent: a WAV file, it says. It may be anything.
    Fetched {
        /// Of the wish.
        ticket: Ticket,
        /// The file.
        file: Arc<[u8]>,
    },
}

/// A mailbox, as far as it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// What is in it has been read.
    pub known: bool,
    /// Newest first, those that were deleted last.
    pub messages: Vec<Voicemail>,
    /// There are older ones.
    pub more: bool,
    /// What is deleted can be put back.
    pub keeps_deleted: bool,
    /// What is being done with which message.
    pub doing: BTreeMap<VoicemailId, VoicemailDoing>,
    /// What the call manager says.
    pub lamp: Option<Lamp>,
}

impl Mailbox {
    /// Adds what is told.
    pub fn apply(&mut self, told: &VoicemailTold) {
        match told {
            VoicemailTold::Lamp(lamp) => self.lamp = Some(*lamp),
            VoicemailTold::Listed { messages, more, keeps_deleted } => {
                (self.known, self.more, self.keeps_deleted) = (true, *more, *keeps_deleted);
                self.messages.clone_from(messages);
                self.doing.retain(|id, _| messages.iter().any(|message| message.id == *id));
            }
            VoicemailTold::Changed(message) => {
                if let Some(known) = self.messages.iter_mut().find(|known| known.id == message.id) {
                    known.clone_from(message);
                    order(&mut self.messages);
                }
            }
            VoicemailTold::Gone(id) => {
                self.messages.retain(|message| message.id != *id);
                self.doing.remove(id);
            }
            VoicemailTold::Doing(id, Some(doing)) => drop(self.doing.insert(id.clone(), *doing)),
            VoicemailTold::Doing(id, None) | VoicemailTold::Refused { message: id, .. } => drop(self.doing.remove(id)),
            VoicemailTold::Fetched { .. } => {}
        }
    }

    /// The message of that id.
    #[must_use]
    pub fn message(&self, id: &VoicemailId) -> Option<&Voicemail> {
        self.messages.iter().find(|message| message.id == *id)
    }

    /// How many messages wait to be heard; none where something waits and nobody has said how much.
    #[must_use]
    pub fn unheard(&self) -> Option<usize> {
        match self.lamp {
            _ if self.known => Some(self.messages.iter().filter(|message| !message.read && !message.deleted).count()),
            Some(Lamp { counts: Some((new, _)), .. }) => Some(new as usize),
            Some(Lamp { lit: true, counts: None }) => None,
            _ => Some(0),
        }
    }
}

/// Newest first, those that were deleted last; those that came at one time stay as they are.
pub fn order(messages: &mut [Voicemail]) {
    messages.sort_by_key(|message| (message.deleted, std::cmp::Reverse(message.at)));
}

/// What is played, or about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playing {
    /// Whose mailbox it is from.
    pub account: AccountName,
    /// Which message.
    pub message: VoicemailId,
    /// How far it is with it.
    pub phase: PlayPhase,
    /// What is heard now, from the beginning.
    pub at: Duration,
    /// How long it is.
    pub length: Duration,
}

/// How far something is with being played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayPhase {
    /// Its sound is fetched, or the loudspeaker is opened.
    Waiting,
    /// It is heard.
    Playing,
    /// It stands still until it is to go on.
    Paused,
    /// It was heard to its end.
    Ended,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str, at: i64) -> Voicemail {
        Voicemail {
            id: VoicemailId(id.into()),
            number: "1002".into(),
            name: "Bob".into(),
            subject: RemoteText::default(),
            at: Some(Stamp::from_micros(at)),
            length: None,
            read: false,
            urgent: false,
            private: false,
            secure: false,
            deleted: false,
        }
    }

    #[test]
    fn the_list_counts_once_it_is_known_and_the_lamp_before() {
        let mut mailbox = Mailbox::default();
        assert_eq!(mailbox.unheard(), Some(0));
        mailbox.apply(&VoicemailTold::Lamp(Lamp { lit: true, counts: None }));
        assert_eq!(mailbox.unheard(), None);
        mailbox.apply(&VoicemailTold::Lamp(Lamp { lit: true, counts: Some((3, 1)) }));
        assert_eq!(mailbox.unheard(), Some(3));
        let heard = Voicemail { read: true, ..message("b", 1) };
        mailbox.apply(&VoicemailTold::Listed { messages: vec![message("a", 2), heard], more: false, keeps_deleted: true });
        assert_eq!(mailbox.unheard(), Some(1));
    }

    #[test]
    fn what_is_deleted_goes_to_the_end_and_back_to_its_place() {
        let mut mailbox = Mailbox::default();
        let messages = vec![message("c", 3), message("b", 2), message("a", 1)];
        mailbox.apply(&VoicemailTold::Listed { messages, more: false, keeps_deleted: true });
        let ids = |mailbox: &Mailbox| mailbox.messages.iter().map(|message| message.id.0.clone()).collect::<Vec<_>>();
        mailbox.apply(&VoicemailTold::Changed(Voicemail { deleted: true, ..message("b", 2) }));
        assert_eq!(ids(&mailbox), ["c", "a", "b"]);
        mailbox.apply(&VoicemailTold::Changed(message("b", 2)));
        assert_eq!(ids(&mailbox), ["c", "b", "a"]);
        mailbox.apply(&VoicemailTold::Doing(VoicemailId("c".into()), Some(VoicemailDoing::Deleting)));
        mailbox.apply(&VoicemailTold::Gone(VoicemailId("c".into())));
        assert!(ids(&mailbox) == ["b", "a"] && mailbox.doing.is_empty());
        // One that is not in the list is not put into it.
        mailbox.apply(&VoicemailTold::Changed(message("x", 9)));
        assert_eq!(ids(&mailbox), ["b", "a"]);
    }
}
