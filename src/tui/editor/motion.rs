//! Places in a text: the next cluster, word and line from a place. Places are bytes, always between two clusters.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// The end of the cluster that begins at `at`.
#[must_use]
pub fn right(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true).next_boundary(text, 0).ok().flatten().unwrap_or(text.len())
}

/// The beginning of the cluster that ends at `at`.
#[must_use]
pub fn left(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true).prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

/// `at`, or the end of the cluster that it is inside of.
#[must_use]
pub fn settled(text: &str, at: usize) -> usize {
    let at = text.ceil_char_boundary(at);
    match GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0) {
        Ok(true) => at,
        _ => right(text, at),
    }
}

/// The beginning of the word that `at` is in or behind.
#[must_use]
pub fn word_left(text: &str, at: usize) -> usize {
    let mut place = at;
    let mut inside = false;
    for (start, cluster) in text.get(..at).unwrap_or_default().grapheme_indices(true).rev() {
        if inside && !is_word(cluster) {
            break;
        }
        inside |= is_word(cluster);
        place = start;
    }
    settled(text, place)
}

/// The end of the word that `at` is in or before.
#[must_use]
pub fn word_right(text: &str, at: usize) -> usize {
    let mut place = at;
    let mut inside = false;
    for cluster in text.get(at..).unwrap_or_default().graphemes(true) {
        if inside && !is_word(cluster) {
            break;
        }
        inside |= is_word(cluster);
        place += cluster.len();
    }
    settled(text, place)
}

/// The beginning of the line that `at` is in.
#[must_use]
pub fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1)
}

/// The end of the line that `at` is in, before its line feed.
#[must_use]
pub fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|behind| behind.find('\n')).map_or(text.len(), |feed| at + feed)
}

fn is_word(cluster: &str) -> bool {
    cluster.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}
