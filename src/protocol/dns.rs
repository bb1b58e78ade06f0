//! What is asked of the DNS and what it answers, as values, and the order in which RFC 2782 tries servers.
//!
//! It refuses to know a resolver: io/dns answers these questions with hickory-resolver.

use crate::machine::Chance;
use std::net::IpAddr;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// SRV records of this owner name, as in `_xmpp-client._tcp.example.test` (RFC 2782).
    Srv(String),
    /// NAPTR records of this domain (RFC 3263 §4.1).
    Naptr(String),
    /// A and AAAA records of this host.
    Addresses(String),
}

/// What came back. An empty list is a definite "there is none" (NXDOMAIN, NODATA).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Srv`].
    Srv(Vec<Srv>),
    /// To [`Question::Naptr`].
    Naptr(Vec<Naptr>),
    /// To [`Question::Addresses`], in the order to try.
    Addresses(Vec<IpAddr>),
    /// Nobody answered in time.
    Timeout,
    /// The server failed, or there is none: the reason, for people.
    Failed(String),
}

impl Answer {
    /// Why this is no answer, for people; none where it is one.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Answer::Timeout => Some("no name server answered in time"),
            Answer::Failed(why) => Some(why),
            Answer::Srv(_) | Answer::Naptr(_) | Answer::Addresses(_) => None,
        }
    }
}

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among those of one priority.
    pub weight: u16,
    /// Port on the target.
    pub port: u16,
    /// Host name without its final dot; empty when the record's target is `.`, "decidedly not available".
    pub target: String,
}

/// One NAPTR record, as far as RFC 3263 reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naptr {
    /// Lower is considered first.
    pub order: u16,
    /// Among equal orders, lower is preferred.
    pub preference: u16,
    /// Flags, as in `s`.
    pub flags: String,
    /// Service field, as in `SIPS+D2T`.
    pub service: String,
    /// The name to look up next.
    pub replacement: String,
}

/// Orders `records` by priority, and within one priority by the weighted draw of RFC 2782.
/// Records whose target is `.` are left out.
#[must_use]
pub fn in_order(mut records: Vec<Srv>, chance: &mut Chance) -> Vec<Srv> {
    records.retain(|record| !record.target.is_empty());
    // Within a priority, weight 0 stands first so that it keeps its "very small chance" (RFC 2782, Usage rules).
    records.sort_by_key(|record| (record.priority, record.weight != 0));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let same = records.iter().take_while(|record| record.priority == first.priority).count();
        let total: u64 = records.iter().take(same).map(|record| u64::from(record.weight)).sum();
        let draw = chance.below(total + 1);
        let mut sum = 0;
        let chosen = records
            .iter()
            .take(same)
            .position(|record| {
                sum += u64::from(record.weight);
                sum >= draw
            })
            .unwrap_or(0);
        ordered.push(records.remove(chosen));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv { priority, weight, port: 5060, target: target.into() }
    }

    #[test]
    fn priorities_are_kept_and_a_dot_is_no_server() {
        let mut chance = Chance::seeded(1);
        let ordered = in_order(vec![srv(20, 0, "c"), srv(10, 5, "a"), srv(15, 0, ""), srv(10, 5, "b")], &mut chance);
        let names: Vec<_> = ordered.iter().map(|record| record.target.as_str()).collect();
        assert!(names == ["a", "b", "c"] || names == ["b", "a", "c"], "{names:?}");
    }

    #[test]
    fn weights_share_the_first_place() {
        let mut chance = Chance::seeded(2);
        let first = (0..4000)
            .filter(|_| {
                let ordered = in_order(vec![srv(1, 30, "big"), srv(1, 10, "small"), srv(1, 0, "none")], &mut chance);
                ordered.first().is_some_and(|record| record.target == "big")
            })
            .count();
        assert!((2800..3200).contains(&first), "three quarters of 4000 expected, got {first}");
    }
}
