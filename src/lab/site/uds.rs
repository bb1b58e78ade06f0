//! How user data services answer (fact sheet §3), and what the nodes say of single sign-on (§9).

use super::answers::Answers;
use serde::Deserialize;

/// User data services.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uds {
    /// How all nodes answer.
    pub answers: Answers,
    /// These nodes, from 1, answer 503: the next one is to be asked.
    pub busy: Vec<u8>,
    /// What `version` says.
    pub version: String,
    /// Whether the search asks for a password (`usersResourceAuthEnabled`, 11.5 and later).
    pub users_resource_auth: bool,
    /// How many people a page of the search has at most.
    pub page: u16,
    /// Which cookies hold a session.
    pub sessions: Sessions,
    /// How a user says where the profiles are: the documentation shows `serviceProfile/uri`, which may be either (fact
    /// sheet §3: "parse both").
    pub profile_uri: ProfileUri,
    /// Whether a user has a `jabberProfile` (12.5 and later).
    pub jabber_profile: bool,
    /// What switches chat off for everybody while there are IM and Presence services: uncertain, no document says it.
    pub chat_off: ChatOff,
}

impl Default for Uds {
    fn default() -> Uds {
        Uds {
            answers: Answers::default(),
            busy: Vec::new(),
            version: "12.5.1".into(),
            users_resource_auth: false,
            page: 64,
            sessions: Sessions::Both,
            profile_uri: ProfileUri::Attribute,
            jabber_profile: true,
            chat_off: ChatOff::No,
        }
    }
}

/// Which cookies hold a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sessions {
    /// `JSESSIONID` and `JSESSIONIDSSO`; either is enough.
    Both,
    /// `JSESSIONID` alone.
    Jsessionid,
    /// None: every question needs a password.
    None,
}

/// How a user says where the profiles are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileUri {
    /// `<serviceProfile uri="…"/>`.
    Attribute,
    /// `<serviceProfile><uri>…</uri></serviceProfile>`.
    Element,
}

/// What switches chat off while there are IM and Presence services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChatOff {
    /// Nothing: there is chat.
    No,
    /// `enableImAndPresence="false"` at the user's `homeCluster`.
    User,
    /// `IM_Enabled` in the section `Policies` of `jabber-config.xml`.
    Policy,
}

/// What `/ssosp/ws/public/singleSignOn` says. That anything but 200 means no single sign-on is inferred (fact sheet §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SingleSignOn {
    /// `enabled="false"`.
    #[default]
    Disabled,
    /// `enabled="true"`.
    Enabled,
    /// 404.
    Unknown,
}
