//! The connections of one account: a reqwest client for each host, port and set of names, so that what was verified for one
//! is never used for another. Names of hosts are looked up by our own resolver.

#![deny(clippy::indexing_slicing)]

use super::cookies::Jar;
use super::failing::NoAddress;
use super::place::Place;
use crate::engine::event::Problem;
use crate::io::dns::Dns;
use crate::io::tls::connect::{self, provider};
use crate::io::tls::verifier::{Refusal, Verifier};
use crate::io::tls::{Fingerprint, TlsSettings};
use crate::protocol::dns::{Answer, Question};
use crate::protocol::http::Failure;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A connection stands, TLS and all, within this time, shared by a host's addresses.
const CONNECT: Duration = Duration::from_secs(4);

/// Clients beyond these are made anew each time; no site has as many servers.
const CLIENTS: usize = 64;

/// Where a host is, is known for about as long as a sign-in takes: several services of a node cost one look.
const KNOWN: Duration = Duration::from_secs(10);

/// A client, and what is known of its server.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The client.
    pub client: reqwest::Client,
    place: Place,
    pins: Vec<Fingerprint>,
    refusal: Refusal,
}

impl Kept {
    /// Why the server's certificate was refused, where it was.
    #[must_use]
    pub fn refused(&self) -> Option<Problem> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// All clients of an account.
#[derive(Debug)]
pub struct Clients {
    tls: Arc<TlsSettings>,
    dns: Dns,
    cookies: Arc<Jar>,
    known: Arc<Known>,
    kept: Mutex<HashMap<(String, u16), Vec<Kept>>>,
}

impl Clients {
    /// None yet.
    #[must_use]
    pub fn new(tls: Arc<TlsSettings>, dns: Dns) -> Clients {
        Clients { tls, dns, cookies: Arc::default(), known: Arc::default(), kept: Mutex::default() }
    }

    /// The client for this place; made anew where the user trusts other certificates there than when it was made.
    ///
    /// # Errors
    /// The lists of trusted certificates cannot be read, or TLS has no client for us.
    pub fn to(&self, place: &Place) -> Result<Kept, Failure> {
        let pins = match place.encrypted {
            true => self.tls.pins(&place.host, place.port).map_err(|problem| Failure::Unreachable(problem.to_string()))?,
            false => Vec::new(),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CLIENTS {
            kept.clear();
        }
        let here = kept.entry((place.host.clone(), place.port)).or_default();
        here.retain(|known| known.pins == pins);
        if let Some(known) = here.iter().find(|known| known.place == *place) {
            return Ok(known.clone());
        }
        let made = self.make(place, pins)?;
        here.push(made.clone());
        Ok(made)
    }

    /// Makes a client for this place anew next time.
    pub fn forget(&self, place: &Place) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).remove(&(place.host.clone(), place.port));
    }

    /// Where its host is, is looked up anew next time.
    pub fn lost(&self, place: &Place) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&place.host);
    }

    fn make(&self, place: &Place, pins: Vec<Fingerprint>) -> Result<Kept, Failure> {
        let refusal = Refusal::default();
        let verifier = Verifier {
            account: self.tls.account.clone(),
            names: place.wanted(),
            accepted: place.accepted(),
            port: place.port,
            xmpp: false,
            roots: self.tls.roots.clone(),
            pins: pins.clone(),
            provider: provider(),
            refusal: Arc::clone(&refusal),
        };
        let cannot = |why: String| Failure::Unreachable(format!("{place} cannot be asked: {why}"));
        let tls = connect::config(verifier).map_err(|why| cannot(why.to_string()))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("offhook/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT)
            .cookie_provider(Arc::clone(&self.cookies))
            .dns_resolver(Arc::new(Resolver { dns: self.dns.clone(), known: Arc::clone(&self.known) }))
            // The environment's proxies are read by us, as the guides read them.
            .no_proxy();
        if let Some(proxy) = &place.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy.clone()).map_err(|why| cannot(why.to_string()))?);
        }
        let client = builder.build().map_err(|why| cannot(why.to_string()))?;
        Ok(Kept { client, place: place.clone(), pins, refusal })
    }
}

/// Until when it is known where a host is.
type Known = Mutex<HashMap<String, (Instant, Vec<SocketAddr>)>>;

/// Our resolver, as reqwest asks it.
struct Resolver {
    dns: Dns,
    known: Arc<Known>,
}

impl Resolver {
    fn known(&self, name: &str) -> Option<Vec<SocketAddr>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (until, _)| *until > Instant::now());
        known.get(name).map(|(_, found)| found.clone())
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        if let Some(found) = self.known(name.as_str()) {
            return Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) });
        }
        let (dns, known) = (self.dns.clone(), Arc::clone(&self.known));
        Box::pin(async move {
            match dns.answer(&Question::Addresses(name.as_str().to_owned())).await {
                Answer::Addresses(found) if !found.is_empty() => {
                    let found: Vec<SocketAddr> = found.into_iter().map(|address| SocketAddr::new(address, 0)).collect();
                    let until = Instant::now() + KNOWN;
                    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                    known.insert(name.as_str().to_owned(), (until, found.clone()));
                    Ok(Box::new(found.into_iter()) as Addrs)
                }
                other => {
                    let why = match other.trouble() {
                        Some(why) => format!("{} has no address that can be found: {why}", name.as_str()),
                        None => format!("{} has no address", name.as_str()),
                    };
                    Err(NoAddress(why).into())
                }
            }
        })
    }
}
