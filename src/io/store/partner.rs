//! With whom a conversation is: the bare JID under which messages and calls are found. What comes from outside is compared
//! as text only: nothing is unescaped, so that no URI passes for somebody else's address.

use crate::protocol::sip::message::{Scheme, Uri};
use xmpp_parsers::jid::{BareJid, DomainPart, Jid, NodePart};

/// The bare JID of `address`, normalised; what is no JID is cut at its first slash.
#[must_use]
pub fn bare(address: &str) -> String {
    match Jid::new(address) {
        Ok(jid) => jid.to_bare().to_string(),
        Err(_) => address.split_once('/').map_or(address, |(bare, _)| bare).to_owned(),
    }
}

/// The partner of a call with `uri`: `user@host` of a SIP URI, in lower case, as it would stand in a JID (RFC 6120 gives
/// both one form). Numbers of `tel:` URIs, and whatever else there is, are partners of their own.
#[must_use]
pub fn of_call(uri: &str) -> String {
    match Uri::parse(uri) {
        Ok(Uri { scheme: Scheme::Sip | Scheme::Sips, user, host, .. }) => {
            let (user, host) = (user.map(|user| user.to_lowercase()), host.to_string().to_lowercase());
            let parts = user.as_deref().map(NodePart::new).transpose().ok().zip(DomainPart::new(&host).ok());
            match parts {
                Some((node, domain)) => BareJid::from_parts(node.as_deref(), &domain).to_string(),
                None => user.map_or(host.clone(), |user| format!("{user}@{host}")),
            }
        }
        _ => bare(uri),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_stands_in_the_conversation_with_the_same_person() {
        for (uri, partner) in [
            ("sip:bob@example.test", "bob@example.test"),
            ("SIPS:Bob@Example.TEST:5061;transport=tls?subject=x", "bob@example.test"),
            ("sip:bob:secret@example.test;user=phone", "bob@example.test"),
            ("sip:example.test", "example.test"),
            ("sip:+49301234@[2001:db8::1]:5060", "+49301234@[2001:db8::1]"),
            ("tel:+49-30-1234", "tel:+49-30-1234"),
            ("no uri at all", "no uri at all"),
        ] {
            assert_eq!(of_call(uri), partner, "{uri}");
            assert_eq!(bare(&of_call(uri)), partner, "asked for by its own name: {uri}");
        }
        assert_eq!(of_call("sip:Bob@Example.test"), bare("bob@example.test/desk"));
    }

    #[test]
    fn no_uri_passes_for_somebody_else() {
        for uri in ["sip:bob%40example.test%2Fx@evil.test", "sip:bob/x@evil.test", "sip:bob@example.test@evil.test"] {
            let partner = of_call(uri);
            assert_ne!(partner, "bob@example.test", "{uri}");
            assert_ne!(partner, "bob", "{uri}");
        }
    }
}
