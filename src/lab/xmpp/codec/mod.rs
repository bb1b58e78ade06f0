//! The server's end of one XMPP stream, bytes ⇄ what the server hears (RFC 6120, XEP-0198): stream headers, STARTTLS as a
//! declared output, SASL, bind, stream management. Accounts and stanzas are the server's.

#![deny(clippy::indexing_slicing)]

mod fault;
mod managed;
mod reader;
mod sasl;
mod settings;
mod stream;
#[cfg(test)]
mod tests;
mod write;

pub use settings::{Mechanism, Settings, StartTls};
pub use stream::{Stream, StreamIn, StreamOut};
