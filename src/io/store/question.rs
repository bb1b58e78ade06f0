//! What each question does in its transaction.

use super::{calls, conversations, messages, outbox, page, partner, position, search};
use crate::engine::ask::{StoreAnswer, StoreQuestion};
use rusqlite::{Connection, Error};

/// Why there is no answer.
pub enum Failure {
    /// The database failed.
    Database(Error),
    /// It cannot be done, in a sentence; then nothing has changed.
    Refused(String),
}

impl From<Error> for Failure {
    fn from(why: Error) -> Failure {
        Failure::Database(why)
    }
}

/// Whether it changes anything.
#[must_use]
pub fn writes(question: &StoreQuestion) -> bool {
    match question {
        StoreQuestion::Keep { .. }
        | StoreQuestion::Receive { .. }
        | StoreQuestion::Deliver { .. }
        | StoreQuestion::MoveArchivePosition { .. }
        | StoreQuestion::KeepCall { .. }
        | StoreQuestion::MarkSeen { .. }
        | StoreQuestion::KeepDraft { .. } => true,
        StoreQuestion::Outstanding { .. }
        | StoreQuestion::Ours { .. }
        | StoreQuestion::Undelivered { .. }
        | StoreQuestion::ArchivePosition { .. }
        | StoreQuestion::Conversations { .. }
        | StoreQuestion::Page { .. }
        | StoreQuestion::Search { .. }
        | StoreQuestion::Calls { .. } => false,
    }
}

/// Whether nobody sits and waits for the answer.
#[must_use]
pub fn can_wait(question: &StoreQuestion) -> bool {
    matches!(
        question,
        StoreQuestion::Receive { .. } | StoreQuestion::MarkSeen { .. } | StoreQuestion::MoveArchivePosition { .. }
    )
}

/// Whether what comes right after it does the same again, and more.
#[must_use]
pub fn is_overtaken(question: &StoreQuestion, later: &[StoreQuestion]) -> bool {
    // Whatever else may come would see that it was not done.
    let mut later = later.iter().take_while(|later| can_wait(later));
    match question {
        StoreQuestion::MoveArchivePosition { account, .. } => {
            later.any(|later| matches!(later, StoreQuestion::MoveArchivePosition { account: moved, .. } if moved == account))
        }
        StoreQuestion::MarkSeen { .. } => later.any(|later| later == question),
        _ => false,
    }
}

/// Does what is asked, in the transaction that `database` is in.
///
/// # Errors
/// The database fails, or it is refused.
pub fn act(database: &Connection, question: &StoreQuestion) -> Result<StoreAnswer, Failure> {
    Ok(match question {
        StoreQuestion::Keep { account, message } => {
            if !messages::keep(database, account, message)? {
                return Err(Failure::Refused(format!("A message with the key {} is kept already.", message.key.0)));
            }
            StoreAnswer::Done
        }
        StoreQuestion::Receive { account, messages } => {
            let mut new = Vec::new();
            for message in messages {
                if messages::keep(database, account, message)? {
                    new.push(message.key.clone());
                }
            }
            StoreAnswer::New(new)
        }
        StoreQuestion::Deliver { account, message, delivery } => {
            if !messages::deliver(database, account, message, delivery)? {
                return Err(Failure::Refused(format!("There is no message of ours with the key {}.", message.0)));
            }
            StoreAnswer::Done
        }
        StoreQuestion::Outstanding { account } => StoreAnswer::Outstanding(messages::outstanding(database, account)?),
        StoreQuestion::Ours { account, message } => {
            StoreAnswer::Outstanding(outbox::find(database, account, message)?.into_iter().collect())
        }
        StoreQuestion::Undelivered { account, count } => {
            StoreAnswer::Outstanding(messages::undelivered(database, account, *count)?)
        }
        StoreQuestion::ArchivePosition { account } => StoreAnswer::ArchivePosition {
            last: position::last(database, account)?,
            newest: messages::newest(database, account)?,
        },
        StoreQuestion::MoveArchivePosition { account, last } => {
            position::move_to(database, account, last)?;
            StoreAnswer::Done
        }
        StoreQuestion::KeepCall { account, with, call } => {
            StoreAnswer::CallKept(calls::keep(database, account, with.as_deref(), call)?)
        }
        StoreQuestion::Conversations { account } => StoreAnswer::Conversations(conversations::list(database, account)?),
        StoreQuestion::Page { account, with, from, count, ticket } => {
            let page = page::read(database, account, with.clone(), from, *count, *ticket)?;
            page.map(StoreAnswer::Page).ok_or_else(|| Failure::Refused("That message is not in this conversation.".into()))?
        }
        StoreQuestion::MarkSeen { account, with } => {
            conversations::mark_seen(database, account, &partner::bare(with))?;
            StoreAnswer::Done
        }
        StoreQuestion::KeepDraft { account, with, text } => {
            conversations::keep_draft(database, account, &partner::bare(with), text)?;
            StoreAnswer::Done
        }
        StoreQuestion::Search { words, count } => {
            let (hits, more) = search::search(database, words, *count)?;
            StoreAnswer::Found(hits, more)
        }
        StoreQuestion::Calls { before, count } => {
            let (calls, more) = calls::list(database, *before, *count)?;
            StoreAnswer::Calls(calls, more)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::AccountName;
    use crate::io::store::Store;

    #[test]
    fn what_is_done_again_right_after_is_done_once_unless_somebody_looks_between() {
        let home = tempfile::tempdir().unwrap();
        let mut store = Store::open(&home.path().join("history.db")).unwrap();
        let work = || AccountName("work".into());
        let moved = |last: &str| StoreQuestion::MoveArchivePosition { account: work(), last: last.into() };
        let position = || StoreQuestion::ArchivePosition { account: work() };
        let read = |last: &str| Ok(StoreAnswer::ArchivePosition { last: Some(last.into()), newest: None });
        let done = || Ok(StoreAnswer::Done);
        let answers = store.answer_all(&[moved("1"), moved("2"), position(), moved("3"), moved("4")]);
        assert_eq!(answers, [done(), done(), read("2"), done(), done()]);
        assert_eq!(store.answer(position()), read("4"));
        let other = StoreQuestion::MoveArchivePosition { account: AccountName("home".into()), last: "9".into() };
        store.answer_all(&[moved("5"), other]);
        assert_eq!(store.answer(position()), read("5"), "another account's is another's");
    }
}
