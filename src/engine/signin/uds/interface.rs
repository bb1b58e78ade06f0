//! What [`CucmSignIn`](super::CucmSignIn) begins with, hears and says.

use super::signed_in::SignedIn;
use crate::engine::ask::AskId;
use crate::engine::event::{DeviceChoice, NoticeLevel, Problem, Step};
use crate::engine::signin::{Answer, Question, Server, Target};
use crate::machine::Secret;
use std::collections::BTreeSet;

/// What is known when it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CucmStart {
    /// The user, without the domain.
    pub user: String,
    /// Services domain.
    pub domain: String,
    /// Voice services domain, where it is another.
    pub voice_domain: Option<String>,
    /// Nodes that run UDS, in the order to try.
    pub targets: Vec<Target>,
    /// `--allow-cleartext`, or the user has agreed.
    pub allow_cleartext: bool,
    /// `--tftp-port`
    pub tftp_port: Option<u16>,
    /// `TFTP_FILE_NAME`: the client configuration, in place of `jabber-config.xml`.
    pub client_config_file: Option<String>,
    /// The device that was chosen at an earlier sign-in.
    pub device: Option<String>,
    /// Only chat is wanted: no device is looked for.
    pub without_phone: bool,
    /// Hosts outside the domains that the user has agreed to before, in lower case.
    pub agreed_hosts: BTreeSet<String>,
}

/// What may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CucmIn {
    /// Begin. Nothing that is secret leaves before [`CucmIn::Password`], so it may begin before the decision has fallen.
    Start,
    /// A question is answered.
    Answered(AskId, Answer),
    /// The password, after [`CucmOut::NeedPassword`].
    Password(Secret),
    /// After [`CucmOut::AskHost`]: whether the host may be connected to.
    Host {
        /// Which.
        host: String,
        /// It may.
        allowed: bool,
    },
    /// After [`CucmOut::AskClear`]: whether anything may go in clear.
    Clear(bool),
    /// After [`CucmOut::ChooseDevice`]: the name of one of the devices.
    Device(String),
    /// After [`CucmOut::ChooseDevice`]: none of them, and so no phone.
    NoDevice,
    /// Answers are not wanted any more.
    Cancel,
}

/// A leg that would go in clear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearLeg {
    /// Named for people, as in `CSFANA.cnf.xml over TFTP from cucm1.lab.example:69`.
    pub leg: String,
    /// Why it would: what has failed where it is encrypted, or what asks for it.
    pub why: Option<Problem>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum CucmOut {
    /// Find out, and answer under this id, which counts within this machine only.
    Ask(AskId, Question),
    /// A step began, or ended. Several servers may be asked for one step: each attempt is told by itself.
    Step(Step),
    /// The password is wanted, to be sent to this server alone, and to the next nodes of its cluster when it fails.
    NeedPassword {
        /// Whom.
        server: Server,
        /// The last one was refused. It is never sent again.
        refused: bool,
    },
    /// This host lies outside of the domains of the services: may it be connected to?
    AskHost {
        /// Which.
        host: String,
        /// What it is named for.
        purpose: &'static str,
    },
    /// The first leg that would go in clear: may it?
    AskClear(ClearLeg),
    /// The user has several softphones: which?
    ChooseDevice(Vec<DeviceChoice>),
    /// The user should know.
    Notice(NoticeLevel, Problem),
    /// Signed in: this is what the user has. It is over.
    SignedIn(Box<SignedIn>),
    /// It cannot go on. It is over.
    Failed(Problem),
}
