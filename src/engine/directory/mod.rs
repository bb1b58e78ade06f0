//! The directory: people of a site are found by what the user types, numbers that call get names, and photos are fetched,
//! all from User Data Services and from where the site says (fact sheet §3).
//!
//! It refuses to know sockets, files and terminals: requests are values, and a photo is bytes that somebody else draws.

mod answers;
mod callers;
mod people;
mod photos;
mod questions;
mod room;
mod search;
#[cfg(test)]
mod tests;

pub use callers::unnamed;
pub use room::{Directory, DirectoryIn, Setting};
