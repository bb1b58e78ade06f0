//! RTP (RFC 3550), SRTP (RFC 3711) and telephone-events (RFC 4733): packets, streams and reports as values.

pub mod plan;

pub use plan::{Cipher, Codec, Direction, Keys, MediaPlan};
