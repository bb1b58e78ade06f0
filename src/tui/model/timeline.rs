//! One conversation as far as it is in memory: a window of its entries, oldest first, what is chosen in it, and what of
//! it the user has not seen.

use crate::engine::event::{CallRecord, Delivery, Entry, EntryKind, Message, MessageKey, Page, PageFrom, Place, Ticket};
use crate::machine::Stamp;
use crate::tui::editor::Editor;
use std::collections::VecDeque;

/// Entries that are asked for at once.
pub const PAGE: u16 = 100;

/// Entries kept in memory; beyond, the far end is let go and read again when it is wanted.
const WINDOW: usize = 1000;

/// Something to be shown in a conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Somebody wrote.
    Message(Message),
    /// Somebody rang.
    Call(CallRecord),
}

impl Item {
    /// When.
    #[must_use]
    pub fn at(&self) -> Stamp {
        match self {
            Item::Message(message) => message.at,
            Item::Call(call) => call.began,
        }
    }
}

#[derive(Debug)]
struct Kept {
    /// Its place on disk; none for what came while we looked: that is read again when its neighbours are wanted.
    place: Option<Place>,
    item: Item,
}

/// A conversation on the screen.
#[derive(Debug)]
pub struct Timeline {
    entries: VecDeque<Kept>,
    more_before: bool,
    more_after: bool,
    /// A page that is awaited.
    asked: Option<Ticket>,
    /// The number of the first entry that the user had not seen when the conversation was opened.
    unseen_from: Option<usize>,
    /// The number of the chosen entry; none: the newest, wherever it is.
    chosen: Option<usize>,
    /// The message to go to once its page is there.
    wanted: Option<MessageKey>,
    /// First and last number of the entries that were drawn last.
    pub drawn: Option<(usize, usize)>,
    /// What is being written.
    pub editor: Editor,
    /// The draft that is on disk, so that only a change is kept.
    pub kept_draft: String,
    /// The other side has been told that we write.
    pub typing: bool,
}

impl Timeline {
    /// Nothing is known of it yet; `draft` was begun earlier.
    #[must_use]
    pub fn new(draft: &str) -> Timeline {
        let mut editor = Editor::new();
        // It came from an editor like this one.
        let _ = editor.set_text(draft);
        Timeline {
            entries: VecDeque::new(),
            more_before: true,
            more_after: false,
            asked: None,
            unseen_from: None,
            chosen: None,
            wanted: None,
            drawn: None,
            editor,
            kept_draft: draft.to_owned(),
            typing: false,
        }
    }

    /// How many entries are in memory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry by number, oldest first.
    #[must_use]
    pub fn item(&self, number: usize) -> Option<&Item> {
        self.entries.get(number).map(|kept| &kept.item)
    }

