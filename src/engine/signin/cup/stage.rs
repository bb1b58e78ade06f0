//! How far the sign-in is, and what it has in hand there.

use crate::engine::signin::Server;
use crate::engine::signin::uds::agreeing::Agreeing;
use crate::engine::signin::uds::files::File;
use crate::engine::signin::uds::nodes::Nodes;
use crate::machine::Secret;
use crate::protocol::cisco::epas::Config;
use crate::protocol::cisco::uds::Device;
use crate::protocol::cisco::{ClientConfig, DeviceConfig};

/// How far it is.
#[derive(Debug)]
pub(super) enum Stage {
    Idle,
    /// The password is awaited.
    Password,
    /// Whether it is right, by EPAS.
    Login(Nodes),
    /// What the presence server says, and a one-time password.
    Asking(Box<Asked>),
    /// What the user has, all at once. In phone mode this shows whether the password is right.
    Gathering(Box<Gathering>),
    /// The user chooses a device.
    Choosing(Vec<Device>),
    /// Its configuration.
    Fetching(Device, Box<File<DeviceConfig>>),
    /// What was found is agreed to, host by host.
    Agreeing(Box<Agreeing>),
    /// Signed in: one-time passwords are given.
    Serving(Option<Renewal>),
    Over,
}

/// A session at the presence server.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) key: Secret,
    /// Who gave it, or has answered by it last.
    pub(super) node: Server,
}

/// What the presence server was asked; the inner value is none where it could not be had.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) config: Option<Option<Config>>,
    pub(super) token: Option<Option<Secret>>,
}

/// What is read side by side.
#[derive(Debug)]
pub(super) struct Gathering {
    pub(super) client_config: File<ClientConfig>,
    pub(super) devices: Nodes,
    /// None while they are asked for.
    pub(super) listed: Option<Vec<Device>>,
}

/// A one-time password in the making.
#[derive(Debug)]
pub(super) struct Renewal {
    pub(super) node: Server,
    pub(super) token: Option<Secret>,
    /// The inner value is none where it could not be had.
    pub(super) config: Option<Option<Config>>,
    /// Where XMPP is, as it is remembered: the presence server is not asked for that.
    pub(super) nodes: Option<Vec<Server>>,
}
