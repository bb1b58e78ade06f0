//! The history on disk: messages, how far each of ours has come, how far the archive has been read, and calls.
//!
//! One SQLite database in WAL mode for all accounts; several processes at once.

pub mod calls;
pub mod database;
pub mod messages;
pub mod outbox;
pub mod position;
pub mod schema;
pub mod thread;
pub mod transact;
pub mod trouble;

pub use thread::StoreThread;
pub use transact::Store;
