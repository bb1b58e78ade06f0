//! What the server says when it refuses: `{"errors":{"code":…,"message":…}}`, or the same in XML.

use super::document::{Format, parse, write};
use crate::protocol::cisco::xml::Node;

/// Why, as the server says it: remote text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// As in `NOT_FOUND`.
    pub code: Option<String>,
    /// For people.
    pub message: Option<String>,
}

impl Refusal {
    /// Reads the body of a refusal; none where it says nothing that can be read.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Refusal> {
        let root = parse(bytes, "ErrorDetails", "a refusal").ok()?;
        let refusal = Refusal { code: root.string_of("code"), message: root.string_of("message") };
        (refusal != Refusal::default()).then_some(refusal)
    }

    /// Writes the body of a refusal.
    #[must_use]
    pub fn write(&self, format: Format) -> Vec<u8> {
        let errors = Node::new("errors").with_optional("code", self.code.as_ref());
        write(&Node::new("ErrorDetails").with(errors.with_optional("message", self.message.as_ref())), format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_written_as_it_is_read() {
        let refusal = Refusal { code: Some("NOT_FOUND".into()), message: Some("No such message".into()) };
        for format in [Format::Json, Format::Xml] {
            assert_eq!(Refusal::parse(&refusal.write(format)), Some(refusal.clone()), "{format:?}");
        }
        assert_eq!(Refusal::parse(b"<html><h1>404</h1></html>"), None);
        assert_eq!(Refusal::parse(b"{}"), None);
    }
}
