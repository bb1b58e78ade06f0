//! What somebody typed, taken at its word: whether it is a number or an address.

/// A user at a host, or a URI to call.
#[must_use]
pub fn is_address(words: &str) -> bool {
    let at_host = words.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    (at_host || is_uri(words)) && !words.contains(' ')
}

/// An address with its scheme.
#[must_use]
pub fn is_uri(words: &str) -> bool {
    ["sip:", "sips:", "tel:"].iter().any(|scheme| words.starts_with(scheme) && words.len() > scheme.len())
}

/// Digits as people write them, at least two.
#[must_use]
pub fn is_number(words: &str) -> bool {
    let digits = words.bytes().filter(u8::is_ascii_digit).count();
    (digits >= 2 || words.len() == digits && digits > 0)
        && words.bytes().all(|c| c.is_ascii_digit() || b"+*#-. ()".contains(&c))
}
