//! What is read side by side once the password is accepted.

use super::files::File;
use super::nodes::Nodes;
use crate::protocol::cisco::uds::Device;
use crate::protocol::cisco::{ClientConfig, ServiceProfile};

/// What is read side by side.
#[derive(Debug)]
pub(super) struct Gathering {
    pub(super) profile: File<ServiceProfile>,
    pub(super) client_config: File<ClientConfig>,
    pub(super) devices: Nodes,
    /// None while they are asked for.
    pub(super) listed: Option<Vec<Device>>,
}
