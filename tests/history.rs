//! The history as the screen reads it: an engine, and a store in a real file.

#![allow(clippy::unwrap_used, clippy::panic)]

use offhook::engine::Engine;
use offhook::engine::ask::{Answer, Question, StoreAnswer, StoreQuestion};
use offhook::engine::command::Command;
use offhook::engine::event::{
    AccountName, CallEnd, CallRecord, Conversation, Delivery, Entry, EntryKind, Event, Identity, Message, MessageKey, Page,
    PageFrom, Ticket,
};
use offhook::engine::input::Input;
use offhook::engine::output::Output;
use offhook::engine::state::State;
use offhook::io::store::Store;
use offhook::machine::{Chance, Machine, Moment, RemoteText, Stamp};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

const BOB: &str = "bob@example.test";
const EVE: &str = "eve@example.test";

/// An engine and its disk.
struct Desk {
    home: TempDir,
    store: Option<Store>,
    engine: Engine,
}

impl Desk {
    fn new() -> Desk {
        let home = tempfile::tempdir().unwrap();
        let engine = Engine::new(Vec::new(), Chance::seeded(1), Moment::START, Stamp::from_micros(0));
        let mut desk = Desk { home, store: None, engine };
        desk.reopen();
        desk
    }

    fn reopen(&mut self) {
        drop(self.store.take());
        self.store = Some(Store::open(&self.home.path().join("history.db")).unwrap());
    }

    fn ask(&mut self, question: StoreQuestion) -> StoreAnswer {
        self.store.as_mut().unwrap().answer(question).unwrap()
    }

    fn receive(&mut self, messages: Vec<Message>) {
        self.ask(StoreQuestion::Receive { account: work(), messages });
    }

    /// What is told once all that was asked is answered.
    fn tell(&mut self, command: Command) -> Vec<Event> {
        let mut events = Vec::new();
        self.engine.handle(Moment::START, Input::Command(command));
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Event(event) => events.push(event),
                Output::Ask(id, Question::Store(question)) => {
                    let answer = self.store.as_mut().unwrap().answer(question);
                    self.engine.handle(Moment::START, Input::Answered(id, Answer::Store(answer)));
                }
                other => panic!("{other:?}"),
            }
        }
        events
    }

    /// The one thing that is told.
    fn one(&mut self, command: Command) -> Event {
        let events = self.tell(command);
        <[Event; 1]>::try_from(events).unwrap_or_else(|events| panic!("{events:?}"))[0].clone()
    }

    fn page(&mut self, from: PageFrom, count: u16) -> Page {
        let ticket = Ticket(u64::from(count) + 77);
        let command = Command::ReadConversation { account: work(), with: BOB.into(), from, count, ticket };
        match self.one(command) {
            Event::Page { account, page } => {
                assert_eq!((account, page.ticket, page.with.as_str()), (work(), ticket, BOB));
                page
            }
            other => panic!("{other:?}"),
        }
    }

    fn list(&mut self) -> BTreeMap<String, Conversation> {
        match self.one(Command::ReadConversations { account: work() }) {
            Event::Conversations { conversations, .. } => conversations,
            other => panic!("{other:?}"),
        }
    }

    fn found(&mut self, words: &str, count: u16) -> (Vec<String>, bool) {
        match self.one(Command::Search { words: words.into(), count, ticket: Ticket(5) }) {
            Event::Found { ticket: Ticket(5), hits, more } => (hits.into_iter().map(|hit| hit.message.key.0).collect(), more),
            other => panic!("{other:?}"),
        }
    }
}

fn work() -> AccountName {
    AccountName("work".into())
}

fn message(key: usize, with: &str, ours: bool, at: i64, body: &str) -> Message {
    let (me, them) = (RemoteText::from("me@example.test/a"), RemoteText::new(format!("{with}/desk")));
    let (from, to) = if ours { (me, them) } else { (them, me) };
    Message {
        key: MessageKey(key.to_string()),
        id: "id".into(),
        from,
        to,
        body: body.into(),
        at: Stamp::from_micros(at),
        ours,
        archived: false,
        delivery: if ours { Delivery::Sent } else { Delivery::Received },
    }
}

