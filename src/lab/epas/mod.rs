//! EPAS, the SOAP interface of IM and Presence (fact sheet §8.1): who signs in gets a session, what the site is configured
//! with, and one-time passwords, which its XMPP takes once.
#![deny(clippy::indexing_slicing)]

mod pages;
mod service;
#[cfg(test)]
mod tests;

pub use service::Epas;
