//! XMPP links: one task an account that owns a tokio-xmpp `StanzaStream`, and our own connector under it.
//!
//! The engine decides when and where to connect; a refused password or certificate is told once and never tried again here.

pub mod connector;
mod fates;
mod link;
mod session;
mod sign_in;
mod socket;
mod stream;
pub mod tcp;

pub use link::{XmppLink, spawn};
