//! Digest authentication as a client (RFC 3261 §22; RFC 7616, with RFC 2617 and 2069 for old servers; RFC 8760).
//!
//! It refuses to know which server may challenge: whoever hands a challenge in must have asked that server for
//! something on the user's behalf, and never hands in one that a caller sent.

pub mod algorithm;
pub mod challenge;
pub mod client;
pub mod credentials;
pub mod protection_space;

pub use algorithm::Algorithm;
pub use challenge::{Challenge, Qop};
pub use client::{Digest, Refused, copy_credentials};
pub use credentials::Credentials;
