//! The authenticator order: every combination of what the sources may say against a table written from the guide, the moments
//! at which decisions fall in virtual time, and what is checked after them.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing)]

mod after;
mod play;
mod records;
mod table;
mod time;
