//! Why there is no answer, told by the errors of reqwest, hyper and rustls, whose types do not say it all.

#![deny(clippy::indexing_slicing)]

use super::place::Place;
use crate::io::private;
use crate::io::tls::connect;
use crate::machine::visible_line;
use crate::protocol::http::Failure;
use std::error::Error;
use std::io;

/// A host has no address that we know of: a sentence.
#[derive(Debug)]
pub struct NoAddress(pub String);

impl std::fmt::Display for NoAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl Error for NoAddress {}

/// The error of TLS in it, under the wraps of those who hand it on.
fn of_tls(broken: &io::Error) -> Option<&io::Error> {
    let inner = broken.get_ref()?;
    if inner.is::<rustls::Error>() { Some(broken) } else { inner.downcast_ref().and_then(of_tls) }
}

/// What has failed on the way to `place`.
#[must_use]
pub fn failure(error: &reqwest::Error, place: &Place) -> Failure {
    let mut causes: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    if let Some(none) = causes.iter().find_map(|cause| cause.downcast_ref::<NoAddress>()) {
        return Failure::Unreachable(visible_line(&none.0));
    }
    let mut broken = causes.iter().filter_map(|cause| cause.downcast_ref::<io::Error>());
    if let Some(tls) = broken.clone().find_map(of_tls) {
        return Failure::Unreachable(format!("TLS with {place} failed: {}", connect::failure(tls)));
    }
    if error.is_timeout() {
        return Failure::Timeout;
    }
    let deepest = causes.last().map(ToString::to_string).unwrap_or_default();
    let said = match broken.next_back() {
        // rustls adds where it is documented.
        Some(broken) if broken.kind() == io::ErrorKind::UnexpectedEof => "the server ended it".to_owned(),
        Some(broken) => visible_line(&private::said(broken)),
        None => visible_line(&deepest),
    };
    let texts: Vec<String> = causes.iter().map(ToString::to_string).collect();
    let says = |part: &str| texts.iter().any(|text| text.contains(part));
    if says("proxy authorization required") {
        return Failure::Unreachable("the proxy wants a password, and proxy authentication is not supported".into());
    }
    if error.is_connect() {
        let by = place.proxy.as_ref().map(|proxy| format!(" by way of {proxy}")).unwrap_or_default();
        return Failure::Unreachable(format!("{place} cannot be connected to{by}: {said}"));
    }
    // hyper's words for what is no HTTP.
    if says("parse") || says("too large") || says("unexpected message") || says("invalid chunk") || says("Invalid chunk") {
        return Failure::Malformed(format!("what {place} answered is no HTTP ({said})"));
    }
    Failure::Unreachable(format!("the connection to {place} broke off before the answer was whole ({said})"))
}
