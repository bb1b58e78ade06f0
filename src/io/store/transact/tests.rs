use super::*;

use crate::engine::event::{CallEnd, CallRecord, Delivery, Hit, PastCall};
use crate::io::store::{StoreThread, calls, conversations, messages, page, search};
use crate::machine::{RemoteText, Stamp};
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn history() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("history.db");
    (home, path)
}

fn work() -> AccountName {
    AccountName("work".into())
}

fn message(key: &str, ours: bool, at: i64) -> Message {
    let (me, them) = (RemoteText::from("me@example.test/a"), RemoteText::from("Bob@Example.test/Desk"));
    let (from, to) = if ours { (me, them) } else { (them, me) };
    Message {
        key: MessageKey(key.into()),
        id: format!("id-{key}").into(),
        from,
        to,
        body: "zwei\0Zeilen\n\u{1b}[2J 👩‍👩‍👧".into(),
        at: Stamp::from_micros(at),
        ours,
        archived: false,
        delivery: if ours { Delivery::Unsent } else { Delivery::Received },
    }
}

fn keep(store: &mut Store, message: &Message) -> Result<StoreAnswer, String> {
    store.answer(StoreQuestion::Keep { account: work(), message: message.clone() })
}

#[test]
fn the_archive_position_of_an_account_that_is_gone_is_forgotten() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    let home = AccountName("home".into());
    for account in [work(), home.clone()] {
        store.answer(StoreQuestion::MoveArchivePosition { account, last: "17".into() }).unwrap();
    }
    store.forget_archive_position(&work()).unwrap();
    let mut last = |account| match store.answer(StoreQuestion::ArchivePosition { account }).unwrap() {
        StoreAnswer::ArchivePosition { last, .. } => last,
        other => panic!("{other:?}"),
    };
    assert_eq!((last(work()), last(home)), (None, Some("17".into())));
}

fn outstanding(store: &mut Store) -> Vec<Message> {
    match store.answer(StoreQuestion::Outstanding { account: work() }).unwrap() {
        StoreAnswer::Outstanding(messages) => messages,
        other => panic!("{other:?}"),
    }
}

fn deliver(store: &mut Store, key: &str, delivery: Delivery) -> Result<StoreAnswer, String> {
    store.answer(StoreQuestion::Deliver { account: work(), message: MessageKey(key.into()), delivery })
}

#[test]
fn what_is_kept_is_there_after_reopening_as_it_was() {
    let (_home, path) = history();
    // The clock goes back between the two: oldest first is by when they were kept.
    let kept = [message("b", true, 2_000), message("a", true, 1_000)];
    let mut store = Store::open(&path).unwrap();
    for message in &kept {
        assert_eq!(keep(&mut store, message), Ok(StoreAnswer::Done));
    }
    assert!(keep(&mut store, &kept[0]).unwrap_err().contains("kept already"));
    drop(store);
    assert_eq!(outstanding(&mut Store::open(&path).unwrap()), kept);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn delivery_goes_step_by_step() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    for key in ["sent", "failed", "unknown"] {
        keep(&mut store, &message(key, true, 1)).unwrap();
        assert_eq!(deliver(&mut store, key, Delivery::Unknown), Ok(StoreAnswer::Done));
    }
    deliver(&mut store, "sent", Delivery::Sent).unwrap();
    deliver(&mut store, "failed", Delivery::Failed("no such user".into())).unwrap();
    let left = outstanding(&mut store);
    assert_eq!((left.len(), &left[0].key.0, &left[0].delivery), (1, &"unknown".to_owned(), &Delivery::Unknown));
    assert!(deliver(&mut store, "nobody's", Delivery::Sent).unwrap_err().contains("no message of ours"));
    let failed = store.find(&work(), &MessageKey("failed".into())).unwrap().unwrap();
    assert_eq!(failed.delivery, Delivery::Failed("no such user".into()));
    let sent = |store: &Store| store.find(&work(), &MessageKey("sent".into())).unwrap().unwrap().delivery;
    for behind in [Delivery::Unsent, Delivery::Unknown] {
        assert_eq!(deliver(&mut store, "sent", behind), Ok(StoreAnswer::Done));
        assert_eq!(sent(&store), Delivery::Sent, "another process has seen it arrive");
    }
    deliver(&mut store, "sent", Delivery::Failed("bounced".into())).unwrap();
    assert_eq!(sent(&store), Delivery::Failed("bounced".into()));
    deliver(&mut store, "sent", Delivery::Unknown).unwrap();
    assert_eq!(sent(&store), Delivery::Unknown, "sent again by the user");
    deliver(&mut store, "sent", Delivery::Sent).unwrap();
    store.answer(StoreQuestion::Receive { account: work(), messages: vec![message("theirs", false, 1)] }).unwrap();
    assert!(deliver(&mut store, "theirs", Delivery::Sent).is_err(), "what came is not ours to deliver");
}

