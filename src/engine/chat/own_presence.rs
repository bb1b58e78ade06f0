//! What we show of ourselves (RFC 6121 §4): chosen by the user for this run, and told to the server in each session.

use super::outgoing::Outgoing;
use crate::engine::event::{Event, Show};
use crate::protocol::xmpp::presence;
use xmpp_parsers::presence::Show as Shown;

/// What is wanted, and what the server knows.
#[derive(Debug)]
pub(super) struct OwnPresence {
    wanted: (Show, String),
    /// None before this session was said anything: to others we are not there.
    said: Option<(Show, String)>,
}

/// Whether messages come to us that did not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Others could see us before, or cannot now.
    Same,
    /// We were hidden in this session, and are seen now.
    Appeared,
}

impl OwnPresence {
    pub(super) fn new() -> OwnPresence {
        OwnPresence { wanted: (Show::Available, String::new()), said: None }
    }

    /// The user chooses.
    pub(super) fn choose(&mut self, show: Show, status: String) {
        self.wanted = (show, status);
    }

    /// Tells the screen what is wanted.
    pub(super) fn tell(&self, out: &mut Outgoing) {
        let (show, status) = self.wanted.clone();
        out.tell(Event::OwnPresence { account: out.account(), show, status });
    }

    /// A new session: the server knows nothing of us.
    pub(super) fn forget(&mut self) {
        self.said = None;
    }

    /// Whether others can see that we are there.
    pub(super) fn is_shown(&self) -> bool {
        self.said.as_ref().is_some_and(|(show, _)| *show != Show::Offline)
    }

    /// Tells the server what it does not know yet.
    pub(super) fn say(&mut self, out: &mut Outgoing) -> Change {
        let (show, status) = &self.wanted;
        let shown = match show {
            Show::Available => Some(None),
            Show::Chat => Some(Some(Shown::Chat)),
            Show::Away => Some(Some(Shown::Away)),
            Show::ExtendedAway => Some(Some(Shown::Xa)),
            Show::DoNotDisturb => Some(Some(Shown::Dnd)),
            Show::Offline => None,
        };
        let hidden = self.said.as_ref().is_some_and(|(show, _)| *show == Show::Offline);
        match shown {
            _ if self.said.as_ref() == Some(&self.wanted) => {}
            Some(show) => out.send(presence::available(show, status)),
            // Who was never there need not go.
            None if self.is_shown() => out.send(presence::unavailable(status)),
            None => {}
        }
        self.said = Some(self.wanted.clone());
        if hidden && self.is_shown() { Change::Appeared } else { Change::Same }
    }
}
