//! TFTP (RFC 1350) with options (RFC 2347): block size (RFC 2348), timeout and transfer size (RFC 2349). Reading only.
//!
//! Two machines over datagrams: [`Fetch`] reads a file, [`Transfer`] gives one. They refuse to know sockets: whoever
//! drives them gives each transfer a port of its own, which is its transfer identifier.

pub mod failure;
pub mod fetch;
pub mod packet;
pub mod transfer;

pub use failure::Failure;
pub use fetch::{Fetch, FetchIn, FetchOut};
pub use packet::{ErrorCode, Packet, ReadRequest};
pub use transfer::{Transfer, TransferIn, TransferOut};

#[cfg(test)]
mod tests;
