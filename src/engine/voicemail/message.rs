//! A message of the wire as the user has it: bounded, and only what has sound.

use crate::engine::event::{Voicemail, VoicemailId};
use crate::machine::RemoteText;
use crate::protocol::cisco::connection::VoiceMessage;

/// Letters of a name, a number or a subject; what follows is left out.
const LETTERS: usize = 256;

/// Letters of an id: a message whose id is longer cannot be asked for.
const LONGEST_ID: usize = 256;

/// The message; none where it has no sound, as a fax or a receipt, or an id that cannot be one.
#[must_use]
pub fn voicemail(message: VoiceMessage, deleted: bool) -> Option<Voicemail> {
    let is_voice = message.kind.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case("voice"));
    if !is_voice || message.id.len() > LONGEST_ID {
        return None;
    }
    Some(Voicemail {
        id: VoicemailId(message.id),
        number: text(message.caller_number),
        name: text(message.caller_name.or(message.from_name)),
        subject: text(message.subject),
        at: message.arrived,
        length: message.duration,
        read: message.read,
        urgent: message.urgent,
        private: message.private,
        secure: message.secure,
        deleted,
    })
}

fn text(text: Option<String>) -> RemoteText {
    RemoteText::new(text.unwrap_or_default().chars().take(LETTERS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_sound_or_no_usable_id_is_left_out_and_names_are_cut() {
        let message = |id: &str, kind: Option<&str>| VoiceMessage {
            id: id.into(),
            kind: kind.map(str::to_owned),
            from_name: Some("界".repeat(9_000)),
            ..VoiceMessage::default()
        };
        assert!(voicemail(message("0:a", Some("Fax")), false).is_none());
        assert!(voicemail(message(&"x".repeat(257), None), false).is_none());
        let kept = voicemail(message("0:a", Some("VOICE")), true).unwrap();
        assert_eq!((kept.name.raw().chars().count(), kept.number.is_empty(), kept.deleted), (LETTERS, true, true));
    }
}
