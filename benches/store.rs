//! A history of a million messages in a thousand conversations: how long pages, lists and searches take, and how fast it
//! is written. Prints figures.
//!
//! `cargo bench --bench store [-- MESSAGES]`

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

use offhook::engine::ask::{StoreAnswer, StoreQuestion};
use offhook::engine::event::{AccountName, CallEnd, CallRecord, Delivery, Message, MessageKey, Page, PageFrom, Place, Ticket};
use offhook::io::store::{Store, StoreThread};
use offhook::machine::{Chance, RemoteText, Stamp};
use std::path::Path;
use std::time::{Duration, Instant};

const MESSAGES: u64 = 1_000_000;
const CONVERSATIONS: u64 = 1000;
/// In one transaction.
const BATCH: u64 = 5000;
/// Words that people use.
const VOCABULARY: u64 = 50_000;
/// In one message of so many.
const RARE: u64 = 200_000;
/// So many come live, each in a transaction of its own.
const SINGLE: u64 = 5000;
/// Each thing is timed so often.
const TIMES: usize = 30;

fn main() {
    let count = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(MESSAGES);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.db");
    let mut store = Store::open(&path).unwrap();
    let mut people = People::new();
    ingest(&mut store, &mut people, count);
    let size = |extension: &str| path.with_extension(extension).metadata().map_or(0, |found| found.len()) / 1_000_000;
    println!("on disk             {} MB, and {} MB in its log", size("db"), size("db-wal"));

    let opening = Instant::now();
    drop(store);
    println!("closed              {:>9.2?}", opening.elapsed());
    let mut store = opened("opened", &path);

    let newest = page(&mut store, PageFrom::Newest);
    time("newest page", || page(&mut store, PageFrom::Newest).entries.len());
    let middle = Place { at: Stamp::from_micros(stamp(count / 2)), row: 0 };
    time("page in the middle", || page(&mut store, PageFrom::Before(middle)).entries.len());
    time("page forwards", || page(&mut store, PageFrom::After(middle)).entries.len());
    let oldest = newest.entries.first().unwrap().place;
    time("page before newest", || page(&mut store, PageFrom::Before(oldest)).entries.len());
    let question = StoreQuestion::Conversations { account: account() };
    time("conversations", || match store.answer(question.clone()).unwrap() {
        StoreAnswer::Conversations(list) => list.len(),
        other => panic!("{other:?}"),
    });
    time("past calls", || match store.answer(StoreQuestion::Calls { before: None, count: 50 }).unwrap() {
        StoreAnswer::Calls(calls, _) => calls.len(),
        other => panic!("{other:?}"),
    });

    let (common, second, seldom) = (people.word(0), people.word(1), people.word(VOCABULARY - 1));
    for (what, words) in [
        ("rare word", "zyxomma".to_owned()),
        ("seldom word", format!("{seldom} ")),
        ("common word", common.clone()),
        ("two common words", format!("{common} {second}")),
        ("common and rare", format!("zyxomma {common}")),
        ("no such word", "qqqqqqqq".to_owned()),
        ("prefix of 1", common.chars().take(1).collect()),
        ("prefix of 2", common.chars().take(2).collect()),
        ("prefix of 3", common.chars().take(3).collect()),
        ("prefix of 4", common.chars().take(4).collect()),
        ("two common, none both", "onlyold onlynew".to_owned()),
    ] {
        time(&format!("search: {what}"), || match store.answer(StoreQuestion::Search { words: words.clone(), count: 50 }) {
            Ok(StoreAnswer::Found(hits, _)) => hits.len(),
            other => panic!("{other:?}"),
        });
    }

    let (start, before) = (Instant::now(), cpu());
    for nth in count..count + SINGLE {
        let messages = vec![people.message(nth, count)];
        store.answer(StoreQuestion::Receive { account: account(), messages }).unwrap();
    }
    println!("{SINGLE} kept one by one  {:>9.2?}, of CPU {:.2?}", start.elapsed(), cpu() - before);
    let (start, before) = (Instant::now(), cpu());
    let thread = StoreThread::spawn(store).unwrap();
    for nth in count + SINGLE..count + 2 * SINGLE {
        let messages = vec![people.message(nth, count)];
        thread.ask(StoreQuestion::Receive { account: account(), messages }, |answer| drop(answer.unwrap()));
    }
    drop(thread);
    println!("{SINGLE} that came at once  {:>9.2?}, of CPU {:.2?}", start.elapsed(), cpu() - before);
    // As whoever meets with damage does: the next one looks at all of it.
    std::fs::write(path.with_extension("lock"), "looked at\n").unwrap();
    drop(opened("opened and checked", &path));
}

