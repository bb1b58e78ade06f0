//! A dialog (RFC 3261 §12): what two user agents remember of each other between requests.
//!
//! It builds the requests that go out within it and judges those that come; it refuses to know what they mean. Route
//! sets are kept in the order in which requests travel them, for loose and for strict routers.
#![deny(clippy::indexing_slicing)]

use super::message::{CSeq, Headers, Method, NameAddr, Request, Response, Scheme, Uri};

/// Max-Forwards of every request that we begin (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: u32 = 70;

/// What tells dialogs apart, seen from our side (RFC 3261 §12).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// Their tag; empty for a peer of RFC 2543 that has none.
    pub remote_tag: String,
}

/// Whether the INVITE that made it has its final answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Made by a 1xx.
    Early,
    /// Made, or confirmed, by a 2xx.
    Confirmed,
}

/// One dialog.
#[derive(Clone, Debug)]
pub struct Dialog {
    id: DialogId,
    phase: Phase,
    local: NameAddr,
    remote: NameAddr,
    target: Uri,
    routes: Vec<NameAddr>,
    local_cseq: u32,
    remote_cseq: Option<u32>,
}

impl Dialog {
    /// The dialog that `response` (101 to 299) to our `request` makes. `None` when one of them lacks what identifies it.
    #[must_use]
    pub fn of_caller(request: &Request, response: &Response) -> Option<Dialog> {
        let local = request.headers.from().ok()?;
        let remote = response.headers.to().ok()?;
        let mut routes = response.headers.record_routes().ok()?;
        routes.reverse();
        Some(Dialog {
            id: DialogId {
                call_id: request.headers.call_id().ok()?.to_owned(),
                local_tag: local.tag()?.to_owned(),
                remote_tag: remote.tag().unwrap_or_default().to_owned(),
            },
            phase: if response.is_provisional() { Phase::Early } else { Phase::Confirmed },
            target: contact(&response.headers).unwrap_or_else(|| request.uri.clone()),
            local,
            remote,
            routes,
            local_cseq: request.headers.cseq().ok()?.number,
            remote_cseq: None,
        })
    }

    /// The dialog that we make by answering `request` under our `tag`.
    #[must_use]
    pub fn of_callee(request: &Request, tag: &str) -> Option<Dialog> {
        let mut local = request.headers.to().ok()?;
        local.set_tag(tag);
        let remote = request.headers.from().ok()?;
        Some(Dialog {
            id: DialogId {
                call_id: request.headers.call_id().ok()?.to_owned(),
                local_tag: tag.to_owned(),
                remote_tag: remote.tag().unwrap_or_default().to_owned(),
            },
            phase: Phase::Early,
            target: contact(&request.headers).unwrap_or_else(|| remote.uri.clone()),
            local,
            remote,
            routes: request.headers.record_routes().ok()?,
            local_cseq: 0,
            remote_cseq: Some(request.headers.cseq().ok()?.number),
        })
    }

    /// What tells it apart.
    #[must_use]
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Early or confirmed.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Where the far side wants its requests (its Contact).
    #[must_use]
    pub fn target(&self) -> &Uri {
        &self.target
    }

    /// The final answer has come, or goes out.
    pub fn confirm(&mut self) {
        self.phase = Phase::Confirmed;
    }

    /// Whether `request` that came belongs to this dialog.
    #[must_use]
    pub fn holds(&self, request: &Request) -> bool {
        let tag = |party: Result<NameAddr, _>| party.ok().and_then(|party| party.tag().map(str::to_owned)).unwrap_or_default();
        request.headers.call_id().ok() == Some(self.id.call_id.as_str())
            && tag(request.headers.to()) == self.id.local_tag
            && tag(request.headers.from()) == self.id.remote_tag
    }

    /// Takes the CSeq of a request that came: false when it is not above the one before, and is to be answered with 500
    /// (RFC 3261 §12.2.2). ACK and CANCEL carry the number of their INVITE and do not come here.
    pub fn admit(&mut self, request: &Request) -> bool {
        let Ok(cseq) = request.headers.cseq() else { return false };
        if self.remote_cseq.is_some_and(|last| cseq.number <= last) {
            return false;
        }
        self.remote_cseq = Some(cseq.number);
        true
    }

    /// Takes the Contact of a target refresh request or of its 2xx (RFC 3261 §12.2): INVITE and UPDATE.
    pub fn refresh(&mut self, headers: &Headers) {
        if let Some(target) = contact(headers) {
            self.target = target;
        }
    }

