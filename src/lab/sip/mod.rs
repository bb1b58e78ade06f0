//! A SIP registrar and proxy for one domain, as a machine over bytes (RFC 3261 §10 and §16, RFC 7616, RFC 5626): digest
//! with nonces that grow old, bindings that expire, forks to every binding, Record-Route, CANCEL, and faults by switch.
//!
//! [`b2bua`] is another server: a call manager, in which every call ends and which hears and speaks.
//!
//! What carries the bytes is not here: a story joins the server to its clients by links of its own.

pub mod b2bua;
mod digest;
mod faults;
mod fork;
mod forward;
mod registrar;
mod route;
mod server;
mod settings;
#[cfg(test)]
mod tests;

pub use faults::Fault;
pub use registrar::Binding;
pub use server::{Heard, Server, ServerIn, ServerOut};
pub use settings::Settings;
