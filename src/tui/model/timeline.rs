//! One conversation as far as it is in memory: a window of its entries, oldest first, what is chosen in it, and what of
//! it the user has not seen.

use crate::engine::event::{
    CallRecord, Delivery, Entry, EntryKind, Message, MessageKey, Page, PageFrom, Place, Ticket, Voicemail,
};
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
    /// They left a message in the mailbox, which is not on our disk.
    Voicemail(Voicemail),
}

impl Item {
    /// When.
    #[must_use]
    pub fn at(&self) -> Stamp {
        match self {
            Item::Message(message) => message.at,
            Item::Call(call) => call.began,
            Item::Voicemail(message) => message.at.unwrap_or(Stamp::from_micros(0)),
        }
    }
}

#[derive(Debug)]
struct Kept {
    /// Its place on disk; none for what came while we looked: that is read again when its neighbours are wanted.
    place: Option<Place>,
    item: Item,
}

/// Where a page belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Side {
    /// It stands instead of what is in memory; that message is gone to.
    Anew(Option<MessageKey>),
    /// Before what is in memory.
    Before,
    /// After it.
    After,
}

/// A conversation on the screen.
#[derive(Debug)]
pub struct Timeline {
    entries: VecDeque<Kept>,
    more_before: bool,
    more_after: bool,
    /// A page that is awaited, and what it is for.
    asked: Option<(Ticket, Side)>,
    /// Why the page that was asked for last is not there; nothing more is asked for until the user wants it.
    failed: Option<String>,
    /// The number of the first entry that the user had not seen when the conversation was opened.
    unseen_from: Option<usize>,
    /// Up to where they had seen it then.
    seen: Option<Place>,
    /// The number of the chosen entry; none: the newest, wherever it is.
    chosen: Option<usize>,
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
            failed: None,
            unseen_from: None,
            seen: None,
            chosen: None,
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

    /// Why there is no page, where the disk refused it.
    #[must_use]
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// The page under this ticket cannot be read.
    pub fn fail(&mut self, ticket: Ticket, why: &str) {
        if self.asked.take_if(|(asked, _)| *asked == ticket).is_some() {
            self.failed = Some(why.to_owned());
        }
    }

    /// The user wants what could not be read; says whether the newest page is to be asked for.
    pub fn try_again(&mut self) -> bool {
        self.failed.take().is_some() && self.entries.is_empty()
    }

    /// Asks for the newest page. Says what to ask for, and under which ticket.
    pub fn ask_newest(&mut self, ticket: Ticket) -> PageFrom {
        self.failed = None;
        self.asked = Some((ticket, Side::Anew(None)));
        PageFrom::Newest
    }

    /// Asks for the page around a message.
    pub fn ask_around(&mut self, key: MessageKey, ticket: Ticket) -> PageFrom {
        self.failed = None;
        self.asked = Some((ticket, Side::Anew(Some(key.clone()))));
        PageFrom::Around(key)
    }

    /// What to ask for next, when the user has come near an end of what is in memory.
    pub fn ask_more(&mut self, ticket: Ticket) -> Option<PageFrom> {
        let (first, last) = self.drawn.filter(|_| self.asked.is_none() && self.failed.is_none())?;
        let near = usize::from(PAGE) / 4;
        let (from, side) = if first < near && self.more_before {
            match self.entries.iter().find_map(|kept| kept.place) {
                Some(oldest) => (PageFrom::Before(oldest), Side::Before),
                None => (PageFrom::Newest, Side::Anew(None)),
            }
        } else if last + near >= self.entries.len() && self.more_after {
            (self.entries.iter().rev().find_map(|kept| kept.place).map(PageFrom::After)?, Side::After)
        } else {
            return None;
        };
        self.asked = Some((ticket, side));
        Some(from)
    }

    /// A page has come. One that nobody waits for any more changes nothing.
    pub fn take(&mut self, page: &Page) {
        let Some((_, side)) = self.asked.take_if(|(ticket, _)| *ticket == page.ticket) else { return };
        let new: VecDeque<Kept> = page.entries.iter().map(kept).collect();
        match side {
            Side::Anew(wanted) => return self.replace(new, wanted, page),
            Side::Before => {
                self.more_before = page.more_before;
                self.rearrange(new, |new, old| new.into_iter().chain(old).collect());
                if self.unseen_from.is_some() {
                    // What is new may begin above what was read first.
                    self.unseen_from = self.first_unseen().or(self.unseen_from);
                }
            }
            Side::After => {
                self.more_after = page.more_after;
                self.rearrange(new, |new, old| old.into_iter().chain(new).collect());
            }
        }
        self.trim();
    }

    fn replace(&mut self, new: VecDeque<Kept>, wanted: Option<MessageKey>, page: &Page) {
        let mut live = VecDeque::new();
        self.rearrange(new, |new, old| {
            live = old.into_iter().filter(|kept| kept.place.is_none()).collect();
            new
        });
        (self.more_before, self.more_after) = (page.more_before, page.more_after);
        self.seen = page.seen;
        self.unseen_from = self.first_unseen();
        // What came while the page was on its way is in it, or newer than all of it.
        live.into_iter().for_each(|kept| self.append(kept.item, None, true));
        if let Some(key) = wanted {
            self.chosen = self.number_of(&key);
        }
        self.drawn = None;
    }

