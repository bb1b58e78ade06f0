//! Accounts on disk: one TOML file each.

pub mod directory;
mod edit;
pub mod file;
pub mod keeping;

pub use directory::Accounts;
pub use file::{KEYS, StoredAccount, Typed, Wrong};
