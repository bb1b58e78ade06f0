//! SRV records as a source: the names that are asked, the order in which targets are tried (RFC 2782), and which of them the
//! user is asked about first.

use super::found::Found;
use super::launch::Launch;
use super::line::{Finding, SRV_DEADLINE};
use super::server::{Server, Target, of_record};
use crate::engine::event::Source;
use crate::machine::{Chance, visible_line};
use crate::protocol::dns::{Answer, Srv, in_order};
use std::cmp::Reverse;

/// Nobody tries more servers than these.
const MOST: usize = 64;
/// So many servers stand in a sentence.
const NAMED: usize = 6;

/// The owner name of a record.
pub(super) fn owner(source: Source, domain: &str) -> String {
    let service = match source {
        Source::CollabEdge => "_collab-edge._tls",
        Source::CupLogin => "_cuplogin._tcp",
        _ => "_cisco-uds._tcp",
    };
    format!("{service}.{domain}")
}

/// The services of open standards: chat over TLS from the first byte (XEP-0368) and by STARTTLS (RFC 6120), calls by TLS, TCP
/// and UDP (RFC 3263).
const STANDARD: [&str; 5] = ["_xmpps-client._tcp", "_xmpp-client._tcp", "_sips._tcp", "_sip._tcp", "_sip._udp"];

/// So many of them are chat.
const CHAT: usize = 2;

/// The owner names of their records.
pub(super) fn standard_owners(domain: &str) -> Vec<String> {
    STANDARD.iter().map(|service| format!("{service}.{domain}")).collect()
}

/// Those that are tried at all: with a usable target, the foremost where there are very many. The choice is the same every
/// time, so that two answers can be compared.
pub(super) fn bounded(mut records: Vec<Srv>) -> Vec<Srv> {
    records.retain(|record| record.target.is_empty() || of_record(record).is_some());
    records.sort_by(|a, b| {
        (a.priority, Reverse(a.weight), &a.target, a.port).cmp(&(b.priority, Reverse(b.weight), &b.target, b.port))
    });
    records.dedup();
    records.truncate(MOST);
    records
}

/// What the bounded records of one of the three services say.
pub(super) fn finding(source: Source, records: &[Srv], launch: &Launch, chance: &mut Chance) -> Finding {
    if records.is_empty() {
        return Finding::Absent("there is no such record with a usable target".into());
    }
    let targets = targets(records.to_vec(), Some(launch), chance);
    if targets.is_empty() {
        return Finding::Absent("the record says that there is decidedly none (target “.”)".into());
    }
    let sentence = sentence(&targets, launch);
    let found = match source {
        Source::CupLogin => Found::CupLogin(targets),
        Source::CollabEdge => Found::Edge(targets),
        _ => Found::Uds(targets),
    };
    Finding::Found(found, sentence)
}

/// What stands for an answer that is none.
pub(super) fn unanswered(answer: &Answer) -> Finding {
    match answer {
        Answer::Timeout => {
            Finding::Timeout(format!("no answer within {} s: counts as absent for this start", SRV_DEADLINE.as_secs()))
        }
        other => Finding::Failed(visible_line(other.trouble().unwrap_or("the answer is to another question"))),
    }
}

/// In the order to try, each once; outside of the domains of `within` with a mark.
fn targets(records: Vec<Srv>, within: Option<&Launch>, chance: &mut Chance) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for server in in_order(records, chance).iter().filter_map(of_record) {
        let ask_first = within.is_some_and(|launch| !is_ours(&server, launch));
        let target = Target { server, ask_first };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

fn is_ours(server: &Server, launch: &Launch) -> bool {
    server.is_within(&launch.domain) || launch.voice_domain.as_ref().is_some_and(|voice| server.is_within(voice))
}

fn sentence(targets: &[Target], launch: &Launch) -> String {
    let mut sentence = named(targets);
    let foreign: Vec<Target> = targets.iter().filter(|target| target.ask_first).cloned().collect();
    if !foreign.is_empty() {
        let domains = match &launch.voice_domain {
            Some(voice) => format!("{} and {}", visible_line(&launch.domain), visible_line(voice)),
            None => visible_line(&launch.domain),
        };
        sentence.push_str(&format!("; outside of {domains}, so not used unasked: {}", named(&foreign)));
    }
    sentence
}

fn named(targets: &[Target]) -> String {
    let mut text = targets.iter().take(NAMED).map(|target| target.server.to_string()).collect::<Vec<_>>().join(", ");
    if targets.len() > NAMED {
        text.push_str(&format!(" and {} more", targets.len() - NAMED));
    }
    visible_line(&text)
}

/// The records of open standards, as they come: one source with several questions.
#[derive(Debug, Default)]
pub(super) struct Standard {
    answers: [Option<Answer>; STANDARD.len()],
}

impl Standard {
    /// The answer to the question about the service at `index` has come.
    pub(super) fn hear(&mut self, index: usize, answer: Answer) {
        if let Some(place) = self.answers.get_mut(index) {
            *place = Some(answer);
        }
    }

    /// What they say together, once all have been answered or are given up.
    pub(super) fn finding(&self, chance: &mut Chance) -> Option<Finding> {
        let answers: Vec<&Answer> = self.answers.iter().map(Option::as_ref).collect::<Option<_>>()?;
        let records = |answer: &&Answer| match answer {
            Answer::Srv(records) => bounded(records.clone()),
            _ => Vec::new(),
        };
        let (chat, phone) = answers.split_at_checked(CHAT)?;
        // XEP-0368 §3: both kinds of chat records are one set. RFC 3263 §4.1: transports of calls come one after the other.
        let chat = targets(chat.iter().flat_map(records).collect(), None, chance);
        let phone: Vec<Target> = phone.iter().flat_map(|answer| targets(records(answer), None, chance)).collect();
        if chat.is_empty() && phone.is_empty() {
            let trouble = answers.iter().find(|answer| **answer == &Answer::Timeout);
            let trouble = trouble.or_else(|| answers.iter().find(|answer| answer.trouble().is_some()));
            return Some(match trouble {
                Some(trouble) => unanswered(trouble),
                None => Finding::Absent("there is no such record".into()),
            });
        }
        let mut parts = Vec::new();
        for (part, targets) in [("chat at", &chat), ("calls at", &phone)] {
            if !targets.is_empty() {
                parts.push(format!("{part} {}", named(targets)));
            }
        }
        Some(Finding::Found(Found::Standard { chat, phone }, parts.join("; ")))
    }
}
