//! One account's chat: signing in, contacts, conversations, what was missed and what became of what was sent.
//!
//! It refuses to know streams and TLS (io/xmpp), SQL (io/store) and the screen.

#![deny(clippy::indexing_slicing)]

mod account;
mod catch_up;
mod contacts;
mod conversations;
mod incoming;
mod input;
mod link;
mod machine;
mod outgoing;
mod outstanding;
mod own_presence;
mod people;
mod questions;
mod recovery;
mod session;
mod turn;
mod typing;

pub use account::Chat;
pub use input::ChatIn;
