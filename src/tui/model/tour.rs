//! A tour of ten keys: the line above the status line names one thing to do; doing it leads to the next. No key means
//! anything else while it lasts, and the keys it names are those of the user's own keymap.

use crate::tui::action::{Action, Context};

/// One thing to do.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// What, and where: any of these does it.
    pub ways: &'static [(Action, Context)],
    /// What comes of it, behind its key.
    pub words: &'static str,
}

macro_rules! stops {
    ($($($action:ident $context:ident)|+ => $words:literal;)+) => {
        /// The tour.
        pub const STOPS: [Stop; 10] = [$(Stop { ways: &[$((Action::$action, Context::$context)),+], words: $words }),+];
    };
}

stops! {
    Next People => "go down the list of people";
    Filter People => "find somebody by a few letters";
    Back Picker => "show everybody again";
    Open People | Accept Picker => "open the chosen conversation";
    Send Compose => "write a few words, and send them";
    Back Compose => "leave what is written, and go back";
    CallPerson People | CallPerson Conversation | CallPerson Compose => "call whom you have chosen";
    HangUp Call | HangUp Everywhere => "hang up";
    Palette Everywhere => "find and do anything by its name";
    Keys Everywhere => "show the keys that work where you are";
}

/// How far the user has come: which stop is next, and how many were gone past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tour {
    next: usize,
    past: usize,
}

impl Tour {
    /// What is to be done now, its number from 1 on, and of how many: those that were gone past do not count.
    #[must_use]
    pub fn stop(self) -> Option<(usize, usize, &'static Stop)> {
        STOPS.get(self.next).map(|stop| (self.next - self.past + 1, STOPS.len() - self.past, stop))
    }

    /// The user is about to do this there. Who does what one of the two after it asks for has gone past it.
    pub fn saw(&mut self, action: Action, contexts: &[Context]) {
        let is_done = |stop: &Stop| stop.ways.iter().any(|(does, place)| *does == action && contexts.contains(place));
        if let Some(past) = STOPS.iter().skip(self.next).take(3).position(is_done) {
            self.next += past + 1;
            self.past += past;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::{KEYMAPS, Keymap};

    #[test]
    fn each_stop_can_be_done_where_it_says_and_has_a_key_there_in_every_keymap() {
        for (name, _) in KEYMAPS {
            let keymap = Keymap::named(name).unwrap();
            for (action, place) in STOPS.iter().flat_map(|stop| stop.ways) {
                let row = action.row();
                let fits =
                    row.contexts.contains(place) || row.contexts == [Context::Everywhere] || *place == Context::Everywhere;
                assert!(fits, "{}", row.name);
                assert!(!keymap.keys_of(*action, *place).is_empty(), "{} in {name}", row.name);
            }
        }
    }

    #[test]
    fn doing_a_stop_or_the_one_after_it_leads_on_and_nothing_else_does() {
        let mut tour = Tour::default();
        tour.saw(Action::Open, &[Context::People]);
        tour.saw(Action::Next, &[Context::Conversation]);
        assert_eq!(tour, Tour::default());
        tour.saw(Action::Next, &[Context::People, Context::Everywhere]);
        assert_eq!(tour, Tour { next: 1, past: 0 });
        tour.saw(Action::Back, &[Context::Picker, Context::Everywhere]);
        assert_eq!(tour, Tour { next: 3, past: 1 }, "filtering is gone past");
        for (nth, stop) in STOPS.iter().enumerate().skip(3) {
            let (action, place) = stop.ways[0];
            assert_eq!(tour.stop().map(|(number, of, stop)| (number, of, stop.words)), Some((nth, 9, stop.words)));
            tour.saw(action, &[place]);
        }
        assert!(tour.stop().is_none());
    }
}
