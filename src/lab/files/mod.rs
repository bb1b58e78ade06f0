//! Configuration files: what they say (fact sheet §5, §6, §7), and how they are given out over HTTPS, HTTP and TFTP.
#![deny(clippy::indexing_slicing)]

mod client_config;
mod device;
mod profile;
mod service;
mod tftp;
mod without;

#[cfg(test)]
mod tests;

pub use service::{Files, WebFiles};
pub use tftp::TftpServer;
