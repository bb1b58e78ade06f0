//! A key press in the body of an INFO: `application/dtmf-relay` and `application/dtmf`, which no RFC defines and many
//! gateways send.
#![deny(clippy::indexing_slicing)]

/// The key that `body` names, `None` where it names none.
#[must_use]
pub fn key(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    let signal = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
    });
    let word = signal.unwrap_or_else(|| text.trim());
    match word {
        "10" => Some('*'),
        "11" => Some('#'),
        "12" => Some('A'),
        "13" => Some('B'),
        "14" => Some('C'),
        "15" => Some('D'),
        _ => {
            let mut letters = word.chars();
            let key = letters.next()?.to_ascii_uppercase();
            let whole = letters.next().is_none() && matches!(key, '0'..='9' | '*' | '#' | 'A'..='D');
            whole.then_some(key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_are_read_from_either_form() {
        assert_eq!(key(b"Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(key(b"Signal= *\r\n"), Some('*'));
        assert_eq!(key(b"signal=11"), Some('#'));
        assert_eq!(key(b"d"), Some('D'));
        for nothing in [&b"Signal=55"[..], b"", b"\xff", b"Signal=", b"Duration=160"] {
            assert_eq!(key(nothing), None);
        }
    }
}
