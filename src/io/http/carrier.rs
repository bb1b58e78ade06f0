//! One request, one answer: within its deadline, no longer than its limit, and nothing followed. Cookies and connections
//! are one account's; credentials go with the request that holds them and nowhere else.
//!
//! It refuses to know what is asked, and what an answer means.

#![deny(clippy::indexing_slicing)]

use super::clients::Clients;
use super::failing;
use super::place::Place;
use super::proxy::SystemProxy;
use crate::engine::event::Certificate;
use crate::io::dns::Dns;
use crate::io::tls::{TlsSettings, names};
use crate::machine::visible_line;
use crate::protocol::http::{Failure, Method, Proxy, Request, Response};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;
use url::Url;

/// The answer, or why there is none; then also what the server presented, where that is why.
pub type HttpAnswer = (Result<Response, Failure>, Option<Box<Certificate>>);

/// HTTP for one account. Clones share connections and cookies.
#[derive(Clone, Debug)]
pub struct Http {
    clients: Arc<Clients>,
    system: Arc<SystemProxy>,
}

impl Http {
    /// For the account that `tls` is of, whose hosts are looked up by `dns`.
    #[must_use]
    pub fn new(tls: Arc<TlsSettings>, dns: Dns, system: SystemProxy) -> Http {
        Http { clients: Arc::new(Clients::new(tls, dns)), system: Arc::new(system) }
    }

    /// Asks.
    pub async fn answer(&self, request: Request) -> HttpAnswer {
        let deadline = request.deadline;
        tokio::time::timeout(deadline, self.carry(request)).await.unwrap_or((Err(Failure::Timeout), None))
    }

    async fn carry(&self, mut request: Request) -> HttpAnswer {
        let place = match self.place(&mut request) {
            Ok(place) => place,
            Err(failure) => return (Err(failure), None),
        };
        let kept = match self.clients.to(&place) {
            Ok(kept) => kept,
            Err(failure) => return (Err(failure), None),
        };
        let limit = request.limit;
        let asked = match written(&kept.client, request) {
            Ok(asked) => asked,
            Err(failure) => return (Err(failure), None),
        };
        let answered = match asked.send().await {
            Ok(answered) => read(answered, limit).await,
            Err(error) => Err(Failed::Error(error)),
        };
        match answered {
            Ok(response) => (Ok(response), None),
            Err(Failed::TooLong) => (Err(Failure::TooLong), None),
            Err(Failed::Error(error)) => match kept.refused() {
                Some(problem) => {
                    // What the user trusts by then counts at the next request.
                    self.clients.forget(&place);
                    (Err(Failure::Untrusted(problem.what)), problem.certificate)
                }
                None => {
                    self.clients.lost(&place);
                    (Err(failing::failure(&error, &place)), None)
                }
            },
        }
    }

    /// To whom it goes.
    fn place(&self, request: &mut Request) -> Result<Place, Failure> {
        let encrypted = match request.url.scheme() {
            "https" => true,
            "http" if request.clear => false,
            "http" => return Err(Failure::Clear),
            other => return Err(Failure::Malformed(format!("“{}:” is no scheme of HTTP", visible_line(other)))),
        };
        // A user in a URL of theirs is none of ours.
        let _ = request.url.set_username("").and_then(|()| request.url.set_password(None));
        let host = request.url.host_str().map(names::ascii);
        let (Some(host), Some(port)) = (host, request.url.port_or_known_default()) else {
            return Err(Failure::Malformed(format!("{} names no host", visible_line(request.url.as_str()))));
        };
        let proxy = match request.proxy {
            Proxy::Direct => None,
            Proxy::System => self.system.of(&request.url).cloned(),
        };
        Ok(Place { encrypted, host, port, proxy, names: request.names.clone() })
    }
}

fn written(client: &reqwest::Client, request: Request) -> Result<reqwest::RequestBuilder, Failure> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let cannot = || Failure::Malformed(format!("the header field {} cannot be written", visible_line(name)));
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| cannot())?,
            HeaderValue::from_str(value).map_err(|_| cannot())?,
        );
    }
    let url: Url = request.url;
    let mut asked = client.request(method, url).headers(headers);
    if let Some(credentials) = &request.credentials {
        asked = asked.basic_auth(&credentials.user, Some(credentials.password.expose()));
    }
    Ok(if request.body.is_empty() { asked } else { asked.body(request.body) })
}

enum Failed {
    TooLong,
    Error(reqwest::Error),
}

/// The whole answer, unless it is longer than `limit`.
async fn read(mut answered: reqwest::Response, limit: usize) -> Result<Response, Failed> {
    if answered.content_length().is_some_and(|length| length > limit as u64) {
        return Err(Failed::TooLong);
    }
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers =
        answered.headers().iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    let mut body = Vec::new();
    while let Some(piece) = answered.chunk().await.map_err(Failed::Error)? {
        if piece.len() > limit.saturating_sub(body.len()) {
            return Err(Failed::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response { status: answered.status().as_u16(), headers, body })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod town;
