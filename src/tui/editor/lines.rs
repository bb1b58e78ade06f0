//! A text of many lines that is being written. It refuses to send itself: a line feed in what is pasted is a line feed.

use std::cell::Cell;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::clean::clean;
use super::history::{Edit, History};
use super::motion;
use super::outcome::{Outcome, TooLong};
use super::rows::Rows;
use crate::tui::action::Action;

/// The most that it holds, in bytes.
pub const MOST: usize = 64 * 1024;

/// A text with a cursor in it.
#[derive(Clone, Debug, Default)]
pub struct Editor {
    text: String,
    /// In bytes, between two clusters.
    cursor: usize,
    /// The column that going up and down keeps to.
    goal: Option<usize>,
    /// What was deleted last, word or line.
    killed: String,
    history: History,
    /// How it was laid out last: going up and down goes by those rows.
    view: Cell<View>,
}

/// A window on the rows.
#[derive(Clone, Copy, Debug)]
struct View {
    columns: u16,
    rows: u16,
    /// The first row that is seen.
    top: usize,
}

impl Default for View {
    fn default() -> View {
        View { columns: 80, rows: 1, top: 0 }
    }
}

/// What is seen of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The rows that are seen, drawable, none wider than was asked; at most as many as were asked.
    pub lines: Vec<String>,
    /// Column and row of the cursor in them.
    pub cursor: (u16, u16),
    /// Rows above what is seen.
    pub above: usize,
    /// Rows below what is seen.
    pub below: usize,
}

impl Editor {
    /// An empty text.
    #[must_use]
    pub fn new() -> Editor {
        Editor::default()
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Where the cursor is, in bytes of the text.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Begins anew with `text`, the cursor behind it; what was done before cannot be undone.
    ///
    /// # Errors
    ///
    /// When it is longer than [`MOST`]; nothing has changed then.
    pub fn set_text(&mut self, text: &str) -> Result<(), TooLong> {
        let text = clean(text);
        if text.len() > MOST {
            return Err(TooLong { most: MOST });
        }
        *self = Editor {
            cursor: text.len(),
            text,
            killed: std::mem::take(&mut self.killed),
            view: self.view.clone(),
            ..Editor::default()
        };
        Ok(())
    }

    /// Hands the text out and begins anew.
    pub fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        *self = Editor { killed: std::mem::take(&mut self.killed), view: self.view.clone(), ..Editor::default() };
        text
    }

    /// Puts in what was typed or pasted.
    ///
    /// # Errors
    ///
    /// When the text would be longer than [`MOST`]; nothing has changed then.
    pub fn insert(&mut self, text: &str) -> Result<(), TooLong> {
        if text.len() > MOST {
            return Err(TooLong { most: MOST });
        }
        let text = clean(text);
        if self.text.len() + text.len() > MOST {
            return Err(TooLong { most: MOST });
        }
        let typed = text.graphemes(true).nth(1).is_none();
        self.goal = None;
        self.replace(self.cursor..self.cursor, text, typed);
        Ok(())
    }

