//! The header fields that depend on who we are and where, not on the call: Contact, Allow, Supported, User-Agent.

use super::config::Config;
use crate::protocol::sip::flow::{Flow, Transport};
use crate::protocol::sip::message::{Method, NameAddr, Request, Response, Scheme, Uri};
use crate::protocol::sip::session::capabilities::{ALLOW, SUPPORTED};

/// Where we can be reached on `flow` (RFC 3261 §8.1.1.8).
#[must_use]
pub fn contact(config: &Config, flow: &Flow) -> NameAddr {
    let mut uri = Uri::sip(config.address.user_text().as_deref(), &flow.local.ip().to_string());
    uri.scheme = if config.address.is_secure() { Scheme::Sips } else { Scheme::Sip };
    uri.port = Some(flow.local.port());
    if flow.transport != Transport::Udp {
        uri.set_param("transport", Some(flow.transport.uri_token()));
    }
    NameAddr::new(uri)
}

/// Who we are (RFC 3261 §8.1.1.3), without a tag.
#[must_use]
pub fn identity(config: &Config) -> NameAddr {
    NameAddr { display_name: config.display_name.clone(), ..NameAddr::new(config.address.clone()) }
}

/// Makes a request ready for `flow`.
pub fn dress_request(config: &Config, flow: &Flow, request: &mut Request) {
    if matches!(request.method, Method::Invite | Method::Update) {
        request.headers.set("Contact", contact(config, flow));
        request.headers.set("Allow", ALLOW);
        request.headers.set("Supported", SUPPORTED);
    }
    request.headers.set("User-Agent", &config.product);
}

/// Makes a response ready for `flow`.
pub fn dress_response(config: &Config, flow: Option<&Flow>, response: &mut Response) {
    let method = response.headers.cseq().map(|cseq| cseq.method);
    if let (Ok(Method::Invite | Method::Update), 101..300, Some(flow)) = (method, response.status, flow) {
        response.headers.set("Contact", contact(config, flow));
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
