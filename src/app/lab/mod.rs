//! The deployment in a box on sockets: for `offhook lab`, and inside `offhook demo`.
//!
//! [`Lab::start`] takes an address of its own in 127.0.0.0/8, opens the doors that the site has, makes an authority for its
//! certificates, and drives the servers of [`crate::lab::deployment`]. It refuses to know what the servers say.

mod authority;
mod doors;
mod facts;
mod folder;
mod lines;
mod looping;
mod start;

#[cfg(test)]
mod tests;

pub use facts::{Facts, Somebody};
pub use folder::Folder;
pub use start::Lab;
