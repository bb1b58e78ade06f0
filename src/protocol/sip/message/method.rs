//! The method of a request (RFC 3261 §7.1, and the RFCs that add methods).

use super::grammar::is_token;

/// What a request asks for. Names are case-sensitive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// RFC 3261 §13.
    Invite,
    /// RFC 3261 §17.1.1.3 and §13.2.2.4.
    Ack,
    /// RFC 3261 §15.
    Bye,
    /// RFC 3261 §9.
    Cancel,
    /// RFC 3261 §10.
    Register,
    /// RFC 3261 §11.
    Options,
    /// RFC 6086.
    Info,
    /// RFC 3262.
    Prack,
    /// RFC 3311.
    Update,
    /// RFC 6665.
    Subscribe,
    /// RFC 6665.
    Notify,
    /// RFC 3515.
    Refer,
    /// RFC 3428.
    Message,
    /// RFC 3903.
    Publish,
    /// A method that we do not know; answered with 501 (RFC 3261 §8.2.1). A token.
    Other(String),
}

impl Method {
    /// Reads a method; `None` when it is not a token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Method> {
        match text.parse::<rsip::Method>() {
            // rsip ignores case and surrounding spaces; RFC 3261 §7.1 does not.
            Ok(known) if Method::from(known).as_str() == text => Some(Method::from(known)),
            _ => is_token(text).then(|| Method::Other(text.to_owned())),
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Method::Invite => "INVITE",
            Method::Ack => "ACK",
            Method::Bye => "BYE",
            Method::Cancel => "CANCEL",
            Method::Register => "REGISTER",
            Method::Options => "OPTIONS",
            Method::Info => "INFO",
            Method::Prack => "PRACK",
            Method::Update => "UPDATE",
            Method::Subscribe => "SUBSCRIBE",
            Method::Notify => "NOTIFY",
            Method::Refer => "REFER",
            Method::Message => "MESSAGE",
            Method::Publish => "PUBLISH",
            Method::Other(name) => name,
        }
    }
}

impl From<rsip::Method> for Method {
    fn from(known: rsip::Method) -> Method {
        match known {
            rsip::Method::Ack => Method::Ack,
            rsip::Method::Bye => Method::Bye,
            rsip::Method::Cancel => Method::Cancel,
            rsip::Method::Info => Method::Info,
            rsip::Method::Invite => Method::Invite,
            rsip::Method::Message => Method::Message,
            rsip::Method::Notify => Method::Notify,
            rsip::Method::Options => Method::Options,
            rsip::Method::PRack => Method::Prack,
            rsip::Method::Publish => Method::Publish,
            rsip::Method::Refer => Method::Refer,
            rsip::Method::Register => Method::Register,
            rsip::Method::Subscribe => Method::Subscribe,
            rsip::Method::Update => Method::Update,
        }
    }
}

impl std::fmt::Display for Method {
    /// The name on the wire; what cannot stand in a token is left out.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Method::Other(name) if !is_token(name) => name
                .chars()
                .filter(|&letter| super::grammar::is_token_char(letter))
                .try_for_each(|letter| write!(out, "{letter}")),
            method => out.write_str(method.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_that_rsip_knows_is_ours_under_the_same_name() {
        for known in rsip::Method::all() {
            let method = Method::from(known);
            assert_eq!(method.as_str(), known.to_string());
            assert_eq!(Method::parse(method.as_str()), Some(method));
        }
    }

    #[test]
    fn case_counts_and_unknown_methods_are_tokens() {
        assert_eq!(Method::parse("invite"), Some(Method::Other("invite".into())));
        assert_eq!(Method::parse("!interesting-Method0123456789_*+`.%indeed'~").map(|m| m.as_str().len()), Some(43));
        assert_eq!(Method::parse("IN VITE"), None);
        assert_eq!(Method::parse(" INVITE"), None);
        assert_eq!(Method::parse(""), None);
        assert_eq!(Method::Other("A\r\nB: ".into()).to_string(), "AB");
    }
}
