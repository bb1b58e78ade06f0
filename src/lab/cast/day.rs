//! Somebody's day: what they show, and when that changes. Calls and meetings are shown as the site has it: the fact sheet
//! (§8.3) remembers away, with a text.

use super::settings::{Settings, ShowsCalls};
use crate::machine::Chance;
use std::time::Duration;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::{Presence, Show};
use xso::exports::rxml::xml_ncname;

/// Where a custom status has been seen (fact sheet §8.3).
const CUSTOM_STATUS: &str = "http://webex.com/connect/customstatus";

/// What somebody shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Showing {
    /// They are there.
    Available,
    /// They are not at their desk.
    Away,
    /// They telephone.
    OnCall,
    /// They sit together.
    Meeting,
    /// They show something to others.
    Presenting,
    /// They are gone.
    Gone,
}

impl Showing {
    /// The presence.
    pub(super) fn presence(self, settings: &Settings) -> Presence {
        let (show, status) = match self {
            Showing::Available => (None, "Available"),
            Showing::Away => (Some(Show::Away), "Away"),
            Showing::OnCall => (Some(Show::Away), "On a call"),
            Showing::Meeting => (Some(Show::Away), "In a meeting"),
            Showing::Presenting => (Some(Show::Dnd), "Presenting"),
            Showing::Gone => return Presence::unavailable(),
        };
        let mut presence = Presence::available().with_priority(settings.priority);
        presence.show = show;
        match (self, settings.shows_calls) {
            (Showing::OnCall | Showing::Meeting, ShowsCalls::Bare) => {}
            (Showing::OnCall | Showing::Meeting, ShowsCalls::CustomStatus) => {
                presence.payloads.push(Element::builder("x", CUSTOM_STATUS).attr(xml_ncname!("var").into(), status).build());
            }
            (Showing::OnCall | Showing::Meeting, ShowsCalls::Dnd) => {
                presence.show = Some(Show::Dnd);
                presence.set_status(String::new(), status.to_owned());
            }
            _ => presence.set_status(String::new(), status.to_owned()),
        }
        presence
    }

    /// In words, of oneself.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Showing::Available => "I am at my desk",
            Showing::Away => "I am away from my desk, but I see what you write",
            Showing::OnCall => "I am on a call, but I can write",
            Showing::Meeting => "I am in a meeting, so I only look at this now and then",
            Showing::Presenting => "I am presenting, better not now",
            Showing::Gone => "I am gone",
        }
    }

    /// What comes next, and how long it lasts.
    pub(super) fn next(self, chance: &mut Chance) -> (Showing, Duration) {
        let all: &[(Showing, u64)] = match self {
            Showing::Available => &[
                (Showing::OnCall, 30),
                (Showing::Away, 30),
                (Showing::Meeting, 25),
                (Showing::Presenting, 8),
                (Showing::Gone, 7),
            ],
            _ => &[(Showing::Available, 100)],
        };
        let mut drawn = chance.below(100);
        let next = all.iter().find(|(_, weight)| {
            let here = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            here
        });
        let next = next.map_or(Showing::Available, |(showing, _)| *showing);
        let seconds = match next {
            Showing::Available => 120 + chance.below(600),
            Showing::OnCall => 60 + chance.below(300),
            Showing::Away => 90 + chance.below(500),
            Showing::Meeting | Showing::Presenting => 600 + chance.below(1800),
            Showing::Gone => 300 + chance.below(900),
        };
        (next, Duration::from_secs(seconds))
    }
}
