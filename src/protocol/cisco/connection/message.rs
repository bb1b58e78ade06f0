//! Voice messages: a list of them, and one with its attachments and recipients.

use super::document::{Format, parse, write};
use crate::machine::Stamp;
use crate::protocol::cisco::xml::{Node, Unreadable};
use std::time::Duration;

/// Messages, attachments and recipients beyond these are not read.
const MESSAGES: usize = 1_024;
const PARTS: usize = 256;

/// One page of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    /// So many are in the folder, as the server says.
    pub total: Option<u32>,
    /// Those of this page.
    pub messages: Vec<VoiceMessage>,
}

/// One message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoiceMessage {
    /// With its index, as in `0:GUID`.
    pub id: String,
    /// For people.
    pub subject: Option<String>,
    /// It has been heard.
    pub read: bool,
    /// It is marked urgent.
    pub urgent: bool,
    /// It is marked private or confidential.
    pub private: bool,
    /// Its sound may be refused.
    pub secure: bool,
    /// Its sender's name.
    pub from_name: Option<String>,
    /// Its sender's address, to answer to.
    pub from_address: Option<String>,
    /// The number that called.
    pub caller_number: Option<String>,
    /// The name that came with the call.
    pub caller_name: Option<String>,
    /// When it came.
    pub arrived: Option<Stamp>,
    /// Bytes of its sound.
    pub size: Option<u64>,
    /// How long it is.
    pub duration: Option<Duration>,
    /// `Voice`, `Fax`, `Email` or `Receipt`.
    pub kind: Option<String>,
    /// Where it is read by itself.
    pub attachments: Vec<Attachment>,
    /// Where it is read by itself.
    pub recipients: Vec<Recipient>,
}

/// One attachment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Path on the server, as in `/vmrest/messages/0:GUID/attachments/0`.
    pub uri: Option<String>,
    /// As in `audio/wav; name=voicemessage.wav`.
    pub media_type: Option<String>,
}

/// One recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// `TO`, `CC` or `BCC`.
    pub kind: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// Address.
    pub address: Option<String>,
}

impl Messages {
    /// Reads an answer, of one message or of many. Messages without an id are left out.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Messages, Unreadable> {
        let root = parse(bytes, "Messages", "the list of messages")?;
        Ok(Messages {
            total: root.attribute("total").and_then(|text| text.parse().ok()),
            messages: root.all("Message").into_iter().filter_map(message).take(MESSAGES).collect(),
        })
    }

    /// Writes an answer. A single message is an object, not an array: that is what these servers do.
    #[must_use]
    pub fn write(&self, format: Format) -> Vec<u8> {
        let mut root = Node::new("Messages");
        if let Some(total) = self.total {
            root = root.with_attribute("total", total.to_string());
        }
        write(&root.with_all(self.messages.iter().map(VoiceMessage::node)), format)
    }
}

impl VoiceMessage {
    /// Reads the answer of one message by itself.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<VoiceMessage, Unreadable> {
        const EXPECTED: &str = "a message";
        let found = "a message without an id".to_owned();
        message(&parse(bytes, "Message", EXPECTED)?).ok_or(Unreadable { expected: EXPECTED, found })
    }

    /// Writes the answer of one message by itself.
    #[must_use]
    pub fn write(&self, format: Format) -> Vec<u8> {
        write(&self.node(), format)
    }

    fn node(&self) -> Node {
        let from = Node::new("From")
            .with_optional("DisplayName", self.from_name.as_ref())
            .with_optional("SmtpAddress", self.from_address.as_ref());
        let caller = Node::new("CallerId")
            .with_optional("CallerNumber", self.caller_number.as_ref())
            .with_optional("CallerName", self.caller_name.as_ref());
        let mut node = Node::new("Message")
            .with_optional("Subject", self.subject.as_ref())
            .with_leaf("Read", self.read.to_string())
            .with_leaf("Dispatch", "false")
            .with_leaf("Secure", self.secure.to_string())
            .with_leaf("Priority", if self.urgent { "Urgent" } else { "Normal" })
            .with_leaf("Sensitivity", if self.private { "Private" } else { "Normal" })
            .with_leaf("URI", format!("/vmrest/messages/{}", self.id))
            .with_leaf("MsgId", &self.id)
            .with(from)
            .with(caller)
            .with_optional("ArrivalTime", self.arrived.map(|at| at.micros().div_euclid(1_000)))
            .with_optional("Size", self.size)
            .with_optional("Duration", self.duration.map(|long| long.as_millis()))
            .with_optional("MsgType", self.kind.as_ref());
        if !self.attachments.is_empty() {
            let parts = self.attachments.iter().map(|part| {
                let node = Node::new("Attachment").with_optional("URI", part.uri.as_ref());
                node.with_optional("contentType", part.media_type.as_ref())
            });
            node = node.with(Node::new("Attachments").with_all(parts));
        }
        if !self.recipients.is_empty() {
            let parts = self.recipients.iter().map(|part| {
                let address = Node::new("Address").with_optional("DisplayName", part.name.as_ref());
                let address = address.with_optional("SmtpAddress", part.address.as_ref());
                Node::new("Recipient").with_optional("Type", part.kind.as_ref()).with(address)
            });
            node = node.with(Node::new("Recipients").with_all(parts));
        }
        node
    }
}

