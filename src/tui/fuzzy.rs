//! Fuzzy matching of what is typed against names and actions. It knows nothing of lists or how a match is shown.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Letters of a needle, and of a text, that count: scores are of sixteen bits, and a name is shorter.
const LONGEST: (usize, usize) = (200, 1000);

/// What somebody looks for. Words match in any order, letters with gaps; capitals and accents count only when they are
/// typed.
#[derive(Debug)]
pub struct Fuzzy {
    pattern: Pattern,
    matcher: Matcher,
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
            pattern: Pattern::new(start(needle, LONGEST.0), CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy),
            matcher: Matcher::new(Config::DEFAULT),
            letters: Vec::new(),
        }
    }

    /// How well `text` matches, more is better; `None` when it does not. An empty needle matches all alike.
    pub fn score(&mut self, text: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(start(text, LONGEST.1), &mut self.letters), &mut self.matcher)
    }

    /// How well `text` matches, and which of its clusters.
    pub fn matched(&mut self, text: &str) -> Option<Matched> {
        let mut places = Vec::new();
        let score =
            self.pattern.indices(Utf32Str::new(start(text, LONGEST.1), &mut self.letters), &mut self.matcher, &mut places)?;
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

/// Who is looked for by the beginnings of their names: what has the letters with gaps does not count. A call goes to nobody
/// who only resembles what was typed.
#[derive(Debug)]
pub struct Beginnings {
    pattern: Pattern,
    matcher: Matcher,
    letters: Vec<char>,
}

impl Beginnings {
    /// Looks for `needle`.
    #[must_use]
    pub fn new(needle: &str) -> Beginnings {
        Beginnings {
            pattern: Pattern::new(start(needle, LONGEST.0), CaseMatching::Ignore, Normalization::Smart, AtomKind::Prefix),
            matcher: Matcher::new(Config::DEFAULT),
            letters: Vec::new(),
        }
    }

    /// Whether each word of the needle begins a word of `text`.
    pub fn fits(&mut self, text: &str) -> bool {
        let text = start(text, LONGEST.1);
        let mut before = ' ';
        let begins = |(at, letter): (usize, char)| {
            let follows = std::mem::replace(&mut before, letter).is_alphanumeric();
            (letter.is_alphanumeric() && !follows).then(|| text.get(at..)).flatten()
        };
        let words: Vec<&str> = text.char_indices().filter_map(begins).collect();
        let Beginnings { pattern, matcher, letters } = self;
        let mut fits = |atom: &Atom, word: &str| atom.score(Utf32Str::new(word, letters), matcher).is_some();
        pattern.atoms.iter().all(|atom| words.iter().any(|word| fits(atom, word)))
    }
}

/// The first letters of a text.
fn start(text: &str, letters: usize) -> &str {
    text.char_indices().nth(letters).map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_beginnings_of_words_are_beginnings() {
        let fits = |needle: &str, text: &str| Beginnings::new(needle).fits(text);
        for needle in ["bo", "Oka", "o b", "bo@lab", "lab.example", "  bob   okafor ", ""] {
            assert!(fits(needle, "Bob Okafor bo@lab.example"), "{needle}");
        }
        for needle in ["foo bar", "ob", "kafor", "bk", "bo x", "foo"] {
            assert!(!fits(needle, "Bob Okafor bo@lab.example"), "{needle}");
        }
        assert!(fits("asa", "\u{c5}sa \u{d6}berg") && fits("\u{f6}b", "\u{c5}sa \u{d6}berg"));
    }
}
