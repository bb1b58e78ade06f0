//! Passwords: where they come from, and where they are kept.

pub mod choice;
pub mod command;
pub mod keyutils;
pub mod memory;
pub mod passphrase;
pub mod password;
pub mod prompt;
pub mod sealed;
pub mod secret_service;
pub mod stores;
pub mod vault;

pub use choice::{Place, StoreChoice};
pub use passphrase::{seal_on_terminal, unlock_on_terminal};
pub use password::{Asking, Stored, forget as forget_account, password, refused, stored};
pub use stores::{Stores, keep_nothing};
pub use vault::Entry;
