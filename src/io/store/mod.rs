//! The history on disk: messages, how far each of ours has come, how far the archive has been read, calls, and what the
//! user has seen and begun to write.
//!
//! One SQLite database in WAL mode for all accounts; several processes at once. What is asked is answered in order on one
//! thread; searches have a thread of their own.

pub mod account;
pub mod calls;
pub mod conversations;
pub mod database;
pub mod messages;
pub mod outbox;
pub mod page;
pub mod partner;
pub mod position;
pub mod question;
pub mod schema;
pub mod search;
pub mod search_thread;
mod spacing;
pub mod thread;
pub mod transact;
pub mod trouble;

pub use thread::StoreThread;
pub use transact::Store;
