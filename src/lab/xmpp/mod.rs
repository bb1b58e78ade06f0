//! An XMPP server and the streams to it, at the level of stanzas: accounts, roster, presence, messages, archive, carbons,
//! and acknowledgements as XEP-0198 counts them. No bytes, no TLS: a fault of those is a declared failed answer.

#![deny(clippy::indexing_slicing)]

mod archive;
mod chat;
mod faults;
mod line;
mod people;
mod roster;
mod server;
mod wire;

pub use archive::Archived;
pub use faults::Fault;
pub use line::{FromServer, ToServer};
pub use server::{Heard, Server, ServerIn, ServerOut};
pub use wire::{Reach, Trouble, Wire, WireIn, WireOut};
