//! What the screen wants of the disk: pages, what was seen, drafts, searches and past calls, for all accounts. Each wish is
//! one question to the store and its answer one event; what the disk refuses is a notice. Commands without a screen ask
//! nothing here, and pay nothing.

use super::ask::{Answer, AskId, Question, StoreAnswer, StoreQuestion};
use super::event::{AccountName, Event, Notice, NoticeLevel, PageFrom, Place, Problem, Ticket};
use super::output::Output;
use crate::machine::{Machine, Moment, Wake, visible_line};
use std::collections::{BTreeMap, VecDeque};

/// What may happen to it: as the [`super::command::Command`]s of these names.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryIn {
    /// Read the list of conversations.
    ReadConversations {
        /// Whose.
        account: AccountName,
    },
    /// Read some entries of a conversation.
    ReadConversation {
        /// Whose.
        account: AccountName,
        /// With whom: bare address.
        with: String,
        /// Where the page begins.
        from: PageFrom,
        /// So many at most.
        count: u16,
        /// Echoed in the page.
        ticket: Ticket,
    },
    /// The user has seen all of a conversation.
    MarkSeen {
        /// Whose.
        account: AccountName,
        /// With whom: bare address.
        with: String,
    },
    /// Keep what the user has begun to write.
    KeepDraft {
        /// Whose.
        account: AccountName,
        /// To whom: bare address.
        with: String,
        /// The text.
        text: String,
    },
    /// Search all messages.
    Search {
        /// As typed.
        words: String,
        /// So many at most.
        count: u16,
        /// Echoed in what is found.
        ticket: Ticket,
    },
    /// Read calls, newest first.
    ReadCalls {
        /// Older than this place.
        before: Option<Place>,
        /// So many at most.
        count: u16,
        /// Echoed in what is read.
        ticket: Ticket,
    },
    /// A question of ours is answered.
    Answered(AskId, Answer),
}

/// A question that is not answered yet, with what its event will need.
#[derive(Debug)]
enum Asked {
    Conversations { account: AccountName },
    Page { account: AccountName, with: String },
    Seen { account: AccountName, with: String },
    Draft { account: AccountName, with: String, text: String },
    Search { ticket: Ticket },
    Calls { ticket: Ticket },
}

impl Asked {
    /// What did not happen, in the beginning of a sentence, and whose it is.
    fn failed(self) -> (String, Option<AccountName>) {
        match self {
            Asked::Conversations { account } => ("The list of conversations cannot be read".into(), Some(account)),
            Asked::Page { account, with } => {
                (format!("The conversation with {} cannot be read", visible_line(&with)), Some(account))
            }
            Asked::Seen { account, with } => {
                (format!("That you have seen what {} wrote cannot be kept", visible_line(&with)), Some(account))
            }
            Asked::Draft { account, with, .. } => {
                (format!("What you have begun to write to {} cannot be kept", visible_line(&with)), Some(account))
            }
            Asked::Search { .. } => ("The history cannot be searched".into(), None),
            Asked::Calls { .. } => ("The past calls cannot be read".into(), None),
        }
    }
}

/// The machine.
#[derive(Debug)]
pub struct History {
    next_ask: u64,
    asked: BTreeMap<AskId, Asked>,
    out: VecDeque<Output>,
}

impl History {
    /// One that numbers its questions from `base`.
    #[must_use]
    pub fn new(base: u64) -> History {
        History { next_ask: base, asked: BTreeMap::new(), out: VecDeque::new() }
    }

    fn ask(&mut self, asked: Asked, question: StoreQuestion) {
        let id = AskId(self.next_ask);
        self.next_ask += 1;
        self.asked.insert(id, asked);
        self.out.push_back(Output::Ask(id, Question::Store(question)));
    }

    fn answered(&mut self, id: AskId, answer: Answer) {
        let Some(asked) = self.asked.remove(&id) else { return };
        let event = match (asked, answer) {
            (Asked::Conversations { account }, Answer::Store(Ok(StoreAnswer::Conversations(conversations)))) => {
                Event::Conversations { account, conversations }
            }
            (Asked::Page { account, .. }, Answer::Store(Ok(StoreAnswer::Page(page)))) => Event::Page { account, page },
            (Asked::Seen { account, with }, Answer::Store(Ok(StoreAnswer::Done))) => Event::Seen { account, with },
            (Asked::Draft { account, with, text }, Answer::Store(Ok(StoreAnswer::Done))) => {
                Event::DraftKept { account, with, text }
            }
            (Asked::Search { ticket }, Answer::Store(Ok(StoreAnswer::Found(hits, more)))) => {
                Event::Found { ticket, hits, more }
            }
            (Asked::Calls { ticket }, Answer::Store(Ok(StoreAnswer::Calls(calls, more)))) => {
                Event::PastCalls { ticket, calls, more }
            }
            (asked, answer) => {
                let why = match answer {
                    Answer::Store(Err(why)) => why,
                    _ => "The answer was to another question. Please report it, with the log.".into(),
                };
                let (what, account) = asked.failed();
                let problem = Problem::local(format!("{what}. {why}"), "");
                Event::Notice(Notice { account, level: NoticeLevel::Error, problem })
            }
        };
        self.out.push_back(Output::Event(event));
    }
}

impl Machine for History {
    type Input = HistoryIn;
    type Output = Output;

    fn handle(&mut self, _now: Moment, input: HistoryIn) {
        match input {
            HistoryIn::ReadConversations { account } => {
                self.ask(Asked::Conversations { account: account.clone() }, StoreQuestion::Conversations { account });
            }
            HistoryIn::ReadConversation { account, with, from, count, ticket } => {
                let asked = Asked::Page { account: account.clone(), with: with.clone() };
                self.ask(asked, StoreQuestion::Page { account, with, from, count, ticket });
            }
            HistoryIn::MarkSeen { account, with } => {
                let asked = Asked::Seen { account: account.clone(), with: with.clone() };
                self.ask(asked, StoreQuestion::MarkSeen { account, with });
            }
            HistoryIn::KeepDraft { account, with, text } => {
                let asked = Asked::Draft { account: account.clone(), with: with.clone(), text: text.clone() };
                self.ask(asked, StoreQuestion::KeepDraft { account, with, text });
            }
            HistoryIn::Search { words, count, ticket } => {
                self.ask(Asked::Search { ticket }, StoreQuestion::Search { words, count });
            }
            HistoryIn::ReadCalls { before, count, ticket } => {
                self.ask(Asked::Calls { ticket }, StoreQuestion::Calls { before, count });
            }
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
        let search = |words: &str, ticket| HistoryIn::Search { words: words.into(), count: 5, ticket: Ticket(ticket) };
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
        let (id, _) = asked(&mut history, HistoryIn::MarkSeen { account: account.clone(), with });
        let why = "The disk is full. Make room on the disk.".to_owned();
        let Some(Event::Notice(notice)) = told(&mut history, id, Err(why)) else { panic!("a notice") };
        assert_eq!((notice.account, notice.level), (Some(account), NoticeLevel::Error));
        let said = notice.problem.to_string();
        assert!(said.contains("bob@example.test") && said.contains("disk is full") && said.contains("Make room"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
}
