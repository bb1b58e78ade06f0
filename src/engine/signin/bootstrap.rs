//! What a bootstrap file says that matters for the order. protocol/cisco reads the file, io/discovery keeps it.

use super::server::Server;
pub use crate::protocol::cisco::bootstrap::BootstrapAuthenticator;

/// The bootstrap file as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapFile {
    /// What it says.
    pub says: Bootstrap,
    /// It was written since it was last read.
    pub is_new: bool,
}

/// What a bootstrap file says that matters for the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bootstrap {
    /// `AUTHENTICATOR`
    pub authenticator: Option<BootstrapAuthenticator>,
    /// `CUP_ADDRESS`
    pub cup: Option<Server>,
    /// `TFTP`
    pub tftp: Option<Server>,
    /// `CTI`: kept, and not used yet.
    pub cti: Option<Server>,
    /// `CCMCIP`, where it is another host than TFTP.
    pub ccmcip: Option<Server>,
    /// `PRODUCT_MODE=Phone_Mode`
    pub phone_mode: bool,
}
