//! Passwords in a file that is sealed with a passphrase.

mod file;
pub mod format;

pub use file::{SealedVault, State};
