//! The transaction layer of SIP (RFC 3261 §17 with RFC 6026): one state diagram a file, joined by [`layer::Layer`].
//!
//! It gives every request exactly one end, over links that lose and double. It refuses to know dialogs, sessions and
//! registrations: those use it.

pub mod client;
pub mod hop;
pub mod interface;
pub mod invite_client;
pub mod invite_server;
pub mod layer;
pub mod matching;
pub mod non_invite_client;
pub mod non_invite_server;
pub mod server;
pub mod timers;
pub mod via;

pub use interface::{ClientKey, Failure, Input, Output, ServerKey};
pub use layer::Layer;
pub use timers::Timers;

#[cfg(test)]
mod tests;
