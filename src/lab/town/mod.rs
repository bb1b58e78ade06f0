//! The town: chat, telephones, voicemail and the cast as one machine, because what happens in one is heard in the others.
//!
//! [`Town`] is the services over values (stanzas, questions; SIP and RTP are bytes in both worlds); [`Doors`] is the same
//! over the bytes that come through doors.
#![deny(clippy::indexing_slicing)]

mod doors;
mod people;
mod services;
#[cfg(test)]
mod tests;

pub use doors::{DOORS, Doors};
pub use services::{Town, TownIn, TownOut};
