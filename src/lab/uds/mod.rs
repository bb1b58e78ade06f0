//! User data services and what else a node says over HTTPS on 8443 (fact sheet §3, §9).
#![deny(clippy::indexing_slicing)]

mod colleagues;
mod pages;
mod person;
mod service;
mod sessions;

#[cfg(test)]
mod tests;

pub use person::model;
pub use service::Uds;
