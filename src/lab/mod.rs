//! Other people's servers and phones as machines, and [`World`], which steps machines in virtual time.

pub mod sip;
pub mod world;
pub mod xmpp;

pub use world::{Link, World};
