//! What one account's chat wants done, in order, with the numbers of its questions and stanzas.

use crate::engine::ask::{AskId, Question, StoreQuestion};
use crate::engine::event::{AccountName, Event, Notice, NoticeLevel, Problem, ProblemKind};
use crate::engine::input::StanzaId;
use crate::engine::output::{Output, XmppOut};
use crate::machine::queue;
use crate::protocol::xmpp::Stanza;
use std::collections::VecDeque;

/// The queue of outputs.
#[derive(Debug)]
pub(super) struct Outgoing {
    account: AccountName,
    queue: VecDeque<Output>,
    next_ask: u64,
    next_stanza: u64,
}

impl Outgoing {
    pub(super) fn new(account: AccountName, ask_base: u64) -> Outgoing {
        Outgoing { account, queue: VecDeque::new(), next_ask: ask_base, next_stanza: 0 }
    }

    /// Whose chat this is.
    pub(super) fn account(&self) -> AccountName {
        self.account.clone()
    }

    pub(super) fn poll(&mut self) -> Option<Output> {
        queue::take(&mut self.queue)
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.queue.push_back(Output::Event(event));
    }

    /// Tells the user something outside any conversation.
    pub(super) fn notice(&mut self, level: NoticeLevel, kind: ProblemKind, what: String, next: &str) {
        let problem = Problem::new(kind, what, next.to_owned());
        self.tell(Event::Notice(Notice { account: Some(self.account.clone()), level, problem }));
    }

    pub(super) fn ask(&mut self, question: Question) -> AskId {
        let id = AskId(self.next_ask);
        self.next_ask += 1;
        self.queue.push_back(Output::Ask(id, question));
        id
    }

    pub(super) fn store(&mut self, question: StoreQuestion) -> AskId {
        self.ask(Question::Store(question))
    }

    pub(super) fn link(&mut self, wanted: XmppOut) {
        self.queue.push_back(Output::Xmpp(self.account.clone(), wanted));
    }

    /// Sends a stanza whose fate does not matter.
    pub(super) fn send(&mut self, stanza: impl Into<Stanza>) {
        self.link(XmppOut::Send(None, stanza.into()));
    }

    /// Sends a stanza, and hears under the number that it gets what became of it.
    pub(super) fn send_numbered(&mut self, stanza: impl Into<Stanza>) -> StanzaId {
        self.next_stanza += 1;
        let id = StanzaId(self.next_stanza);
        self.link(XmppOut::Send(Some(id), stanza.into()));
        id
    }
}
