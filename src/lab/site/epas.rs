//! How the presence server answers over SOAP (fact sheet §8.1), and who lists devices at Communications Manager 8.x (§4).

use super::answers::Answers;
use serde::Deserialize;

/// EPAS, at both nodes of IM and Presence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Epas {
    /// How both nodes answer.
    pub answers: Answers,
    /// These nodes, 1 and 2, answer 503.
    pub busy: Vec<u8>,
    /// At these nodes nobody answers.
    pub down: Vec<u8>,
    /// How a wrong password is refused: no document says it.
    pub refusal: EpasRefusal,
    /// How the answer to a sign-in names the other node: that it does is documented, not how.
    pub backup: BackupElement,
    /// What properties are called: `Presence.Domain` has been seen, the others are uncertain.
    pub property_names: PropertyNames,
    /// Whether the properties say where XMPP is now (fact sheet §8.5: "fetch current addresses"); uncertain where they do.
    pub names_nodes: bool,
    /// Whether they name TFTP, CCMCIP and CTI.
    pub phones: bool,
    /// Client Re-Login Lower Limit and Upper Limit, in seconds; that the server tells them as properties is inferred.
    pub relogin: [u64; 2],
    /// Whether a sign-in with `force` ends the session that there was: inferred (fact sheet §8.1).
    pub force_takes_over: bool,
    /// Whether a session of one node serves at the other: inferred from the order of fail-over ("existing session on primary,
    /// then secondary").
    pub shared_sessions: bool,
}

impl Default for Epas {
    fn default() -> Epas {
        Epas {
            answers: Answers::default(),
            busy: Vec::new(),
            down: Vec::new(),
            refusal: EpasRefusal::Fault,
            backup: BackupElement::Text,
            property_names: PropertyNames::Dotted,
            names_nodes: true,
            phones: true,
            relogin: [120, 537],
            force_takes_over: true,
            shared_sessions: true,
        }
    }
}

/// How a wrong password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EpasRefusal {
    /// A fault of SOAP, with status 500.
    Fault,
    /// `login-resp/failure`, with status 200.
    Failure,
    /// Status 401.
    Status,
}

/// How the other node is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackupElement {
    /// `<backup-server>HOST</backup-server>`
    Text,
    /// `<backup-server><host>HOST</host><port>8443</port></backup-server>`
    Nested,
    /// It is not.
    Absent,
}

/// What properties are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PropertyNames {
    /// `Tftp.Primary`, like `Presence.Domain`.
    Dotted,
    /// `TftpServer1`, like the keys of `jabber-config.xml`.
    Numbered,
    /// `Primary TFTP Server`, like the pages of administration.
    Words,
}

/// CCMCIP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ccmcip {
    /// How it answers.
    pub answers: Answers,
    /// How a wrong password is refused.
    pub refusal: CcmcipRefusal,
}

/// How a wrong password is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CcmcipRefusal {
    /// Status 200, with a page that says "HTTP Status 401": old servers were seen to.
    #[default]
    Page,
    /// Status 401.
    Status,
}
