//! SDP (RFC 8866), its keys for SRTP (RFC 4568) and the offer/answer model (RFC 3264).

pub mod crypto;
pub mod description;
pub mod formats;
pub mod negotiator;
pub mod parse;
pub mod refusal;
pub mod theirs;
pub mod write;

pub use description::{Attribute, Connection, Description, Media, Origin};
pub use negotiator::Negotiator;
pub use parse::Fault;
pub use refusal::{Refusal, Security};