#[test]
fn what_comes_twice_is_new_once() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    let receive = |store: &mut Store, account: &str, keys: &[&str]| {
        let messages = keys.iter().map(|key| message(key, false, 7)).collect();
        store.answer(StoreQuestion::Receive { account: AccountName(account.into()), messages }).unwrap()
    };
    let new = |keys: &[&str]| StoreAnswer::New(keys.iter().map(|key| MessageKey((*key).into())).collect());
    assert_eq!(receive(&mut store, "work", &["1", "2", "1"]), new(&["1", "2"]));
    assert_eq!(receive(&mut store, "work", &["2", "3"]), new(&["3"]));
    assert_eq!(receive(&mut store, "home", &["1"]), new(&["1"]), "keys are an account's own");
}

#[test]
fn the_archive_is_read_from_where_it_was_left() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    let position = |store: &mut Store| store.answer(StoreQuestion::ArchivePosition { account: work() }).unwrap();
    assert_eq!(position(&mut store), StoreAnswer::ArchivePosition { last: None, newest: None });
    let messages = vec![message("1", false, 9_000), message("2", false, 5_000)];
    store.answer(StoreQuestion::Receive { account: work(), messages }).unwrap();
    for last in ["x", "y"] {
        store.answer(StoreQuestion::MoveArchivePosition { account: work(), last: last.into() }).unwrap();
    }
    let newest = Some(Stamp::from_micros(9_000));
    assert_eq!(position(&mut store), StoreAnswer::ArchivePosition { last: Some("y".into()), newest });
}

#[test]
fn a_call_is_kept() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    let call = CallRecord {
        incoming: true,
        peer: "sip:bob@example.test".into(),
        name: "Bob".into(),
        began: Stamp::from_micros(1),
        answered: None,
        ended: Stamp::from_micros(3),
        end: CallEnd::Busy,
        reason: "486 Busy Here".into(),
    };
    let keep = |store: &mut Store| match store
        .answer(StoreQuestion::KeepCall { account: work(), with: None, call: call.clone() })
        .unwrap()
    {
        StoreAnswer::CallKept(place) => place,
        other => panic!("{other:?}"),
    };
    let (first, second) = (keep(&mut store), keep(&mut store));
    assert!(first < second && second.row < 0, "no message has such a place: {second:?}");
    let mut calls = |before| match store.answer(StoreQuestion::Calls { before, count: 1 }).unwrap() {
        StoreAnswer::Calls(calls, more) => (calls, more),
        other => panic!("{other:?}"),
    };
    let past = |place| vec![PastCall { account: work(), place, call: call.clone() }];
    assert_eq!(calls(None), (past(second), true));
    assert_eq!(calls(Some(second)), (past(first), false));
    assert_eq!(calls(Some(first)), (vec![], false));
    // A number that is known to be somebody's stands in their conversation.
    let with = Some("Dora@Example.test/Desk".to_owned());
    store.answer(StoreQuestion::KeepCall { account: work(), with, call: call.clone() }).unwrap();
    let mut asked = store.database.prepare("SELECT partner FROM calls ORDER BY row").unwrap();
    let partners: Vec<String> = asked.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(partners, ["bob@example.test", "bob@example.test", "dora@example.test"]);
}

#[test]
fn a_conversation_is_found_by_bare_jid_and_paged_by_an_index() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    keep(&mut store, &message("1", true, 1)).unwrap();
    let mut odd = message("2", false, 2);
    odd.from = "no jid at all/x".into();
    store.answer(StoreQuestion::Receive { account: work(), messages: vec![message("3", false, 3), odd] }).unwrap();
    let mut asked = store.database.prepare("SELECT peer FROM messages ORDER BY key").unwrap();
    let peers: Vec<String> = asked.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(peers, ["bob@example.test", "no jid at all", "bob@example.test"]);

    let plan = |sql: &str| {
        let mut asked = store.database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        // Not bound: what is asked for does not change how.
        let steps = asked.raw_query().mapped(|row| row.get::<_, String>("detail"));
        steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
    };
    for (sql, index) in [
        (page::Way::Back.messages(), "messages_of_peer"),
        (page::Way::Forth.messages(), "messages_of_peer"),
        (page::Way::Back.calls(), "calls_of_partner"),
        (page::Way::Forth.calls(), "calls_of_partner"),
        (calls::BEFORE.to_owned(), "calls_by_time"),
        (conversations::LIST.to_owned(), "(account=?)"),
        (search::sql(), "messages_by_time_key"),
        (messages::undelivered_sql(), "INTEGER PRIMARY KEY (rowid>?)"),
    ] {
        let plan = plan(&sql);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
        // Of the words a scan is a look-up; what else is walked from end to end would be too much.
        assert!(!plan.replace("SCAN words VIRTUAL TABLE", "").contains("SCAN"), "{sql}: {plan}");
    }
    let newest = plan("SELECT max(at) FROM messages WHERE account = 'a'");
    assert!(newest.contains("messages_by_time"), "{newest}");
    let left = plan("SELECT * FROM messages WHERE account = 'a' AND delivery IN ('unsent', 'unknown') ORDER BY row");
    assert!(left.contains("messages_outstanding") && !left.contains("TEMP B-TREE"), "{left}");
}

