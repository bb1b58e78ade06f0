//! A question over HTTP and its answer, as values (RFC 9110).
//!
//! It refuses to know sockets, TLS and framing: io/http carries requests, and the lab's codec reads them. Nothing is
//! followed by itself: a redirection is an answer like any other, and whoever asked decides what it means.

use crate::machine::Secret;
use std::time::Duration;
use url::Url;

/// One question. `Debug` says how long its body is, not what it says: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What is wanted of the resource.
    pub method: Method,
    /// Absolute, `http` or `https`.
    pub url: Url,
    /// For Basic authentication (RFC 7617); never sent to another host than the URL's.
    pub credentials: Option<Credentials>,
    /// Further header fields. `Host`, `Content-Length`, `User-Agent` and cookies are added by whoever carries it.
    pub headers: Vec<(String, String)>,
    /// Empty for none.
    pub body: Vec<u8>,
    /// Whether the system's proxy may carry it, as the guides say of the CAS query; services of the site are asked directly.
    pub proxy: Proxy,
    /// Which names the server's certificate may show, over https.
    pub names: Names,
    /// It may go in clear, over http: the user has agreed.
    pub clear: bool,
    /// Answered, whole, within this time, or it has failed.
    pub deadline: Duration,
    /// A longer body than this, in bytes, is refused as it comes.
    pub limit: usize,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Request { method, url, credentials, body, .. } = self;
        write!(out, "{} {url} {credentials:?} ({} bytes)", method.as_str(), body.len())
    }
}

/// Methods that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

impl Method {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A user's name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Who carries a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// Nobody: it goes to the host itself.
    Direct,
    /// `http_proxy` or `https_proxy`, but for hosts that `no_proxy` names exactly; no proxy authentication.
    System,
}

/// Which names a server's certificate may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// That of the URL's host, and no other: the user or the guides have named it.
    Host,
    /// These domains, and the host when it lies in one of them: the DNS, or another server, has named the host, which
    /// proves nothing.
    Domains(Vec<String>),
}

impl Request {
    /// A GET without credentials, directly, never in clear, of at most a MiB. No name of a certificate will do until
    /// [`Request::names`] says which.
    #[must_use]
    pub fn get(url: Url, deadline: Duration) -> Request {
        Request {
            method: Method::Get,
            url,
            credentials: None,
            headers: Vec::new(),
            body: Vec::new(),
            proxy: Proxy::Direct,
            names: Names::Domains(Vec::new()),
            clear: false,
            deadline,
            limit: 1 << 20,
        }
    }
}

/// One answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header fields, in order; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header field of this name, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer. The sentence is for people, safe to show, and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not answered, whole, within the deadline.
    Timeout,
    /// No address, no connection, or it broke off.
    Unreachable(String),
    /// The certificate is not trusted for the host.
    Untrusted(String),
    /// It would have gone in clear, and that is not allowed for this account.
    Clear,
    /// The body is longer than the request allows.
    TooLong,
    /// What came is no HTTP.
    Malformed(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Timeout => out.write_str("no answer in time"),
            Failure::Unreachable(why) | Failure::Untrusted(why) | Failure::Malformed(why) => out.write_str(why),
            Failure::Clear => out.write_str("it would have gone in clear, which is not allowed for this account"),
            Failure::TooLong => out.write_str("the answer is too long"),
        }
    }
}
