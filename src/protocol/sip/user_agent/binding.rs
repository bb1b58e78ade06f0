//! The registration of a user agent, and how far its leaving has come.

use super::config::Config;
use super::failure::Failure;
use crate::machine::{Chance, Moment};
use crate::protocol::sip::digest::Refused;
use crate::protocol::sip::registration::{Registration, Settings, Trouble};
use crate::protocol::sip::transaction::ClientKey;
use std::collections::BTreeMap;

/// Our binding at the registrar, as far as the user wants one.
#[derive(Debug)]
pub struct Binding {
    /// What makes it.
    pub(super) registration: Registration,
    /// The user wants it.
    pub(super) wanted: bool,
    /// The user wants to be gone.
    pub(super) leaving: Leaving,
    /// Until when leaving waits for the far sides of the calls that it has refused.
    pub(super) patience: Option<Moment>,
    /// REGISTERs that are with the transaction layer.
    pub(super) asked: BTreeMap<ClientKey, u32>,
    /// Why the flow was lost last.
    pub(super) lost: Option<Failure>,
}

/// How far leaving has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// We stay.
    No,
    /// The binding is being removed.
    Unbinding,
    /// It is removed; calls may still be ending.
    Unbound,
}

impl Binding {
    /// Nothing is wanted.
    #[must_use]
    pub fn new(config: &Config, chance: Chance) -> Binding {
        let mut settings = Settings::new(config.address.clone(), config.instance.clone());
        settings.display_name.clone_from(&config.display_name);
        settings.device.clone_from(&config.device);
        if let Some(user) = &config.digest_user {
            settings.user.clone_from(user);
        }
        Binding {
            registration: Registration::new(settings, chance),
            wanted: false,
            leaving: Leaving::No,
            patience: None,
            asked: BTreeMap::new(),
            lost: None,
        }
    }

    /// Why there is no binding, in our words.
    pub(super) fn failure(&self, why: Trouble) -> Failure {
        match why {
            Trouble::FlowLost => {
                self.lost.clone().unwrap_or_else(|| Failure::Unreachable("the link to the server was lost".into()))
            }
            Trouble::Silent => Failure::Timeout,
            Trouble::Refused(Refused::Password { .. }) | Trouble::NoPassword => Failure::Password,
            Trouble::Refused(why) => Failure::Refused { status: 401, reason: why.to_string() },
            Trouble::Answered { status, reason } => Failure::Refused { status, reason: reason.raw().to_owned() },
            Trouble::NoPong | Trouble::NotKept => Failure::Unreachable(why.to_string()),
        }
    }
}
