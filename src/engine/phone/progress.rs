//! What comes of our INVITE before its answer: who rings, what the forks have answered early, whether one is heard.
//!
//! RFC 3960 §3.2: what is heard counts before what is said. While packets of sound come they are played; while none come and
//! a 180 has come, it rings; a 183 alone does neither.

use crate::engine::event::CallChange;
use crate::protocol::rtp::MediaPlan;

/// Early answers that are kept of one call.
const MOST: usize = 8;

/// What has come so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// One of them works on it (181 to 199).
    works: bool,
    /// One of them rings (180).
    rings: bool,
    /// One of them is heard.
    sounds: bool,
    /// By the tag of the far side; the newest last.
    answers: Vec<(String, MediaPlan)>,
    told: Stands,
}

/// How our call stands, as the screen was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stands {
    #[default]
    Calls,
    Works,
    Rings,
    Sounds,
}

impl Progress {
    /// A 1xx has come.
    pub fn hear(&mut self, status: u16) {
        self.rings |= status == 180;
        self.works |= status > 180;
    }

    /// Packets of sound come before the answer, or no more.
    pub fn sound(&mut self, sounds: bool) {
        self.sounds = sounds;
    }

    /// The fork of this tag has answered early. Whether that is news to the media thread.
    pub fn answer(&mut self, tag: &str, plan: MediaPlan) -> bool {
        let is_full = self.answers.len() >= MOST;
        match self.answers.iter_mut().find(|(known, _)| known == tag) {
            Some((_, known)) if *known == plan => return false,
            Some((_, known)) => *known = plan,
            None if is_full => return false,
            None => self.answers.push((tag.to_owned(), plan)),
        }
        true
    }

    /// Our INVITE goes out anew. Whether there were early answers.
    pub fn begin_anew(&mut self) -> bool {
        let had = !self.answers.is_empty();
        *self = Progress { told: self.told, ..Progress::default() };
        had
    }

    /// Under which plans the forks may be heard, the newest last.
    #[must_use]
    pub fn plans(&self) -> Vec<MediaPlan> {
        self.answers.iter().map(|(_, plan)| plan.clone()).collect()
    }

    /// A fork is heard, and hears keys.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.sounds
    }

    /// What the screen is to be told now, where that is news.
    pub fn news(&mut self) -> Option<CallChange> {
        let stands = match self {
            Progress { sounds: true, .. } => Stands::Sounds,
            Progress { rings: true, .. } => Stands::Rings,
            Progress { works: true, .. } => Stands::Works,
            _ => Stands::Calls,
        };
        if std::mem::replace(&mut self.told, stands) == stands {
            return None;
        }
        Some(match stands {
            Stands::Calls | Stands::Works => CallChange::Progress,
            Stands::Rings => CallChange::Ringing { early_media: false },
            Stands::Sounds => CallChange::Ringing { early_media: true },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_heard_counts_before_what_is_said() {
        let mut progress = Progress::default();
        assert_eq!(progress.news(), None);
        progress.hear(183);
        assert_eq!(progress.news(), Some(CallChange::Progress));
        progress.hear(180);
        assert_eq!(progress.news(), Some(CallChange::Ringing { early_media: false }));
        progress.hear(183);
        assert_eq!(progress.news(), None, "it still rings");
        progress.sound(true);
        assert_eq!(progress.news(), Some(CallChange::Ringing { early_media: true }));
        progress.hear(180);
        assert_eq!(progress.news(), None, "it is heard");
        progress.sound(false);
        assert_eq!(progress.news(), Some(CallChange::Ringing { early_media: false }));
        assert!(!progress.begin_anew());
        assert_eq!(progress.news(), Some(CallChange::Progress));
    }
}
