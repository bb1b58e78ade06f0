//! Bytes ⇄ values, on httparse (RFC 9112): requests as they come in pieces, with a Content-Length, in chunks or without a
//! body, one after the other on one connection; and responses, always with their length.

use crate::machine::Secret;
use crate::protocol::http::{Credentials, Method, Request, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;
use url::Url;

/// The longest head, in bytes.
const HEAD: usize = 16 * 1024;

/// The most header fields.
const FIELDS: usize = 64;

/// The longest body, in bytes; a message with sound in it fits.
const BODY: usize = 8 * 1024 * 1024;

/// A request that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What is asked. Basic credentials stand in their place; cookies are header fields.
    pub request: Request,
    /// Whether the connection goes on after the answer (RFC 9112 §9.3).
    pub keep_alive: bool,
}

/// Why no request can be made of what came. The connection ends after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no HTTP/1.1.
    Malformed,
    /// The body is too long.
    TooLong,
    /// The head is too long.
    HeadTooLong,
    /// The method, or the coding of the body, is none that we know.
    Unknown,
}

impl Refusal {
    /// The answer to it.
    #[must_use]
    pub fn response(self) -> Response {
        let (status, says) = match self {
            Refusal::Malformed => (400, "This is no HTTP/1.1."),
            Refusal::TooLong => (413, "The body is too long."),
            Refusal::HeadTooLong => (431, "The head is too long."),
            Refusal::Unknown => (501, "The method or the coding is not known here."),
        };
        Response { status, headers: vec![("Content-Type".into(), "text/plain".into())], body: says.as_bytes().to_vec() }
    }
}

/// Collects what came on one connection.
#[derive(Debug)]
pub struct Framer {
    scheme: &'static str,
    /// Who is meant by a request of HTTP/1.0 that does not say it.
    authority: String,
    heard: Vec<u8>,
    /// The client is to be told to go on with its body (RFC 9110 §10.1.1), once for each request.
    expects: Option<bool>,
    broken: bool,
}

/// What a head says of the body.
struct Head {
    length: usize,
    body: Body,
    continues: bool,
    asked: Asked,
}

enum Body {
    Length(usize),
    Chunked,
}

impl Framer {
    /// For a connection to this authority, under TLS or not.
    #[must_use]
    pub fn new(secure: bool, authority: String) -> Framer {
        let scheme = if secure { "https" } else { "http" };
        Framer { scheme, authority, heard: Vec::new(), expects: None, broken: false }
    }

    /// Bytes came. What comes after something that is no request is not looked at, nor what nobody could answer in time.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.heard.len() > 2 * (HEAD + BODY) {
            self.broken = true;
            self.heard = Vec::new();
        }
        if !self.broken {
            self.heard.extend_from_slice(bytes);
        }
    }

    /// Whether the client waits for "100 Continue"; told once.
    pub fn continues(&mut self) -> bool {
        if self.expects == Some(true) {
            self.expects = Some(false);
            return true;
        }
        false
    }

    /// The next request, as soon as it is whole.
    pub fn next_request(&mut self) -> Option<Result<Asked, Refusal>> {
        if self.broken || self.heard.is_empty() {
            return None;
        }
        match self.take() {
            Ok(asked) => asked.map(Ok),
            Err(refusal) => {
                self.broken = true;
                self.heard = Vec::new();
                Some(Err(refusal))
            }
        }
    }

    fn take(&mut self) -> Result<Option<Asked>, Refusal> {
        let Some(head) = self.head()? else {
            return if self.heard.len() > HEAD { Err(Refusal::HeadTooLong) } else { Ok(None) };
        };
        let rest = self.heard.get(head.length..).unwrap_or_default();
        let body = match head.body {
            Body::Length(length) if length > BODY => return Err(Refusal::TooLong),
            Body::Length(length) => rest.get(..length).map(|body| (body.to_vec(), length)),
            Body::Chunked => chunks(rest)?,
        };
        let Some((body, used)) = body else {
            if head.continues && self.expects.is_none() {
                self.expects = Some(true);
            }
            return Ok(None);
        };
        self.heard.drain(..head.length + used);
        self.expects = None;
        let mut asked = head.asked;
        asked.request.body = body;
        Ok(Some(asked))
    }

    fn head(&self) -> Result<Option<Head>, Refusal> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        let length = match parsed.parse(&self.heard) {
            Ok(httparse::Status::Complete(length)) if length <= HEAD => length,
            Ok(httparse::Status::Complete(_)) | Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HeadTooLong),
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(Refusal::Malformed),
        };
        let mut headers = Vec::new();
        for field in parsed.headers.iter() {
            let value = std::str::from_utf8(field.value).map_err(|_| Refusal::Malformed)?;
            headers.push((field.name.to_owned(), value.to_owned()));
        }
        let version = parsed.version.unwrap_or(1);
        let url = self.url(parsed.path.unwrap_or_default(), version, &headers)?;
        let method = match parsed.method {
            Some("GET") => Method::Get,
            Some("POST") => Method::Post,
            Some("PUT") => Method::Put,
            Some("DELETE") => Method::Delete,
            _ => return Err(Refusal::Unknown),
        };
        let body = body_of(&headers)?;
        let says = |name: &str, token: &str| {
            let values = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
            values.flat_map(|(_, value)| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
        };
        let keep_alive = if version == 0 { says("Connection", "keep-alive") } else { !says("Connection", "close") };
        let continues = version > 0 && says("Expect", "100-continue");
        let credentials = credentials(&headers);
        if credentials.is_some() {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Authorization"));
        }
        let request = Request { method, credentials, headers, limit: usize::MAX, ..Request::get(url, Duration::MAX) };
        Ok(Some(Head { length, body, continues, asked: Asked { request, keep_alive } }))
    }

    /// What is asked of whom (RFC 9112 §3.2, §3.3).
    fn url(&self, target: &str, version: u8, headers: &[(String, String)]) -> Result<Url, Refusal> {
        if !target.starts_with('/') {
            let url = Url::parse(target).map_err(|_| Refusal::Malformed)?;
            return if url.has_host() { Ok(url) } else { Err(Refusal::Malformed) };
        }
        let mut hosts = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Host"));
        let host = match (hosts.next(), hosts.next()) {
            (Some((_, host)), None) if !host.contains(['/', '?', '#', '@']) => host.as_str(),
            (None, _) if version == 0 => self.authority.as_str(),
            _ => return Err(Refusal::Malformed),
        };
        Url::parse(&format!("{}://{host}{target}", self.scheme)).map_err(|_| Refusal::Malformed)
    }
}

