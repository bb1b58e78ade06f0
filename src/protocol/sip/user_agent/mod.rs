//! One account's phone: its flows, registration, transactions and calls as one machine, which the engine embeds.
//!
//! It refuses to know sockets, sound and session descriptions.

pub mod admission;
pub mod agent;
pub mod arrivals;
pub mod binding;
pub mod calls;
pub mod config;
pub mod credentials;
pub mod dressing;
pub mod failure;
pub mod flows;
pub mod input;
pub mod output;
pub mod parcel;
pub mod receiving;
pub mod registering;
pub mod sending;
pub mod wire;

pub use agent::UserAgent;
pub use config::Config;
pub use failure::Failure;
pub use input::{Input, SessionId};
pub use output::Output;

#[cfg(test)]
mod tests;
