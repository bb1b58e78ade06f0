//! A disk that answers what the store would, a resolver that knows one server, and a user who knows the password.

use offhook::engine::ask::{Answer, AskId, Question, StoreAnswer, StoreQuestion};
use offhook::engine::event::{Delivery, Message, MessageKey};
use offhook::machine::{Machine, Moment, Secret, Wake};
use offhook::protocol::dns;
use std::collections::{BTreeMap, VecDeque};

pub struct Disk {
    messages: Vec<Message>,
    position: Option<String>,
    forgotten: u64,
    out: VecDeque<(AskId, Answer)>,
    pub password: String,
    pub asked_for_password: usize,
    pub broken: bool,
}

impl Default for Disk {
    fn default() -> Disk {
        let (messages, out, password) = (Vec::new(), VecDeque::new(), "secret".to_owned());
        Disk { messages, position: None, forgotten: 0, out, password, asked_for_password: 0, broken: false }
    }
}

impl Disk {
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    pub fn delivery(&self, key: &MessageKey) -> Option<&Delivery> {
        self.messages.iter().find(|message| message.key == *key).map(|message| &message.delivery)
    }

    /// Questions with a lower number were asked by a process that is dead, and never reach the disk.
    pub fn forget_below(&mut self, number: u64) {
        self.forgotten = number;
    }

    /// Does at once what a process would ask.
    pub fn ask(&mut self, question: StoreQuestion) {
        self.store(question).unwrap();
    }

    fn store(&mut self, question: StoreQuestion) -> Result<StoreAnswer, String> {
        if self.broken {
            return Err("the disk is full".into());
        }
        match question {
            StoreQuestion::Keep { message, .. } => {
                assert!(self.delivery(&message.key).is_none(), "a message is kept twice");
                self.messages.push(message);
            }
            StoreQuestion::Receive { messages, .. } => {
                let mut new = Vec::new();
                for message in messages {
                    if self.delivery(&message.key).is_none() {
                        new.push(message.key.clone());
                        self.messages.push(message);
                    }
                }
                return Ok(StoreAnswer::New(new));
            }
            StoreQuestion::Deliver { message, delivery, .. } => {
                let Some(kept) = self.messages.iter_mut().find(|kept| kept.key == message) else {
                    return Err("there is no such message".into());
                };
                let back = matches!(delivery, Delivery::Unsent | Delivery::Unknown) && kept.delivery == Delivery::Sent
                    || kept.delivery == Delivery::Delivered;
                if !back {
                    kept.delivery = delivery;
                }
            }
            StoreQuestion::Outstanding { .. } => {
                let open = |message: &&Message| matches!(message.delivery, Delivery::Unsent | Delivery::Unknown);
                return Ok(StoreAnswer::Outstanding(self.messages.iter().filter(open).cloned().collect()));
            }
            StoreQuestion::Ours { message, .. } => {
                let one = |kept: &&Message| kept.ours && kept.key == message;
                return Ok(StoreAnswer::Outstanding(self.messages.iter().filter(one).cloned().collect()));
            }
            StoreQuestion::Undelivered { count, .. } => {
                let open = |message: &&Message| matches!(message.delivery, Delivery::Sent | Delivery::Unknown) && message.ours;
                let open: Vec<Message> = self.messages.iter().filter(open).cloned().collect();
                let from = open.len().saturating_sub(usize::from(count));
                return Ok(StoreAnswer::Outstanding(open[from..].to_vec()));
            }
            StoreQuestion::ArchivePosition { .. } => {
                let newest = self.messages.iter().map(|message| message.at).max();
                return Ok(StoreAnswer::ArchivePosition { last: self.position.clone(), newest });
            }
            StoreQuestion::MoveArchivePosition { last, .. } => self.position = Some(last),
            // Of those who have a screen, and nobody looks at it.
            StoreQuestion::Conversations { .. } => return Ok(StoreAnswer::Conversations(BTreeMap::new())),
            other => panic!("a chat does not ask {other:?}"),
        }
        Ok(StoreAnswer::Done)
    }
}

impl Machine for Disk {
    type Input = (AskId, Question);
    type Output = (AskId, Answer);

    fn handle(&mut self, _now: Moment, (id, question): (AskId, Question)) {
        // The upper bits are the person, so that two processes of one account are told apart.
        if id.0 >> 48 == self.forgotten >> 48 && id.0 < self.forgotten {
            return;
        }
        let answer = match question {
            Question::Store(question) => Answer::Store(self.store(question)),
            Question::Password { .. } => {
                self.asked_for_password += 1;
                Answer::Password(Ok(Secret::new(self.password.clone())))
            }
            Question::Dns(_, dns::Question::Addresses(_)) => {
                Answer::Dns(dns::Answer::Addresses(vec!["192.0.2.1".parse().unwrap()]))
            }
            Question::Dns(..) => Answer::Dns(dns::Answer::Srv(vec![])),
            other => panic!("a chat does not ask {other:?}"),
        };
        self.out.push_back((id, answer));
    }

    fn expire(&mut self, _now: Moment) {}

    fn poll(&mut self) -> Option<(AskId, Answer)> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        None
    }
}
