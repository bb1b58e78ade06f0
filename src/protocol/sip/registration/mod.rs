//! Registration (RFC 3261 §10): our binding at the registrar, kept for as long as it is wanted.

pub mod back_off;
pub mod binding;
pub mod contact;
pub mod interface;
pub mod keep_alive;
mod state;
mod template;

pub use back_off::BackOff;
pub use binding::Registration;
pub use interface::{Device, Input, Output, Settings, Status, Trouble};

#[cfg(test)]
mod tests;
