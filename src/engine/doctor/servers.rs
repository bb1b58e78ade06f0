//! The certificates of the accounts' servers, and the accounts' own files of authorities.

use super::finding::{Finding, Part};
use crate::engine::event::{Problem, ProblemKind};
use crate::machine::{Stamp, visible_line};

/// A server that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The account.
    pub account: String,
    /// `HOST:PORT`
    pub place: String,
    /// What came of it.
    pub seen: Seen,
}

/// What came of looking at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Its certificate is accepted, and valid from and until then.
    Accepted(Stamp, Stamp),
    /// TLS does not come about, or its certificate is refused.
    Refused(Problem),
    /// It is not reached, or not found.
    Unreached(String),
    /// It speaks in clear, as the account allows.
    Clear,
}

/// A file of authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities {
    /// The account.
    pub account: String,
    /// The file.
    pub path: String,
    /// Until when the first of its certificates to expire is valid, or why the file cannot be used.
    pub valid: Result<Stamp, Problem>,
}

/// One that expires sooner is worth a word.
const SOON: i64 = 30;

const DAY: i64 = 86_400_000_000;

/// What is to be said of them. `authorities` is how many the system has.
#[must_use]
pub fn judge(authorities: usize, files: &[Authorities], servers: &[Server], now: Stamp) -> Vec<Finding> {
    const PART: Part = Part::Certificates;
    let mut found = vec![match authorities {
        0 => {
            let next = "Install them (Debian: apt install ca-certificates), or give accounts a file of their own: --ca FILE";
            Finding::fails(PART, "The system has no authorities, so no certificate can be right.", next)
        }
        count => Finding::works(PART, format!("The system has {count} authorities.")),
    }];
    for Authorities { account, path, valid } in files {
        let file = format!("The authorities of {account}, {}", visible_line(path));
        found.push(match valid {
            Err(problem) => Finding::fails(PART, said(problem), next(problem)),
            Ok(until) if *until <= now => Finding::fails(
                PART,
                format!("{file}, have expired on {}.", day(*until)),
                "Get the new ones from whoever runs the server.",
            ),
            Ok(until) => Finding::works(PART, format!("{file}, are valid until {}.", day(*until))),
        });
    }
    if servers.is_empty() {
        found.push(Finding::unchecked(PART, "No server of an account is known, so none was looked at.", ""));
    }
    found.extend(servers.iter().map(|server| look(server, now)));
    found
}

fn look(Server { account, place, seen }: &Server, now: Stamp) -> Finding {
    const PART: Part = Part::Certificates;
    let of = format!("{} ({account})", visible_line(place));
    match seen {
        Seen::Accepted(_, until) => {
            let left = until.micros().saturating_sub(now.micros()).div_euclid(DAY);
            if left < 0 {
                let what = format!("{of}: you trust its certificate by itself, and it has expired on {}.", day(*until));
                Finding::works(PART, what)
            } else if left < SOON {
                let what = format!("{of}: its certificate expires on {}, in {left} days.", day(*until));
                Finding::fails(PART, what, "Tell whoever runs the server.")
            } else {
                Finding::works(PART, format!("{of}: its certificate is right, until {}.", day(*until)))
            }
        }
        Seen::Refused(problem) => Finding::fails(PART, said(problem), next(problem)),
        Seen::Unreached(why) => {
            let why = visible_line(why);
            Finding::fails(PART, format!("{of}: {}.", why.trim_end_matches('.')), "See whether the network, or its VPN, is up.")
        }
        Seen::Clear => Finding::unchecked(PART, format!("{of} speaks in clear, as the account allows."), ""),
    }
}

/// Whether the refusal of a certificate may be the fault of this machine's clock.
#[must_use]
pub fn is_about_time(problem: &Problem) -> bool {
    problem.kind == ProblemKind::Untrusted && problem.what.contains("by this machine's clock")
}

fn said(problem: &Problem) -> String {
    let what = visible_line(&problem.what);
    format!("{}.", what.trim_end_matches('.'))
}

fn next(problem: &Problem) -> String {
    match problem.next.as_str() {
        "" => "See the log for more.".into(),
        next => visible_line(next),
    }
}

fn day(stamp: Stamp) -> String {
    let text = stamp.to_string();
    text.split_once('T').map_or(text.clone(), |(day, _)| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Unchecked, Works};
    use super::super::finding::tests::check;
    use super::*;

    fn days(count: i64) -> Stamp {
        Stamp::from_micros(20_000 * DAY + count * DAY)
    }

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let server = |seen| Server { account: "work".into(), place: "im.example:5222".into(), seen };
        let untrusted = Problem::new(ProblemKind::Untrusted, "im.example:5222 showed a wrong certificate", "offhook trust …");
        for (case, seen, wanted) in [
            ("good", Seen::Accepted(days(-9), days(90)), (Works, "is right, until 2025-01-02")),
            ("soon", Seen::Accepted(days(-9), days(29)), (Fails, "in 29 days")),
            ("pinned", Seen::Accepted(days(-9), days(-1)), (Works, "trust its certificate by itself")),
            ("wrong", Seen::Refused(untrusted), (Fails, "offhook trust")),
            ("away", Seen::Unreached("connection refused".into()), (Fails, "connection refused.")),
            ("clear", Seen::Clear, (Unchecked, "in clear")),
        ] {
            check(case, &judge(140, &[], &[server(seen)], days(0)), &[(Works, "140 authorities"), wanted]);
        }
        check("nothing", &judge(0, &[], &[], days(0)), &[(Fails, "ca-certificates"), (Unchecked, "none was looked at")]);
        let file = |valid| Authorities { account: "work".into(), path: "/ca.pem".into(), valid };
        let broken = Problem::local("The file of authorities /ca.pem cannot be used: x.", "Give a PEM file.");
        for (case, valid, wanted) in [
            ("file", Ok(days(9)), (Works, "/ca.pem, are valid until")),
            ("old file", Ok(days(0)), (Fails, "have expired")),
            ("no file", Err(broken), (Fails, "cannot be used: x.")),
        ] {
            check(case, &judge(1, &[file(valid)], &[], days(0)), &[wanted]);
        }
    }
}
