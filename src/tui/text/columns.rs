//! How many columns a text takes: counted by grapheme cluster (UAX #29), as the screen's buffer lays it out. It knows
//! nothing of what is done when there are too few.

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// The columns that `text` takes on a row. Control characters take none: the buffer leaves them out.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    clusters(text).map(|(_, cluster)| cluster_width(cluster)).sum()
}

/// The grapheme clusters of `text`, each with the place where it begins, in bytes.
pub fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Of ASCII only CR LF is one cluster (UAX #29, GB3), and the rules need not be looked up for the rest.
    let is_plain = text.is_ascii() && !text.contains('\r');
    let (plain, other) = if is_plain { (text, "") } else { ("", text) };
    let letters = plain.char_indices().map(|(at, _)| (at, plain.get(at..=at).unwrap_or_default()));
    letters.chain(other.grapheme_indices(true))
}

/// The columns that one grapheme cluster takes.
#[must_use]
pub fn cluster_width(cluster: &str) -> usize {
    if cluster.contains(char::is_control) { 0 } else { usize::from(cluster.cell_width()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_those_of_the_standard() {
        for text in ["", "plain words, and signs: ~", "tab\tand\nfeed", "cr\r\nlf\r", "e\u{301}te\u{301}", "a\u{200d}b 👩‍🚀 🇩🇪"]
        {
            assert!(clusters(text).eq(text.grapheme_indices(true)), "{text:?}");
        }
    }
}
