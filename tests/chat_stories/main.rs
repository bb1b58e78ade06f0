//! Stories of chats in virtual time: the engine's side of one account beside a server, over streams that are cut.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catching_up;
mod disk;
mod everyday;
mod forged;
mod killed;
mod links;
mod people;
mod random;
mod receipts;
mod town;
mod typing;
