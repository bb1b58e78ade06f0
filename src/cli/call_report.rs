//! What is said of a call when it is over: one JSON object, a line for people, an exit code.

use super::exit::Exit;
use crate::engine::event::{CallChange, CallEnd, CallId, Figures};
use crate::machine::RemoteText;
use serde_json::{Value, json};
use std::time::Duration;

/// One call, as its events have told it.
#[derive(Clone, Debug)]
pub struct CallReport {
    /// Which.
    pub call: CallId,
    peer: RemoteText,
    /// They were heard before they answered.
    early_media: bool,
    answered: Option<Answered>,
    figures: Figures,
    end: Option<(CallEnd, RemoteText)>,
}

#[derive(Clone, Debug)]
struct Answered {
    setup: Duration,
    codec: String,
    encrypted: bool,
}

impl CallReport {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(call: CallId) -> CallReport {
        CallReport {
            call,
            peer: RemoteText::default(),
            early_media: false,
            answered: None,
            figures: Figures::default(),
            end: None,
        }
    }

    /// Takes what happened, and answers a line of progress where there is one to say.
    pub fn apply(&mut self, change: &CallChange) -> Option<String> {
        match change {
            CallChange::Began { incoming, peer, .. } => {
                self.peer = peer.clone();
                Some(if *incoming { format!("{peer} calls") } else { format!("calling {peer}") })
            }
            CallChange::Progress => Some("in progress".to_owned()),
            CallChange::Ringing { early_media: false } => Some("ringing".to_owned()),
            CallChange::Ringing { early_media: true } => {
                self.early_media = true;
                Some("not answered yet, they play something".to_owned())
            }
            CallChange::Answered { setup, codec, encrypted, keys_in_clear, .. } => {
                self.answered = Some(Answered { setup: *setup, codec: codec.clone(), encrypted: *encrypted });
                let sound = match (encrypted, keys_in_clear) {
                    (true, false) => "SRTP",
                    (true, true) => "SRTP, its keys in clear",
                    (false, _) => "in clear",
                };
                Some(format!("answered after {:.1} ms: {codec}, {sound}", millis(*setup)))
            }
            CallChange::Changed { held_by_us, held_by_them, codec, encrypted, .. } => {
                if let Some(answered) = &mut self.answered {
                    (answered.codec, answered.encrypted) = (codec.clone(), *encrypted);
                }
                Some(match (held_by_us, held_by_them) {
                    (false, false) => "talking".to_owned(),
                    (true, false) => "you hold the call".to_owned(),
                    (false, true) => "they hold the call".to_owned(),
                    (true, true) => "both hold the call".to_owned(),
                })
            }
            CallChange::Figures(figures) => {
                self.figures = *figures;
                None
            }
            CallChange::Dtmf(key) => Some(format!("they pressed {key}")),
            CallChange::PlayedOut | CallChange::Muted(_) | CallChange::HoldWanted(_) => None,
            CallChange::Ended { end, reason, figures } => {
                self.figures = *figures;
                self.end = Some((*end, reason.clone()));
                let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
                Some(format!("ended: {}{why}", end.word()))
            }
        }
    }

    /// The object of `--json`. Strings of the far side are raw: JSON escapes them.
    #[must_use]
    pub fn json(&self) -> Value {
        let answered = self.answered.as_ref();
        let figures = &self.figures;
        let (end, reason) = self.end.as_ref().map_or((None, ""), |(end, reason)| (Some(end.word()), reason.raw()));
        json!({
            "peer": self.peer.raw(),
            "early_media": self.early_media,
            "setup_ms": answered.map(|answered| rounded(millis(answered.setup))),
            "codec": answered.map(|answered| answered.codec.as_str()),
            "packets_sent": figures.packets_sent,
            "packets_received": figures.packets_received,
            "octets_sent": figures.octets_sent,
            "octets_received": figures.octets_received,
            "lost": figures.lost,
            "jitter_ms": rounded(figures.jitter_ms),
            "encrypted": answered.is_some_and(|answered| answered.encrypted),
            "end": end,
            "reason": reason,
        })
    }

    /// 0 when it was answered and one side hung up; 3 declined or busy; 4 no answer, or given up before; 5 anything else.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match (&self.answered, self.end.as_ref().map(|(end, _)| *end)) {
            (Some(_), Some(CallEnd::Local | CallEnd::Remote)) => Exit::Done,
            (_, Some(CallEnd::Declined | CallEnd::Busy)) => Exit::Declined,
            (_, Some(CallEnd::NoAnswer)) | (None, Some(CallEnd::Local)) => Exit::NoAnswer,
            _ => Exit::Failed,
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// To a hundredth: more is noise.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Stamp;

    fn ended(end: CallEnd) -> CallChange {
        CallChange::Ended { end, reason: RemoteText::new("486 Busy\u{1b}[2J"), figures: Figures::default() }
    }

    #[test]
    fn exit_codes_tell_how_it_ended() {
        let answered = CallChange::Answered {
            setup: Duration::from_micros(32_456),
            codec: "opus/48000".into(),
            encrypted: true,
            keys_in_clear: false,
            at: Stamp::from_micros(0),
        };
        let exit = |changes: &[CallChange]| {
            let mut report = CallReport::new(CallId(1));
            changes.iter().for_each(|change| drop(report.apply(change)));
            report.exit()
        };
        assert_eq!(exit(&[answered.clone(), ended(CallEnd::Local)]), Exit::Done);
        assert_eq!(exit(&[answered.clone(), ended(CallEnd::Failed)]), Exit::Failed);
        assert_eq!(exit(&[ended(CallEnd::Local)]), Exit::NoAnswer);
        assert_eq!(exit(&[ended(CallEnd::Busy)]), Exit::Declined);
        assert_eq!(exit(&[ended(CallEnd::NoAnswer)]), Exit::NoAnswer);
    }

    #[test]
    fn progress_is_safe_to_print_and_json_is_raw() {
        let mut report = CallReport::new(CallId(1));
        assert!(report.apply(&ended(CallEnd::Busy)).unwrap().contains("486 Busy␛[2J"));
        assert_eq!(report.json()["reason"], "486 Busy\u{1b}[2J");
        assert_eq!(report.json()["codec"], Value::Null);
    }
}
