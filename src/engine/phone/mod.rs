//! One account's phone: its registration and its calls.

pub mod call;
pub mod calls;
pub mod dial;
pub mod early;
pub mod ending;
pub mod holding;
pub mod ledger;
pub mod machine;
pub mod muting;
pub mod progress;
pub mod trouble;

pub use machine::{Phone, PhoneIn};
