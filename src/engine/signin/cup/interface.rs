//! What [`CupSignIn`](super::CupSignIn) begins with, hears and says. Most of it is what every sign-in hears and says.

use super::token::Token;
use crate::engine::event::{AdvancedSettings, Problem};
use crate::engine::signin::uds::{CucmIn, CucmOut};
use crate::engine::signin::{Server, Target};
use crate::machine::Secret;
use std::collections::BTreeSet;

/// What is known when it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CupStart {
    /// The user, without the domain.
    pub user: String,
    /// Services domain.
    pub domain: String,
    /// Voice services domain, where it is another.
    pub voice_domain: Option<String>,
    /// Whom to sign in at.
    pub way: Way,
    /// `--allow-cleartext`, or the user has agreed.
    pub allow_cleartext: bool,
    /// `--tftp-port`
    pub tftp_port: Option<u16>,
    /// The device that was chosen at an earlier sign-in.
    pub device: Option<String>,
    /// Hosts outside the domains that the user has agreed to before, in lower case.
    pub agreed_hosts: BTreeSet<String>,
    /// Calls are not wanted: no device is looked for.
    pub without_phone: bool,
}

/// What is remembered of an earlier sign-in, with which one-time passwords are given before anything else is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Nodes of EPAS.
    pub logins: Vec<Server>,
    /// XMPP at the same nodes.
    pub nodes: Vec<Server>,
    /// The password, which nobody has refused.
    pub password: Secret,
}

/// Whom to sign in at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The presence server: these nodes run EPAS, in the order to try.
    Presence(Vec<Target>),
    /// Communications Manager 8.x, for calls alone.
    Phone {
        /// Where the list of devices is.
        ccmcip: Target,
        /// Where configuration files are.
        tftp: Target,
        /// Control of desk phones: kept, and not used.
        cti: Option<Server>,
    },
}

impl Way {
    /// Whom it begins with.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        match self {
            Way::Presence(targets) => targets.clone(),
            Way::Phone { ccmcip, tftp, .. } => vec![ccmcip.clone(), tftp.clone()],
        }
    }
}

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CupIn {
    /// What happens to every sign-in.
    Sign(CucmIn),
    /// Chat wants a one-time password of this node.
    Renew {
        /// Which.
        node: Server,
        /// By a new session.
        fresh: bool,
    },
    /// Whether what is remembered still holds: everything is asked.
    Check,
}

impl From<CucmOut> for CupOut {
    fn from(said: CucmOut) -> CupOut {
        CupOut::Sign(said)
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum CupOut {
    /// What every sign-in says. After it has said that the user is signed in it goes on: it gives one-time passwords.
    Sign(CucmOut),
    /// What stands ready in Advanced Settings from now on.
    Advanced(AdvancedSettings),
    /// A one-time password, after [`CupIn::Renew`].
    Token(Result<Token, Problem>),
}
