//! This machine's clock, against what servers of the accounts have said meanwhile. Nobody else is asked.

use super::finding::{Finding, Part};
use super::servers::{Seen, Server, is_about_time};
use crate::machine::{Stamp, visible_line};

/// What a server has said of the time (RFC 9110 section 6.6.1), and ours when it said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `HOST:PORT`
    pub place: String,
    /// Its clock.
    pub theirs: Stamp,
    /// Ours.
    pub ours: Stamp,
}

/// More than this is told: call times and one-time sign-ins go wrong by minutes.
const SKEW: i64 = 60;

const SECOND: i64 = 1_000_000;

/// What is to be said of it.
#[must_use]
pub fn judge(told: &[Told], servers: &[Server]) -> Vec<Finding> {
    const PART: Part = Part::Clock;
    let next = "Set the clock: timedatectl set-ntp true";
    let mut found: Vec<Finding> = told
        .iter()
        .map(|Told { place, theirs, ours }| {
            let ahead = ours.micros().saturating_sub(theirs.micros()) / SECOND;
            let place = visible_line(place);
            match ahead.abs() {
                0..=SKEW => Finding::works(PART, format!("It agrees with {place} to {} s.", ahead.abs())),
                seconds => {
                    let way = if ahead > 0 { "ahead of" } else { "behind" };
                    Finding::fails(PART, format!("It is {} {way} {place}.", span(seconds)), next)
                }
            }
        })
        .collect();
    let about_time = |server: &&Server| matches!(&server.seen, Seen::Refused(problem) if is_about_time(problem));
    if let Some(server) = servers.iter().find(about_time) {
        let what = format!("The certificate of {} is not valid today, by this clock.", visible_line(&server.place));
        found.push(Finding::fails(PART, what, "See whether the date is right (date); if so, the server is wrong."));
    }
    let valid = servers.iter().filter(|server| matches!(server.seen, Seen::Accepted(..))).count();
    if found.is_empty() && valid > 0 {
        let what = format!("The certificates of {valid} servers are valid by it, so its date is not far off.");
        found.push(Finding::works(PART, what));
    }
    if found.is_empty() {
        found.push(Finding::unchecked(PART, "No server was there to compare it with.", ""));
    }
    found
}

fn span(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Unchecked, Works};
    use super::super::finding::tests::check;
    use super::*;
    use crate::engine::event::{Problem, ProblemKind};

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let now = 1_800_000_000;
        let told = |off: i64| Told {
            place: "cucm:8443".into(),
            theirs: Stamp::from_micros(now * SECOND),
            ours: Stamp::from_micros((now + off) * SECOND),
        };
        for (case, off, wanted) in [
            ("right", 2, (Works, "to 2 s")),
            ("edge", -60, (Works, "to 60 s")),
            ("ahead", 61, (Fails, "61 s ahead of cucm:8443")),
            ("minutes", -600, (Fails, "10 minutes behind")),
            ("hours", 7_200, (Fails, "2 hours ahead")),
            ("years", -400 * 86_400, (Fails, "400 days behind")),
        ] {
            check(case, &judge(&[told(off)], &[]), &[wanted]);
        }
        let server = |seen| Server { account: "work".into(), place: "im:5222".into(), seen };
        let old = Problem::new(ProblemKind::Untrusted, "it has expired (by this machine's clock it is 1970-01-01)", "");
        let wrong = Problem::new(ProblemKind::Untrusted, "it is for another name", "");
        let valid = Seen::Accepted(Stamp::from_micros(0), Stamp::from_micros(1));
        check("expired", &judge(&[], &[server(Seen::Refused(old))]), &[(Fails, "im:5222 is not valid today")]);
        check("valid", &judge(&[], &[server(valid)]), &[(Works, "1 servers")]);
        check("no word", &judge(&[], &[server(Seen::Refused(wrong))]), &[(Unchecked, "No server")]);
    }
}
