//! Unity Connection's REST interface over values (fact sheet §11): mailboxes, and what may be asked of them. Its documents
//! are written from the fact sheet alone, so that a client that misreads it is not agreed with.
#![deny(clippy::indexing_slicing)]

mod document;
mod mailbox;
mod page;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod wav;

pub use mailbox::{Folder, Kept, Mailboxes};
pub use service::Connection;
pub use settings::Settings;
