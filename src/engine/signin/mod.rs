//! Sign-in by address: which authenticator it is (the decision machine), by the documented order, and what follows from it. Pure:
//! it asks [`Question`]s and hears [`Answer`]s, so that every combination is a test.

pub mod bootstrap;
pub mod cache;
pub mod launch;
pub mod question;
pub mod server;

pub use bootstrap::{Bootstrap, BootstrapAuthenticator, BootstrapFile};
pub use cache::{Cache, CacheChange, Organisation, SrvAnswer, SrvKey};
pub use launch::{Excluded, Launch, Manual};
pub use question::{Answer, Question};
pub use server::{Server, Target};
