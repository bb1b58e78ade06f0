//! SIP (RFC 3261 and what extends it): messages, the four transactions, dialogs, registration and sessions.
//!
//! It refuses to know sockets: a [`flow::Flow`] is a value that io opened, and bytes come and go as values.

pub mod dialog;
pub mod digest;
pub mod flow;
pub mod locate;
pub mod message;
pub mod message_summary;
pub mod registration;
pub mod session;
pub mod transaction;
pub mod user_agent;
