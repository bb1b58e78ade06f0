//! What the name server tells of the site (fact sheet §2).

use super::answers::Answers;
use serde::Deserialize;

/// The name server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dns {
    /// How it answers.
    pub answers: Answers,
    /// How long what it says may be kept, in seconds.
    pub ttl: u32,
    /// `_cisco-uds._tcp`: the client is inside.
    pub cisco_uds: Record,
    /// `_cuplogin._tcp`: sign-in by a presence server of release 8.
    pub cuplogin: Record,
    /// `_collab-edge._tls`: the client is outside.
    pub collab_edge: Record,
    /// `_xmpp-client._tcp` (RFC 6120 §3.2.1).
    pub xmpp_client: Record,
    /// `_xmpps-client._tcp` (XEP-0368).
    pub xmpps_client: Record,
    /// `_sips._tcp` (RFC 3263 §4.1).
    pub sips: Record,
    /// `_sip._tcp` and `_sip._udp`.
    pub sip: Record,
}

impl Default for Dns {
    fn default() -> Dns {
        Dns {
            answers: Answers::default(),
            ttl: 300,
            cisco_uds: Record::Present,
            cuplogin: Record::Absent,
            collab_edge: Record::Absent,
            xmpp_client: Record::Absent,
            xmpps_client: Record::Absent,
            sips: Record::Absent,
            sip: Record::Absent,
        }
    }
}

/// What comes of a question for one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// The servers, a record each, in their order.
    Present,
    /// No such name (NXDOMAIN).
    Absent,
    /// The name is there, and has no such record (NODATA).
    Empty,
    /// The server says that it has failed (SERVFAIL).
    Servfail,
    /// This question is never answered, others are.
    Silent,
    /// One record with the target `.`: "decidedly not available" (RFC 2782).
    Dot,
    /// One record whose target is outside the site's domains.
    Foreign,
    /// A thousand records, of which the last is right.
    Many,
}
