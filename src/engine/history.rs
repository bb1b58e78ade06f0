//! What the screen wants of the disk: pages, what was seen, drafts, searches and past calls, for all accounts. Each wish is
//! one question to the store and its answer one event; what the disk refuses is told too. Commands without a screen ask
//! nothing here, and pay nothing.

use super::ask::{Answer, AskId, Question, StoreAnswer, StoreQuestion};
use super::command::Command;
use super::event::{AccountName, Event, Notice, NoticeLevel, Problem};
use super::output::Output;
use crate::machine::{Machine, Moment, Wake, visible_line};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What may happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryIn {
    /// The user wants something of the disk. What is wanted of others is none of its business.
    Wanted(Command),
    /// A question of ours is answered.
    Answered(AskId, Answer),
}

/// The machine.
#[derive(Debug)]
pub struct History {
    next_ask: u64,
    /// What was wanted, until it is answered.
    asked: BTreeMap<AskId, Command>,
    /// Conversations of which the user was told that what they have seen cannot be kept; they are told once.
    unkept: BTreeSet<(AccountName, String)>,
    out: VecDeque<Output>,
}

impl History {
    /// One that numbers its questions from `base`.
    #[must_use]
    pub fn new(base: u64) -> History {
        History { next_ask: base, asked: BTreeMap::new(), unkept: BTreeSet::new(), out: VecDeque::new() }
    }

    /// Asks the disk for what is wanted.
    pub fn want(&mut self, wanted: Command) {
        let Some(question) = question(&wanted) else { return };
        let id = AskId(self.next_ask);
        self.next_ask += 1;
        self.asked.insert(id, wanted);
        self.out.push_back(Output::Ask(id, Question::Store(question)));
    }

    fn answered(&mut self, id: AskId, answer: Answer) {
        let Some(wanted) = self.asked.remove(&id) else { return };
        if let Command::MarkSeen { account, with } = &wanted {
            let of = (account.clone(), with.clone());
            if matches!(answer, Answer::Store(Ok(StoreAnswer::Done))) {
                self.unkept.remove(&of);
            } else if !self.unkept.insert(of) {
                // It is tried again as long as the user looks.
                return;
            }
        }
        let event = match (wanted, answer) {
            (Command::ReadConversations { account }, Answer::Store(Ok(StoreAnswer::Conversations(conversations)))) => {
                Event::Conversations { account, conversations }
            }
            (Command::ReadConversation { account, .. }, Answer::Store(Ok(StoreAnswer::Page(page)))) => {
                Event::Page { account, page }
            }
            (Command::MarkSeen { account, with }, Answer::Store(Ok(StoreAnswer::Done))) => Event::Seen { account, with },
            (Command::KeepDraft { account, with, text }, Answer::Store(Ok(StoreAnswer::Done))) => {
                Event::DraftKept { account, with, text }
            }
            (Command::Search { ticket, .. }, Answer::Store(Ok(StoreAnswer::Found(hits, more)))) => {
                Event::Found { ticket, hits, more }
            }
            (Command::ReadCalls { ticket, .. }, Answer::Store(Ok(StoreAnswer::Calls(calls, more)))) => {
                Event::PastCalls { ticket, calls, more }
            }
            (wanted, Answer::Store(Err(why))) => failed(wanted, &why),
            (wanted, _) => failed(wanted, "The answer was to another question. Please report it, with the log."),
        };
        self.out.push_back(Output::Event(event));
    }
}

/// What the disk is asked for.
fn question(wanted: &Command) -> Option<StoreQuestion> {
    Some(match wanted.clone() {
        Command::ReadConversations { account } => StoreQuestion::Conversations { account },
        Command::ReadConversation { account, with, from, count, ticket } => {
            StoreQuestion::Page { account, with, from, count, ticket }
        }
        Command::MarkSeen { account, with } => StoreQuestion::MarkSeen { account, with },
        Command::KeepDraft { account, with, text } => StoreQuestion::KeepDraft { account, with, text },
        Command::Search { words, count, .. } => StoreQuestion::Search { words, count },
        Command::ReadCalls { before, count, .. } => StoreQuestion::Calls { before, count },
        _ => return None,
    })
}

/// What is told where the disk refuses: who waits for it hears of it under their ticket, else the user as a notice.
fn failed(wanted: Command, why: &str) -> Event {
    let (what, account, ticket) = match wanted {
        Command::ReadConversation { ticket, .. } => ("These messages cannot be read".to_owned(), None, Some(ticket)),
        Command::Search { ticket, .. } => ("The history cannot be searched".to_owned(), None, Some(ticket)),
        Command::ReadCalls { ticket, .. } => ("The past calls cannot be read".to_owned(), None, Some(ticket)),
        Command::MarkSeen { account, with: of } => {
            (format!("That you have seen what {} wrote cannot be kept", visible_line(&of)), Some(account), None)
        }
        Command::KeepDraft { account, with: of, .. } => {
            (format!("What you have begun to write to {} cannot be kept", visible_line(&of)), Some(account), None)
        }
        Command::ReadConversations { account } => ("The list of conversations cannot be read".to_owned(), Some(account), None),
        _ => ("What was wanted of the disk cannot be had".to_owned(), None, None),
    };
    let problem = Problem::local(format!("{what}. {why}"), "");
    match ticket {
        Some(ticket) => Event::ReadFailed { ticket, problem },
        None => Event::Notice(Notice { account, level: NoticeLevel::Error, problem }),
    }
}

