//! A response (RFC 3261 §7.2), and how a UAS makes one (§8.2.6).

use super::grammar::one_line;
use super::headers::Headers;
use super::name_addr::NameAddr;
use super::reason::reason_phrase;
use super::request::Request;
use super::write;

/// What somebody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// From 100 to 699.
    pub status: u16,
    /// The reason phrase. Hostile text where it came from outside.
    pub reason: String,
    /// The header fields.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The response `status` to `request` (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq are copied, Record-Route too
    /// where a dialog may come of it (§12.1.1), Timestamp into a 100. `to_tag` is added to a To that has none.
    #[must_use]
    pub fn to(request: &Request, status: u16, to_tag: Option<&str>) -> Response {
        let mut headers = Headers::new();
        let makes_dialog = (101..300).contains(&status);
        for (name, value) in request.headers.iter() {
            match name {
                "To" => headers.push(name, with_tag(value, to_tag)),
                "Via" | "From" | "Call-ID" | "CSeq" => headers.push(name, value),
                "Record-Route" if makes_dialog => headers.push(name, value),
                "Timestamp" if status == 100 => headers.push(name, value),
                _ => {}
            }
        }
        Response { status, reason: reason_phrase(status), headers, body: Vec::new() }
    }

    /// Sets body and Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: Vec<u8>) {
        self.headers.set("Content-Type", content_type);
        self.body = body;
    }

    /// Whether it is 1xx: more will follow.
    #[must_use]
    pub const fn is_provisional(&self) -> bool {
        self.status < 200
    }

    /// Whether it is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// As it stands on the wire, with the right Content-Length.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let status = self.status.clamp(100, 699);
        write::message(&format!("SIP/2.0 {status} {}", one_line(&self.reason)), &self.headers, &self.body)
    }
}

/// The To of the response: as it came where it has a tag, or cannot be read (the response says 400 then).
fn with_tag(to: &str, tag: Option<&str>) -> String {
    let (Some(tag), Ok(mut address)) = (tag, NameAddr::parse(to)) else { return to.to_owned() };
    if address.tag().is_some() {
        return to.to_owned();
    }
    address.set_tag(tag);
    address.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::sip::message::{Method, Uri};

    #[test]
    fn a_response_copies_what_routes_it_back() {
        let mut request = Request::new(Method::Invite, Uri::sip(None, "b"));
        for (name, value) in [
            ("Via", "SIP/2.0/UDP a"),
            ("Via", "SIP/2.0/UDP b"),
            ("Record-Route", "<sip:p;lr>"),
            ("From", "<sip:a@a>;tag=1"),
            ("To", "sip:b@b"),
            ("Call-ID", "x"),
            ("CSeq", "1 INVITE"),
            ("Subject", "not copied"),
        ] {
            request.headers.push(name, value);
        }
        let ringing = Response::to(&request, 180, Some("t"));
        assert_eq!(ringing.reason, "Ringing");
        assert_eq!(ringing.headers.vias().unwrap().len(), 2);
        assert_eq!(ringing.headers.to().unwrap().tag(), Some("t"));
        assert_eq!(ringing.headers.record_routes().unwrap().len(), 1);
        assert_eq!(ringing.headers.get("Subject"), None);
        let busy = Response::to(&request, 486, Some("t"));
        assert_eq!(busy.headers.get("Record-Route"), None);
        request.headers.set("To", "<sip:b@b>;tag=theirs");
        assert_eq!(Response::to(&request, 200, Some("t")).headers.to().unwrap().tag(), Some("theirs"));
        assert_eq!(Response::to(&request, 100, None).headers.get("Record-Route"), None);
    }

    #[test]
    fn a_reason_cannot_start_a_header_field() {
        let mut response = Response::to(&Request::new(Method::Bye, Uri::sip(None, "b")), 200, None);
        response.reason = "OK\r\nVia: x".into();
        assert_eq!(response.write(), b"SIP/2.0 200 OK  Via: x\r\nContent-Length: 0\r\n\r\n");
    }
}
