//! The header fields that depend on who we are and where, not on the call: Contact, Allow, Supported, User-Agent.
#![deny(clippy::indexing_slicing)]

use super::config::Config;
use crate::protocol::sip::message::{Method, NameAddr, Request, Response, Scheme, Uri};
use crate::protocol::sip::session::capabilities::{ALLOW, SUPPORTED};

/// Who we are (RFC 3261 §8.1.1.3), without a tag.
#[must_use]
pub fn identity(config: &Config) -> NameAddr {
    NameAddr { display_name: config.display_name.clone(), ..NameAddr::new(config.address.clone()) }
}

/// Makes a request ready to go out; we are reached at `contact`.
pub fn dress_request(config: &Config, contact: Option<&NameAddr>, request: &mut Request) {
    if let (Method::Invite | Method::Update, Some(contact)) = (&request.method, contact) {
        request.headers.set("Contact", contact);
        request.headers.set("Allow", ALLOW);
        request.headers.set("Supported", SUPPORTED);
    }
    request.headers.set("User-Agent", &config.product);
}

/// Makes a response ready to go out; we are reached at `contact`.
pub fn dress_response(config: &Config, contact: Option<&NameAddr>, response: &mut Response) {
    let method = response.headers.cseq().map(|cseq| cseq.method);
    if let (Ok(Method::Invite | Method::Update), 101..300, Some(contact)) = (method, response.status, contact) {
        response.headers.set("Contact", contact);
        response.headers.set("Allow", ALLOW);
        response.headers.set("Supported", SUPPORTED);
    }
    response.headers.set("Server", &config.product);
}

/// `target` as our server can route it: a telephone number becomes a user of our own domain (RFC 3261 §19.1.6), and what
/// a URI may hold but a request may not is taken away. `None` for a scheme that nobody can call.
#[must_use]
pub fn callable(config: &Config, target: &Uri) -> Option<Uri> {
    match target.scheme {
        Scheme::Sip | Scheme::Sips => {
            let mut uri = target.clone();
            uri.headers.clear();
            uri.params.remove("method");
            Some(uri)
        }
        Scheme::Tel => {
            let number = target.opaque.split(';').next().unwrap_or_default();
            let digits: String = number.chars().filter(|letter| !"-.() ".contains(*letter)).collect();
            let mut uri = Uri { user: None, port: None, ..config.address.clone() };
            uri.user = Uri::sip(Some(&digits), "").user;
            uri.set_param("user", Some("phone"));
            Some(uri)
        }
        Scheme::Other(_) => None,
    }
}
