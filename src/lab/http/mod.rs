//! Web servers: the codec (bytes ⇄ [`Request`](crate::protocol::http::Request) and
//! [`Response`](crate::protocol::http::Response), RFC 9112), how answers go wrong, and the server that joins both with a
//! service over values.
#![deny(clippy::indexing_slicing)]

mod codec;
mod delivery;
mod server;

#[cfg(test)]
mod tests;

pub use codec::{Asked, Framer, Refusal, write};
pub use delivery::{Delivery, How};
pub(crate) use delivery::{html, page};
pub use server::{Server, Service, Visit};
