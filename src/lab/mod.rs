//! Other people's servers and phones as machines, and [`World`], which steps machines in virtual time.

pub mod cas;
pub mod cast;
pub mod ccmcip;
pub mod connection;
pub mod deployment;
pub mod dns;
pub mod epas;
pub mod files;
pub mod hosts;
pub mod http;
pub mod identity;
pub mod late;
pub mod node_web;
pub mod photos;
pub mod sip;
pub mod site;
pub mod tokens;
pub mod town;
pub mod uds;
pub mod voices;
pub mod wire;
pub mod world;
pub mod xmpp;

pub use deployment::Deployment;
pub use site::Site;
pub use world::{Link, World};
