//! What others may ask us, and what we say: ping (XEP-0199), disco#info (XEP-0030), version (XEP-0092, without the
//! operating system), and `service-unavailable` to all else (RFC 6120 §8.2.3).

use super::{disco, payload, ping};
use xmpp_parsers::disco::DiscoInfoQuery;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};
use xmpp_parsers::version::VersionResult;

/// Something that somebody has asked us. An answer takes some ten kilobytes, and a question next to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    id: String,
    from: Option<Jid>,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Ping,
    Version,
    /// What we are, by the node that they know us by.
    Info(Option<String>),
    /// What we do not do.
    Other,
}

impl Question {
    /// A `get`.
    #[must_use]
    pub fn get(id: String, from: Option<Jid>, payload: Element) -> Question {
        let about = if ping::is_ping(&payload) {
            About::Ping
        } else if payload.is("query", ns::VERSION) {
            About::Version
        } else {
            DiscoInfoQuery::try_from(payload).map_or(About::Other, |query| About::Info(query.node))
        };
        Question { id, from, about }
    }

    /// What we do not do, or not for the one who asks.
    #[must_use]
    pub fn other(id: String, from: Option<Jid>) -> Question {
        Question { id, from, about: About::Other }
    }

    /// What we say.
    #[must_use]
    pub fn answer(self) -> Iq {
        let Question { id, from, about } = self;
        match about {
            About::Ping => result(id, from, None),
            About::Version => {
                let version = env!("CARGO_PKG_VERSION").to_owned();
                result(id, from, Some(VersionResult { name: "offhook".into(), version, os: None }.into()))
            }
            About::Info(node) => match disco::answer(node) {
                Some(info) => result(id, from, Some(info.into())),
                None => error(id, from, DefinedCondition::ItemNotFound),
            },
            About::Other => unavailable(id, from),
        }
    }
}

/// The answer to what we do not do, or not for the one who asks.
#[must_use]
pub fn unavailable(id: String, to: Option<Jid>) -> Iq {
    error(id, to, DefinedCondition::ServiceUnavailable)
}

/// An answer.
#[must_use]
pub fn result(id: String, to: Option<Jid>, payload: Option<Element>) -> Iq {
    Iq::Result { from: None, to, id, payload }
}

fn error(id: String, to: Option<Jid>, defined_condition: DefinedCondition) -> Iq {
    let (type_, texts) = (ErrorType::Cancel, std::collections::BTreeMap::new());
    let error = StanzaError { type_, by: None, defined_condition, texts, other: None };
    Iq::Error { from: None, to, id, error, payload: None }
}

/// What an error says, in a sentence: its text where it has one, else its condition.
#[must_use]
pub fn sentence(error: &StanzaError) -> String {
    let condition = Element::from(error.defined_condition.clone()).name().replace('-', " ");
    match error.texts.values().find(|text| !text.is_empty()) {
        Some(text) => format!("{condition}: {text}"),
        None => condition,
    }
}

/// What the error among the payloads of a stanza says (RFC 6120 §8.3), in a sentence.
#[must_use]
pub fn reason(payloads: &[Element]) -> String {
    let error: Option<StanzaError> = payload::read(payloads, ns::JABBER_CLIENT).next();
    error.as_ref().map_or_else(|| "no reason given".into(), sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(payload: &str) -> Iq {
        Question::get("7".into(), Some("bob@example.test/x".parse().unwrap()), payload.parse().unwrap()).answer()
    }

    #[test]
    fn a_ping_is_answered_to_who_sent_it() {
        let iq = ask("<ping xmlns='urn:xmpp:ping'/>");
        assert_eq!(iq, result("7".into(), Some("bob@example.test/x".parse().unwrap()), None));
    }

    #[test]
    fn the_version_tells_nothing_of_the_system() {
        let Iq::Result { payload: Some(payload), .. } = ask("<query xmlns='jabber:iq:version'/>") else { panic!() };
        let version = VersionResult::try_from(payload).unwrap();
        assert_eq!((version.name.as_str(), version.os), ("offhook", None));
    }

    #[test]
    fn what_we_do_not_do_is_unavailable_and_a_strange_node_not_found() {
        let condition = |payload| match ask(payload) {
            Iq::Error { error, .. } => error.defined_condition,
            other => panic!("{other:?}"),
        };
        assert_eq!(condition("<time xmlns='urn:xmpp:time'/>"), DefinedCondition::ServiceUnavailable);
        let strange = "<query xmlns='http://jabber.org/protocol/disco#info' node='x'/>";
        assert_eq!(condition(strange), DefinedCondition::ItemNotFound);
    }

    #[test]
    fn an_error_is_a_sentence() {
        let error = StanzaError::new(ErrorType::Wait, DefinedCondition::RemoteServerTimeout, "", "too slow");
        assert_eq!(sentence(&error), "remote server timeout: too slow");
    }
}
