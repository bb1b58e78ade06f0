//! An XMPP server and the streams to it, at the level of stanzas: accounts, roster, presence, messages, archive, carbons,
//! rooms, and acknowledgements as XEP-0198 counts them. A fault of bytes or TLS is a declared failed answer here; bytes ⇄
//! stanzas is [`codec`].

#![deny(clippy::indexing_slicing)]

mod archive;
mod chat;
pub mod codec;
mod compliance;
mod faults;
mod line;
mod people;
mod room;
mod rooms;
mod roster;
mod server;
mod wire;

pub use archive::Archived;
pub use compliance::Blocked;
pub use faults::Fault;
pub use line::{FromServer, ToServer};
pub use server::{Heard, Server, ServerIn, ServerOut};
pub use wire::{Reach, Trouble, Wire, WireIn, WireOut};
