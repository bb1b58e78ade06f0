//! The only room with tokio, sockets, TLS, clocks, files and devices. It decides nothing that a standard or the user decides.

pub mod accounts;
pub mod aside;
pub mod audio;
pub mod carrier;
pub mod discovery;
pub mod dns;
pub mod doctor;
pub mod driver;
pub mod entropy;
pub mod http;
pub mod log;
pub mod notify;
pub mod paths;
pub mod photos;
pub mod private;
pub mod reset;
pub mod secrets;
pub mod sip;
pub mod store;
pub mod terminal;
pub mod tftp;
pub mod tls;
pub mod xmpp;