#[test]
fn what_is_answered_has_been_through_fsync() {
    let (_home, path) = history();
    let store = Store::open(&path).unwrap();
    let pragma =
        |name: &str| store.database.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap();
    assert_eq!(pragma("synchronous"), rusqlite::types::Value::Integer(2), "FULL");
    assert_eq!(pragma("journal_mode"), rusqlite::types::Value::Text("wal".into()));
}

#[test]
fn a_full_disk_is_told_and_nothing_is_half_kept() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    keep(&mut store, &message("first", true, 1)).unwrap();
    let pages: i64 = store.database.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.database.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let mut large = message("large", true, 2);
    large.body = "x".repeat(1 << 20).into();
    let said = keep(&mut store, &large).unwrap_err();
    assert!(said.contains("disk is full") && said.contains("Make room"), "{said}");
    assert_eq!(outstanding(&mut store).len(), 1);
    let messages = vec![message("small", false, 3), Message { ours: false, ..large }];
    assert!(store.answer(StoreQuestion::Receive { account: work(), messages }).is_err());
    drop(store);
    let mut store = Store::open(&path).unwrap();
    assert_eq!(outstanding(&mut store).len(), 1);
    assert_eq!(messages_count(&store), 1, "the small one of the same transaction is not there");
}

fn messages_count(store: &Store) -> i64 {
    store.database.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap()
}

#[test]
fn a_read_only_history_is_told() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    store.database.pragma_update(None, "query_only", true).unwrap();
    let said = keep(&mut store, &message("1", true, 1)).unwrap_err();
    assert!(said.contains("read-only"), "{said}");
}

#[test]
fn a_history_of_a_newer_version_is_refused() {
    let (_home, path) = history();
    Store::open(&path).unwrap().database.pragma_update(None, "user_version", 1000).unwrap();
    let problem = Store::open(&path).unwrap_err();
    assert!(problem.what.contains("newer offhook") && problem.what.contains("1000"), "{problem}");
    assert!(problem.next.contains("Use the newer"), "{problem}");
}

/// The main files of histories that were set aside in `home`.
fn set_aside(home: &TempDir) -> Vec<PathBuf> {
    let names = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    let is_part = |name: &str| name.ends_with("-wal") || name.ends_with("-shm");
    names.filter(|path| path.to_str().is_some_and(|name| name.contains(".damaged-") && !is_part(name))).collect()
}

/// A history of 200 messages, closed in order.
fn filled() -> (TempDir, PathBuf) {
    let (home, path) = history();
    let mut store = Store::open(&path).unwrap();
    for number in 0..200 {
        keep(&mut store, &message(&number.to_string(), true, number)).unwrap();
    }
    (home, path)
}

#[test]
fn what_is_no_database_is_set_aside_by_name_and_never_deleted() {
    let (home, path) = history();
    let bytes = b"this has never been a database, whatever its name says. ".repeat(100);
    std::fs::write(&path, &bytes).unwrap();
    let mut store = Store::open(&path).unwrap();
    let notice = store.take_notice().unwrap().to_string();
    keep(&mut store, &message("new", true, 1)).unwrap();
    drop(store);
    let aside = set_aside(&home);
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert!(notice.contains(aside[0].to_str().unwrap()), "{notice}");
    assert_eq!(std::fs::read(&aside[0]).unwrap(), bytes);
    let mut store = Store::open(&path).unwrap();
    assert_eq!((store.take_notice(), outstanding(&mut store).len()), (None, 1), "told once");
}

