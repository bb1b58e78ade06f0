//! The three stanzas (RFC 6120 §8), as one value.

use xmpp_parsers::iq::Iq;
use xmpp_parsers::message::Message;
use xmpp_parsers::presence::Presence;

/// A stanza, either way.
#[derive(Clone, Debug, PartialEq)]
pub enum Stanza {
    /// `<message/>`
    Message(Message),
    /// `<presence/>`
    Presence(Presence),
    /// `<iq/>`
    Iq(Iq),
}

impl From<Message> for Stanza {
    fn from(stanza: Message) -> Stanza {
        Stanza::Message(stanza)
    }
}

impl From<Presence> for Stanza {
    fn from(stanza: Presence) -> Stanza {
        Stanza::Presence(stanza)
    }
}

impl From<Iq> for Stanza {
    fn from(stanza: Iq) -> Stanza {
        Stanza::Iq(stanza)
    }
}
