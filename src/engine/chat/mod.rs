//! One account's chat: signing in, contacts, conversations, what was missed and what became of what was sent.
//!
//! It refuses to know streams and TLS (io/xmpp), SQL (io/store) and the screen.

mod input;
mod machine;

pub use input::ChatIn;
pub use machine::Chat;