    /// The next request of ours within it, with the headers that the dialog decides.
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.build(method, self.local_cseq)
    }

    /// Gives a request of ours that goes out anew the next number (RFC 3261 §8.1.3.5).
    pub fn renumber(&mut self, request: &mut Request) {
        self.local_cseq = self.local_cseq.saturating_add(1);
        request.headers.set("CSeq", CSeq { number: self.local_cseq, method: request.method.clone() });
    }

    /// The ACK to a 2xx to our INVITE of that number (RFC 3261 §13.2.2.4).
    #[must_use]
    pub fn ack(&self, cseq: u32) -> Request {
        self.build(Method::Ack, cseq)
    }

    /// Where requests go next: the first route, else the remote target.
    #[must_use]
    pub fn next_hop(&self) -> &Uri {
        self.routes.first().map_or(&self.target, |route| &route.uri)
    }

    fn build(&self, method: Method, cseq: u32) -> Request {
        let (uri, routes) = self.way();
        let mut request = Request::new(method.clone(), uri);
        let headers = &mut request.headers;
        for route in routes {
            headers.push("Route", route);
        }
        headers.push("Max-Forwards", MAX_FORWARDS);
        headers.push("From", &self.local);
        headers.push("To", &self.remote);
        headers.push("Call-ID", &self.id.call_id);
        headers.push("CSeq", CSeq { number: cseq, method });
        request
    }

    /// Request-URI and Route (RFC 3261 §12.2.1.1).
    fn way(&self) -> (Uri, Vec<NameAddr>) {
        match self.routes.split_first() {
            Some((first, rest)) if first.uri.param("lr").is_none() => {
                // A strict router takes its own name from the Request-URI and the next from Route.
                let mut routes = rest.to_vec();
                routes.push(NameAddr::new(self.target.clone()));
                (first.uri.clone(), routes)
            }
            _ => (self.target.clone(), self.routes.clone()),
        }
    }
}

/// The Contact, when it is one that requests can be sent to.
fn contact(headers: &Headers) -> Option<Uri> {
    let contacts = headers.contacts().ok()?;
    let first = contacts.first()?;
    matches!(first.uri.scheme, Scheme::Sip | Scheme::Sips).then(|| first.uri.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Request {
        let mut invite = Request::new(Method::Invite, Uri::parse("sip:bob@example.test").unwrap());
        for (name, value) in [
            ("Record-Route", "<sip:p2.test;lr>, <sip:p1.test;lr>"),
            ("From", "<sip:alice@example.test>;tag=a"),
            ("To", "<sip:bob@example.test>"),
            ("Call-ID", "c"),
            ("CSeq", "7 INVITE"),
            ("Contact", "<sip:alice@192.0.2.1:5070>"),
        ] {
            invite.headers.push(name, value);
        }
        invite
    }

    fn routes(request: &Request) -> Vec<String> {
        request.headers.routes().unwrap().iter().map(|route| route.uri.to_string()).collect()
    }

    #[test]
    fn the_callee_travels_the_route_as_written_and_the_caller_backwards() {
        let mut callee = Dialog::of_callee(&invite(), "b").unwrap();
        assert_eq!(callee.phase(), Phase::Early);
        callee.confirm();
        let bye = callee.request(Method::Bye);
        assert_eq!(
            (bye.uri.to_string().as_str(), bye.headers.get("To")),
            ("sip:alice@192.0.2.1:5070", Some("<sip:alice@example.test>;tag=a"))
        );
        assert_eq!(routes(&bye), ["sip:p2.test;lr", "sip:p1.test;lr"]);
        assert_eq!(callee.next_hop().to_string(), "sip:p2.test;lr");

        let mut answer = Response::to(&invite(), 200, Some("b"));
        answer.headers.set("Contact", "<sip:bob@192.0.2.2>");
        let mut caller = Dialog::of_caller(&invite(), &answer).unwrap();
        assert_eq!(caller.phase(), Phase::Confirmed);
        let ack = caller.ack(7);
        assert_eq!(
            (ack.headers.get("CSeq"), routes(&ack)),
            (Some("7 ACK"), vec!["sip:p1.test;lr".to_owned(), "sip:p2.test;lr".into()])
        );
        assert_eq!(caller.request(Method::Bye).headers.get("CSeq"), Some("8 BYE"));
        assert!(callee.holds(&ack) && !caller.holds(&ack));
    }

    #[test]
    fn numbers_only_rise_and_the_target_follows_the_contact() {
        let mut dialog = Dialog::of_callee(&invite(), "b").unwrap();
        let numbered = |number| {
            let mut request = invite();
            request.headers.set("CSeq", CSeq { number, method: Method::Invite });
            request
        };
        assert_eq!([7, 6, 9, 8, 9, 10].map(|number| dialog.admit(&numbered(number))), [false, false, true, false, false, true]);
        let mut moved = invite();
        moved.headers.set("Contact", "<sip:alice@192.0.2.9>");
        dialog.refresh(&moved.headers);
        assert_eq!(dialog.target().to_string(), "sip:alice@192.0.2.9");
        for useless in ["*", "<mailto:alice@example.test>", "nonsense"] {
            moved.headers.set("Contact", useless);
            dialog.refresh(&moved.headers);
            assert_eq!(dialog.target().to_string(), "sip:alice@192.0.2.9");
        }
    }
}
