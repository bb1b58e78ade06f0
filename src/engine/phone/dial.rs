//! What the user dials, as a SIP URI: a number, `user@host`, or a `sip:`, `sips:` or `tel:` URI.

use crate::protocol::sip::message::{Params, Uri};

/// The URI that `typed` means for an account whose address of record is `own`. A number, or a name without a host, is
/// dialled at our own domain; the visual separators of RFC 3966 §5.1.1 are left out of a number.
///
/// # Errors
/// A sentence that says what is wrong with it and what would be right.
pub fn dial(typed: &str, own: &Uri) -> Result<Uri, String> {
    let typed = typed.trim();
    let wrong =
        || format!("“{typed}” is neither a number nor a SIP address. Write 1002, bo@example.test or sip:bo@example.test.");
    let lower = typed.to_ascii_lowercase();
    if lower.starts_with("sip:") || lower.starts_with("sips:") {
        // RFC 3261 §19.1.5: what follows “?” would choose what our request says; whoever wrote the link is not the user.
        return Uri::parse(typed).ok().filter(|uri| uri.headers.is_empty()).ok_or_else(wrong);
    }
    let subscriber = if lower.starts_with("tel:") { typed.get(4..).unwrap_or_default() } else { typed };
    if let Some(number) = number(subscriber) {
        return Ok(at_own_domain(&number, own));
    }
    // A colon before the host would be a password, and in what people type it is some other scheme.
    if subscriber.split_once('@').is_some_and(|(user, _)| !user.contains(':')) {
        return Uri::parse(&format!("sip:{subscriber}")).ok().filter(|uri| uri.headers.is_empty()).ok_or_else(wrong);
    }
    let is_user =
        !subscriber.is_empty() && subscriber.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.+*#".contains(letter));
    if is_user { Ok(at_own_domain(subscriber, own)) } else { Err(wrong()) }
}

/// `user` at the domain of `own`, with its scheme.
fn at_own_domain(user: &str, own: &Uri) -> Uri {
    let user = Some(user.replace('#', "%23"));
    Uri { user, password: None, params: Params::default(), headers: String::new(), ..own.clone() }
}

/// `text` as digits, when it is a telephone number: RFC 3966 parameters and visual separators are left out.
fn number(text: &str) -> Option<String> {
    let subscriber = text.split(';').next()?;
    let digits: String = subscriber.chars().filter(|letter| !" -.()".contains(*letter)).collect();
    let body = digits.strip_prefix('+').unwrap_or(&digits);
    let dialable = !body.is_empty() && body.chars().all(|letter| letter.is_ascii_digit() || "*#".contains(letter));
    dialable.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_uris_are_dialled() {
        let own = Uri::parse("sip:alice@example.test").unwrap();
        let dialled = |typed: &str| dial(typed, &own).map(|uri| uri.to_string());
        assert_eq!(dialled("1002").unwrap(), "sip:1002@example.test");
        assert_eq!(dialled("+46 (8) 555-01.02").unwrap(), "sip:+46855501 02@example.test".replace(' ', ""));
        assert_eq!(dialled("tel:+46-8-555;phone-context=x").unwrap(), "sip:+468555@example.test");
        assert_eq!(dialled("*21#").unwrap(), "sip:*21%23@example.test");
        assert_eq!(dialled("bo@other.test").unwrap(), "sip:bo@other.test");
        assert_eq!(dialled("bo").unwrap(), "sip:bo@example.test");
        assert_eq!(dialled("sip:bo@[2001:db8::1]:5070;transport=tcp").unwrap(), "sip:bo@[2001:db8::1]:5070;transport=tcp");
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_would_be_right() {
        let own = Uri::parse("sip:alice@example.test").unwrap();
        for typed in ["", "bo lindqvist", "sip:", "a\u{1b}[2J", "mailto:bo@x", "sip:bo@x?Subject=y", "bo@x?body=y"] {
            let refused = dial(typed, &own).unwrap_err();
            assert!(refused.contains("Write 1002"), "{typed}: {refused}");
        }
    }
}
