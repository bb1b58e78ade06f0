//! XMPP (RFC 6120, 6121 and XEPs) as rules over stanzas; the stanzas themselves are those of `xmpp-parsers`.
//!
//! It refuses to know streams, TLS and SASL: io/xmpp brings stanzas in and takes them out. Every stanza that comes
//! passes [`gate`], and nothing else reads one.

#![deny(clippy::indexing_slicing)]

pub mod answer;
pub mod archive;
pub mod carbons;
pub mod chat_states;
pub mod disco;
pub mod gate;
pub mod iq;
pub mod known;
pub mod locate;
pub mod message;
pub mod payload;
pub mod ping;
pub mod presence;
pub mod receipts;
pub mod roster;
pub mod sasl;
pub mod sieve;
pub mod stamp;
pub mod stanza;

pub use iq::{Asked, Purpose};
pub use known::Known;
pub use locate::{Endpoint, Locate};
pub use stanza::Stanza;
