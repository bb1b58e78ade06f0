//! Asks the DNS what the accounts need of it, and takes the time.

use crate::engine::doctor::names::Asked;
use crate::io::dns::Dns;
use crate::protocol::dns::{Answer, Question};
use std::net::SocketAddr;
use std::time::Instant;

/// Where the system's name servers are written.
const RESOLVERS: &str = "/etc/resolv.conf";

/// The name servers of the system.
#[must_use]
pub fn servers() -> Vec<String> {
    named(&std::fs::read_to_string(RESOLVERS).unwrap_or_default())
}

fn named(written: &str) -> Vec<String> {
    let server = |line: &str| Some(line.trim().strip_prefix("nameserver")?.split_whitespace().next()?.to_owned());
    written.lines().filter_map(server).collect()
}

/// Asks, and keeps account of it.
#[derive(Debug)]
pub struct Asking {
    dns: Dns,
    server: Option<String>,
    /// What was asked so far.
    pub asked: Vec<Asked>,
}

impl Asking {
    /// Of this name server, else of the system's.
    #[must_use]
    pub fn of(server: Option<SocketAddr>) -> Asking {
        Asking { dns: Dns::new(server), server: server.map(|server| server.to_string()), asked: Vec::new() }
    }

    /// Asks, for as long as a resolver may take, and each question once.
    pub async fn ask(&mut self, question: Question) -> Answer {
        if let Some(known) = self.asked.iter().find(|asked| asked.question == question) {
            return known.answer.clone();
        }
        let began = Instant::now();
        let answer = self.dns.answer(&question).await;
        let took = began.elapsed();
        // An address needs no DNS, and says nothing of it.
        if !matches!(&question, Question::Addresses(name) if name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok())
        {
            self.asked.push(Asked { server: self.server.clone(), question, answer: answer.clone(), took });
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read_as_the_system_reads_them() {
        let written =
            "# comment\nsearch lab.example\nnameserver 192.0.2.1\n nameserver\t::1 # second\nnameserver\noptions ndots:1\n";
        assert_eq!(named(written), ["192.0.2.1", "::1"]);
    }
}
