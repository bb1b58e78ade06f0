//! Other people's servers and phones as machines, and [`World`], which steps machines in virtual time.

pub mod sip;
pub mod site;
pub mod wire;
pub mod world;
pub mod xmpp;

pub use site::Site;
pub use world::{Link, World};
