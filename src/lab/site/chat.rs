//! How IM and Presence answers (fact sheet §8).

use super::answers::Answers;
use crate::lab::xmpp::codec::{Mechanism, StartTls};
use serde::Deserialize;

/// IM and Presence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chat {
    /// How it answers. Of the faults it has `absent`, `silent`, `noise`, `malformed` and `truncated`.
    pub answers: Answers,
    /// Whether there is STARTTLS.
    pub starttls: StartTls,
    /// How people may sign in. PLAIN and CISCO-VTG-TOKEN have been seen (fact sheet §8.2); the one-time password of the
    /// latter is `token-` and the user name here.
    pub mechanisms: Vec<Mechanism>,
    /// `<hostname/>` among the mechanisms: the home node, then its backup (fact sheet §8.2).
    pub hostnames: Vec<String>,
    /// Stream management (XEP-0198).
    pub stream_management: bool,
    /// An archive (XEP-0313): IM and Presence has none that clients see, so that a client must do without it, too.
    pub archive: bool,
    /// The host of the rooms, below the domain: an alias like this one has been seen (fact sheet §8.4).
    pub room_host: String,
    /// The name of the room; none for no room.
    pub room: Option<String>,
}

impl Default for Chat {
    fn default() -> Chat {
        Chat {
            answers: Answers::default(),
            starttls: StartTls::Required,
            mechanisms: vec![Mechanism::ScramSha256, Mechanism::ScramSha1, Mechanism::Plain],
            hostnames: Vec::new(),
            stream_management: true,
            archive: true,
            room_host: "conference-2-StandAloneCluster5af3c".into(),
            room: Some("lobby".into()),
        }
    }
}
