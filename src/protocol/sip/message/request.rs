//! A request (RFC 3261 §7.1).

use super::headers::Headers;
use super::method::Method;
use super::uri::Uri;
use super::write;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The Request-URI.
    pub uri: Uri,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without header fields and body.
    #[must_use]
    pub const fn new(method: Method, uri: Uri) -> Request {
        Request { method, uri, headers: Headers::new(), body: Vec::new() }
    }

    /// Sets body and Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: Vec<u8>) {
        self.headers.set("Content-Type", content_type);
        self.body = body;
    }

    /// As it stands on the wire, with the right Content-Length.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        write::message(&format!("{} {} SIP/2.0", self.method, self.uri), &self.headers, &self.body)
    }
}
