//! Numbers whose owner nobody has named: each is asked for once.

use crate::engine::event::dialled;
use crate::machine::RemoteText;
use crate::protocol::sip::message::Uri;
use std::collections::{BTreeSet, VecDeque};

/// Numbers that wait; whoever calls beyond these stays a number.
const WAITING: usize = 16;

/// Numbers that were asked for. When there are so many, it begins anew.
const ASKED: usize = 500;

/// The number of the far side of a call, where that is all that anybody says of it.
#[must_use]
pub fn unnamed(peer: &RemoteText, name: &RemoteText) -> Option<String> {
    let number = dialled(&Uri::parse(peer.raw()).ok()?.user_text()?)?;
    (name.raw().trim().is_empty() || dialled(name.raw()).as_ref() == Some(&number)).then_some(number)
}

/// They.
#[derive(Debug, Default)]
pub(super) struct Callers {
    asked: BTreeSet<String>,
    waiting: VecDeque<String>,
}

impl Callers {
    /// Somebody calls from this number, and nobody says who.
    pub(super) fn add(&mut self, number: String) {
        if self.asked.len() >= ASKED {
            self.asked.clear();
        }
        if self.waiting.len() < WAITING && self.asked.insert(number.clone()) {
            self.waiting.push_back(number);
        }
    }

    /// The next one to ask for.
    pub(super) fn next(&mut self) -> Option<String> {
        self.waiting.pop_front()
    }

    /// It could not be found out: it may be asked for again.
    pub(super) fn forget(&mut self, number: &str) {
        self.asked.remove(number);
    }

    /// All of it.
    pub(super) fn clear(&mut self) {
        *self = Callers::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_a_name_is_not_asked_for() {
        let asked = |peer: &str, name: &str| unnamed(&peer.into(), &name.into());
        assert_eq!(asked("sip:1002@lab.example", "").as_deref(), Some("1002"));
        assert_eq!(asked("sip:%2B468@lab.example;user=phone", " +468").as_deref(), Some("+468"));
        assert_eq!(asked("sip:1002@lab.example", "Bo"), None);
        assert_eq!(asked("sip:bo@lab.example", ""), None);
        assert_eq!((asked("", ""), asked("sip:lab.example", "")), (None, None));
    }

    #[test]
    fn a_number_is_asked_for_once_and_a_flood_of_them_has_an_end() {
        let mut callers = Callers::default();
        callers.add("1002".into());
        callers.add("1002".into());
        assert_eq!((callers.next(), callers.next()), (Some("1002".into()), None));
        callers.add("1002".into());
        assert_eq!(callers.next(), None, "it is known by now");
        callers.forget("1002");
        callers.add("1002".into());
        assert_eq!(callers.next().as_deref(), Some("1002"));
        (0..2_000).for_each(|number| callers.add(number.to_string()));
        assert!(callers.waiting.len() <= WAITING && callers.asked.len() <= ASKED);
    }
}
