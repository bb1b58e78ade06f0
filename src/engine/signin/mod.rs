//! Sign-in by address: which authenticator it is ([`Discovery`]), by the documented order, and what follows from it. Pure:
//! it asks [`Question`]s and hears [`Answer`]s, so that every combination is a test.

pub mod bootstrap;
pub mod cache;
pub mod cup;
mod deployment;
pub mod discovery;
pub mod found;
pub mod launch;
mod line;
mod order;
pub mod question;
mod records;
pub mod remembered;
mod round;
pub mod server;
pub mod services;
pub mod session;
mod standards;
pub mod uds;
pub mod wants;
mod warm;

pub use bootstrap::{Bootstrap, BootstrapAuthenticator, BootstrapFile};
pub use cache::{Cache, CacheChange, Organisation, SrvAnswer, SrvKey, VoiceDomain};
pub use discovery::{Discovery, DiscoveryIn, DiscoveryOut, Purpose};
pub use found::Found;
pub use launch::{Choice, Excluded, Launch, Manual};
pub use question::{Answer, Question};
pub use remembered::{Known, Names, Remembered};
pub use server::{Server, Target};
