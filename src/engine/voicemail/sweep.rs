//! A reading of the whole mailbox: whether there is one, the inbox page by page, then what was deleted.

use super::message::voicemail;
use super::questions::{Folder, Wanted};
use crate::engine::event::{Voicemail, voicemail::order};
use crate::protocol::cisco::Unreadable;
use crate::protocol::cisco::connection::{self, Messages};
use std::collections::BTreeSet;

/// Pages of a folder that are read at most.
const PAGES: u32 = 5;

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Mailbox,
    Page(Folder, u32),
}

/// A reading.
#[derive(Debug)]
pub(super) struct Sweep {
    place: Place,
    /// Servers that have failed it.
    pub(super) failed: usize,
    /// Something has changed since it began: what it finds may be of before.
    pub(super) overtaken: bool,
    keeps_deleted: bool,
    /// Of this folder, and of both.
    ids: BTreeSet<String>,
    all: BTreeSet<String>,
    found: Vec<Voicemail>,
    more: bool,
}

/// What a whole reading has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) keeps_deleted: bool,
    pub(super) messages: Vec<Voicemail>,
    pub(super) more: bool,
}

/// What comes of an answer.
#[derive(Debug)]
pub(super) enum Swept {
    /// It goes on.
    Goes,
    /// All is read.
    Done(Found),
    /// The mailbox is there and cannot be used now.
    NotMounted,
}

impl Sweep {
    /// From the beginning; where it is known what the mailbox keeps, that is not asked again.
    pub(super) fn new(keeps_deleted: Option<bool>) -> Sweep {
        Sweep {
            place: if keeps_deleted.is_some() { Place::Page(Folder::Inbox, 1) } else { Place::Mailbox },
            failed: 0,
            overtaken: false,
            keeps_deleted: keeps_deleted.unwrap_or(true),
            ids: BTreeSet::new(),
            all: BTreeSet::new(),
            found: Vec::new(),
            more: false,
        }
    }

    /// The same at another server, after so many have failed.
    pub(super) fn after(failed: usize, keeps_deleted: Option<bool>) -> Sweep {
        Sweep { failed, ..Sweep::new(keeps_deleted) }
    }

    /// What is to be asked now.
    pub(super) fn wants(&self) -> Wanted<'static> {
        match self.place {
            Place::Mailbox => Wanted::Mailbox,
            Place::Page(folder, page) => Wanted::Page(folder, page),
        }
    }

    /// What it has asked for last was not there. Whether that is no harm: some servers have no folder of what was deleted.
    pub(super) fn does_without(&self) -> bool {
        matches!(self.place, Place::Page(Folder::Deleted, _))
    }

    /// It is whole with what it has.
    pub(super) fn done(&mut self) -> Found {
        let mut messages = std::mem::take(&mut self.found);
        order(&mut messages);
        Found { keeps_deleted: self.keeps_deleted, messages, more: self.more }
    }

    /// Reads an answer.
    pub(super) fn read(&mut self, body: &[u8]) -> Result<Swept, Unreadable> {
        let Place::Page(folder, page) = self.place else {
            let mailbox = connection::Mailbox::parse(body)?;
            if !mailbox.mounted {
                return Ok(Swept::NotMounted);
            }
            (self.keeps_deleted, self.place) = (mailbox.keeps_deleted, Place::Page(Folder::Inbox, 1));
            return Ok(Swept::Goes);
        };
        let Messages { total, messages } = Messages::parse(body)?;
        let before = self.ids.len();
        for message in messages {
            // A server that knows no pages gives the same ones again, and one may be moved meanwhile.
            if self.ids.insert(message.id.clone()) && self.all.insert(message.id.clone()) {
                self.found.extend(voicemail(message, folder == Folder::Deleted));
            }
        }
        let is_more = self.ids.len() > before && total.is_some_and(|total| total as usize > self.ids.len());
        if is_more && page < PAGES {
            self.place = Place::Page(folder, page + 1);
            return Ok(Swept::Goes);
        }
        self.more |= is_more;
        if folder == Folder::Inbox && self.keeps_deleted {
            self.ids.clear();
            self.place = Place::Page(Folder::Deleted, 1);
            return Ok(Swept::Goes);
        }
        Ok(Swept::Done(self.done()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAILBOX: &[u8] = br#"{"IsDeletedFolderEnabled":"true"}"#;

    fn page(total: u32, from: u32, count: u32) -> Vec<u8> {
        let messages: Vec<String> =
            (from..from + count).map(|at| format!(r#"{{"MsgId":"0:{at}","ArrivalTime":"{at}"}}"#)).collect();
        format!(r#"{{"@total":"{total}","Message":[{}]}}"#, messages.join(",")).into_bytes()
    }

    /// What is asked for, one answer after the other.
    fn asked(answers: &[Vec<u8>]) -> (Vec<String>, Option<Found>) {
        let mut sweep = Sweep::new(None);
        let mut asked = Vec::new();
        for answer in [MAILBOX.to_vec()].iter().chain(answers) {
            asked.push(format!("{:?}", sweep.wants()));
            match sweep.read(answer).unwrap() {
                Swept::Goes => {}
                Swept::Done(found) => return (asked, Some(found)),
                Swept::NotMounted => panic!("it is mounted"),
            }
        }
        (asked, None)
    }

    #[test]
    fn one_message_as_an_object_is_one_message_and_an_empty_mailbox_is_empty() {
        let one = br#"{"@total":"1","Message":{"MsgId":"0:a"}}"#.to_vec();
        let empty = br#"{"@total":"0"}"#.to_vec();
        let (asked_for, found) = asked(&[one, empty.clone()]);
        assert_eq!(asked_for, ["Mailbox", "Page(Inbox, 1)", "Page(Deleted, 1)"]);
        assert_eq!(found.unwrap().messages.len(), 1);
        assert_eq!(asked(&[empty.clone(), empty]).1.unwrap().messages, []);
    }

    #[test]
    fn pages_are_read_to_the_end_and_no_further_than_some() {
        let (asked_for, found) = asked(&[page(120, 0, 100), page(120, 100, 20), page(0, 0, 0)]);
        assert_eq!(asked_for[2..], ["Page(Inbox, 2)", "Page(Deleted, 1)"]);
        let found = found.unwrap();
        assert_eq!((found.messages.len(), found.more), (120, false));
        assert!(found.messages.is_sorted_by_key(|message| std::cmp::Reverse(message.at)), "newest first");
        let many: Vec<Vec<u8>> = (0..5).map(|at| page(9_999, at * 100, 100)).chain([page(0, 0, 0)]).collect();
        let found = asked(&many).1.unwrap();
        assert_eq!((found.messages.len(), found.more), (500, true));
    }

    #[test]
    fn a_server_without_pages_and_a_message_that_moves_do_no_harm() {
        let same = page(120, 0, 100);
        let (asked_for, found) = asked(&[same.clone(), same, page(1, 99, 1)]);
        assert_eq!(asked_for.len(), 4);
        let found = found.unwrap();
        assert_eq!(found.messages.len(), 100);
        assert!(found.messages.iter().all(|message| !message.deleted));
    }
}