#[test]
fn damage_that_is_met_while_working_is_told_and_set_aside_the_next_time() {
    let (home, path) = filled();
    let database = Connection::open(&path).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'messages_outstanding'";
    let root: usize = database.query_row(root, [], |row| row.get::<_, u32>(0)).unwrap().try_into().unwrap();
    drop(database);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096 * (root - 1)..4096 * root].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    let mut store = Store::open(&path).unwrap();
    let said = store.answer(StoreQuestion::Outstanding { account: work() }).unwrap_err();
    assert!(said.contains("is damaged") && said.contains("set aside"), "{said}");
    assert_eq!(set_aside(&home), Vec::<PathBuf>::new());
    drop(store);
    let mut store = Store::open(&path).unwrap();
    assert!(store.take_notice().is_some());
    assert_eq!((outstanding(&mut store), set_aside(&home).len()), (vec![], 1));
    drop(store);
    assert!(Store::open(&path).unwrap().take_notice().is_none());
}

#[test]
fn after_an_end_out_of_order_all_is_checked() {
    let (_home, path) = filled();
    let mut store = Store::open(&path).unwrap();
    keep(&mut store, &message("last", true, 1)).unwrap();
    // What a killed process would leave: the database and its log, and nobody who holds them.
    for (damaged, expected) in [(false, 201), (true, 0)] {
        let (home, copy) = history();
        let mut bytes = std::fs::read(&path).unwrap();
        if damaged {
            let middle = bytes.len() / 2 / 4096 * 4096;
            bytes[middle..middle + 4096].fill(0x5a);
        }
        std::fs::write(&copy, bytes).unwrap();
        std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
        let mut store = Store::open(&copy).unwrap();
        assert_eq!(store.take_notice().is_some(), damaged);
        assert_eq!((outstanding(&mut store).len(), set_aside(&home).len()), (expected, usize::from(damaged)));
    }
}

#[test]
fn a_damaged_history_in_use_is_left_alone() {
    let (home, path) = history();
    // Closed once, so that all of it is in the file itself.
    drop(Store::open(&path).unwrap());
    let store = Store::open(&path).unwrap();
    // A second file under the same name: the process that has the first one open goes on with it.
    let damaged = home.path().join("damaged");
    std::fs::write(&damaged, "no database ".repeat(1000)).unwrap();
    std::fs::rename(&damaged, &path).unwrap();
    let problem = Store::open(&path).unwrap_err();
    assert!(problem.what.contains("another offhook has it open"), "{problem}");
    drop(store);
    assert!(Store::open(&path).unwrap().take_notice().is_some());
}

#[test]
fn the_outbox_is_listed_and_given_up_with_a_reason() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    keep(&mut store, &message("unsent", true, 1)).unwrap();
    keep(&mut store, &message("unknown", true, 2)).unwrap();
    deliver(&mut store, "unknown", Delivery::Unknown).unwrap();
    let home = AccountName("home".into());
    store.answer(StoreQuestion::Keep { account: home.clone(), message: message("unsent", true, 3) }).unwrap();
    assert_eq!(store.outbox(None).unwrap().len(), 3);
    assert_eq!(store.outbox(Some(&home)).unwrap(), [(home, message("unsent", true, 3))]);

    assert_eq!(store.forget(&work(), &MessageKey("unknown".into())), Ok(true));
    assert_eq!(store.forget(&work(), &MessageKey("unknown".into())), Ok(false), "once is enough");
    let left = store.find(&work(), &MessageKey("unknown".into())).unwrap().unwrap();
    assert_eq!(left.delivery, Delivery::Failed("given up; it may have been sent".into()));
    assert_eq!(store.outbox(Some(&work())).unwrap().len(), 1);
}

#[test]
fn the_thread_answers_in_order_and_finishes_before_it_ends() {
    let (_home, path) = history();
    let thread = StoreThread::spawn(Store::open(&path).unwrap()).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    for number in 0..50 {
        let tell = tell.clone();
        let message = message(&number.to_string(), true, number);
        thread.ask(StoreQuestion::Keep { account: work(), message }, move |answer| tell.send((number, answer)).unwrap());
    }
    drop((thread, tell));
    let answers: Vec<_> = told.iter().collect();
    assert_eq!(answers, (0..50).map(|number| (number, Ok(StoreAnswer::Done))).collect::<Vec<_>>());
    assert_eq!(outstanding(&mut Store::open(&path).unwrap()).len(), 50);
}