/// How long the body is (RFC 9112 §6.3).
fn body_of(headers: &[(String, String)]) -> Result<Body, Refusal> {
    let values = |name: &'static str| {
        headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let (mut lengths, mut codings) = (values("Content-Length"), values("Transfer-Encoding"));
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(Body::Length(0)),
        (Some(length), None) => {
            let digits = length.bytes().all(|byte| byte.is_ascii_digit()) && lengths.all(|other| other == length);
            let length = if digits { length.parse().ok() } else { None };
            length.map(Body::Length).ok_or(Refusal::Malformed)
        }
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") && codings.next().is_none() => Ok(Body::Chunked),
        (None, Some(_)) => Err(Refusal::Unknown),
        // Somebody would read the one where another reads the other.
        (Some(_), Some(_)) => Err(Refusal::Malformed),
    }
}

/// A body in chunks, as soon as it is whole, and how many bytes it took (RFC 9112 §7.1). Trailers are read over.
fn chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Refusal> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (head, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(found)) => found,
            Ok(httparse::Status::Partial) if rest.len() > HEAD => return Err(Refusal::Malformed),
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(Refusal::Malformed),
        };
        let size = usize::try_from(size).map_err(|_| Refusal::TooLong)?;
        if size == 0 {
            return trailers(rest.get(head..).unwrap_or_default()).map(|end| end.map(|end| (body, at + head + end)));
        }
        if size > BODY - body.len() {
            return Err(Refusal::TooLong);
        }
        let Some(chunk) = rest.get(head..head + size) else { return Ok(None) };
        match rest.get(head + size..head + size + 2) {
            Some(b"\r\n") => {}
            Some(_) => return Err(Refusal::Malformed),
            None => return Ok(None),
        }
        body.extend_from_slice(chunk);
        at += head + size + 2;
    }
}

/// Where the trailers end.
fn trailers(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    match httparse::parse_headers(bytes, &mut fields) {
        Ok(httparse::Status::Complete((end, _))) => Ok(Some(end)),
        Ok(httparse::Status::Partial) if bytes.len() > HEAD => Err(Refusal::HeadTooLong),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => Err(Refusal::Malformed),
    }
}

/// Basic credentials (RFC 7617).
fn credentials(headers: &[(String, String)]) -> Option<Credentials> {
    let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Authorization"))?;
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credentials { user: user.to_owned(), password: Secret::new(password.to_owned()) })
}

/// Writes a response: its head, with the length of its body, and its body.
#[must_use]
pub fn write(response: &Response, keep_alive: bool) -> Vec<u8> {
    let mut bytes = head(response, response.body.len(), keep_alive);
    bytes.extend_from_slice(&response.body);
    bytes
}

/// The head of a response whose body has this length.
pub(super) fn head(response: &Response, length: usize, keep_alive: bool) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    // RFC 9110 §8.6: no length where there can be no body.
    if response.status != 204 && response.status != 304 {
        text.push_str(&format!("Content-Length: {length}\r\n"));
    }
    text.push_str(if keep_alive { "\r\n" } else { "Connection: close\r\n\r\n" });
    text.into_bytes()
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "",
    }
}
