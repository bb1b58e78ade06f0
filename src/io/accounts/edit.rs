//! Changes of single keys in the text of an account file: what the user has written beside them, comments and keys of a newer
//! offhook among it, stays as it stands.
#![deny(clippy::indexing_slicing)]

use std::ops::Range;
use toml::de::DeTable;

/// `text` with this value of `key`, as TOML writes it; with none, without the key. Where the key is new it stands after the
/// line of the key `after`. None where the text is no TOML, or `after` is not in it.
#[must_use]
pub fn set(text: &str, key: &str, value: Option<&str>, after: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let find = |wanted: &str| table.get_ref().iter().find(|(known, _)| known.get_ref() == wanted);
    let (at, put) = match (find(key), value) {
        (Some((_, old)), Some(new)) => (old.span(), new.to_owned()),
        (Some((known, old)), None) => (line(text, known.span().start, old.span().end), String::new()),
        (None, Some(new)) => {
            let (known, old) = find(after)?;
            let end = line(text, known.span().start, old.span().end).end;
            let broken = text.get(..end)?.ends_with('\n');
            (end..end, format!("{}{key} = {new}\n", if broken { "" } else { "\n" }))
        }
        (None, None) => return Some(text.to_owned()),
    };
    Some([text.get(..at.start)?, &put, text.get(at.end..)?].concat())
}

/// The lines of which this is a part, with their end.
fn line(text: &str, start: usize, end: usize) -> Range<usize> {
    let begins = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let ends = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at + 1);
    begins..ends
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# mine\n\"address\" = 'a@b' # home\ndns = \"127.0.0.1:53\"   # of the lab\n\n[newer]\nca = 'x'\n";

    #[test]
    fn a_key_is_changed_added_or_taken_out_and_all_else_stays() {
        let set = |text: &str, key: &str, value: Option<&str>| set(text, key, value, "address").unwrap();
        assert_eq!(set(TEXT, "dns", Some("'[::1]:53'")), TEXT.replace("\"127.0.0.1:53\"", "'[::1]:53'"));
        assert_eq!(set(TEXT, "dns", None), TEXT.replace("dns = \"127.0.0.1:53\"   # of the lab\n", ""));
        let added = set(TEXT, "tftp-port", Some("6969"));
        assert_eq!(added, TEXT.replace("# home\n", "# home\ntftp-port = 6969\n"));
        // The one of the newer table is another.
        assert_eq!(set(TEXT, "ca", None), TEXT);
        assert_eq!(set("address = 'a@b'", "ca", Some("'c'")), "address = 'a@b'\nca = 'c'\n");
        assert_eq!(set("address = '''\na@b'''\n", "ca", Some("'c'")), "address = '''\na@b'''\nca = 'c'\n");
    }

    #[test]
    fn what_is_no_account_is_not_changed() {
        assert_eq!(super::set("address = ", "ca", Some("'c'"), "address"), None);
        assert_eq!(super::set("jid = 'a@b'", "ca", Some("'c'"), "address"), None);
    }
}
