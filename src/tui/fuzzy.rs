//! Fuzzy matching of what is typed against names and actions. It knows nothing of lists or how a match is shown.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use unicode_segmentation::UnicodeSegmentation;

/// What somebody looks for. Words match in any order, letters with gaps; capitals and accents count only when they are
/// typed.
#[derive(Debug)]
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
    /// Whether there are capitals in it whose small letters do not do.
    capitals: bool,
    letters: Vec<char>,
}

/// How well a text matched, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// More is better.
    pub score: u32,
    /// The grapheme clusters of the text that matched, by their place, rising.
    pub clusters: Vec<usize>,
}

impl Fuzzy {
    /// Looks for `needle`.
    #[must_use]
    pub fn new(needle: &str) -> Fuzzy {
        Fuzzy {
            pattern: Pattern::new(needle, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy),
            matcher: Matcher::new(Config::DEFAULT),
            capitals: needle.chars().any(|letter| !letter.is_ascii() && letter.is_uppercase()),
            letters: Vec::new(),
        }
    }

    /// How well `text` matches, more is better; `None` when it does not. An empty needle matches all alike.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        let text = letters(text, self.capitals, &mut self.letters);
        self.pattern.score(text, &mut self.matcher)
    }

    /// How well `text` matches, and which of its clusters.
    pub fn matched(&mut self, text: &str) -> Option<Matched> {
        let mut places = Vec::new();
        let text = letters(text, self.capitals, &mut self.letters);
        let score = self.pattern.indices(text, &mut self.matcher, &mut places)?;
        places.sort_unstable();
        places.dedup();
        Some(Matched { score, clusters: places.into_iter().filter_map(|place| place.try_into().ok()).collect() })
    }

    /// The items that match, best first; those that match alike stay in the order given.
    pub fn rank<T>(&mut self, items: impl IntoIterator<Item = T>, text: impl Fn(&T) -> &str) -> Vec<T> {
        let mut ranked: Vec<(u32, T)> = items.into_iter().filter_map(|item| Some((self.score(text(&item))?, item))).collect();
        ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        ranked.into_iter().map(|(_, item)| item).collect()
    }
}

/// A letter for each cluster of `text`. Capitals beyond ASCII are made small unless they count: the matcher takes the
/// accents of small letters away, and of few others.
fn letters<'text>(text: &'text str, capitals: bool, room: &'text mut Vec<char>) -> Utf32Str<'text> {
    if text.is_ascii() {
        return Utf32Str::new(text, room);
    }
    room.clear();
    room.extend(
        text.graphemes(true)
            .filter_map(|cluster| cluster.chars().next())
            .map(|letter| if capitals || letter.is_ascii() { letter } else { letter.to_lowercase().next().unwrap_or(letter) }),
    );
    Utf32Str::Unicode(room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_match_with_gaps_and_without_accents() {
        for (needle, text) in [
            ("bolind", "Bo Lindqvist"),
            ("lind bo", "Bo Lindqvist"),
            ("zlut", "Žluťoučký kůň"),
            ("", "all"),
            ("^a$", "x ^a$ y"),
        ] {
            assert!(Fuzzy::new(needle).score(text).is_some(), "{needle}");
        }
        for (needle, text) in [("B", "bo"), ("Ž", "žlut"), ("ž", "zlut"), ("bx", "Bo Lindqvist"), ("a", "")] {
            assert_eq!(Fuzzy::new(needle).score(text), None, "{needle}");
        }
    }

    #[test]
    fn what_matched_is_told_by_cluster() {
        assert_eq!(Fuzzy::new("kun").matched("👩\u{200d}👧 kůň").unwrap().clusters, [2, 3, 4]);
        assert_eq!(Fuzzy::new("lin bo").matched("Bo Lind").unwrap().clusters, [0, 1, 3, 4, 5]);
        let mut fuzzy = Fuzzy::new("e");
        assert_eq!(fuzzy.matched("ae\u{301}").unwrap().clusters, [1]);
        assert_eq!(fuzzy.matched("ae").map(|matched| matched.score), fuzzy.score("ae"));
    }

    #[test]
    fn better_matches_come_first_and_equal_ones_as_given() {
        let ranked = Fuzzy::new("bo").rank(["Jacob Oak", "Bo Berg", "Abbot", "Bo Alm", "Cyra"], |name| name);
        assert_eq!(ranked[..2], ["Bo Berg", "Bo Alm"]);
        assert!(!ranked.contains(&"Cyra"));
        assert_eq!(Fuzzy::new("").rank(["b", "a"], |name| name), ["b", "a"]);
    }
}
