//! The DNS: who answers, how fast, and whether SRV records come through.

use super::finding::{Finding, Part};
use crate::machine::visible_line;
use crate::protocol::dns::{Answer, Question};
use std::time::Duration;

/// What was asked of the DNS, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom: the account's own name server, else those of the system.
    pub server: Option<String>,
    /// What.
    pub question: Question,
    /// What came.
    pub answer: Answer,
    /// After how long.
    pub took: Duration,
}

/// Where the servers of an account are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The account.
    pub account: String,
    /// Whose SRV records are asked.
    pub domain: String,
    /// What this domain is, and who has said so.
    pub source: &'static str,
}

/// What the DNS says to whoever is outside of the network of the services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The account.
    pub account: String,
    /// What stands before its services, as HOST:PORT.
    pub servers: Vec<String>,
}

/// What is known of the DNS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The name servers of the system, as `/etc/resolv.conf` names them.
    pub servers: Vec<String>,
    /// Where servers are looked for, of the accounts whose servers are found by themselves.
    pub sought: Vec<Sought>,
    /// What was asked for the accounts.
    pub asked: Vec<Asked>,
    /// The accounts whose services are behind an edge, seen from here.
    pub edges: Vec<Edge>,
}

/// An answer that takes longer is felt.
const SLOW: Duration = Duration::from_secs(1);

/// What is to be said of it.
#[must_use]
pub fn judge(names: &Names) -> Vec<Finding> {
    const PART: Part = Part::Dns;
    let mut found = vec![match names.servers.as_slice() {
        [] => Finding::fails(PART, "/etc/resolv.conf names no name server.", "Write one there: nameserver ADDRESS"),
        some => Finding::works(PART, format!("The name servers are {}.", visible_line(&some.join(", ")))),
    }];
    found.extend(names.sought.iter().map(|Sought { account, domain, source }| {
        Finding::works(PART, format!("The servers of {account} are looked for in {}: {source}.", visible_line(domain)))
    }));
    if names.asked.is_empty() {
        found.push(Finding::unchecked(PART, "No account needs the DNS, so nothing was asked.", ""));
    }
    found.extend(names.asked.iter().map(asked));
    found.extend(names.edges.iter().map(|Edge { account, servers }| {
        let edge = visible_line(&servers.join(", "));
        let what = format!(
            "This machine is outside of the network of {account}: its services are behind an edge ({edge}), and sign-in from \
             outside is not available yet."
        );
        Finding::fails(PART, what, "Sign in from inside of that network, or over its VPN.")
    }));
    found
}

fn asked(Asked { server, question, answer, took }: &Asked) -> Finding {
    const PART: Part = Part::Dns;
    let (kind, name) = match question {
        Question::Srv(name) => ("SRV", name),
        Question::Naptr(name) => ("NAPTR", name),
        Question::Addresses(name) => ("address", name),
    };
    let of = match server {
        Some(server) => format!("{kind} of {} at {}", visible_line(name), visible_line(server)),
        None => format!("{kind} of {}", visible_line(name)),
    };
    let ms = took.as_millis();
    let count = match answer {
        Answer::Srv(records) => records.len(),
        Answer::Naptr(records) => records.len(),
        Answer::Addresses(addresses) => addresses.len(),
        Answer::Timeout => {
            let next = "See whether the name server is reached from here, and whether a VPN or captive portal stands between.";
            return Finding::fails(PART, format!("{of}: nobody answered within {} s.", took.as_secs().max(1)), next);
        }
        Answer::Failed(why) => {
            let next = "See what the name server says to: dig NAME SRV";
            return Finding::fails(PART, format!("{of}: {}.", visible_line(why).trim_end_matches('.')), next);
        }
    };
    match (count, question) {
        (0, Question::Addresses(_)) => {
            let next = "The name is wrong, or this network's name server does not know it: the company's may need the VPN.";
            Finding::fails(PART, format!("{of}: there is none ({ms} ms)."), next)
        }
        // A server that is named by hand, or found by another record, needs none.
        (0, _) => Finding::works(PART, format!("{of}: answered in {ms} ms that there is none.")),
        (_, _) if *took > SLOW => {
            let next = "Each sign-in waits for this: take a nearer name server.";
            Finding::fails(PART, format!("{of}: found, after {ms} ms."), next)
        }
        (count, _) => Finding::works(PART, format!("{of}: {count} found in {ms} ms.")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Unchecked, Works};
    use super::super::finding::tests::check;
    use super::*;
    use crate::protocol::dns::Srv;

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let srv = || Question::Srv("_cisco-uds._tcp.lab.example".into());
        let address = || Question::Addresses("im.lab.example".into());
        let record = Srv { priority: 0, weight: 0, port: 8443, target: "cucm.lab.example".into() };
        let here = Answer::Addresses(vec!["192.0.2.1".parse().unwrap()]);
        let refused = Answer::Failed("the name server answered “Refused”".into());
        for (case, question, answer, ms, wanted) in [
            ("srv", srv(), Answer::Srv(vec![record]), 12, (Works, "1 found in 12 ms")),
            ("no srv", srv(), Answer::Srv(vec![]), 12, (Works, "there is none")),
            ("address", address(), here.clone(), 12, (Works, "1 found")),
            ("slow", address(), here, 1_500, (Fails, "nearer name server")),
            ("no address", address(), Answer::Addresses(vec![]), 12, (Fails, "VPN")),
            ("silence", srv(), Answer::Timeout, 5_000, (Fails, "within 5 s")),
            ("refused", srv(), refused, 3, (Fails, "“Refused”.")),
        ] {
            let asked = Asked { server: None, question, answer, took: Duration::from_millis(ms) };
            let names = Names { servers: vec!["192.0.2.53".into()], asked: vec![asked], ..Names::default() };
            check(case, &judge(&names), &[(Works, "192.0.2.53"), wanted]);
        }
        check("nothing", &judge(&Names::default()), &[(Fails, "no name server"), (Unchecked, "nothing was asked")]);
        let own = Asked { server: Some("127.0.0.1:53".into()), question: srv(), answer: Answer::Timeout, took: Duration::ZERO };
        let sought = Sought { account: "work".into(), domain: "voice.example".into(), source: "a link says so" };
        let names = Names { servers: vec!["::1".into()], sought: vec![sought], asked: vec![own], edges: vec![] };
        check("own", &judge(&names), &[(Works, "work are looked for in voice.example: a link"), (Fails, "at 127.0.0.1:53")]);
        let edge = Edge { account: "work".into(), servers: vec!["edge.lab.example:8443".into(), "x\u{1b}[2J".into()] };
        let found = judge(&Names { edges: vec![edge], ..Names::default() });
        check("edge", &found, &[(Fails, "outside of the network of work"), (Fails, "(edge.lab.example:8443"), (Fails, "VPN")]);
        assert!(found.iter().all(|finding| !finding.what.contains('\u{1b}')), "{found:?}");
    }
}
