//! Properties of a timeline: whatever pages, messages and deliveries come, and in whichever order, it shows a stretch of
//! the conversation without a gap, each entry once and in order, and what is chosen stays the same entry.

use offhook::engine::event::{Delivery, Entry, EntryKind, Message, MessageKey, Page, PageFrom, Place, Ticket};
use offhook::machine::Stamp;
use offhook::tui::model::{Item, Timeline};
use proptest::prelude::*;

/// Something that happens to the timeline, or that the user does.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody writes: so much later than the newest, or earlier when it comes from the archive.
    Live {
        later: i64,
        ours: bool,
        seen: bool,
    },
    /// How far one of ours has come.
    Deliver(usize),
    /// The screen shows so many entries around what is chosen, and what is near its ends is asked for.
    Draw(usize),
    /// The page that was asked for comes.
    Answer,
    Newest,
    Around(usize),
    Go(isize),
    First,
    Last,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (-40_i64..8, any::<bool>(), any::<bool>()).prop_map(|(later, ours, seen)| Step::Live { later, ours, seen }),
        1 => (0_usize..2000).prop_map(Step::Deliver),
        6 => (1_usize..60).prop_map(Step::Draw),
        6 => Just(Step::Answer),
        1 => Just(Step::Newest),
        1 => (0_usize..2000).prop_map(Step::Around),
        4 => (-80_isize..80).prop_map(Step::Go),
        2 => Just(Step::First),
        1 => Just(Step::Last),
    ];
    prop::collection::vec(step, 1..120)
}

/// The conversation on disk, in the order of its places, and the timeline that looks at it.
struct Town {
    disk: Vec<Entry>,
    timeline: Timeline,
    asked: Option<(PageFrom, Ticket)>,
    /// A page has come; before, only what comes live is known.
    paged: bool,
    tickets: u64,
}

impl Town {
    fn new(count: i64) -> Town {
        let mut town = Town { disk: Vec::new(), timeline: Timeline::new(""), asked: None, paged: false, tickets: 0 };
        for number in 0..count {
            town.keep(number * 10, number % 3 == 0);
        }
        town
    }

    fn keep(&mut self, at: i64, ours: bool) -> Message {
        let row = i64::try_from(self.disk.len()).unwrap();
        let message = Message {
            key: MessageKey(row.to_string()),
            id: "".into(),
            from: "bo@example.test".into(),
            to: "alice@example.test".into(),
            body: row.to_string().into(),
            at: Stamp::from_micros(at),
            ours,
            archived: false,
            delivery: if ours { Delivery::Unsent } else { Delivery::Received },
        };
        let place = Place { at: message.at, row };
        let number = self.disk.partition_point(|entry| entry.place < place);
        self.disk.insert(number, Entry { place, kind: EntryKind::Message(message.clone()) });
        message
    }