    /// Does what an action says.
    pub fn act(&mut self, action: Action) -> Outcome {
        let vertical = matches!(action, Action::LineUp | Action::LineDown | Action::PageUp | Action::PageDown);
        if !vertical {
            self.goal = None;
        }
        let (text, at) = (self.text.as_str(), self.cursor);
        match action {
            Action::CharLeft => self.go(motion::left(text, at)),
            Action::CharRight => self.go(motion::right(text, at)),
            Action::WordLeft => self.go(motion::word_left(text, at)),
            Action::WordRight => self.go(motion::word_right(text, at)),
            Action::LineStart => self.go(motion::line_start(text, at)),
            Action::LineEnd => self.go(motion::line_end(text, at)),
            Action::LineUp => return self.go_rows(|row, _| row.checked_sub(1)),
            Action::LineDown => return self.go_rows(|row, _| row.checked_add(1)),
            Action::PageUp => return self.go_rows(|row, page| (row > 0).then(|| row.saturating_sub(page))),
            Action::PageDown => return self.go_rows(|row, page| row.checked_add(page)),
            Action::DeleteBack => self.replace(motion::left(text, at)..at, String::new(), true),
            Action::DeleteChar => self.replace(at..motion::right(text, at), String::new(), false),
            Action::DeleteWordBack => self.kill(motion::word_left(text, at)..at),
            Action::DeleteToEnd => {
                let end = motion::line_end(text, at);
                // At the end of a line, its line feed goes.
                self.kill(at..if end == at { motion::right(text, at) } else { end });
            }
            Action::DeleteToStart => self.kill(motion::line_start(text, at)..at),
            Action::PutBack => {
                if self.text.len() + self.killed.len() <= MOST {
                    self.replace(at..at, self.killed.clone(), false);
                }
            }
            Action::NewLine => {
                if self.text.len() < MOST {
                    self.replace(at..at, "\n".to_owned(), true);
                }
            }
            Action::Undo => {
                if let Some(cursor) = self.history.undo(&mut self.text) {
                    self.cursor = motion::settled(&self.text, cursor);
                }
            }
            Action::Redo => {
                if let Some(cursor) = self.history.redo(&mut self.text) {
                    self.cursor = motion::settled(&self.text, cursor);
                }
            }
            _ => return Outcome::Ignored,
        }
        Outcome::Done
    }

    /// How many rows the whole text takes in `columns`.
    #[must_use]
    pub fn height(&self, columns: u16) -> usize {
        Rows::of(&self.text, columns).count()
    }

    /// What is seen of it in `columns` and `rows`: softly wrapped, the cursor inside. Going up and down goes by this.
    #[must_use]
    pub fn layout(&self, columns: u16, rows: u16) -> Layout {
        let broken = Rows::of(&self.text, columns);
        let (row, column) = broken.position(self.cursor);
        let seen = usize::from(rows);
        let top = self.view.get().top.min(broken.count().saturating_sub(seen)).min(row).max((row + 1).saturating_sub(seen));
        self.view.set(View { columns, rows, top });
        let lines: Vec<String> = match columns {
            0 => Vec::new(),
            _ => (top..broken.count().min(top + seen)).map(|row| broken.draw(row)).collect(),
        };
        let last_column = columns.saturating_sub(1);
        Layout {
            cursor: (u16::try_from(column).unwrap_or(last_column).min(last_column), u16::try_from(row - top).unwrap_or(0)),
            above: top,
            below: broken.count().saturating_sub(top + seen),
            lines,
        }
    }

    fn go(&mut self, place: usize) {
        self.history.close();
        self.cursor = place;
    }

    /// Goes to another row; `target` says which, from the row where the cursor is and the rows of a page.
    fn go_rows(&mut self, target: impl Fn(usize, usize) -> Option<usize>) -> Outcome {
        let view = self.view.get();
        let rows = Rows::of(&self.text, view.columns);
        let (row, column) = rows.position(self.cursor);
        let target = target(row, usize::from(view.rows).max(1)).map(|target| target.min(rows.count().saturating_sub(1)));
        let Some(target) = target.filter(|target| *target != row) else { return Outcome::Ignored };
        let goal = self.goal.unwrap_or(column);
        let place = rows.place(target, goal);
        self.goal = Some(goal);
        self.go(place);
        Outcome::Done
    }

    fn kill(&mut self, range: Range<usize>) {
        if let Some(killed) = self.text.get(range.clone()).filter(|killed| !killed.is_empty()) {
            self.killed = killed.to_owned();
            self.replace(range, String::new(), false);
        }
    }

    /// Every change of the text but undoing.
    fn replace(&mut self, range: Range<usize>, inserted: String, typed: bool) {
        let Some(removed) = self.text.get(range.clone()).map(str::to_owned) else { return };
        if removed.is_empty() && inserted.is_empty() {
            return;
        }
        self.text.replace_range(range.clone(), &inserted);
        let before = self.cursor;
        // Neighbours may have become one cluster.
        self.cursor = motion::settled(&self.text, range.start + inserted.len());
        self.history.keep(Edit { at: range.start, removed, inserted, before, after: self.cursor }, typed);
    }
}
