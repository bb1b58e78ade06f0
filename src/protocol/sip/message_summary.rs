//! What waits in a mailbox: the body `application/simple-message-summary` (RFC 3842 §5.2).
#![deny(clippy::indexing_slicing)]

use super::message::grammar::delta;

/// Lines that are looked at: the RFC has one for each of six kinds of message, and one for the account.
const LINES: usize = 64;

/// What waits in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageSummary {
    /// Something does.
    pub waiting: bool,
    /// Of voice messages, where that is said: how many.
    pub voice: Option<Count>,
}

/// How many messages of one kind there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Not listened to yet.
    pub new: u32,
    /// Listened to.
    pub old: u32,
}

impl MessageSummary {
    /// Reads a body. `None` when it does not say whether anything waits.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<MessageSummary> {
        let text = String::from_utf8_lossy(body);
        let lines = text.lines().take(LINES).filter_map(|line| line.split_once(':'));
        let lines: Vec<(&str, &str)> = lines.map(|(name, value)| (name.trim(), value.trim())).collect();
        let value = |wanted: &str| lines.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value);
        let waiting = match value("Messages-Waiting")? {
            yes if yes.eq_ignore_ascii_case("yes") => true,
            no if no.eq_ignore_ascii_case("no") => false,
            _ => return None,
        };
        Some(MessageSummary { waiting, voice: value("Voice-Message").and_then(count) })
    }
}

/// Reads `2/8 (0/2)`: new and old, and how many of them are urgent, which is left aside.
fn count(value: &str) -> Option<Count> {
    let counts = value.split([' ', '\t', '(']).next()?;
    let (new, old) = counts.split_once('/')?;
    Some(Count { new: delta(new)?, old: delta(old)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_read() {
        let body = b"Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\n";
        let voice = Some(Count { new: 2, old: 8 });
        assert_eq!(MessageSummary::parse(body), Some(MessageSummary { waiting: true, voice }));
        assert_eq!(
            MessageSummary::parse(b"messages-waiting : NO\nvoice-message:0/0(0/0)\n"),
            Some(MessageSummary { waiting: false, voice: Some(Count { new: 0, old: 0 }) })
        );
        let more = MessageSummary::parse(b"Messages-Waiting: yes\r\nVoice-Message: 99999999999/-1\r\n");
        assert_eq!(more, Some(MessageSummary { waiting: true, voice: None }));
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        for body in ["", "yes", "Messages-Waiting", "Messages-Waiting: maybe", "Voice-Message: 1/0", "\u{0}:\u{0}"] {
            assert_eq!(MessageSummary::parse(body.as_bytes()), None, "{body:?}");
        }
    }
}
