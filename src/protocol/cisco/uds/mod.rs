//! User Data Services (UDS), `https://NODE:8443/cucm-uds`: XML only (fact sheet §3).

pub mod address;
pub mod cluster_user;
pub mod devices;
pub mod servers;
pub mod user;
pub mod users;
pub mod version;

pub use address::{Filter, Resource};
pub use cluster_user::ClusterUser;
pub use devices::{Device, DeviceList};
pub use servers::Servers;
pub use user::{PrimaryExtension, User};
pub use users::{Person, Users};
pub use version::Version;
