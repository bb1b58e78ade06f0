//! Values to bytes (RFC 3261 §7).

use super::header_name;
use super::headers::Headers;

/// Start line, header fields and body, with the Content-Length that the body has.
pub(super) fn message(start_line: &str, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512 + body.len());
    let mut line = |parts: [&str; 3]| {
        parts.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
        bytes.extend_from_slice(b"\r\n");
    };
    line([start_line, "", ""]);
    for (name, value) in headers.iter().filter(|(name, _)| !header_name::is(name, "Content-Length")) {
        line([name, ": ", value]);
    }
    line(["Content-Length", ": ", &body.len().to_string()]);
    line(["", "", ""]);
    bytes.extend_from_slice(body);
    bytes
}
