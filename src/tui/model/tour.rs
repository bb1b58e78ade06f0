//! A tour of ten keys: the line above the status line names one thing to do; doing it leads to the next. No key means
//! anything else while it lasts, and the keys it names are those of the user's own keymap.

use crate::tui::action::{Action, Context};

/// One thing to do.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// What.
    pub action: Action,
    /// Where it is done.
    pub context: Context,
    /// What comes of it, behind its key.
    pub words: &'static str,
}

macro_rules! stops {
    ($($action:ident $context:ident $words:literal;)+) => {
        /// The tour.
        pub const STOPS: [Stop; 10] = [$(Stop { action: Action::$action, context: Context::$context, words: $words }),+];
    };
}

stops! {
    Next People "go down the list of people";
    Filter People "find somebody by a few letters";
    Back Picker "show everybody again";
    Open People "open the chosen conversation";
    Send Compose "write a few words, and send them";
    Back Compose "leave what is written, and go back";
    CallPerson People "call whom you have chosen";
    HangUp Call "hang up";
    Palette Everywhere "find and do anything by its name";
    Keys Everywhere "show the keys that work where you are";
}

/// How far the user has come: the number of the stop that is next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tour(usize);

impl Tour {
    /// What is to be done now, and its number from 1 on.
    #[must_use]
    pub fn stop(self) -> Option<(usize, &'static Stop)> {
        STOPS.get(self.0).map(|stop| (self.0 + 1, stop))
    }

    /// The user is about to do this there. Who does what one of the two after it asks for has come past it.
    pub fn saw(&mut self, action: Action, contexts: &[Context]) {
        let is_done = |stop: &Stop| stop.action == action && contexts.contains(&stop.context);
        if let Some(past) = STOPS.iter().skip(self.0).take(3).position(is_done) {
            self.0 += past + 1;
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
            for stop in STOPS {
                let row = stop.action.row();
                assert!(row.contexts.contains(&stop.context) || row.contexts == [Context::Everywhere], "{}", row.name);
                assert!(!keymap.keys_of(stop.action, stop.context).is_empty(), "{} in {name}", row.name);
            }
        }
    }

    #[test]
    fn doing_a_stop_or_the_one_after_it_leads_on_and_nothing_else_does() {
        let mut tour = Tour::default();
        tour.saw(Action::Open, &[Context::People]);
        tour.saw(Action::Next, &[Context::Conversation]);
        assert_eq!(tour, Tour(0));
        tour.saw(Action::Next, &[Context::People, Context::Everywhere]);
        assert_eq!(tour, Tour(1));
        tour.saw(Action::Back, &[Context::Picker, Context::Everywhere]);
        assert_eq!(tour, Tour(3), "filtering is gone past");
        for stop in &STOPS[3..] {
            assert_eq!(tour.stop().map(|(_, stop)| stop.action), Some(stop.action));
            tour.saw(stop.action, &[stop.context]);
        }
        assert!(tour.stop().is_none());
    }
}
