//! What was done to a text and can be undone, by words; bounded in number and in bytes, the oldest go first.

use std::collections::VecDeque;

/// The bytes of text that are kept.
const BYTES: usize = 256 * 1024;

/// The edits that are kept.
const EDITS: usize = 1000;

/// At `at`, `removed` gave way to `inserted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// In bytes.
    pub at: usize,
    /// What stood there before.
    pub removed: String,
    /// What stands there after.
    pub inserted: String,
    /// Where the cursor was before.
    pub before: usize,
    /// Where the cursor is after.
    pub after: usize,
}

impl Edit {
    /// Does it to `text`, and says where the cursor is then.
    pub fn redo(&self, text: &mut String) -> usize {
        replace(text, self.at, &self.removed, &self.inserted);
        self.after
    }

    /// Takes it back in `text`, and says where the cursor is then.
    pub fn undo(&self, text: &mut String) -> usize {
        replace(text, self.at, &self.inserted, &self.removed);
        self.before
    }

    fn size(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Takes `next` in when it goes on with the same word, typing or deleting; else gives it back.
    fn join(&mut self, next: Edit) -> Option<Edit> {
        let types = self.removed.is_empty() && next.removed.is_empty() && next.at == self.at + self.inserted.len();
        let deletes = self.inserted.is_empty() && next.inserted.is_empty() && next.at + next.removed.len() == self.at;
        let new_word =
            |before: &str, letter: &str| before.ends_with(char::is_whitespace) && !letter.starts_with(char::is_whitespace);
        if types && !new_word(&self.inserted, &next.inserted) && !next.inserted.contains('\n') {
            self.inserted.push_str(&next.inserted);
        } else if deletes && !new_word(&next.removed, &self.removed) {
            self.removed.insert_str(0, &next.removed);
            self.at = next.at;
        } else {
            return Some(next);
        }
        self.after = next.after;
        None
    }
}

fn replace(text: &mut String, at: usize, old: &str, new: &str) {
    if text.get(at..).is_some_and(|behind| behind.starts_with(old)) {
        text.replace_range(at..at + old.len(), new);
    }
}

/// The edits of one text.
#[derive(Clone, Debug, Default)]
pub struct History {
    done: VecDeque<Edit>,
    undone: Vec<Edit>,
    /// The bytes in `done` and `undone`.
    bytes: usize,
    /// Whether the last edit may grow.
    open: bool,
}

impl History {
    /// Keeps `edit`; `typed` says that it was one letter, which may go on with the word before.
    pub fn keep(&mut self, edit: Edit, typed: bool) {
        self.bytes -= self.undone.drain(..).map(|edit| edit.size()).sum::<usize>();
        let size = edit.size();
        let apart = match self.done.back_mut() {
            Some(last) if self.open && typed => last.join(edit),
            _ => Some(edit),
        };
        self.done.extend(apart);
        self.bytes += size;
        self.open = typed;
        while self.bytes > BYTES || self.done.len() > EDITS {
            let Some(oldest) = self.done.pop_front() else { return };
            self.bytes -= oldest.size();
        }
    }

    /// What is edited next begins an edit of its own.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Takes the last edit back; where the cursor is then.
    pub fn undo(&mut self, text: &mut String) -> Option<usize> {
        self.open = false;
        let edit = self.done.pop_back()?;
        let cursor = edit.undo(text);
        self.undone.push(edit);
        Some(cursor)
    }

    /// Does again what was undone last; where the cursor is then.
    pub fn redo(&mut self, text: &mut String) -> Option<usize> {
        self.open = false;
        let edit = self.undone.pop()?;
        let cursor = edit.redo(text);
        self.done.push_back(edit);
        Some(cursor)
    }
}
