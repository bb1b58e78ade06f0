//! Messages that a test writes itself, as the proxy and whoever is behind it.

use super::network::{Story, address};
use super::plain_calls::CALL;
use crate::protocol::sip::message::{CSeq, Message, Method, Request, Response, Uri};
use crate::protocol::sip::user_agent::{Input, SessionId};

/// A request to alice, with these further header lines.
pub fn request(method: &str, cseq: u32, to_tag: Option<&str>, lines: &[(&str, &str)]) -> Request {
    let method = Method::parse(method).unwrap();
    let mut request = Request::new(method.clone(), Uri::parse(&format!("sip:alice@{}", address(1, 20_000))).unwrap());
    let headers = &mut request.headers;
    headers.push("Via", format!("SIP/2.0/UDP {};branch=z9hG4bK{method}{cseq};rport", address(0, 5060)));
    headers.push("Max-Forwards", 70);
    headers.push("From", "<sip:mallory@example.test>;tag=m");
    let tag = to_tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
    headers.push("To", format!("<sip:alice@example.test>{tag}"));
    headers.push("Call-ID", "by-hand");
    headers.push("CSeq", CSeq { number: cseq, method });
    headers.push("Contact", format!("<sip:mallory@{}>", address(0, 5060)));
    for (name, value) in lines {
        headers.push(name, value);
    }
    request
}

pub fn with_sdp(mut request: Request, body: &str) -> Request {
    request.set_body("application/sdp", body.as_bytes().to_vec());
    request
}

/// A response of the far side to a request that alice has sent.
pub fn response(request: &Request, status: u16, tag: &str, body: Option<&str>) -> Response {
    let mut response = Response::to(request, status, Some(tag));
    response.headers.push("Contact", format!("<sip:{tag}@{}>", address(0, 5060)));
    if let Some(body) = body {
        response.set_body("application/sdp", body.as_bytes().to_vec());
    }
    response
}

impl Story {
    /// The test answers a request of alice.
    pub fn respond(&mut self, response: Response) {
        self.say(&Message::Response(response), 0.2);
    }

    /// The test asks alice.
    pub fn ask(&mut self, request: Request) {
        self.say(&Message::Request(request), 0.2);
    }

    /// The only response that the test has heard since it asked last.
    pub fn heard_response(&mut self) -> Response {
        let mut heard = self.heard();
        match heard.pop() {
            // It may have come twice.
            Some(Message::Response(response)) if heard.iter().all(|other| *other == Message::Response(response.clone())) => {
                response
            }
            other => panic!("{other:?} after {heard:?}"),
        }
    }

    /// Alice calls and the test answers under this tag. Answers her INVITE.
    pub fn alice_calls(&mut self, tag: &str, lines: &[(&str, &str)]) -> Request {
        self.call(1, 2, "bob");
        self.run_for(0.2);
        let invite = self.heard_request("INVITE");
        let mut answer = response(&invite, 200, tag, Some("answer"));
        lines.iter().for_each(|(name, value)| answer.headers.push(name, value));
        self.respond(answer);
        assert_eq!(self.heard_lines(), ["ACK"]);
        invite
    }

    /// The test calls alice with these lines, and she answers. Answers her 200.
    pub fn alice_is_called(&mut self, lines: &[(&str, &str)]) -> Response {
        self.ask(with_sdp(request("INVITE", 1, None, lines), "offer"));
        self.tell(1, Input::Accept { session: SessionId(1), body: b"answer".to_vec() });
        self.run_for(0.2);
        let answer = self.heard_response();
        assert_eq!(answer.status, 200);
        let tag = answer.headers.to().unwrap().tag().unwrap().to_owned();
        let mut ack = request("ACK", 1, Some(&tag), &[]);
        ack.headers.set("Via", format!("SIP/2.0/UDP {};branch=z9hG4bKack", address(0, 5060)));
        self.ask(ack);
        assert_eq!(self.told(1).last().unwrap(), "established -");
        answer
    }

    /// A request of the test within the call that alice has begun.
    pub fn within(&self, invite: &Request, tag: &str, method: &str, cseq: u32) -> Request {
        let mut request = request(method, cseq, None, &[]);
        request.headers.set("From", format!("{};tag={tag}", invite.headers.get("To").unwrap()));
        request.headers.set("To", invite.headers.get("From").unwrap());
        request.headers.set("Call-ID", invite.headers.call_id().unwrap());
        request
    }

    pub fn run_for(&mut self, seconds: f64) {
        let to = self.world.now().since_start().as_secs_f64() + seconds;
        self.run_to(to);
    }

    pub fn end(&mut self) {
        self.tell(1, Input::End { session: CALL });
        self.run_for(0.2);
    }
}
