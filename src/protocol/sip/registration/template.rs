//! REGISTER, as it is written again and again (RFC 3261 §10.2, RFC 5626 §4.2.1): one Call-ID and one From tag for all, a
//! CSeq that counts.

use super::contact;
use super::interface::Settings;
use crate::machine::Chance;
use crate::protocol::sip::message::{CSeq, Method, NameAddr, Request, Uri};

/// Whether we speak of RFC 5626.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outbound {
    Offered,
    /// The first hop cannot (439).
    Withdrawn,
}

/// What all REGISTERs of one account have in common.
#[derive(Debug)]
pub(super) struct Template {
    call_id: String,
    tag: String,
    /// Of the last one.
    pub(super) cseq: u32,
    pub(super) outbound: Outbound,
}

impl Template {
    pub(super) fn new(chance: &mut Chance) -> Template {
        // The number stays below 2³¹ for as long as anybody lives.
        Template { call_id: chance.hex(12), tag: chance.hex(8), cseq: chance.u32() >> 8, outbound: Outbound::Offered }
    }

    /// The next request: asks for a binding of `contact` for so many seconds, and for the end of those of `former`.
    pub(super) fn next(&mut self, settings: &Settings, contact: &Uri, former: &[Uri], expires: u32) -> Request {
        self.cseq += 1;
        let registrar = Uri { user: None, password: None, headers: String::new(), ..settings.address.clone() };
        let mut request = Request::new(Method::Register, registrar);
        let headers = &mut request.headers;
        headers.push("Max-Forwards", 70);
        if let Some(route) = &settings.route {
            let mut route = route.clone();
            route.set_param("lr", None);
            headers.push("Route", NameAddr::new(route));
        }
        let mut address = NameAddr::new(settings.address.clone());
        address.display_name.clone_from(&settings.display_name);
        headers.push("To", &address);
        address.set_tag(&self.tag);
        headers.push("From", &address);
        headers.push("Call-ID", &self.call_id);
        headers.push("CSeq", CSeq { number: self.cseq, method: Method::Register });
        let outbound = self.outbound == Outbound::Offered;
        headers.push("Contact", contact::value(contact, &settings.instance, settings.device.as_ref(), outbound, expires));
        for former in former.iter().filter(|former| *former != contact) {
            let mut gone = NameAddr::new(former.clone());
            gone.params.set("expires", Some("0"));
            headers.push("Contact", gone);
        }
        headers.push("Expires", expires);
        headers.push("Supported", if outbound { "path, outbound" } else { "path" });
        request
    }
}
