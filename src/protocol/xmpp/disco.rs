//! Service discovery (XEP-0030) and entity capabilities (XEP-0115): what we are, and what our server offers.

use super::iq::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use std::collections::BTreeSet;
use xmpp_parsers::caps::{Caps, compute_disco};
use xmpp_parsers::disco::{DiscoInfoQuery, DiscoInfoResult, Identity};
use xmpp_parsers::hashes::{Algo, Hash};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;

/// What stands for this program in capabilities.
const NODE: &str = "urn:offhook";

/// What we understand.
const FEATURES: [&str; 6] = [ns::CAPS, ns::CHATSTATES, ns::DISCO_INFO, ns::PING, ns::RECEIPTS, ns::VERSION];

/// Asks what somebody is and offers.
#[must_use]
pub fn request() -> Request {
    Request::Get(DiscoInfoQuery { node: None }.into())
}

/// What we are and offer.
#[must_use]
pub fn info(node: Option<String>) -> DiscoInfoResult {
    DiscoInfoResult {
        node,
        identities: vec![Identity {
            category: "client".into(),
            type_: "console".into(),
            lang: None,
            name: Some("offhook".into()),
        }],
        features: FEATURES.iter().map(|feature| (*feature).to_owned()).collect(),
        extensions: Vec::new(),
    }
}

/// Our answer when asked about `node`; none when we know no such node.
#[must_use]
pub fn answer(node: Option<String>) -> Option<DiscoInfoResult> {
    let known = node.as_ref().is_none_or(|node| *node == format!("{NODE}#{}", STANDARD.encode(verification())));
    known.then(|| info(node))
}

/// The capabilities in our presence.
#[must_use]
pub fn caps() -> Caps {
    Caps::new(NODE, Hash::new(Algo::Sha_1, verification()))
}

/// The verification string (XEP-0115 §5), hashed.
fn verification() -> Vec<u8> {
    Sha1::digest(compute_disco(&info(None))).to_vec()
}

/// Features of a server or an account that matter to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// It keeps an archive (XEP-0313, `urn:xmpp:mam:2`).
    Archive,
    /// It gives stanzas ids that nobody else can give (XEP-0359).
    StanzaIds,
}

/// The features in an answer that matter to us.
#[must_use]
pub fn features(payload: Element) -> BTreeSet<Feature> {
    let Ok(info) = DiscoInfoResult::try_from(payload) else { return BTreeSet::new() };
    let known = [(ns::MAM, Feature::Archive), (ns::SID, Feature::StanzaIds)];
    known.into_iter().filter(|(name, _)| info.features.contains(*name)).map(|(_, feature)| feature).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capabilities_are_the_hash_of_the_answer() {
        let text = "client/console//offhook<http://jabber.org/protocol/caps<http://jabber.org/protocol/chatstates<\
                    http://jabber.org/protocol/disco#info<jabber:iq:version<urn:xmpp:ping<urn:xmpp:receipts<";
        assert_eq!(caps().ver, Sha1::digest(text).to_vec());
        assert_eq!(caps().node, NODE);
    }

    #[test]
    fn only_nodes_that_we_have_are_answered() {
        let ours = format!("{NODE}#{}", STANDARD.encode(caps().ver));
        assert_eq!(answer(Some(ours.clone())).unwrap().node, Some(ours));
        assert!(answer(None).is_some());
        assert!(answer(Some("urn:offhook#old".into())).is_none());
    }

    #[test]
    fn features_are_read_and_others_left() {
        let text = "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='account' type='registered'/>\
                    <feature var='urn:xmpp:mam:2'/><feature var='x'/></query>";
        assert_eq!(features(text.parse().unwrap()), BTreeSet::from([Feature::Archive]));
        assert!(features("<query xmlns='x'/>".parse().unwrap()).is_empty());
    }
}
