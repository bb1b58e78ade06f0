//! The site's name server: what it knows ([`Zone`]), as values; and bytes over UDP and TCP ([`Server`]).
//!
//! SRV, A and SOA of the site's domains, NXDOMAIN and NODATA with the SOA record (RFC 2308), REFUSED for everything else.
#![deny(clippy::indexing_slicing)]

mod codec;
mod server;
mod zone;

#[cfg(test)]
mod tests;

pub use codec::{Over, answer};
pub use server::Server;
pub use zone::{Told, Zone};
