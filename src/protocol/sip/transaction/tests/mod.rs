//! The transaction layer in virtual time: every timer of RFC 3261 §17 by its name, races, forks and lossy links.

mod client;
mod diagrams;
mod invite_client_races;
mod server;
mod storm;
mod wire;
