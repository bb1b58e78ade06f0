//! Carries `protocol::http` requests with reqwest over our own TLS: bounded, in time, and to nobody but the host they name.

pub mod carrier;
pub mod clients;
pub mod cookies;
pub mod failing;
pub mod place;
pub mod proxy;

pub use carrier::{Http, HttpAnswer};
pub use proxy::SystemProxy;
