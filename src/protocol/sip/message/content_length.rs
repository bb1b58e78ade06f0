//! Content-Length (RFC 3261 §18.3, §20.14): where a message ends.
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::headers::Headers;

/// The length of the body by its header field; `None` where there is none.
///
/// # Errors
/// When it is no number that fits, or two of them disagree: then two readers would see two messages.
pub(super) fn content_length(headers: &Headers) -> Result<Option<usize>, Malformed> {
    let mut length = None;
    for value in headers.all("Content-Length") {
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Malformed::new("Content-Length", "not a number"));
        }
        let value: usize = value.parse().map_err(|_| Malformed::new("Content-Length", "too large"))?;
        if length.is_some_and(|length| length != value) {
            return Err(Malformed::new("Content-Length", "two that disagree"));
        }
        length = Some(value);
    }
    Ok(length)
}
