//! Documents and answers of Cisco's unified-communications servers: bytes ⇄ values, after public documents and samples.
//!
//! Whatever comes is read by local name, in any order and nesting, and bounded ([`xml`]); what is uncertain about the wire
//! is tolerated in reading. Writers take the same value types, for servers that pretend.

pub mod bootstrap;
pub mod cas;
pub mod ccmcip;
pub mod client_config;
pub mod connection;
pub mod device_config;
pub mod domain;
pub mod epas;
pub mod excluded;
pub mod html;
pub mod photo_uri;
pub mod precedence;
pub mod provision;
pub mod service_profile;
pub mod uds;
pub mod xml;

pub use bootstrap::Bootstrap;
pub use client_config::ClientConfig;
pub use device_config::DeviceConfig;
pub use domain::domain;
pub use excluded::ExcludedServices;
pub use photo_uri::PhotoUri;
pub use provision::Provision;
pub use service_profile::ServiceProfile;
pub use xml::Unreadable;
