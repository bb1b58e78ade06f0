//! Bytes ⇄ meaning, and the state machines of the standards.
//!
//! Nothing in this room reads a clock, opens a socket, spawns a task, touches a file or makes its own randomness:
//! time, bytes and chance are arguments. Every parser is total: any input gives a value or an error, never a panic.

pub mod cisco;
pub mod dns;
pub mod http;
pub mod picture;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod tftp;
pub mod xmpp;
