//! Stories of whole engines in virtual time: they call each other through the lab's SIP server, over links that lose, and
//! at the end of each story the books must balance.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod accounts;
mod actor;
mod books;
#[allow(dead_code, reason = "the stories of chats use more of it")]
#[path = "../chat_stories/disk.rs"]
mod disk;
mod early;
mod endings;
mod everyday;
mod offers;
mod random;
mod roads;
mod servers;
mod sound;
mod together;
mod town;
