//! Passwords: where they come from, and where they are kept.

pub mod command;
pub mod keyring;
pub mod password;
pub mod prompt;

pub use keyring::keep as keep_password;
pub use password::{Asking, Stored, forget as forget_password, password, stored};
