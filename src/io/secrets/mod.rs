//! Passwords: where they come from, and where they are kept.

pub mod keyring;

pub use keyring::forget as forget_password;
