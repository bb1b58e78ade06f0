//! What a message must hold before anybody acts on it (RFC 3261 §8.1.1, §8.2, §20).
#![deny(clippy::indexing_slicing)]

use super::content_length::content_length;
use super::error::Malformed;
use super::headers::Headers;
use super::parse::Message;
use super::request::Request;
use super::response::Response;
use super::uri::Scheme;

/// Header fields of which a message may hold one.
const SINGLE: [&str; 8] = ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type", "Expires", "Event"];

impl Message {
    /// Whether it holds what it must, once each and well-formed. A request that does not deserves 400; a response that
    /// does not is dropped.
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), Malformed> {
        match self {
            Message::Request(request) => request.check(),
            Message::Response(response) => response.check(),
        }
    }
}

impl Request {
    /// See [`Message::check`].
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), Malformed> {
        if matches!(self.uri.scheme, Scheme::Sip | Scheme::Sips)
            && (!self.uri.headers.is_empty() || self.uri.param("method").is_some())
        {
            return Err(Malformed::new("Request-URI", "headers or a method have no place in it (RFC 3261 §19.1.1)"));
        }
        check_headers(&self.headers, &self.body)?;
        if self.headers.cseq()?.method != self.method {
            return Err(Malformed::new("CSeq", "another method than the request's"));
        }
        self.headers.max_forwards().map(|_| ())
    }
}

impl Response {
    /// See [`Message::check`].
    ///
    /// # Errors
    /// The first fault found.
    pub fn check(&self) -> Result<(), Malformed> {
        check_headers(&self.headers, &self.body)
    }
}

fn check_headers(headers: &Headers, body: &[u8]) -> Result<(), Malformed> {
    if content_length(headers)?.is_some_and(|promised| promised > body.len()) {
        return Err(Malformed::new("Content-Length", "more than the body"));
    }
    if let Some(name) = SINGLE.into_iter().find(|name| headers.all(name).nth(1).is_some()) {
        return Err(Malformed::new(name, "more than one"));
    }
    headers.vias().and_then(|vias| if vias.is_empty() { Err(Malformed::new("Via", "missing")) } else { Ok(()) })?;
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    headers.cseq()?;
    headers.contacts()?;
    headers.routes()?;
    headers.record_routes()?;
    headers.content_type().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(replace: &str, with: &str) -> Result<(), Malformed> {
        let text = "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n";
        Message::parse(text.replace(replace, with).as_bytes()).unwrap().check()
    }

    #[test]
    fn what_is_missing_doubled_or_contradictory_is_named() {
        assert_eq!(request("", ""), Ok(()));
        for (replace, with, what) in [
            ("Via: SIP/2.0/UDP a\r\n", "", "Via"),
            ("From: <sip:a@a>;tag=1\r\n", "", "From"),
            ("Call-ID: x\r\n", "", "Call-ID"),
            ("Call-ID: x\r\n", "Call-ID: x\r\ni: y\r\n", "Call-ID"),
            ("1 OPTIONS", "1 INVITE", "CSeq"),
            ("70", "256", "Max-Forwards"),
            ("sip:b SIP", "sip:b?Route=x SIP", "Request-URI"),
            ("Max-", "Contact: sip:a@b?x=y\r\nMax-", "Contact"),
        ] {
            assert_eq!(request(replace, with).unwrap_err().what, what);
        }
    }
}
