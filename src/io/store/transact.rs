//! The store: each question is one transaction, and is on disk when it is answered.
//!
//! It refuses to know what the answers are for.

use super::database::{self, Opened};
use super::outbox::{self, Outgoing};
use super::search_thread::Searched;
use super::{calls, conversations, messages, page, partner, position, search, trouble};
use crate::engine::ask::{StoreAnswer, StoreQuestion};
use crate::engine::event::{AccountName, Message, MessageKey, Problem};
use rusqlite::{Connection, Error, TransactionBehavior};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The open history.
#[derive(Debug)]
pub struct Store {
    // Before the lock: fields are dropped in order.
    database: Connection,
    lock: Arc<File>,
    path: PathBuf,
    set_aside: Option<Problem>,
}

/// Why a transaction did not happen.
enum Failure {
    Database(Error),
    Refused(String),
}

impl From<Error> for Failure {
    fn from(why: Error) -> Failure {
        Failure::Database(why)
    }
}

impl Store {
    /// Opens the history at `path` (`Paths::history`), making it where there is none.
    ///
    /// # Errors
    /// It is somebody else's, of a newer version, held by another program, read-only, or damaged while in use.
    pub fn open(path: &Path) -> Result<Store, Problem> {
        let Opened { database, lock, set_aside } = database::open(path)?;
        if let Some(notice) = &set_aside {
            tracing::error!("{notice}");
        }
        Ok(Store { database, lock: Arc::new(lock), path: path.to_owned(), set_aside })
    }

    /// Where a damaged history was set aside when this one was opened: for the user to be told, once.
    pub fn take_notice(&mut self) -> Option<Problem> {
        self.set_aside.take()
    }

    /// Answers one question.
    ///
    /// # Errors
    /// In a sentence: what happened, and what to do next. Then nothing has changed.
    pub fn answer(&mut self, question: StoreQuestion) -> Result<StoreAnswer, String> {
        match question {
            StoreQuestion::Keep { account, message } => self.change(|database| {
                if messages::keep(database, &account, &message)? {
                    return Ok(StoreAnswer::Done);
                }
                Err(Failure::Refused(format!("A message with the key {} is kept already.", message.key.0)))
            }),
            StoreQuestion::Receive { account, messages } => self.change(|database| {
                let mut new = Vec::new();
                for message in messages {
                    if messages::keep(database, &account, &message)? {
                        new.push(message.key);
                    }
                }
                Ok(StoreAnswer::New(new))
            }),
            StoreQuestion::Deliver { account, message, delivery } => self.change(|database| {
                if messages::deliver(database, &account, &message, &delivery)? {
                    return Ok(StoreAnswer::Done);
                }
                Err(Failure::Refused(format!("There is no message of ours with the key {}.", message.0)))
            }),
            StoreQuestion::Outstanding { account } => {
                self.read(|database| Ok(StoreAnswer::Outstanding(messages::outstanding(database, &account)?)))
            }
            StoreQuestion::Undelivered { account, count } => {
                self.read(|database| Ok(StoreAnswer::Outstanding(messages::undelivered(database, &account, count)?)))
            }
            StoreQuestion::ArchivePosition { account } => self.read(|database| {
                let last = position::last(database, &account)?;
                Ok(StoreAnswer::ArchivePosition { last, newest: messages::newest(database, &account)? })
            }),
            StoreQuestion::MoveArchivePosition { account, last } => self.change(|database| {
                position::move_to(database, &account, &last)?;
                Ok(StoreAnswer::Done)
            }),
            StoreQuestion::KeepCall { account, call } => {
                self.change(|database| Ok(StoreAnswer::CallKept(calls::keep(database, &account, &call)?)))
            }
            StoreQuestion::Conversations { account } => {
                self.read(|database| Ok(StoreAnswer::Conversations(conversations::list(database, &account)?)))
            }
            StoreQuestion::Page { account, with, from, count, ticket } => self.read(|database| {
                let page = page::read(database, &account, with, &from, count, ticket)?;
                page.map(StoreAnswer::Page).ok_or_else(|| Failure::Refused("That message is not in this conversation.".into()))
            }),
            StoreQuestion::MarkSeen { account, with } => self.change(|database| {
                conversations::mark_seen(database, &account, &partner::bare(&with))?;
                Ok(StoreAnswer::Done)
            }),
            StoreQuestion::KeepDraft { account, with, text } => self.change(|database| {
                conversations::keep_draft(database, &account, &partner::bare(&with), &text)?;
                Ok(StoreAnswer::Done)
            }),
            StoreQuestion::Search { words, count } => self.read(|database| {
                let (hits, more) = search::search(database, &words, count)?;
                Ok(StoreAnswer::Found(hits, more))
            }),
            StoreQuestion::Calls { before, count } => self.read(|database| {
                let (calls, more) = calls::list(database, before, count)?;
                Ok(StoreAnswer::Calls(calls, more))
            }),
        }
    }

    /// Messages that are unsent or unknown, of one account or of all, in the order in which they were kept.
    ///
    /// # Errors
    /// As for [`Store::answer`].
    pub fn outbox(&self, account: Option<&AccountName>) -> Result<Vec<Outgoing>, String> {
        outbox::list(&self.database, account).map_err(|why| self.sentence(&why))
    }

    /// The message of ours with this key.
    ///
    /// # Errors
    /// As for [`Store::answer`].
    pub fn find(&self, account: &AccountName, key: &MessageKey) -> Result<Option<Message>, String> {
        outbox::find(&self.database, account, key).map_err(|why| self.sentence(&why))
    }

    /// Gives up a message that is unsent or unknown: it stays in the history as failed. Says whether there was one.
    ///
    /// # Errors
    /// As for [`Store::answer`].
    pub fn forget(&mut self, account: &AccountName, key: &MessageKey) -> Result<bool, String> {
        self.change(|database| Ok(outbox::forget(database, account, key)?))
    }

    /// Forgets how far the archive of `account` was read: an account of that name may next be another one.
    ///
    /// # Errors
    /// As for [`Store::answer`].
    pub fn forget_archive_position(&mut self, account: &AccountName) -> Result<(), String> {
        self.change(|database| Ok(position::forget(database, account)?))
    }

    /// What a search on a connection of its own needs.
    pub(super) fn searched(&self) -> Searched {
        Searched { path: self.path.clone(), lock: Arc::clone(&self.lock) }
    }

    /// Deferred: all that `ask` reads is of one moment, and nobody is waited for.
    fn read<T>(&mut self, ask: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, String> {
        self.transact(TransactionBehavior::Deferred, ask)
    }

    /// Immediate: it waits for other writers at its beginning, where waiting cannot fail for want of a fresh snapshot.
    fn change<T>(&mut self, act: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, String> {
        self.transact(TransactionBehavior::Immediate, act)
    }

    fn transact<T>(
        &mut self,
        behavior: TransactionBehavior,
        act: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, String> {
        let done = (|| {
            let transaction = self.database.transaction_with_behavior(behavior)?;
            let answer = act(&transaction)?;
            transaction.commit()?;
            Ok(answer)
        })();
        done.map_err(|failure| match failure {
            Failure::Database(why) => self.sentence(&why),
            Failure::Refused(sentence) => sentence,
        })
    }

    fn sentence(&self, why: &Error) -> String {
        if trouble::is_damage(why) {
            database::mark_damaged(&self.lock);
        }
        trouble::problem(&self.path, why).to_string()
    }
}

#[cfg(test)]
mod tests;