fn opened(what: &str, path: &Path) -> Store {
    let start = Instant::now();
    let store = Store::open(path).unwrap();
    println!("{what:18}  {:>9.2?}", start.elapsed());
    store
}

fn ingest(store: &mut Store, people: &mut People, count: u64) {
    let mut spent = Duration::ZERO;
    for first in (0..count).step_by(usize::try_from(BATCH).unwrap()) {
        let messages = (first..count.min(first + BATCH)).map(|nth| people.message(nth, count)).collect();
        let question = StoreQuestion::Receive { account: account(), messages };
        let start = Instant::now();
        store.answer(question).unwrap();
        spent += start.elapsed();
    }
    println!("{count} messages kept in {spent:.1?}: {:.0} a second", count as f64 / spent.as_secs_f64());
    for nth in 0..1000 {
        let began = Stamp::from_micros(stamp(nth * count / 1000) + 1);
        let call = CallRecord {
            incoming: true,
            peer: format!("sip:person-{}@example.test", nth % 10).into(),
            name: "".into(),
            began,
            answered: None,
            ended: began,
            end: CallEnd::NoAnswer,
            reason: "".into(),
        };
        store.answer(StoreQuestion::KeepCall { account: account(), with: None, call }).unwrap();
    }
}

/// Prints the median and the longest of some runs, and how many things each has brought.
fn time(what: &str, mut run: impl FnMut() -> usize) {
    let mut times = Vec::new();
    let mut brought = 0;
    for _ in 0..TIMES {
        let start = Instant::now();
        brought = run();
        times.push(start.elapsed());
    }
    let first = times[0];
    times.sort_unstable();
    println!(
        "{what:30} first {first:>9.2?}  median {:>9.2?}  longest {:>9.2?}  ({brought})",
        times[TIMES / 2],
        times[TIMES - 1]
    );
}

/// What this process has had of the CPU: utime and stime, in ticks of USER_HZ (proc(5), fields 14 and 15).
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    Duration::from_millis(10 * (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()))
}

/// Of the conversation that has most.
fn page(store: &mut Store, from: PageFrom) -> Page {
    let with = "person-0@example.test".to_owned();
    match store.answer(StoreQuestion::Page { account: account(), with, from, count: 50, ticket: Ticket(0) }).unwrap() {
        StoreAnswer::Page(page) => page,
        other => panic!("{other:?}"),
    }
}

fn account() -> AccountName {
    AccountName("work".into())
}

/// A message every minute.
fn stamp(nth: u64) -> i64 {
    1_700_000_000_000_000 + i64::try_from(nth).unwrap() * 60_000_000
}

struct People {
    chance: Chance,
}

impl People {
    fn new() -> People {
        People { chance: Chance::seeded(8) }
    }

    /// A number below `bound`, the small ones much oftener: the n-th about as often as 1/n (Zipf).
    fn small(&mut self, bound: u64) -> u64 {
        let evenly = self.chance.below(1 << 32) as f64 / (1_u64 << 32) as f64;
        (((bound + 1) as f64).powf(evenly) - 1.0) as u64
    }

    fn word(&self, nth: u64) -> String {
        // Words that are used often are short, and never two the same.
        let (vowels, consonants) = (b"aeiou", b"bcdfghjklmnprstvw");
        let (mut rest, mut word) = (nth, String::new());
        loop {
            let at = |letters: &[u8], number: u64| char::from(letters[usize::try_from(number).unwrap() % letters.len()]);
            word.push(at(consonants, rest));
            word.push(at(vowels, rest / 17));
            rest /= 85;
            if rest == 0 {
                return word;
            }
        }
    }

    fn message(&mut self, nth: u64, count: u64) -> Message {
        let words = 3 + self.chance.below(18);
        let mut body: Vec<String> = (0..words)
            .map(|_| {
                let nth = self.small(VOCABULARY);
                self.word(nth)
            })
            .collect();
        if nth % RARE == 7 {
            body.push("zyxomma".into());
        }
        if nth.is_multiple_of(3) {
            body.push(if nth < count / 2 { "onlyold" } else { "onlynew" }.into());
        }
        let with = format!("person-{}@example.test", self.small(CONVERSATIONS));
        let ours = self.chance.happens(400);
        let (me, them) = (RemoteText::from("me@example.test/a"), RemoteText::new(format!("{with}/desk")));
        let (from, to) = if ours { (me, them) } else { (them, me) };
        Message {
            key: MessageKey(format!("{nth:032x}")),
            id: RemoteText::new(format!("id-{nth}")),
            from,
            to,
            body: RemoteText::new(body.join(" ")),
            at: Stamp::from_micros(stamp(nth)),
            ours,
            archived: true,
            delivery: if ours { Delivery::Sent } else { Delivery::Received },
        }
    }
}
