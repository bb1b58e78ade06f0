//! Passwords: where they come from, and where they are kept.

pub mod command;
pub mod keyring;
pub mod password;
pub mod prompt;

pub use password::{forget as forget_password, password};
