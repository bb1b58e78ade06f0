//! The records of open standards where nobody discovers them, because the user has chosen open standards by hand: chat is
//! there without being asked for, and whether there is SIP the records say (RFC 3263 §4.1).

use super::found::Found;
use super::launch::Launch;
use super::line::{Asked, Finding, Line, SRV_DEADLINE};
use super::question::{Answer, Question};
use super::records::{self, Standard};
use super::server::{Server, sorted};
use crate::engine::ask::AskId;
use crate::engine::event::{Source, Step};
use crate::machine::{Chance, Machine, Moment, Wake, visible_line};
use crate::protocol::dns;
use std::collections::{BTreeMap, VecDeque};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StandardsOut {
    /// Find out.
    Ask(AskId, Question),
    /// How it goes.
    Step(Step),
    /// These are the servers, sorted. It is over.
    Found {
        /// Of chat.
        chat: Vec<Server>,
        /// Of calls.
        phone: Vec<Server>,
    },
    /// Nobody can say, for this reason. It is over.
    Unknown(String),
}

/// The records of one domain.
#[derive(Debug)]
pub(super) struct Standards {
    domain: String,
    dns: Option<std::net::SocketAddr>,
    chance: Chance,
    stage: Stage,
    heard: Standard,
    out: VecDeque<StandardsOut>,
}

#[derive(Debug)]
enum Stage {
    /// They are asked for then.
    Due(Moment),
    Asking {
        open: BTreeMap<AskId, usize>,
        until: Moment,
        line: Line,
    },
    Over,
}

impl Standards {
    /// Those of the domain of `launch`, to be asked for at `at`.
    pub(super) fn new(launch: &Launch, at: Moment, chance: Chance) -> Standards {
        let (domain, dns, heard) = (launch.domain.clone(), launch.dns, Standard::default());
        Standards { domain, dns, chance, stage: Stage::Due(at), heard, out: VecDeque::new() }
    }

    fn begin(&mut self, now: Moment) {
        let owners = records::standard_owners(&self.domain);
        let server = self.dns.map_or_else(|| "the system's name servers".to_owned(), |server| server.to_string());
        let question = visible_line(&format!("{} SRV", owners.join(", ")));
        let line = Line::asked(Source::XmppClient, Asked { at: now, question, server, transport: "dns".into() });
        self.out.push_back(StandardsOut::Step(line.step()));
        let mut open = BTreeMap::new();
        for (id, (index, owner)) in (1..).zip(owners.into_iter().enumerate()) {
            open.insert(AskId(id), index);
            let question = Question::Dns { server: self.dns, question: dns::Question::Srv(owner) };
            self.out.push_back(StandardsOut::Ask(AskId(id), question));
        }
        self.stage = Stage::Asking { open, until: now + SRV_DEADLINE, line };
    }

    fn end(&mut self, now: Moment) {
        let Some(finding) = self.heard.finding(&mut self.chance) else { return };
        let Stage::Asking { mut line, .. } = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        line.end(now, finding.clone());
        self.out.push_back(StandardsOut::Step(line.step()));
        self.out.push_back(match finding {
            Finding::Found(Found::Standard { chat, phone }, _) => {
                StandardsOut::Found { chat: sorted(&chat), phone: sorted(&phone) }
            }
            Finding::Failed(why) | Finding::Timeout(why) => StandardsOut::Unknown(why),
            _ => StandardsOut::Found { chat: Vec::new(), phone: Vec::new() },
        });
    }
}

impl Machine for Standards {
    type Input = (AskId, Answer);
    type Output = StandardsOut;

    fn handle(&mut self, now: Moment, (id, answer): (AskId, Answer)) {
        let Stage::Asking { open, .. } = &mut self.stage else { return };
        let Some(index) = open.remove(&id) else { return };
        let answer = match answer {
            Answer::Dns(answer) => answer,
            Answer::Http { .. } | Answer::Tftp(_) => dns::Answer::Failed("the answer is to another question".into()),
        };
        self.heard.hear(index, answer);
        self.end(now);
    }

    fn expire(&mut self, now: Moment) {
        match &self.stage {
            Stage::Due(at) if *at <= now => self.begin(now),
            Stage::Asking { until, open, .. } if *until <= now => {
                for index in open.values() {
                    self.heard.hear(*index, dns::Answer::Timeout);
                }
                self.end(now);
            }
            Stage::Due(_) | Stage::Asking { .. } | Stage::Over => {}
        }
    }

    fn poll(&mut self) -> Option<StandardsOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        match &self.stage {
            Stage::Due(at) => Some(Wake { at: *at, why: "the records of open standards are checked" }),
            Stage::Asking { until, .. } => Some(Wake { at: *until, why: "deadline of the SRV records" }),
            Stage::Over => None,
        }
    }
}
