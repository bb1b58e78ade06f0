//! Search by words. What was typed is never the index's own language: each word stands in quotes, and the last one may be
//! the beginning of a word.

use super::messages;
use super::spacing::{self, GAP};
use crate::engine::event::{AccountName, Hit};
use crate::machine::RemoteText;
use rusqlite::{Connection, Error, ErrorCode, Row, named_params};

/// Stands before what was found, until the excerpt is cut: no XML document can hold it, and so no message.
const MARK: char = '\u{2}';

/// Characters of an excerpt, and how many of them may stand before the first word that was found.
const LONGEST: usize = 160;
const BEFORE: usize = 60;

/// Words beyond these are not looked for.
const WORDS: usize = 32;

/// What was found, newest first: the index itself is in the order of time.
#[must_use]
pub fn sql() -> String {
    let columns = messages::COLUMNS.replace("body", "messages.body AS body");
    format!(
        "SELECT {columns}, account, peer, snippet(words, 0, char(2), '', '…', 32) AS excerpt
         FROM words CROSS JOIN messages ON messages.time_key = words.rowid
         WHERE words MATCH :query ORDER BY words.rowid DESC LIMIT :limit"
    )
}

/// At most `count` messages that hold all of `words`, newest first, and whether there are more. One that is interrupted
/// answers with what it has found, and that there are more.
///
/// # Errors
/// As SQLite's.
pub fn search(database: &Connection, words: &str, count: u16) -> Result<(Vec<Hit>, bool), Error> {
    let Some(query) = query(words) else { return Ok((Vec::new(), false)) };
    let mut hits = Vec::new();
    match find(database, &query, u32::from(count) + 1, &mut hits) {
        Err(why) if why.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => return Ok((hits, true)),
        found => found?,
    }
    let more = hits.len() > usize::from(count);
    hits.truncate(count.into());
    Ok((hits, more))
}

fn find(database: &Connection, query: &str, limit: u32, hits: &mut Vec<Hit>) -> Result<(), Error> {
    let mut asked = database.prepare_cached(&sql())?;
    for hit in asked.query_map(named_params! { ":query": query, ":limit": limit }, read)? {
        hits.push(hit?);
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Hit, Error> {
    Ok(Hit {
        account: AccountName(row.get("account")?),
        with: row.get("peer")?,
        message: messages::read(row)?,
        excerpt: RemoteText::new(excerpt(&row.get::<_, String>("excerpt")?)),
    })
}

/// The words as a query (<https://www.sqlite.org/fts5.html>, §3); none where nothing was typed.
fn query(words: &str) -> Option<String> {
    let words = words.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    let spaced = |word: &str| spacing::spaced(word).unwrap_or_else(|| word.to_owned());
    let quoted: Vec<String> = words.take(WORDS).map(|word| format!("\"{}\"", spaced(word).replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| format!("{}*", quoted.join(" ")))
}

/// Cuts a piece of a message to the longest that an excerpt may be, around the first word found.
fn excerpt(marked: &str) -> String {
    let found = marked.chars().filter(|letter| *letter != GAP).position(|letter| letter == MARK).unwrap_or(0);
    let letters: Vec<char> = marked.chars().filter(|letter| !matches!(*letter, MARK | GAP)).collect();
    if letters.len() <= LONGEST {
        return letters.into_iter().collect();
    }
    let from = found.saturating_sub(BEFORE).min(letters.len() - LONGEST);
    let piece: String = letters.iter().skip(from).take(LONGEST).collect();
    let cut = |cut: bool| if cut { "…" } else { "" };
    format!("{}{piece}{}", cut(from > 0), cut(from + LONGEST < letters.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_never_the_language_of_the_index() {
        assert_eq!(query(" foo  bar").unwrap(), r#""foo" "bar"*"#);
        assert_eq!(query(r#"a"b OR NEAR(x)"#).unwrap(), r#""a""b" "OR" "NEAR(x)"*"#);
        assert_eq!(query("x\0y").unwrap(), r#""x" "y"*"#);
        assert_eq!(query("a你").unwrap(), "\"a\u{3}你\u{3}\"*");
        assert_eq!(query(" \t\n"), None);
    }

    #[test]
    fn an_excerpt_is_short_and_shows_what_was_found() {
        assert_eq!(excerpt("… one \u{2}two three …"), "… one two three …");
        assert_eq!(excerpt("\u{2}\u{3}你\u{3}\u{3}好\u{3}!"), "你好!");
        let long = format!("{}\u{2}word{}", "x".repeat(1000), "y".repeat(1000));
        let cut = excerpt(&long);
        assert!(cut.starts_with("…x") && cut.contains("xwordy") && cut.ends_with("y…"), "{cut}");
        assert_eq!(cut.chars().count(), LONGEST + 2);
        let at_the_end = excerpt(&format!("{}\u{2}word", "x".repeat(1000)));
        assert!(at_the_end.ends_with("xword"), "{at_the_end}");
    }
}
