//! The sign-in at Cisco Unified Communications Manager, after `_cisco-uds` (or a server set by hand) has been decided on:
//! [`CucmSignIn`] asks and hears values, and ends with what the user has ([`SignedIn`]).

pub(in crate::engine::signin) mod agreeing;
mod answers;
pub(in crate::engine::signin) mod asking;
pub mod choice;
pub mod conclude;
pub mod consent;
mod devices;
pub mod files;
mod gathering;
pub mod interface;
pub mod judge;
pub mod names;
pub mod nodes;
pub mod questions;
pub mod sign_in;
pub mod signed_in;
pub mod steps;
#[cfg(test)]
mod tests;

pub use interface::{ClearLeg, CucmIn, CucmOut, CucmStart};
pub use sign_in::CucmSignIn;
pub use signed_in::{ChatService, DevicePhone, Directory, PhoneSecurity, Registrar, Settled, SignedIn, VoicemailService};