    fn key(&self, number: usize) -> Option<MessageKey> {
        match &self.disk.get(number % self.disk.len().max(1))?.kind {
            EntryKind::Message(message) => Some(message.key.clone()),
            EntryKind::Call(_) => None,
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    fn page(&self, from: &PageFrom, ticket: Ticket) -> Page {
        const COUNT: usize = 100;
        let all = self.disk.len();
        let (begin, end) = match from {
            PageFrom::Newest => (all.saturating_sub(COUNT), all),
            PageFrom::Before(place) => {
                let end = self.disk.partition_point(|entry| entry.place < *place);
                (end.saturating_sub(COUNT), end)
            }
            PageFrom::After(place) => {
                let begin = self.disk.partition_point(|entry| entry.place <= *place);
                (begin, (begin + COUNT).min(all))
            }
            PageFrom::Around(key) => {
                let is_it = |entry: &Entry| matches!(&entry.kind, EntryKind::Message(message) if message.key == *key);
                let at = self.disk.iter().position(is_it).unwrap();
                (at.saturating_sub(COUNT / 2), (at + COUNT / 2).min(all))
            }
        };
        Page {
            with: "bo@example.test".into(),
            ticket,
            entries: self.disk[begin..end].to_vec(),
            more_before: begin > 0,
            more_after: end < all,
            seen: self.disk.get(all / 2).map(|entry| entry.place),
        }
    }

    fn chosen(&self) -> Option<Item> {
        self.timeline.item(self.timeline.chosen()?).cloned()
    }

    fn step(&mut self, step: &Step) {
        let before = self.chosen().map(|item| key_of(&item));
        let moves = match step {
            Step::Live { later, ours, seen } => {
                let newest = self.disk.last().map_or(0, |entry| entry.place.at.micros());
                let item = Item::Message(self.keep((newest + later).max(0), *ours));
                // Somebody may tell of it again.
                self.timeline.append(item.clone(), None, *seen);
                self.timeline.append(item, None, *seen);
                false
            }
            Step::Deliver(number) => {
                if let Some(key) = self.key(*number) {
                    self.timeline.deliver(&key, &Delivery::Sent);
                }
                false
            }
            Step::Draw(height) => {
                if let Some(last) = self.timeline.len().checked_sub(1) {
                    let at = self.timeline.chosen().unwrap_or(last);
                    self.timeline.drawn = Some((at.saturating_sub(height / 2), (at + height / 2).min(last)));
                }
                let ticket = self.ticket();
                if let Some(from) = self.timeline.ask_more(ticket) {
                    self.asked = Some((from, ticket));
                }
                false
            }
            Step::Answer => {
                let Some((from, ticket)) = self.asked.take() else { return };
                let page = self.page(&from, ticket);
                self.timeline.take(&page);
                self.paged = true;
                matches!(from, PageFrom::Newest | PageFrom::Around(_))
            }
            Step::Newest => {
                let ticket = self.ticket();
                self.asked = Some((self.timeline.ask_newest(ticket), ticket));
                false
            }
            Step::Around(number) => {
                if let Some(key) = self.key(*number) {
                    let ticket = self.ticket();
                    self.asked = Some((self.timeline.ask_around(key, ticket), ticket));
                }
                false
            }
            Step::Go(by) => {
                self.timeline.go(*by);
                true
            }
            Step::First => {
                self.timeline.go_first();
                true
            }
            Step::Last => {
                if self.timeline.go_last() {
                    let ticket = self.ticket();
                    self.asked = Some((self.timeline.ask_newest(ticket), ticket));
                }
                true
            }
        };
        self.check();
        if !moves {
            assert_eq!(self.chosen().map(|item| key_of(&item)), before, "what is chosen is another entry after {step:?}");
        }
    }

    /// What is in memory is a stretch of what is on disk.
    fn check(&self) {
        let shown: Vec<MessageKey> =
            (0..self.timeline.len()).map(|number| key_of(self.timeline.item(number).unwrap())).collect();
        let disk: Vec<MessageKey> = (0..self.disk.len()).map(|number| self.key(number).unwrap()).collect();
        let Some(first) = shown.first().filter(|_| self.paged) else { return };
        let begin = disk.iter().position(|key| key == first).unwrap();
        let stretch = &disk[begin..(begin + shown.len()).min(disk.len())];
        assert_eq!(shown, stretch, "a stretch of the conversation, each entry once, in order");
        if self.timeline.at_end() && self.asked.is_none() {
            assert_eq!(shown.last(), disk.last(), "the newest is there where the end is");
        }
        for number in [self.timeline.chosen(), self.timeline.unseen_from()].into_iter().flatten() {
            assert!(number < shown.len());
        }
    }
}

#[test]
fn the_line_above_what_is_new_stands_where_that_begins_however_far_up() {
    let mut town = Town::new(500);
    [Step::Newest, Step::Answer].iter().for_each(|step| town.step(step));
    assert_eq!(town.timeline.unseen_from(), Some(0), "all of the first page is new");
    for _ in 0..4 {
        [Step::First, Step::Draw(20), Step::Answer].iter().for_each(|step| town.step(step));
    }
    let first_new = town.timeline.item(town.timeline.unseen_from().unwrap()).unwrap();
    assert_eq!(key_of(first_new), MessageKey("251".into()));
    town.timeline.forget_unseen();
    assert_eq!(town.timeline.unseen_from(), None);
}

fn key_of(item: &Item) -> MessageKey {
    match item {
        Item::Message(message) => message.key.clone(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_timeline_is_a_stretch_of_the_conversation(count in 0_i64..2500, steps in steps()) {
        let mut town = Town::new(count);
        let ticket = town.ticket();
        town.asked = Some((town.timeline.ask_newest(ticket), ticket));
        steps.iter().for_each(|step| town.step(step));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whoever_goes_up_and_down_sees_all_of_it(count in 1_i64..2500) {
        let mut town = Town::new(count);
        let ticket = town.ticket();
        town.asked = Some((town.timeline.ask_newest(ticket), ticket));
        town.step(&Step::Answer);
        let mut seen = std::collections::BTreeSet::new();
        for by in [-20, 20] {
            for _ in 0..(count / 20 + 8) * 2 {
                town.step(&Step::Go(by));
                town.step(&Step::Draw(30));
                town.step(&Step::Answer);
                seen.extend((0..town.timeline.len()).map(|number| key_of(town.timeline.item(number).unwrap())));
            }
            prop_assert_eq!(seen.len(), town.disk.len());
        }
        prop_assert!(town.timeline.at_end() && town.timeline.chosen().is_none());
    }
}
