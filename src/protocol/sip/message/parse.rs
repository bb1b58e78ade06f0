//! Bytes to values: a message of a datagram (RFC 3261 §7, §18.3), total and linear.
//!
//! Lines end with CR LF and nothing else: where two readers could see two messages (a lone CR or LF inside a line, two
//! Content-Lengths that disagree) nothing is read. Bytes that are not UTF-8 become U+FFFD.
#![deny(clippy::indexing_slicing)]

use super::content_length::content_length;
use super::error::ParseError;
use super::grammar::{is_token, trim};
use super::headers::Headers;
use super::method::Method;
use super::request::Request;
use super::response::Response;
use super::uri::Uri;
use crate::machine::RemoteText;
use std::borrow::Cow;

/// The largest header section that is read, in bytes, start line and empty line included.
pub const MAX_HEADER_BYTES: usize = 64 * 1024;

/// A SIP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A request.
    Request(Request),
    /// A response.
    Response(Response),
}

impl Message {
    /// Reads the one message of a datagram. A body longer than Content-Length is cut; without Content-Length it is the
    /// rest of the datagram (RFC 3261 §18.3). Whether it holds the header fields it must is asked with
    /// [`check`](Message::check).
    ///
    /// # Errors
    /// When the start line, a header line or Content-Length is malformed, or the body is shorter than Content-Length.
    pub fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
        let (mut message, body) = Message::split(bytes)?;
        let promised = content_length(message.headers()).map_err(ParseError::ContentLength)?.unwrap_or(body.len());
        let present = body.len();
        let body = body.get(..promised).ok_or(ParseError::BodyTruncated { promised, present })?;
        message.set_raw_body(body.to_vec());
        Ok(message)
    }

    /// Reads a datagram like [`parse`](Message::parse), but for a Content-Length that lies: [`check`](Message::check)
    /// finds that, so that whoever sent a request can be told (RFC 3261 §18.3).
    ///
    /// # Errors
    /// When the start line or a header line is malformed.
    pub fn parse_datagram(bytes: &[u8]) -> Result<Message, ParseError> {
        let (mut message, body) = Message::split(bytes)?;
        let promised = content_length(message.headers()).ok().flatten();
        let body = promised.and_then(|promised| body.get(..promised)).unwrap_or(body);
        message.set_raw_body(body.to_vec());
        Ok(message)
    }

    /// The message without its body, and what follows its header fields.
    fn split(bytes: &[u8]) -> Result<(Message, &[u8]), ParseError> {
        let bytes = skip_line_ends(bytes);
        if bytes.is_empty() {
            return Err(ParseError::Empty);
        }
        let section = bytes.get(..bytes.len().min(MAX_HEADER_BYTES)).unwrap_or(bytes);
        let Some(end) = header_end(section, 0) else {
            let too_large = bytes.len() > MAX_HEADER_BYTES;
            return Err(if too_large { ParseError::HeaderTooLarge } else { ParseError::Unfinished });
        };
        let (head, body) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        Ok((Message::parse_head(head)?, body))
    }

    /// Reads start line and header fields from `head`, which ends with the empty line.
    pub(super) fn parse_head(head: &[u8]) -> Result<Message, ParseError> {
        let text = String::from_utf8_lossy(head);
        let text = text.strip_suffix("\r\n\r\n").ok_or(ParseError::Unfinished)?;
        let (start, fields) = text.split_once("\r\n").map_or((text, None), |(start, fields)| (start, Some(fields)));
        let headers = fields.map_or_else(|| Ok(Headers::new()), header_fields)?;
        start_line(start, headers)
    }

    /// The header fields.
    #[must_use]
    pub const fn headers(&self) -> &Headers {
        match self {
            Message::Request(request) => &request.headers,
            Message::Response(response) => &response.headers,
        }
    }

    /// The header fields, to be changed.
    pub const fn headers_mut(&mut self) -> &mut Headers {
        match self {
            Message::Request(request) => &mut request.headers,
            Message::Response(response) => &mut response.headers,
        }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        match self {
            Message::Request(request) => &request.body,
            Message::Response(response) => &response.body,
        }
    }

    /// As it stands on the wire, with the right Content-Length.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        match self {
            Message::Request(request) => request.write(),
            Message::Response(response) => response.write(),
        }
    }

    pub(super) fn set_raw_body(&mut self, bytes: Vec<u8>) {
        match self {
            Message::Request(request) => request.body = bytes,
            Message::Response(response) => response.body = bytes,
        }
    }
}

/// What follows the line ends before a message, which mean nothing (RFC 3261 §7.5).
fn skip_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_prefix(b"\r\n") {
        bytes = rest;
    }
    bytes
}

/// Where the body begins, looking for the empty line from byte `from` on.
pub(super) fn header_end(bytes: &[u8], from: usize) -> Option<usize> {
    let at = bytes.get(from..)?.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(from + at + 4)
}

fn header_fields(text: &str) -> Result<Headers, ParseError> {
    let mut headers = Headers::new();
    let mut lines = text.split("\r\n").peekable();
    while let Some(line) = lines.next() {
        let bad = || ParseError::HeaderLine { line: RemoteText::from(line) };
        let (name, value) = line.split_once(':').ok_or_else(bad)?;
        let name = name.trim_end_matches([' ', '\t']);
        if !is_token(name) {
            return Err(bad());
        }
        let mut value = Cow::Borrowed(trim(value));
        while let Some(folded) = lines.next_if(|next| next.starts_with([' ', '\t'])) {
            let joined = value.to_mut();
            joined.push(' ');
            joined.push_str(trim(folded));
        }
        if value.contains(['\r', '\n']) {
            return Err(bad());
        }
        headers.push(name, value);
    }
    Ok(headers)
}

