//! One line to fill in: an address, a filter, a password. A masked field shows dots, tells nobody how its words are
//! parted, hands its text out only as a [`Secret`], and wipes it when it goes.

use std::cell::Cell;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use zeroize::{Zeroize, Zeroizing};

use super::clean::clean;
use super::motion;
use super::outcome::{Outcome, TooLong};
use crate::machine::Secret;
use crate::tui::action::Action;
use crate::tui::text::drawable::tame;
use crate::tui::text::width;

/// The most that it holds, in bytes. The memory for it is taken at once, so that no copy of a password stays behind.
pub const MOST: usize = 1024;

/// What a masked letter is drawn as.
const DOT: &str = "•";

/// A line with a cursor in it.
pub struct Field {
    text: Zeroizing<String>,
    /// In bytes, between two clusters.
    cursor: usize,
    shown: Shown,
    /// What was deleted last, word or line; nothing of what is masked.
    killed: String,
    /// The first cluster that is seen.
    first: Cell<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Plain,
    Masked,
}

/// What is seen of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldLayout {
    /// Drawable, not wider than was asked.
    pub line: String,
    /// The column of the cursor.
    pub cursor: u16,
    /// Whether there is more on the left.
    pub before: bool,
    /// Whether there is more on the right.
    pub after: bool,
}

impl Default for Field {
    fn default() -> Field {
        Field::new()
    }
}

impl std::fmt::Debug for Field {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.shown {
            Shown::Plain => write!(out, "Field({:?} at {})", *self.text, self.cursor),
            Shown::Masked => out.write_str("Field(••••)"),
        }
    }
}

impl Field {
    /// An empty field.
    #[must_use]
    pub fn new() -> Field {
        Field {
            text: Zeroizing::new(String::with_capacity(MOST)),
            cursor: 0,
            shown: Shown::Plain,
            killed: String::new(),
            first: Cell::new(0),
        }
    }

    /// An empty field for a password.
    #[must_use]
    pub fn masked() -> Field {
        Field { shown: Shown::Masked, ..Field::new() }
    }

    /// Whether it shows dots.
    #[must_use]
    pub fn is_masked(&self) -> bool {
        self.shown == Shown::Masked
    }

    /// The text; nothing when it is masked, which only [`Field::secret`] tells.
    #[must_use]
    pub fn text(&self) -> &str {
        if self.is_masked() { "" } else { &self.text }
    }

    /// The text of a masked field, for what signs in.
    #[must_use]
    pub fn secret(&self) -> Secret {
        Secret::new(self.text.as_str().to_owned())
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts `text` in the place of what is there, the cursor behind it.
    ///
    /// # Errors
    ///
    /// When it is longer than [`MOST`]; the field is empty then.
    pub fn set_text(&mut self, text: &str) -> Result<(), TooLong> {
        self.clear();
        self.insert(text)
    }

    /// Empties it.
    pub fn clear(&mut self) {
        // Wiping keeps the memory.
        self.text.zeroize();
        self.cursor = 0;
        self.first.set(0);
    }

    /// Puts in what was typed or pasted; it stays one line: line ends at its ends go, those inside become spaces.
    ///
    /// # Errors
    ///
    /// When the text would be longer than [`MOST`]; nothing has changed then.
    pub fn insert(&mut self, text: &str) -> Result<(), TooLong> {
        let text = text.trim_matches(['\r', '\n']);
        if text.len() > MOST {
            return Err(TooLong { most: MOST });
        }
        let text = Zeroizing::new(match self.shown {
            Shown::Plain => clean(text).replace('\n', " "),
            // A password is what it is.
            Shown::Masked => text.to_owned(),
        });
        if self.text.len() + text.len() > MOST {
            return Err(TooLong { most: MOST });
        }
        self.text.insert_str(self.cursor, &text);
        self.cursor = motion::settled(&self.text, self.cursor + text.len());
        Ok(())
    }

    /// Does what an action says.
    pub fn act(&mut self, action: Action) -> Outcome {
        let (text, at) = (self.text.as_str(), self.cursor);
        match action {
            Action::CharLeft => self.cursor = motion::left(text, at),
            Action::CharRight => self.cursor = motion::right(text, at),
            Action::WordLeft => self.cursor = self.word_left(),
            Action::WordRight => self.cursor = if self.is_masked() { text.len() } else { motion::word_right(text, at) },
            Action::LineStart => self.cursor = 0,
            Action::LineEnd => self.cursor = text.len(),
            Action::DeleteBack => self.delete(motion::left(text, at)..at),
            Action::DeleteChar => self.delete(at..motion::right(text, at)),
            Action::DeleteWordBack => self.kill(self.word_left()..at),
            Action::DeleteToEnd => self.kill(at..text.len()),
            Action::DeleteToStart => self.kill(0..at),
            Action::PutBack => {
                if text.len() + self.killed.len() <= MOST {
                    self.text.insert_str(at, &self.killed);
                    self.cursor = motion::settled(&self.text, at + self.killed.len());
                }
            }
            _ => return Outcome::Ignored,
        }
        Outcome::Done
    }

    /// What is seen of it in `columns`, the cursor inside.
    #[must_use]
    pub fn layout(&self, columns: u16) -> FieldLayout {
        let columns = usize::from(columns);
        let clusters: Vec<(usize, String)> =
            self.text.grapheme_indices(true).map(|(at, cluster)| (at, self.draw(cluster))).collect();
        let widths: Vec<usize> = clusters.iter().map(|(_, drawn)| width(drawn)).collect();
        let cursor = clusters.partition_point(|(at, _)| *at < self.cursor);
        let taken = |range: Range<usize>| widths.get(range).unwrap_or_default().iter().sum::<usize>();
        let mut first = self.first.get().min(cursor);
        // No room stays empty on the right while there is more on the left.
        while first > 0 && taken(first - 1..widths.len()) < columns {
            first -= 1;
        }
        while first < cursor && taken(first..cursor) >= columns {
            first += 1;
        }
        self.first.set(first);
        let mut line = String::new();
        let (mut used, mut end) = (0, first);
        for ((_, drawn), columns_of) in clusters.iter().zip(&widths).skip(first) {
            if used + columns_of > columns {
                break;
            }
            line.push_str(drawn);
            used += columns_of;
            end += 1;
        }
        FieldLayout {
            line,
            cursor: u16::try_from(taken(first..cursor)).unwrap_or(0),
            before: first > 0,
            after: end < clusters.len(),
        }
    }

    fn draw(&self, cluster: &str) -> String {
        if self.is_masked() {
            return DOT.to_owned();
        }
        let mut drawn = String::new();
        tame(cluster, &mut drawn);
        drawn
    }

    /// The words of a password are nobody's business.
    fn word_left(&self) -> usize {
        if self.is_masked() { 0 } else { motion::word_left(&self.text, self.cursor) }
    }

    fn kill(&mut self, range: Range<usize>) {
        if let (Shown::Plain, Some(killed)) = (self.shown, self.text.get(range.clone()).filter(|killed| !killed.is_empty())) {
            self.killed = killed.to_owned();
        }
        self.delete(range);
    }

    fn delete(&mut self, range: Range<usize>) {
        let start = range.start;
        if self.text.get(range.clone()).is_some() {
            self.text.replace_range(range, "");
            self.cursor = motion::settled(&self.text, start);
        }
    }
}
