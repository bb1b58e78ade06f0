//! Who we say we are.

use crate::machine::Secret;

/// A name and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The user name, which need not be the user of the SIP URI.
    pub user: String,
    /// The password.
    pub password: Secret,
}
