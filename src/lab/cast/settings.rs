//! Who is played, and what each does: what a site may say about it.

use serde::Deserialize;
use std::time::Duration;
use xmpp_parsers::jid::BareJid;

/// The cast.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Who is played, by user name; everybody but the first where it is not said.
    pub played: Option<Vec<String>>,
    /// Who rings; the third of those who are played where it is not said.
    pub rings: Option<String>,
    /// So long after the first person has come, in seconds.
    pub rings_after: u64,
    /// Who leaves a message; the second of those who are played where it is not said.
    pub leaves_voicemail: Option<String>,
    /// So long after the first person has come, in seconds.
    pub voicemail_after: u64,
    /// How calls and meetings are shown (fact sheet §8.3; §16 lists it among the gaps).
    pub shows_calls: ShowsCalls,
    /// The resource that their clients take: that of a desktop is from memory (fact sheet §8.2).
    pub resource: String,
    /// The priority of their presence; 127 is possible (fact sheet §8.2).
    pub priority: i8,
    /// How fast they answer in chats: the longest time, in milliseconds.
    pub answers_within: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            played: None,
            rings: None,
            rings_after: 75,
            leaves_voicemail: None,
            voicemail_after: 35,
            shows_calls: ShowsCalls::Away,
            resource: "lab".into(),
            priority: 0,
            answers_within: 3_000,
        }
    }
}

/// How calls and meetings are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShowsCalls {
    /// `away` with a text, as remembered.
    #[default]
    Away,
    /// `dnd` with a text.
    Dnd,
    /// `away` and the custom status of `http://webex.com/connect/customstatus`, without a text.
    CustomStatus,
    /// `away`, and no more.
    Bare,
}

impl Settings {
    pub(super) fn rings_after(&self) -> Duration {
        Duration::from_secs(self.rings_after)
    }

    pub(super) fn voicemail_after(&self) -> Duration {
        Duration::from_secs(self.voicemail_after)
    }
}

/// Somebody, as the others know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their address.
    pub jid: BareJid,
    /// What they are called.
    pub first_name: String,
    /// The whole name.
    pub name: String,
    /// Their number.
    pub number: String,
    /// Where they work.
    pub department: String,
    /// For signing in.
    pub password: String,
}