fn start_line(line: &str, headers: Headers) -> Result<Message, ParseError> {
    let bad = || ParseError::StartLine { line: RemoteText::from(line) };
    let wrong_version = || ParseError::Version { line: RemoteText::from(line) };
    if line.contains(['\r', '\n', '\0']) {
        return Err(bad());
    }
    let (first, rest) = line.split_once(' ').ok_or_else(bad)?;
    if let Some(version) = version(first) {
        if version != "2.0" {
            return Err(wrong_version());
        }
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        let status = code.parse().ok().filter(|status| (100..700).contains(status)).ok_or_else(bad)?;
        return Ok(Message::Response(Response { status, reason: reason.to_owned(), headers, body: Vec::new() }));
    }
    let (uri, protocol) = rest.rsplit_once(' ').ok_or_else(bad)?;
    match version(protocol) {
        Some("2.0") => {}
        Some(number) if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => return Err(wrong_version()),
        _ => return Err(bad()),
    }
    let method = Method::parse(first).ok_or_else(bad)?;
    let uri = Uri::parse(uri).map_err(ParseError::RequestUri)?;
    Ok(Message::Request(Request { method, uri, headers, body: Vec::new() }))
}

/// What follows `SIP/`, in any case.
fn version(text: &str) -> Option<&str> {
    let (name, number) = text.split_once('/')?;
    name.eq_ignore_ascii_case("SIP").then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Message, ParseError> {
        Message::parse(text.as_bytes())
    }

    #[test]
    fn folded_lines_compact_names_and_spaces_before_the_colon_are_read() {
        let message =
            parse("\r\n\r\nINVITE tel:+1 sip/2.0\r\nv : SIP/2.0/UDP a\r\ns: one\r\n \t two\r\n\t\r\nl:3\r\n\r\nabcdef")
                .unwrap();
        assert_eq!(message.headers().via().unwrap().host.to_string(), "a");
        assert_eq!(message.headers().get("Subject"), Some("one two"));
        assert_eq!(message.body(), b"abc");
    }

    #[test]
    fn the_body_ends_where_content_length_says() {
        assert_eq!(parse("SIP/2.0 200 OK\r\n\r\nabc").unwrap().body(), b"abc");
        for (length, error) in [
            ("4", "Content-Length promises 4 bytes, the datagram has 3"),
            ("-1", "malformed Content-Length: not a number"),
            ("99999999999999999999999", "malformed Content-Length: too large"),
            ("1\r\nl: 2", "malformed Content-Length: two that disagree"),
        ] {
            let result = parse(&format!("SIP/2.0 200 OK\r\nContent-Length: {length}\r\n\r\nabc"));
            assert_eq!(result.unwrap_err().to_string(), error);
        }
        assert!(parse("SIP/2.0 200 OK\r\nl: 3\r\nContent-Length: 3\r\n\r\nabc").is_ok());
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bad in [
            "",
            "\r\n",
            "\r\n\r\n\r\n\r\n",
            "INVITE sip:a@b SIP/2.0\r\n",
            "INVITE  sip:a@b SIP/2.0\r\n\r\n",
            "INVITE sip:a@b  SIP/2.0\r\n\r\n",
            "INVITE sip:a@b SIP/2.0 \r\n\r\n",
            "INVITE sip:a@b SIP/7.0\r\n\r\n",
            "INVITE sip:a@b HTTP/1.1\r\n\r\n",
            "SIP/2.0 2000 OK\r\n\r\n",
            "SIP/2.0 099 OK\r\n\r\n",
            "SIP/2.0 700 OK\r\n\r\n",
            "SIP/2.0 4294967301 OK\r\n\r\n",
            "SIP/2.0 +20 OK\r\n\r\n",
            "SIP/3.0 200 OK\r\n\r\n",
            "SIP/2.0 200 OK\r\n folded: start\r\n\r\n",
            "SIP/2.0 200 OK\r\nno colon\r\n\r\n",
            "SIP/2.0 200 OK\r\n: no name\r\n\r\n",
            "SIP/2.0 200 OK\r\na b: c\r\n\r\n",
            "SIP/2.0 200 OK\r\nA: b\nVia: c\r\n\r\n",
            "SIP/2.0 200 OK\r\nA: b\rVia: c\r\n\r\n",
            "SIP/2.0 200 O\nK\r\n\r\n",
            "INVITE <sip:a@b> SIP/2.0\r\n\r\n",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(matches!(parse("INVITE sip:a@b SIP/7.0\r\n\r\n"), Err(ParseError::Version { .. })));
        for good in ["SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 100 \r\n\r\n", "SIP/2.0 100\r\n\r\n"] {
            assert!(parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_do_no_harm() {
        let message = Message::parse(b"SIP/2.0 200 \xff\r\nSubject: J\xf6rg\r\n\r\n\xff").unwrap();
        assert_eq!(message.headers().get("Subject"), Some("J\u{fffd}rg"));
        assert_eq!(message.body(), b"\xff");
    }
}
