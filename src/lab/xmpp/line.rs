//! What goes over one stream between a client and the server, as values.

use crate::protocol::xmpp::Stanza;

/// From the client.
#[derive(Clone, Debug, PartialEq)]
pub enum ToServer {
    /// Sign in, and resume this session if it is still there.
    Open {
        /// Bare JID.
        jid: String,
        /// The resource to bind.
        resource: String,
        /// The password.
        password: String,
        /// The session to resume, and how many of its stanzas have come here.
        resume: Option<(u64, u32)>,
    },
    /// A stanza.
    Stanza(Stanza),
    /// This many stanzas have come here (XEP-0198 `<a/>`).
    Ack(u32),
    /// The end, in order.
    Close,
}

/// From the server.
#[derive(Clone, Debug, PartialEq)]
pub enum FromServer {
    /// Signed in.
    Opened {
        /// Full JID.
        jid: String,
        /// The session that may be resumed; none without stream management.
        session: Option<u64>,
        /// It is the old one, and this many of its stanzas have come here.
        resumed: Option<u32>,
    },
    /// The password is refused.
    Refused,
    /// Another session has this resource now (RFC 6120 §7.7.2.2); this one is over.
    Replaced,
    /// A stanza.
    Stanza(Stanza),
    /// This many stanzas have come here.
    Ack(u32),
}
