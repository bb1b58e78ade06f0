//! The past calls that the demo begins with: those that the site tells of its first person, in whose history they stand.

use crate::engine::ask::StoreQuestion;
use crate::engine::event::{AccountName, CallEnd, CallRecord, Problem};
use crate::io::store::Store;
use crate::lab::hosts;
use crate::lab::site::{CallTimes, Called, Person, PresenceProduct, Site};
use crate::lab::wire::Node;
use crate::machine::{Chance, Stamp};
use std::path::Path;

/// What is to be kept, if the demo begins at `now`.
pub(super) fn past(account: &AccountName, site: &Site, now: Stamp, seed: u64) -> Vec<StoreQuestion> {
    let mut chance = Chance::seeded(seed ^ 0x6361_6c6c_7321);
    let Some(own) = site.people.first() else { return Vec::new() };
    let is_own = |name: &str| name.eq_ignore_ascii_case(own.user());
    let keep = |call: &Called| {
        let incoming = is_own(&call.to);
        let times = call.when(now, &mut chance);
        let other = site.person(if incoming { &call.from } else { &call.to })?;
        let ours = incoming || is_own(&call.from);
        ours.then(|| StoreQuestion::KeepCall {
            with: chats(site, other),
            account: account.clone(),
            call: record(site, other, incoming, times, chance.below(2) == 0),
        })
    };
    site.calls.iter().filter_map(keep).collect()
}

/// In whose conversation a call with them stands.
fn chats(site: &Site, person: &Person) -> Option<String> {
    let has_chat = site.profile.presence == PresenceProduct::UnifiedCm && person.chat;
    has_chat.then(|| format!("{}@{}", person.user(), site.presence().as_str()))
}

fn record(site: &Site, other: &Person, incoming: bool, times: CallTimes, they_hang_up: bool) -> CallRecord {
    let CallTimes { began, answered, ended } = times;
    let end = match (answered, they_hang_up) {
        (None, _) => CallEnd::NoAnswer,
        (Some(_), true) => CallEnd::Remote,
        (Some(_), false) => CallEnd::Local,
    };
    CallRecord {
        incoming,
        peer: format!("sip:{}@{}", other.extension(), hosts::cucm(site, Node::First)).into(),
        name: other.display_name().into(),
        began,
        answered,
        ended,
        end,
        reason: String::new().into(),
    }
}

/// Writes them into the history at this path; blocks as long as the disk does.
pub(super) fn keep(history: &Path, questions: &[StoreQuestion]) -> Result<(), Problem> {
    if questions.is_empty() {
        return Ok(());
    }
    let answers = Store::open(history)?.answer_all(questions);
    answers.into_iter().try_for_each(|answer| answer.map(drop).map_err(|why| Problem::local(why, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(site: &Site, seed: u64) -> Vec<(Option<String>, CallRecord)> {
        let now = Stamp::parse("2026-11-22T08:30:00Z").unwrap();
        let kept = |question| match question {
            StoreQuestion::KeepCall { with, call, .. } => (with, call),
            other => panic!("{other:?}"),
        };
        past(&AccountName("demo".into()), site, now, seed).into_iter().map(kept).collect()
    }

    #[test]
    fn the_demo_has_missed_answered_and_dialled_calls_the_same_for_the_same_seed() {
        let site = Site::built_in("default").unwrap();
        let calls = records(&site, 1);
        assert_eq!(calls, records(&site, 1));
        assert_ne!(calls, records(&site, 2));
        let count = |is: &dyn Fn(&CallRecord) -> bool| calls.iter().filter(|(_, call)| is(call)).count();
        assert!(count(&CallRecord::missed) >= 2);
        assert!(count(&|call| call.incoming && call.answered.is_some()) >= 2);
        assert!(count(&|call| !call.incoming && call.answered.is_some()) >= 2);
        assert!(count(&|call| !call.incoming && call.answered.is_none()) >= 1);
        for (with, call) in &calls {
            assert!(call.peer.raw().starts_with("sip:100") && call.began < call.ended, "{call:?}");
            let name = call.name.raw().split(' ').next().unwrap().to_lowercase();
            assert_eq!(with.as_deref(), Some(format!("{name}@lab.example").as_str()));
        }
    }

    #[test]
    fn without_chat_a_call_stands_by_its_number() {
        let site = Site { calls: Site::built_in("default").unwrap().calls, ..Site::built_in("phone").unwrap() };
        assert!(records(&site, 1).iter().all(|(with, _)| with.is_none()));
    }
}
