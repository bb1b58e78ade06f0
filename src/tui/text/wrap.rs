//! Breaking text into lines. It refuses to know scrolling, colours and who wrote it.

use unicode_segmentation::UnicodeSegmentation;

use super::columns::{cluster_width, width};
use super::drawable::drawable;

/// What is drawn for a cluster that is wider than the whole line.
const TOO_WIDE: &str = "…";

/// `text`, drawable, in lines of at most `columns`: paragraphs end at line feeds, lines at spaces and between wide
/// letters, words that are longer than a line between clusters. The spaces at a break are left out, those at the
/// beginning of a paragraph (code) stay. There is at least one line.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let paragraph = drawable(paragraph.strip_suffix('\r').unwrap_or(paragraph));
        Paragraph { lines: &mut lines, columns, line: String::new(), used: 0, spaces: 0 }.wrap(&paragraph);
    }
    lines
}

struct Paragraph<'lines> {
    lines: &'lines mut Vec<String>,
    columns: usize,
    /// What stands on the line, which takes `used` columns.
    line: String,
    used: usize,
    /// Spaces behind it that are only written when a word follows on the same line.
    spaces: usize,
}

impl Paragraph<'_> {
    fn wrap(mut self, paragraph: &str) {
        // An indent leaves half of the line to what is indented.
        let text = paragraph.trim_start_matches(' ');
        let indent = (paragraph.len() - text.len()).min(self.columns / 2);
        let mut indented = indent > 0 && !text.is_empty();
        if indented {
            self.line.extend(std::iter::repeat_n(' ', indent));
            self.used = indent;
        }
        for (at, words) in text.split(' ').enumerate() {
            self.spaces += usize::from(at > 0);
            for word in pieces(words) {
                let columns = width(word);
                if !indented && self.used > 0 && self.used + self.spaces + columns > self.columns {
                    self.end_line();
                }
                self.put(word, columns);
                indented = false;
            }
        }
        self.lines.push(self.line);
    }

    /// Puts a word behind what is there, breaking it where the line ends.
    fn put(&mut self, word: &str, columns: usize) {
        if self.used > 0 {
            self.line.extend(std::iter::repeat_n(' ', self.spaces));
            self.used += self.spaces;
        }
        self.spaces = 0;
        if self.used + columns <= self.columns {
            self.line.push_str(word);
            self.used += columns;
            return;
        }
        for cluster in word.graphemes(true) {
            let (cluster, columns) = match cluster_width(cluster) {
                columns if columns > self.columns => (TOO_WIDE, 1.min(self.columns)),
                columns => (cluster, columns),
            };
            if self.columns == 0 {
                return;
            }
            if self.used + columns > self.columns {
                self.end_line();
            }
            self.line.push_str(cluster);
            self.used += columns;
        }
    }

    fn end_line(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
        (self.used, self.spaces) = (0, 0);
    }
}

/// What must not be broken: words of narrow clusters, and each wide cluster by itself.
fn pieces(words: &str) -> impl Iterator<Item = &str> {
    let mut rest = words;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        if !rest.is_ascii() {
            for (at, cluster) in rest.grapheme_indices(true) {
                if cluster_width(cluster) > 1 {
                    end = if at == 0 { cluster.len() } else { at };
                    break;
                }
            }
        }
        let (piece, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(piece)
    })
}
