//! The store: what it answers is on disk. Questions that wait for each other share a transaction, which is one wait for
//! the disk.
//!
//! It refuses to know what the answers are for.

use super::account::{self, Kept};
use super::database::{self, Opened};
use super::outbox::{self, Outgoing};
use super::question::{self, Failure};
use super::search_thread::Searched;
use super::{messages, position, trouble};
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
        let questions = std::slice::from_ref(&question);
        self.transact(behavior(questions), |database| question::act(database, &question))
    }

    /// Answers some questions, in their order, in one transaction; where the database fails at one of them, each in its own.
    pub fn answer_all(&mut self, questions: &[StoreQuestion]) -> Vec<Result<StoreAnswer, String>> {
        let together = self.transact(behavior(questions), |database| {
            let answer = |(nth, question): (usize, &StoreQuestion)| {
                if question::is_overtaken(question, questions.get(nth + 1..).unwrap_or_default()) {
                    return Ok(Ok(StoreAnswer::Done));
                }
                match question::act(database, question) {
                    Ok(answer) => Ok(Ok(answer)),
                    Err(Failure::Refused(why)) => Ok(Err(why)),
                    Err(failure) => Err(failure),
                }
            };
            questions.iter().enumerate().map(answer).collect()
        });
        together.unwrap_or_else(|_| questions.iter().map(|question| self.answer(question.clone())).collect())
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

    /// What is kept of `account`.
    ///
    /// # Errors
    /// As for [`Store::answer`].
    pub fn kept_of(&self, account: &AccountName) -> Result<Kept, String> {
        account::count(&self.database, account).map_err(|why| self.sentence(&why))
    }

    /// Removes all that is kept of `account`, and makes sure that no word of it stays in the file.
    ///
    /// # Errors
    /// As for [`Store::answer`].
    pub fn remove_account(&mut self, account: &AccountName) -> Result<(), String> {
        self.change(|database| Ok(account::remove(database, account)?))?;
        account::overwrite(&self.database).map_err(|why| self.sentence(&why))
    }

    /// What a search on a connection of its own needs.
    pub(super) fn searched(&self) -> Searched {
        Searched { path: self.path.clone(), lock: Arc::clone(&self.lock) }
    }

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
            let keeps = !matches!(behavior, TransactionBehavior::Deferred);
            let newest = keeps.then(|| messages::newest_row(&transaction)).transpose()?;
            let answer = act(&transaction)?;
            if let Some(newest) = newest {
                messages::index_words(&transaction, newest)?;
            }
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

/// Deferred where it only reads: all of it is of one moment, and nobody is waited for. Else immediate: it waits for other
/// writers at its beginning, where waiting cannot fail for want of a fresh snapshot.
fn behavior(questions: &[StoreQuestion]) -> TransactionBehavior {
    if questions.iter().any(question::writes) { TransactionBehavior::Immediate } else { TransactionBehavior::Deferred }
}

#[cfg(test)]
mod tests;