/// Keeps messages with these texts, a second apart.
fn say(store: &mut Store, from: usize, texts: &[&str]) {
    let one = |(at, text): (usize, &&str)| {
        let at = i64::try_from(from + at).unwrap();
        Message { body: (*text).into(), ..message(&format!("said-{at}"), false, at * 1_000_000) }
    };
    let messages = texts.iter().enumerate().map(one).collect();
    store.answer(StoreQuestion::Receive { account: work(), messages }).unwrap();
}

fn bodies(answer: Result<StoreAnswer, String>) -> (Vec<String>, bool) {
    match answer.unwrap() {
        StoreAnswer::Found(hits, more) => {
            (hits.into_iter().map(|Hit { message, .. }| message.body.raw().to_owned()).collect(), more)
        }
        other => panic!("{other:?}"),
    }
}

fn find(words: &str, count: u16) -> StoreQuestion {
    StoreQuestion::Search { words: words.into(), count }
}

#[test]
fn more_messages_of_one_microsecond_than_it_has_room_for_are_all_found() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    let at_once = (0..3000).map(|number| Message { body: "same".into(), ..message(&number.to_string(), false, 5) });
    let beside =
        ["before", "after"].into_iter().zip([4, 6]).map(|(key, at)| Message { body: "same".into(), ..message(key, false, at) });
    let messages = at_once.chain(beside).collect();
    store.answer(StoreQuestion::Receive { account: work(), messages }).unwrap();
    for at in [i64::MAX, i64::MIN] {
        store.answer(StoreQuestion::Receive { account: work(), messages: vec![message(&at.to_string(), false, at)] }).unwrap();
    }
    let (found, more) = bodies(store.answer(find("same", u16::MAX)));
    assert_eq!((found.len(), more), (3002, false));
}

#[test]
fn a_search_holds_up_nobody_and_gives_way_to_the_next() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    say(&mut store, 0, &["one fish", "two fish"]);
    let thread = StoreThread::spawn(store).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (entered, inside) = std::sync::mpsc::channel();
    thread.ask(find("fish", 1), move |answer| {
        entered.send(bodies(answer)).unwrap();
        released.recv().unwrap();
    });
    assert_eq!(inside.recv().unwrap(), (vec!["two fish".to_owned()], true));
    // The thread that searches is held here: writing goes on.
    let (kept, done) = std::sync::mpsc::channel();
    let red = Message { body: "red fish".into(), ..message("red", true, 9_000_000) };
    thread.ask(StoreQuestion::Keep { account: work(), message: red }, move |answer| kept.send(answer).unwrap());
    assert_eq!(done.recv().unwrap(), Ok(StoreAnswer::Done));
    for words in ["one", "fish"] {
        let tell = tell.clone();
        thread.ask(find(words, 9), move |answer| tell.send(bodies(answer)).unwrap());
    }
    release.send(()).unwrap();
    assert_eq!(told.recv().unwrap(), (vec![], true), "overtaken");
    let found = ["red fish", "two fish", "one fish"].map(str::to_owned).to_vec();
    assert_eq!(told.recv().unwrap(), (found, false), "and what was kept before it was asked is found");
    drop(thread);
    assert!(!path.with_extension("db-wal").exists(), "it is left in order");
}

#[test]
fn what_waits_is_answered_together_and_one_that_fails_spoils_nothing() {
    let (_home, path) = history();
    let mut store = Store::open(&path).unwrap();
    let keep = |key: &str| StoreQuestion::Keep { account: work(), message: message(key, true, 1) };
    let outstanding = StoreQuestion::Outstanding { account: work() };
    let answers = store.answer_all(&[keep("1"), keep("1"), outstanding.clone(), keep("2")]);
    assert_eq!((&answers[0], &answers[3]), (&Ok(StoreAnswer::Done), &Ok(StoreAnswer::Done)));
    assert!(answers[1].as_ref().unwrap_err().contains("kept already"));
    assert_eq!(answers[2], Ok(StoreAnswer::Outstanding(vec![message("1", true, 1)])), "what was asked before is seen");

    let pages: i64 = store.database.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    store.database.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let large = Message { body: "x".repeat(1 << 20).into(), ..message("large", true, 2) };
    let large = StoreQuestion::Keep { account: work(), message: large };
    let seen = StoreQuestion::MarkSeen { account: work(), with: "bob@example.test".into() };
    let answers = store.answer_all(&[seen.clone(), large, seen]);
    assert!(answers[1].as_ref().unwrap_err().contains("disk is full"), "{answers:?}");
    assert_eq!((&answers[0], &answers[2]), (&Ok(StoreAnswer::Done), &Ok(StoreAnswer::Done)));
    drop(store);
    assert_eq!(messages_count(&Store::open(&path).unwrap()), 2);
}