fn call(key: usize, at: i64) -> CallRecord {
    CallRecord {
        incoming: true,
        peer: "sip:Bob@example.test:5061;transport=tls".into(),
        name: RemoteText::new(key.to_string()),
        began: Stamp::from_micros(at),
        answered: None,
        ended: Stamp::from_micros(at + 5),
        end: CallEnd::NoAnswer,
        reason: "".into(),
    }
}

/// By what an entry was made.
fn key(entry: &Entry) -> usize {
    match &entry.kind {
        EntryKind::Message(message) => message.key.0.parse().unwrap(),
        EntryKind::Call(call) => call.name.raw().parse().unwrap(),
    }
}

fn keys(page: &Page) -> Vec<usize> {
    page.entries.iter().map(key).collect()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Made {
    Theirs,
    Ours,
    Call,
    Elsewhere,
}

fn made() -> impl Strategy<Value = (Made, i64)> {
    // Few moments, so that many things happen at once; not in the order of their coming.
    (prop_oneof![Just(Made::Theirs), Just(Made::Ours), Just(Made::Call), Just(Made::Elsewhere)], 0..5_i64)
}

/// A desk on which all this has happened, and what the conversation with Bob must hold.
fn happened(made: &[(Made, i64)]) -> (Desk, Vec<usize>) {
    let mut desk = Desk::new();
    let mut wanted = Vec::new();
    for (nth, (what, at)) in made.iter().enumerate() {
        match what {
            Made::Call => drop(desk.ask(StoreQuestion::KeepCall { account: work(), with: None, call: call(nth, *at) })),
            Made::Elsewhere => desk.receive(vec![message(nth, EVE, false, *at, "x")]),
            Made::Theirs | Made::Ours => desk.receive(vec![message(nth, BOB, *what == Made::Ours, *at, "x")]),
        }
        if *what != Made::Elsewhere {
            wanted.push((*at, *what != Made::Call, nth));
        }
    }
    wanted.sort_unstable();
    (desk, wanted.into_iter().map(|(_, _, nth)| nth).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_either_way_hold_everything_once(
        made in prop::collection::vec(made(), 0..40),
        sizes in prop::collection::vec(1..9_u16, 1..5),
    ) {
        let (mut desk, wanted) = happened(&made);
        let mut sizes = sizes.into_iter().cycle();
        let mut all = Vec::new();
        let mut page = desk.page(PageFrom::Newest, sizes.next().unwrap());
        prop_assert!(!page.more_after);
        loop {
            prop_assert_eq!(page.more_before, all.len() + page.entries.len() < wanted.len());
            all.splice(0..0, keys(&page));
            let Some(first) = page.entries.first().filter(|_| page.more_before).map(|entry| entry.place) else { break };
            page = desk.page(PageFrom::Before(first), sizes.next().unwrap());
            prop_assert!(page.more_after);
        }
        prop_assert_eq!(&all, &wanted);
        // And back again.
        let Some(mut last) = page.entries.first().map(|entry| entry.place) else { return Ok(()) };
        let mut all = vec![key(&page.entries[0])];
        loop {
            let page = desk.page(PageFrom::After(last), sizes.next().unwrap());
            prop_assert!(page.more_before);
            all.extend(keys(&page));
            prop_assert_eq!(page.more_after, all.len() < wanted.len());
            match page.entries.last() {
                Some(entry) if page.more_after => last = entry.place,
                _ => break,
            }
        }
        prop_assert_eq!(&all, &wanted);
        prop_assert_eq!(keys(&desk.page(PageFrom::Newest, 0)), Vec::<usize>::new());
    }

    #[test]
    fn a_page_around_a_message_holds_it_and_its_neighbours(made in prop::collection::vec(made(), 1..25), count in 1..9_u16) {
        let (mut desk, wanted) = happened(&made);
        for (at, nth) in wanted.iter().enumerate().filter(|(_, nth)| made[**nth].0 != Made::Call) {
            let page = desk.page(PageFrom::Around(MessageKey(nth.to_string())), count);
            let before = usize::from(count / 2);
            let from = at.saturating_sub(before.min(usize::from(count) - 1));
            let to = (at + usize::from(count) - before).max(at + 1).min(wanted.len());
            prop_assert_eq!(keys(&page), &wanted[from..to]);
            prop_assert_eq!((page.more_before, page.more_after), (from > 0, to < wanted.len()));
        }
    }

    /// What is told message by message and what is on disk are the same, whenever it is asked for.
    #[test]
    fn the_list_on_disk_is_the_fold_of_what_was_told(
        happens in prop::collection::vec((0..8_u8, 0..3_usize, 0..4_i64, "[ -~]{0,8}"), 0..30),
    ) {
        let people = [BOB, EVE, "me@example.test"];
        let mut desk = Desk::new();
        let mut state = State::default();
        state.apply(&Event::Account { account: work(), identity: Identity::default() });
        state.apply(&desk.one(Command::ReadConversations { account: work() }));
        let mut drafts = BTreeSet::new();
        for (nth, (what, who, at, text)) in happens.into_iter().enumerate() {
            let with = people[who].to_owned();
            match what {
                0 => {
                    for event in desk.tell(Command::MarkSeen { account: work(), with }) {
                        state.apply(&event);
                    }
                }
                1 => {
                    drafts.insert(with.clone());
                    for event in desk.tell(Command::KeepDraft { account: work(), with, text }) {
                        state.apply(&event);
                    }
                }
                2 => desk.reopen(),
                _ => {
                    let message = message(nth, &with, what == 3, at, &text);
                    desk.receive(vec![message.clone()]);
                    // What the engine then asks of the disk, for one of ours that comes late.
                    let late = state.accounts[&work()].comes_late(&message);
                    state.apply(&Event::Message { account: work(), message, ticket: None });
                    if late {
                        state.apply(&desk.one(Command::ReadConversations { account: work() }));
                    }
                }
            }
        }
        let mut told = state.accounts.remove(&work()).unwrap_or_default().conversations;
        // Nothing was ever written in it, and nothing is.
        told.retain(|_, conversation| conversation.at.is_some() || !conversation.draft.is_empty());
        prop_assert_eq!(desk.list(), told);
    }

    #[test]
    fn a_search_finds_all_that_hold_the_words_newest_first(
        texts in prop::collection::vec((prop::collection::vec(0..6_usize, 0..4), 0..4_i64), 0..20),
        wanted in prop::collection::vec(0..6_usize, 1..3),
        count in 1..6_u16,
    ) {
        let words = ["Kůň", "kun", "žlutý", "AND", "foo-bar", "don't"];
        let plain = ["kun", "kun", "zluty", "and", "foo bar", "don t"];
        let mut desk = Desk::new();
        let mut all = Vec::new();
        for (nth, (text, at)) in texts.iter().enumerate() {
            let body = text.iter().map(|word| words[*word]).collect::<Vec<_>>().join(" … ");
            desk.receive(vec![message(nth, [BOB, EVE][nth % 2], nth % 3 == 0, *at, &body)]);
            let holds = |wanted: &usize| text.iter().any(|word| plain[*word] == plain[*wanted]);
            if wanted.iter().all(holds) {
                all.push((*at, nth));
            }
        }
        all.sort_unstable();
        let all: Vec<String> = all.into_iter().rev().map(|(_, nth)| nth.to_string()).collect();
        let typed = wanted.iter().map(|word| words[*word]).collect::<Vec<_>>().join(" ");
        let few = all.iter().take(count.into()).cloned().collect::<Vec<_>>();
        prop_assert_eq!(desk.found(&typed, count), (few, all.len() > usize::from(count)));
    }

    #[test]
    fn nothing_that_can_be_typed_is_an_error(words in any::<String>(), mean in r#"["*^():{}+\-a ANDORNEAR,\x00-\x1f]{0,20}"#) {
        let mut desk = Desk::new();
        desk.receive(vec![message(1, BOB, false, 1, "a NEAR AND OR"), message(2, BOB, false, 1, &words)]);
        desk.found(&words, 5);
        desk.found(&mean, 5);
    }
}

#[test]
fn the_beginning_of_a_word_is_enough_for_the_last_one() {
    let mut desk = Desk::new();
    let texts = ["the lighthouse keeper", "a light rain", "delight"];
    desk.receive(texts.iter().zip(1..).map(|(text, nth)| message(nth, BOB, false, 1, text)).collect());
    let mut found = |words: &str| desk.found(words, 9).0;
    assert_eq!(found("light"), ["2", "1"]);
    assert_eq!(found("lighth"), ["1"]);
    assert_eq!(found("l"), ["2", "1"]);
    assert_eq!(found("light keeper"), Vec::<String>::new(), "only the last one");
    assert_eq!(found("keeper light"), ["1"]);
    assert_eq!(found("  "), Vec::<String>::new());
}

#[test]
fn words_are_found_in_every_script_and_signs_are_found_too() {
    let mut desk = Desk::new();
    let texts = [
        "明日東京都へ行きます",
        "great👍🏽, 20°C outside",
        "\u{2068}Bob\u{2069} wrote\u{2066}",
        "한국어를 배워요",
        "ภาษาไทยไม่มีช่องว่าง",
        "I \u{2764}\u{fe0f} it 🫠",
        "naïve café",
    ];
    desk.receive(texts.iter().zip(1..).map(|(text, nth)| message(nth, BOB, false, 1, text)).collect());
    for (words, wanted) in [
        ("東京", Some("1")),
        ("京都", Some("1")),
        ("都東", None),
        ("行き 明日", Some("1")),
        ("👍", Some("2")),
        ("great", Some("2")),
        ("20", Some("2")),
        ("c outside", Some("2")),
        ("bob wrote", Some("3")),
        ("\u{2068}Bob\u{2069}", Some("3")),
        ("국어", Some("4")),
        ("ไทย", Some("5")),
        ("❤", Some("6")),
        ("🫠", Some("6")),
        ("cafe …", Some("7")),
        ("… \u{2069}", None),
    ] {
        let found: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        assert_eq!(desk.found(words, 9).0, found, "{words}");
    }
    let hits = match desk.one(Command::Search { words: "京都".into(), count: 3, ticket: Ticket(1) }) {
        Event::Found { hits, .. } => hits,
        other => panic!("{other:?}"),
    };
    assert_eq!(hits[0].excerpt.raw(), texts[0]);
}

#[test]
fn a_hit_shows_its_words_and_leads_into_its_conversation() {
    let mut desk = Desk::new();
    let long = format!("{}needle {}", "hay ".repeat(500), "straw ".repeat(500));
    let mut messages: Vec<Message> = (0..50).map(|nth| message(nth, BOB, false, nth.try_into().unwrap(), "hay")).collect();
    messages[20].body = long.into();
    desk.receive(messages);
    let hits = match desk.one(Command::Search { words: "needl".into(), count: 3, ticket: Ticket(1) }) {
        Event::Found { hits, .. } => hits,
        other => panic!("{other:?}"),
    };
    let hit = &hits[0];
    assert_eq!((hits.len(), &hit.account, hit.with.as_str()), (1, &work(), BOB));
    let excerpt = hit.excerpt.raw();
    assert!(excerpt.contains("hay needle straw") && excerpt.chars().count() < 200, "{excerpt}");
    let page = desk.page(PageFrom::Around(hit.message.key.clone()), 5);
    assert_eq!(keys(&page), [18, 19, 20, 21, 22]);
}

#[test]
fn the_unread_line_stands_where_the_user_has_seen_all() {
    let mut desk = Desk::new();
    let theirs = |nth: usize| message(nth, BOB, false, nth.try_into().unwrap(), "x");
    desk.receive(vec![theirs(1), theirs(2)]);
    assert_eq!(desk.page(PageFrom::Newest, 9).seen, None);
    assert_eq!(desk.list()[BOB].unread, 2);
    let seen = Event::Seen { account: work(), with: BOB.into() };
    assert_eq!(desk.tell(Command::MarkSeen { account: work(), with: BOB.into() }), [seen]);
    desk.receive(vec![theirs(3)]);
    desk.reopen();
    let page = desk.page(PageFrom::Newest, 9);
    assert_eq!((page.seen, desk.list()[BOB].unread), (Some(page.entries[1].place), 1));
    // A call that was missed is seen with what was written, and an answer from any device marks it all.
    desk.ask(StoreQuestion::KeepCall { account: work(), with: None, call: call(4, 4) });
    desk.receive(vec![message(5, BOB, true, 3, "from another device")]);
    let page = desk.page(PageFrom::Newest, 9);
    assert_eq!(keys(&page), [1, 2, 3, 5, 4]);
    assert_eq!((page.seen, desk.list()[BOB].unread), (Some(page.entries[4].place), 0));
}

#[test]
fn one_of_ours_that_comes_late_leaves_unread_what_is_newer() {
    let mut desk = Desk::new();
    let theirs = |nth: usize| message(nth, BOB, false, nth.try_into().unwrap(), "x");
    desk.receive(vec![theirs(1), theirs(4), theirs(5)]);
    desk.receive(vec![message(2, BOB, true, 2, "from the archive")]);
    let page = desk.page(PageFrom::Newest, 9);
    assert_eq!((keys(&page), page.seen), (vec![1, 2, 4, 5], Some(page.entries[1].place)));
    assert_eq!(desk.list()[BOB].unread, 2);
    // An even older one changes nothing, the newest of all sees all.
    desk.receive(vec![message(6, BOB, true, 0, "older")]);
    assert_eq!((desk.page(PageFrom::Newest, 9).seen, desk.list()[BOB].unread), (page.seen, 2));
    desk.receive(vec![message(7, BOB, true, 9, "newest")]);
    assert_eq!(desk.list()[BOB].unread, 0);
}

#[test]
fn an_account_that_is_gone_is_not_made_again_by_what_the_disk_answers() {
    let mut desk = Desk::new();
    let (account, with) = (work(), BOB.to_owned());
    desk.tell(Command::ReadConversations { account: account.clone() });
    desk.tell(Command::MarkSeen { account: account.clone(), with: with.clone() });
    desk.tell(Command::KeepDraft { account, with, text: "dear Bob".into() });
    assert!(desk.engine.state().accounts.is_empty());
}

#[test]
fn accounts_and_their_drafts_stay_apart() {
    let mut desk = Desk::new();
    let home = AccountName("home".into());
    for (account, text) in [(work(), "dear Bob"), (home.clone(), "hi"), (home, "")] {
        let command = Command::KeepDraft { account: account.clone(), with: BOB.into(), text: text.into() };
        assert_eq!(desk.tell(command), [Event::DraftKept { account, with: BOB.into(), text: text.into() }]);
    }
    desk.reopen();
    let draft = Conversation { draft: "dear Bob".into(), ..Conversation::default() };
    assert_eq!(desk.list(), BTreeMap::from([(BOB.to_owned(), draft)]));
    let command = Command::ReadConversations { account: AccountName("home".into()) };
    let none = Event::Conversations { account: AccountName("home".into()), conversations: BTreeMap::new() };
    assert_eq!(desk.tell(command), [none]);
}

#[test]
fn past_calls_of_all_accounts_come_newest_first() {
    let mut desk = Desk::new();
    for (nth, account) in ["work", "home", "work"].into_iter().enumerate() {
        let at = [30, 10, 20][nth];
        desk.ask(StoreQuestion::KeepCall { account: AccountName(account.into()), with: None, call: call(nth, at) });
    }
    let mut read = |before| match desk.one(Command::ReadCalls { before, count: 2, ticket: Ticket(3) }) {
        Event::PastCalls { ticket: Ticket(3), calls, more } => (calls, more),
        other => panic!("{other:?}"),
    };
    let (calls, more) = read(None);
    assert_eq!(calls.iter().map(|past| past.call.clone()).collect::<Vec<_>>(), [call(0, 30), call(2, 20)]);
    assert!(more);
    let (rest, more) = read(Some(calls[1].place));
    assert_eq!((rest[0].account.0.as_str(), &rest[0].call, rest.len(), more), ("home", &call(1, 10), 1, false));
}

#[test]
fn what_cannot_be_read_is_told_to_who_asked() {
    let mut desk = Desk::new();
    desk.receive(vec![message(1, EVE, false, 1, "not in this conversation")]);
    let from = PageFrom::Around(MessageKey("1".into()));
    let command = Command::ReadConversation { account: work(), with: BOB.into(), from, count: 3, ticket: Ticket(1) };
    match desk.one(command) {
        Event::ReadFailed { ticket: Ticket(1), problem } => {
            let said = problem.to_string();
            assert!(said.contains("cannot be read") && said.contains("not in this conversation"), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn headless_commands_ask_nothing_of_the_history() {
    let mut desk = Desk::new();
    drop(desk.store.take());
    let services = offhook::engine::command::Services::ALL;
    assert_eq!(desk.tell(Command::SignIn { account: work(), services }), []);
}
