//! What an account by address has.

use super::remembered::{Names, bare};
use super::uds::{ChatService, DevicePhone, Directory, SignedIn, VoicemailService};
use crate::engine::event::ProductMode;

/// What an account by address has.
#[derive(Clone, Debug, PartialEq)]
pub enum Services {
    /// At Communications Manager and IM and Presence.
    Deployment(SignedIn),
    /// On open standards: the address is the JID and, where there is SIP, the SIP address.
    Standard {
        /// There is SIP.
        phone: bool,
        /// What is remembered of what the DNS says of their servers.
        names: Names,
    },
}

impl Services {
    /// What the client is for this user.
    #[must_use]
    pub fn product_mode(&self) -> ProductMode {
        match self {
            Services::Deployment(signed_in) => signed_in.product_mode,
            Services::Standard { phone: true, .. } => ProductMode::FullUc,
            Services::Standard { phone: false, .. } => ProductMode::ImOnly,
        }
    }

    /// Chat and presence at a deployment, where there is any.
    #[must_use]
    pub fn chat(&self) -> Option<&ChatService> {
        match self {
            Services::Deployment(signed_in) => signed_in.chat.as_ref(),
            Services::Standard { .. } => None,
        }
    }

    /// Whether they are the same, whatever documents they were read from.
    #[must_use]
    pub fn is_same(&self, other: &Services) -> bool {
        match (self, other) {
            (Services::Deployment(one), Services::Deployment(other)) => bare(one) == bare(other),
            (Services::Standard { phone: one, .. }, Services::Standard { phone: other, .. }) => one == other,
            (Services::Deployment(_), Services::Standard { .. }) | (Services::Standard { .. }, Services::Deployment(_)) => {
                false
            }
        }
    }

    /// Whether messages may be sent, where there is chat.
    #[must_use]
    pub fn messages(&self) -> bool {
        match self {
            Services::Deployment(signed_in) => signed_in.chat.as_ref().is_none_or(|chat| chat.messages),
            Services::Standard { .. } => true,
        }
    }

    /// The device that calls go through, where there is one.
    #[must_use]
    pub fn device(&self) -> Option<&DevicePhone> {
        match self {
            Services::Deployment(signed_in) => signed_in.phone.as_ref(),
            Services::Standard { .. } => None,
        }
    }

    /// The directory, where there is one.
    #[must_use]
    pub fn directory(&self) -> Option<&Directory> {
        match self {
            Services::Deployment(signed_in) => Some(&signed_in.directory).filter(|directory| !directory.uds.is_empty()),
            Services::Standard { .. } => None,
        }
    }

    /// The voicemail, where there is one.
    #[must_use]
    pub fn voicemail(&self) -> Option<&VoicemailService> {
        match self {
            Services::Deployment(signed_in) => signed_in.voicemail.as_ref(),
            Services::Standard { .. } => None,
        }
    }
}
