//! How IM and Presence answers (fact sheet §8).

use super::answers::Answers;
use super::nodes::Nodes;
use crate::lab::xmpp::Blocked;
use crate::lab::xmpp::codec::{Mechanism, StartTls};
use serde::Deserialize;

/// IM and Presence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chat {
    /// How many nodes its redundancy group has. The first is everybody's home.
    pub nodes: Nodes,
    /// At these nodes, 1 and 2, nobody answers.
    pub down: Vec<u8>,
    /// How a node that is not home sends people there.
    pub sends_home: SendsHome,
    /// How it answers. Of the faults it has `absent`, `silent`, `noise`, `malformed` and `truncated`.
    pub answers: Answers,
    /// Whether there is STARTTLS.
    pub starttls: StartTls,
    /// How people may sign in. PLAIN and CISCO-VTG-TOKEN have been seen (fact sheet §8.2); the one-time passwords of the
    /// latter are those that EPAS hands out.
    pub mechanisms: Vec<Mechanism>,
    /// What `<hostname/>` among the mechanisms says, in place of the home node and its backup (fact sheet §8.2).
    pub hostnames: Vec<String>,
    /// Stream management (XEP-0198).
    pub stream_management: bool,
    /// An archive (XEP-0313): IM and Presence has none that clients see, so that a client must do without it, too.
    pub archive: bool,
    /// Namespaces of questions that it does not know, as `urn:xmpp:carbons:2`: which extensions it has is from memory (fact
    /// sheet §8.4; §16 lists them among the gaps).
    pub unknown: Vec<String>,
    /// Words for which compliance takes a message out: what a client sees of it is from memory (fact sheet §8.4).
    pub blocks: Vec<String>,
    /// What who wrote one sees.
    pub blocked: Blocked,
    /// The host of the rooms, below the domain: an alias like this one has been seen (fact sheet §8.4).
    pub room_host: String,
    /// The name of the room; none for no room.
    pub room: Option<String>,
}

/// How a node that is not home sends people there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendsHome {
    /// Not at all: either will do.
    #[default]
    No,
    /// By `<hostname/>` among the mechanisms, the home node first (fact sheet §8.2).
    Features,
    /// By the stream error `see-other-host` (RFC 6120 §4.9.3.19), under TLS where there is TLS.
    SeeOtherHost,
}

impl Default for Chat {
    fn default() -> Chat {
        Chat {
            nodes: Nodes::One,
            down: Vec::new(),
            sends_home: SendsHome::No,
            answers: Answers::default(),
            starttls: StartTls::Required,
            mechanisms: vec![Mechanism::ScramSha256, Mechanism::ScramSha1, Mechanism::Plain],
            hostnames: Vec::new(),
            stream_management: true,
            archive: true,
            unknown: Vec::new(),
            blocks: Vec::new(),
            blocked: Blocked::Error,
            room_host: "conference-2-StandAloneCluster5af3c".into(),
            room: Some("lobby".into()),
        }
    }
}