impl Machine for History {
    type Input = HistoryIn;
    type Output = Output;

    fn handle(&mut self, _now: Moment, input: HistoryIn) {
        match input {
            HistoryIn::Wanted(wanted) => self.want(wanted),
            HistoryIn::Answered(id, answer) => self.answered(id, answer),
        }
    }

    fn expire(&mut self, _now: Moment) {}

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{PageFrom, Ticket};

    fn asked(history: &mut History, input: HistoryIn) -> (AskId, StoreQuestion) {
        history.handle(Moment::START, input);
        match history.poll() {
            Some(Output::Ask(id, Question::Store(question))) => (id, question),
            other => panic!("{other:?}"),
        }
    }

    fn told(history: &mut History, id: AskId, answer: Result<StoreAnswer, String>) -> Option<Event> {
        history.handle(Moment::START, HistoryIn::Answered(id, Answer::Store(answer)));
        match history.poll() {
            Some(Output::Event(event)) => Some(event),
            None => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_find_their_tickets_in_whatever_order_they_come() {
        let mut history = History::new(100);
        let search =
            |words: &str, ticket| HistoryIn::Wanted(Command::Search { words: words.into(), count: 5, ticket: Ticket(ticket) });
        let (first, _) = asked(&mut history, search("a", 1));
        let (second, question) = asked(&mut history, search("ab", 2));
        assert_eq!(question, StoreQuestion::Search { words: "ab".into(), count: 5 });
        let found = |ticket| Some(Event::Found { ticket: Ticket(ticket), hits: vec![], more: false });
        assert_eq!(told(&mut history, second, Ok(StoreAnswer::Found(vec![], false))), found(2));
        assert_eq!(told(&mut history, first, Ok(StoreAnswer::Found(vec![], false))), found(1));
        assert_eq!(told(&mut history, first, Ok(StoreAnswer::Found(vec![], false))), None, "once is enough");
    }

    #[test]
    fn what_the_disk_refuses_is_a_notice_that_says_what_why_and_what_next() {
        let mut history = History::new(0);
        let account = AccountName("work".into());
        let with = "bob@example.test\u{1b}[2J".to_owned();
        let (id, _) = asked(&mut history, HistoryIn::Wanted(Command::MarkSeen { account: account.clone(), with }));
        let why = "The disk is full. Make room on the disk.".to_owned();
        let Some(Event::Notice(notice)) = told(&mut history, id, Err(why)) else { panic!("a notice") };
        assert_eq!((notice.account, notice.level), (Some(account), NoticeLevel::Error));
        let said = notice.problem.to_string();
        assert!(said.contains("bob@example.test") && said.contains("disk is full") && said.contains("Make room"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }

    #[test]
    fn that_what_was_seen_cannot_be_kept_is_told_once() {
        let mut history = History::new(0);
        let mut mark = |answer| {
            let wanted = Command::MarkSeen { account: AccountName("work".into()), with: "bob@example.test".into() };
            let (id, _) = asked(&mut history, HistoryIn::Wanted(wanted));
            told(&mut history, id, answer)
        };
        let full = || Err("The disk is full.".to_owned());
        assert!(matches!(mark(full()), Some(Event::Notice(_))));
        assert_eq!(mark(full()), None);
        assert!(matches!(mark(Ok(StoreAnswer::Done)), Some(Event::Seen { .. })));
        assert!(matches!(mark(full()), Some(Event::Notice(_))), "another day, another notice");
    }

    #[test]
    fn what_cannot_be_read_is_told_to_whoever_waits_for_it() {
        let mut history = History::new(0);
        let (account, with, ticket) = (AccountName("work".into()), "bob@example.test".to_owned(), Ticket(7));
        for wanted in [
            Command::ReadConversation { account, with, from: PageFrom::Newest, count: 1, ticket },
            Command::Search { words: "x".into(), count: 1, ticket },
            Command::ReadCalls { before: None, count: 1, ticket },
        ] {
            let (id, _) = asked(&mut history, HistoryIn::Wanted(wanted));
            match told(&mut history, id, Err("The disk failed.".into())) {
                Some(Event::ReadFailed { ticket: Ticket(7), problem }) => {
                    assert!(problem.what.contains("The disk failed."), "{problem}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_wanted_of_others_is_not_asked_of_the_disk() {
        let mut history = History::new(0);
        history.handle(Moment::START, HistoryIn::Wanted(Command::LookForSound));
        assert_eq!(history.poll(), None);
    }
}
