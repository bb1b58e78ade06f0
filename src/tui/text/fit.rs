//! Cutting and filling to a number of columns. It refuses to break lines.

use unicode_segmentation::UnicodeSegmentation;

use super::columns::{cluster_width, width};
use super::drawable::drawable;

/// What stands where something was cut.
const CUT: &str = "…";

/// `text`, drawable, in at most `columns`; what is too long ends in `…`.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    let text = start(text, columns).map_or_else(|| drawable(text), |start| drawable(start));
    if width(&text) <= columns {
        return text.into_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut fitted = String::new();
    fill(&mut fitted, text.graphemes(true), room);
    fitted.push_str(CUT);
    fitted
}

/// `text`, drawable, in at most `columns`; what is too long begins with `…` and keeps its end.
#[must_use]
pub fn fit_left(text: &str, columns: usize) -> String {
    let text = drawable(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    let Some(mut room) = columns.checked_sub(1) else { return String::new() };
    let mut from = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        let Some(left) = room.checked_sub(cluster_width(cluster)) else { break };
        (from, room) = (at, left);
    }
    format!("{CUT}{}", text.get(from..).unwrap_or_default())
}

/// `text` in exactly `columns`: cut as [`fit`] does, or filled with spaces on the right.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let mut padded = fit(text, columns);
    let filling = columns.saturating_sub(width(&padded));
    padded.extend(std::iter::repeat_n(' ', filling));
    padded
}

/// `text` in exactly `columns`, at their right end: cut as [`fit`] does, or filled with spaces on the left.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let fitted = fit(text, columns);
    let filling = columns.saturating_sub(width(&fitted));
    let mut padded = " ".repeat(filling);
    padded.push_str(&fitted);
    padded
}

/// Appends clusters while there is room.
fn fill<'text>(filled: &mut String, clusters: impl Iterator<Item = &'text str>, mut room: usize) {
    for cluster in clusters {
        let Some(left) = room.checked_sub(cluster_width(cluster)) else { return };
        filled.push_str(cluster);
        room = left;
    }
}

/// The beginning of a long text, when it alone is too long for `columns`: a message of 100 kB has one row in a list.
fn start(text: &str, columns: usize) -> Option<&str> {
    const BYTES_OF_A_COLUMN: usize = 64;
    let start = text.get(..text.floor_char_boundary((columns + 2) * BYTES_OF_A_COLUMN))?;
    (start.len() < text.len() && width(&drawable(start)) > columns).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(fit("Bo Lindqvist", 12), "Bo Lindqvist");
        assert_eq!(fit("Bo Lindqvist", 6), "Bo Li…");
        assert_eq!(fit("漢字かな", 4), "漢…");
        assert_eq!(fit("漢字", 1), "…");
        assert_eq!(fit("x", 0), "");
        assert_eq!(fit_left("/home/bo/call.wav", 9), "…call.wav");
        assert_eq!(fit_left("漢字かな", 4), "…な");
        assert_eq!(fit(&"y".repeat(100_000), 5), "yyyy…");
        assert_eq!(fit(&format!("{}b", "\u{200b}".repeat(100)), 5), "b");
    }

    #[test]
    fn what_is_short_is_filled() {
        assert_eq!(pad("Bo", 4), "Bo  ");
        assert_eq!(pad("漢字かな", 4), "漢… ");
        assert_eq!(pad_left("7", 3), "  7");
    }
}