/// The body of a PUT that says whether a message has been heard.
#[must_use]
pub fn write_read(read: bool) -> Vec<u8> {
    Node::new("Message").with_leaf("Read", read.to_string()).write()
}

/// Reads the body of such a PUT; none where it says nothing of it.
#[must_use]
pub fn parse_read(bytes: &[u8]) -> Option<bool> {
    parse(bytes, "Message", "a change of a message").ok()?.flag_of("Read")
}

/// The id with its index, which must not be missing.
pub(super) fn id_of(id: &str) -> String {
    if id.contains(':') { id.to_owned() } else { format!("0:{id}") }
}

fn message(node: &Node) -> Option<VoiceMessage> {
    let from = node.first("From");
    let caller = node.first("CallerId");
    let id = node.text_of("MsgId").or_else(|| node.text_of("URI")?.rsplit('/').next().filter(|id| !id.is_empty()))?;
    let arrived: Option<i64> = node.number_of("ArrivalTime");
    let marked = |name: &str, plain: &str| node.text_of(name).is_some_and(|text| !text.eq_ignore_ascii_case(plain));
    Some(VoiceMessage {
        id: id_of(id),
        subject: node.string_of("Subject"),
        read: node.flag_of("Read").unwrap_or(false),
        urgent: node.text_of("Priority").is_some_and(|text| text.eq_ignore_ascii_case("Urgent")),
        private: marked("Sensitivity", "Normal"),
        secure: node.flag_of("Secure").unwrap_or(false),
        from_name: from.and_then(|from| from.string_of("DisplayName")),
        from_address: from.and_then(|from| from.string_of("SmtpAddress")),
        caller_number: caller.and_then(|caller| caller.string_of("CallerNumber")),
        caller_name: caller.and_then(|caller| caller.string_of("CallerName")),
        arrived: arrived.and_then(|millis| millis.checked_mul(1_000)).map(Stamp::from_micros),
        size: node.number_of("Size"),
        duration: node.number_of("Duration").map(Duration::from_millis),
        kind: node.string_of("MsgType"),
        attachments: node
            .all("Attachment")
            .into_iter()
            .take(PARTS)
            .map(|part| Attachment { uri: part.string_of("URI"), media_type: part.string_of("contentType") })
            .collect(),
        recipients: node
            .all("Recipient")
            .into_iter()
            .take(PARTS)
            .map(|part| Recipient {
                kind: part.string_of("Type"),
                name: part.string_of("DisplayName"),
                address: part.string_of("SmtpAddress"),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> VoiceMessage {
        VoiceMessage {
            id: "0:ab-12".into(),
            subject: Some("Message from Bob <1002>".into()),
            read: false,
            urgent: true,
            private: true,
            secure: false,
            from_name: Some("Bob".into()),
            from_address: Some("bob@cuc.lab.example".into()),
            caller_number: Some("1002".into()),
            caller_name: Some("Bob".into()),
            arrived: Some(Stamp::from_micros(1_700_000_000_000_000)),
            size: Some(37_291),
            duration: Some(Duration::from_millis(3_340)),
            kind: Some("Voice".into()),
            attachments: vec![Attachment {
                uri: Some("/vmrest/messages/0:ab-12/attachments/0".into()),
                media_type: Some("audio/wav; name=voicemessage.wav".into()),
            }],
            recipients: vec![Recipient {
                kind: Some("TO".into()),
                name: Some("Ana".into()),
                address: Some("ana@cuc.lab.example".into()),
            }],
        }
    }

    #[test]
    fn none_one_and_two_messages_are_written_as_they_are_read() {
        for format in [Format::Json, Format::Xml] {
            assert_eq!(VoiceMessage::parse(&message().write(format)), Ok(message()), "{format:?}");
            for count in 0..3 {
                let page = Messages { total: u32::try_from(count).ok(), messages: vec![message(); count] };
                assert_eq!(Messages::parse(&page.write(format)), Ok(page), "{format:?}");
            }
        }
        let one = Messages { total: Some(1), messages: vec![message()] };
        let json: serde_json::Value = serde_json::from_slice(&one.write(Format::Json)).unwrap();
        assert!(json["Message"].is_object() && json["@total"] == "1", "{json}");
    }

    #[test]
    fn an_id_is_taken_from_the_uri_where_it_must_be() {
        let bare = Messages::parse(br#"{"Message":{"URI":"/vmrest/messages/0:x","ArrivalTime":"99999999999999999"}}"#).unwrap();
        let first = bare.messages.first().unwrap();
        assert_eq!((first.id.as_str(), first.arrived), ("0:x", None));
        assert_eq!(Messages::parse(br#"{"Message":[{"Subject":"no id"}]}"#).unwrap().messages, []);
        assert_eq!(VoiceMessage::parse(b"<Message><MsgId>x</MsgId></Message>").unwrap().id, "0:x");
    }

    #[test]
    fn a_change_says_whether_it_was_heard() {
        assert_eq!(parse_read(&write_read(true)), Some(true));
        assert_eq!(parse_read(br#"{"Read":"false"}"#), Some(false));
        assert_eq!(parse_read(b"<Message><Subject>x</Subject></Message>"), None);
    }
}