    /// The number of the chosen entry, while one is chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<usize> {
        self.chosen.filter(|chosen| *chosen < self.entries.len())
    }

    /// The chosen entry, else the newest.
    #[must_use]
    pub fn chosen_item(&self) -> Option<&Item> {
        self.item(self.chosen().unwrap_or(self.entries.len().checked_sub(1)?))
    }

    /// The number of the first entry that was not seen when the conversation was opened.
    #[must_use]
    pub fn unseen_from(&self) -> Option<usize> {
        self.unseen_from
    }

    /// The newest entries are in memory: what comes stands right below.
    #[must_use]
    pub fn at_end(&self) -> bool {
        !self.more_after
    }

    /// A page is awaited.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks for the newest page. Says what to ask for, and under which ticket.
    pub fn ask_newest(&mut self, ticket: Ticket) -> PageFrom {
        self.asked = Some(ticket);
        PageFrom::Newest
    }

    /// Asks for the page around a message.
    pub fn ask_around(&mut self, key: MessageKey, ticket: Ticket) -> PageFrom {
        self.asked = Some(ticket);
        self.wanted = Some(key.clone());
        PageFrom::Around(key)
    }

    /// What to ask for next, when the user has come near an end of what is in memory.
    pub fn ask_more(&mut self, ticket: Ticket) -> Option<PageFrom> {
        let (first, last) = self.drawn.filter(|_| self.asked.is_none())?;
        let near = usize::from(PAGE) / 4;
        let from = if first < near && self.more_before {
            self.entries.iter().find_map(|kept| kept.place).map_or(PageFrom::Newest, PageFrom::Before)
        } else if last + near >= self.entries.len() && self.more_after {
            self.entries.iter().rev().find_map(|kept| kept.place).map(PageFrom::After)?
        } else {
            return None;
        };
        self.asked = Some(ticket);
        Some(from)
    }

    /// A page has come. One that nobody waits for any more changes nothing.
    pub fn take(&mut self, page: &Page) {
        if self.asked != Some(page.ticket) {
            return;
        }
        self.asked = None;
        let new: Vec<Kept> = page.entries.iter().map(kept).collect();
        let (oldest, newest) = (self.entries.iter().find_map(|kept| kept.place), self.newest_place());
        let first_new = page.entries.first().map(|entry| entry.place);
        let is_before = oldest.is_some() && page.entries.last().map(|entry| entry.place) < oldest;
        let is_after = newest.is_some() && first_new > newest;
        if self.wanted.is_none() && is_before {
            self.more_before = page.more_before;
            self.put_before(new);
        } else if self.wanted.is_none() && is_after {
            self.more_after = page.more_after;
            self.put_after(new);
        } else if page.entries.is_empty() && !self.entries.is_empty() {
            // Nothing more on the side that was asked for.
            self.more_before &= page.more_before;
            self.more_after &= page.more_after;
        } else {
            self.replace(new, page);
        }
    }

    fn replace(&mut self, new: Vec<Kept>, page: &Page) {
        // What came while the page was on its way is in it, or newer than all of it.
        let live: Vec<Kept> = self.entries.drain(..).filter(|kept| kept.place.is_none()).collect();
        self.entries = new.into();
        (self.more_before, self.more_after) = (page.more_before, page.more_after);
        if !self.more_after {
            for kept in live {
                if !self.holds(&kept.item) {
                    self.entries.push_back(kept);
                }
            }
        }
        self.unseen_from = self.entries.iter().position(|kept| match &kept.item {
            Item::Message(message) => !message.ours && kept.place > page.seen,
            Item::Call(_) => false,
        });
        let wanted = self.wanted.take();
        self.chosen = wanted.and_then(|key| self.number_of(&key));
        self.drawn = None;
    }

    fn put_before(&mut self, new: Vec<Kept>) {
        let many = new.len();
        for kept in new.into_iter().rev() {
            self.entries.push_front(kept);
        }
        self.unseen_from = self.unseen_from.map(|number| number + many);
        self.chosen = self.chosen.map(|number| number + many);
        self.drawn = self.drawn.map(|(first, last)| (first + many, last + many));
        // What is chosen stays in memory: the user is near the beginning.
        while self.entries.len() > WINDOW {
            self.entries.pop_back();
            self.more_after = true;
        }
    }

    fn put_after(&mut self, new: Vec<Kept>) {
        self.entries.extend(new);
        self.trim_front();
    }

    fn trim_front(&mut self) {
        while self.entries.len() > WINDOW {
            self.entries.pop_front();
            self.more_before = true;
            self.unseen_from = self.unseen_from.and_then(|number| number.checked_sub(1));
            self.chosen = self.chosen.map(|number| number.saturating_sub(1));
            self.drawn = self.drawn.map(|(first, last)| (first.saturating_sub(1), last.saturating_sub(1)));
        }
    }

    /// Something new at the end; `seen` when the user is looking. It is shown where the end is in memory.
    pub fn append(&mut self, item: Item, place: Option<Place>, seen: bool) {
        if self.more_after || self.holds(&item) {
            return;
        }
        let unseen = !seen && matches!(&item, Item::Message(message) if !message.ours);
        if let Item::Message(Message { ours: true, .. }) = &item {
            self.unseen_from = None;
        }
        // What was missed comes from the archive and may be older than what is there.
        let at = item.at();
        let number = self.entries.iter().rposition(|kept| kept.item.at() <= at).map_or(0, |number| number + 1);
        self.entries.insert(number, Kept { place, item });
        if number + 1 < self.entries.len() {
            let shift = |old: Option<usize>| old.map(|old| if old >= number { old + 1 } else { old });
            (self.chosen, self.unseen_from) = (shift(self.chosen), shift(self.unseen_from));
        }
        if unseen && self.unseen_from.is_none() {
            self.unseen_from = Some(number);
        }
        self.trim_front();
    }

    /// How far a message of ours has come.
    pub fn deliver(&mut self, key: &MessageKey, delivery: &Delivery) {
        if let Some(number) = self.number_of(key)
            && let Some(Kept { item: Item::Message(message), .. }) = self.entries.get_mut(number)
        {
            message.delivery = delivery.clone();
        }
    }

    /// All was seen: the line above what was not seen goes away.
    pub fn forget_unseen(&mut self) {
        self.unseen_from = None;
    }

    /// Chooses `by` entries on, or back when negative. Past the newest nothing is chosen, and the newest stays in sight.
    pub fn go(&mut self, by: isize) {
        let Some(last) = self.entries.len().checked_sub(1) else { return };
        let from = self.chosen().unwrap_or(if by < 0 { last + 1 } else { last });
        let to = from.saturating_add_signed(by);
        self.chosen = if to > last { None } else { Some(to) };
    }

    /// Chooses the oldest in memory.
    pub fn go_first(&mut self) {
        self.chosen = (!self.entries.is_empty()).then_some(0);
    }

    /// Back to the newest; says whether it has to be read again.
    pub fn go_last(&mut self) -> bool {
        self.chosen = None;
        self.more_after
    }

    fn newest_place(&self) -> Option<Place> {
        self.entries.iter().rev().find_map(|kept| kept.place)
    }

    fn number_of(&self, key: &MessageKey) -> Option<usize> {
        self.entries.iter().rposition(|kept| matches!(&kept.item, Item::Message(message) if message.key == *key))
    }

    fn holds(&self, item: &Item) -> bool {
        match item {
            Item::Message(message) => self.number_of(&message.key).is_some(),
            Item::Call(call) => self.entries.iter().rev().any(|kept| matches!(&kept.item, Item::Call(other) if other == call)),
        }
    }
}

fn kept(entry: &Entry) -> Kept {
    let item = match &entry.kind {
        EntryKind::Message(message) => Item::Message(message.clone()),
        EntryKind::Call(call) => Item::Call(call.clone()),
    };
    Kept { place: Some(entry.place), item }
}