    fn first_unseen(&self) -> Option<usize> {
        self.entries.iter().position(|kept| match &kept.item {
            Item::Message(message) => !message.ours && kept.place > self.seen,
            Item::Call(_) | Item::Voicemail(_) => false,
        })
    }

    /// Joins a page with what is in memory: what came while we looked is in the page too. What is chosen, new and drawn
    /// is the same entry as before, as long as it is there.
    fn rearrange(&mut self, new: VecDeque<Kept>, join: impl FnOnce(VecDeque<Kept>, VecDeque<Kept>) -> VecDeque<Kept>) {
        let (first, last) = self.drawn.unzip();
        let marks = [self.chosen, self.unseen_from, first, last].map(|mark| self.item(mark?).cloned());
        let mut old = std::mem::take(&mut self.entries);
        old.retain(|kept| kept.place.is_some() || !new.iter().any(|new| is_same(&new.item, &kept.item)));
        self.entries = join(new, old);
        let number = |item: &Item| self.entries.iter().position(|kept| is_same(&kept.item, item));
        let [chosen, unseen_from, first, last] = marks.map(|item| number(&item?));
        (self.chosen, self.unseen_from, self.drawn) = (chosen, unseen_from, first.zip(last));
    }

    /// Lets the end go that is further from what is chosen.
    fn trim(&mut self) {
        while self.entries.len() > WINDOW {
            if self.chosen.is_some_and(|chosen| chosen < WINDOW / 2) {
                self.entries.pop_back();
                self.more_after = true;
                let there = self.entries.len();
                self.unseen_from = self.unseen_from.filter(|number| *number < there);
                self.drawn = self.drawn.map(|(first, last)| (first, last.min(there - 1)));
                continue;
            }
            self.entries.pop_front();
            self.more_before = true;
            self.unseen_from = self.unseen_from.and_then(|number| number.checked_sub(1));
            self.chosen = self.chosen.and_then(|number| number.checked_sub(1));
            self.drawn = self.drawn.map(|(first, last)| (first.saturating_sub(1), last.saturating_sub(1)));
        }
    }

    /// Something new at the end; `seen` when the user is looking. It is shown where the end is in memory.
    pub fn append(&mut self, item: Item, place: Option<Place>, seen: bool) {
        if self.holds(&item) {
            return;
        }
        // What was missed comes from the archive and may be older than what is there. What stands before or after all of
        // it is read with its neighbours, where there are some on disk.
        let at = item.at();
        let number = self.entries.iter().rposition(|kept| kept.item.at() <= at).map_or(0, |number| number + 1);
        let is_first = number == 0 && !self.entries.is_empty();
        if is_first && self.more_before || number == self.entries.len() && self.more_after {
            return;
        }
        let unseen = !seen && matches!(&item, Item::Message(message) if !message.ours);
        if let Item::Message(Message { ours: true, .. }) = &item {
            self.unseen_from = None;
        }
        self.entries.insert(number, Kept { place, item });
        if number + 1 < self.entries.len() {
            let shift = |old: Option<usize>| old.map(|old| if old >= number { old + 1 } else { old });
            (self.chosen, self.unseen_from) = (shift(self.chosen), shift(self.unseen_from));
        }
        if unseen && self.unseen_from.is_none() {
            self.unseen_from = Some(number);
        }
        self.trim();
    }

    /// These messages wait in the mailbox of those whom this is with, and no others.
    pub fn set_voicemail(&mut self, left: Vec<Voicemail>) {
        let is_gone = |item: &Item| match item {
            Item::Voicemail(known) => !left.iter().any(|message| message.id == known.id),
            Item::Message(_) | Item::Call(_) => false,
        };
        if self.entries.iter().any(|kept| is_gone(&kept.item)) {
            self.rearrange(VecDeque::new(), |_, old| old.into_iter().filter(|kept| !is_gone(&kept.item)).collect());
        }
        for message in left {
            let item = Item::Voicemail(message);
            match self.entries.iter_mut().find(|kept| is_same(&kept.item, &item)) {
                Some(kept) => kept.item = item,
                None => self.append(item, None, true),
            }
        }
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

    fn number_of(&self, key: &MessageKey) -> Option<usize> {
        self.entries.iter().rposition(|kept| matches!(&kept.item, Item::Message(message) if message.key == *key))
    }

    /// Entries stand in the order of their time, so that what is newer than all of them is compared with none.
    fn holds(&self, item: &Item) -> bool {
        let at = item.at();
        self.entries.iter().rev().take_while(|kept| kept.item.at() >= at).any(|kept| is_same(&kept.item, item))
    }
}

/// Whether both are one entry, however far it has come.
fn is_same(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::Message(one), Item::Message(other)) => one.key == other.key,
        (Item::Call(one), Item::Call(other)) => one == other,
        (Item::Voicemail(one), Item::Voicemail(other)) => one.id == other.id,
        _ => false,
    }
}

fn kept(entry: &Entry) -> Kept {
    let item = match &entry.kind {
        EntryKind::Message(message) => Item::Message(message.clone()),
        EntryKind::Call(call) => Item::Call(call.clone()),
    };
    Kept { place: Some(entry.place), item }
}
