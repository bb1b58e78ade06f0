//! Voicemail: the mailbox of an account at Unity Connection (fact sheet §11), and what is played of it.
//!
//! It refuses to know sockets and sound: requests are values, and a file to be played is bytes that somebody else reads.

mod answers;
mod mailbox;
mod message;
mod player;
mod questions;
mod sweep;
#[cfg(test)]
mod tests;
mod wishes;

pub use mailbox::{Mailbox, MailboxIn};
pub use player::Player;
