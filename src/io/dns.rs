//! Answers `protocol::dns` questions with hickory-resolver: the system's name servers, or one that is given.
//!
//! A resolver is made for every question, so a laptop that changes its network asks the new name server. Addresses are
//! taken from literals and `/etc/hosts` first. It refuses to know in which order servers are tried.

#![deny(clippy::indexing_slicing)]

use crate::machine::visible_line;
use crate::protocol::dns::{Answer, Naptr, Question, Srv};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// An answer comes within this time, or it is [`Answer::Timeout`]. A question that is not answered is sent again meanwhile,
/// and an answer to any of them is heard.
const DEADLINE: Duration = Duration::from_secs(5);

/// Records beyond these are left out: nobody tries more servers.
const RECORDS: usize = 1_000;

/// Addresses of a host beyond these are left out.
const ADDRESSES: usize = 64;

/// Whom to ask.
#[derive(Clone, Debug, Default)]
pub struct Dns {
    server: Option<SocketAddr>,
}

impl Dns {
    /// The system's name servers, or `server` alone.
    #[must_use]
    pub const fn new(server: Option<SocketAddr>) -> Dns {
        Dns { server }
    }

    /// Asks. A definite absence is an empty list.
    pub async fn answer(&self, question: &Question) -> Answer {
        let name = match question {
            Question::Srv(name) | Question::Naptr(name) | Question::Addresses(name) => name,
        };
        match tokio::time::timeout(DEADLINE, self.ask(question, name)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(Trouble::Failed(why))) => failed(name, &why),
            Ok(Err(Trouble::Timeout)) | Err(_) => Answer::Timeout,
        }
    }

    async fn ask(&self, question: &Question, name: &str) -> Result<Answer, Trouble> {
        Ok(match question {
            Question::Addresses(_) => Answer::Addresses(self.addresses(name).await?),
            Question::Srv(_) => Answer::Srv(self.records(name, RecordType::SRV, srv).await?),
            Question::Naptr(_) => Answer::Naptr(self.records(name, RecordType::NAPTR, naptr).await?),
        })
    }

    async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, Trouble> {
        let literal = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = literal.parse() {
            return Ok(vec![address]);
        }
        let mut name = parse(name)?;
        // A name with a dot is complete; a bare host name gets the search list of this machine.
        name.set_fqdn(name.num_labels() > 1);
        match self.resolver()?.lookup_ip(name).await {
            Ok(found) => Ok(alternate(found.iter().take(ADDRESSES))),
            Err(error) => absent(&error).map(|()| Vec::new()),
        }
    }

    async fn records<T>(&self, name: &str, kind: RecordType, read: fn(&RData) -> Option<T>) -> Result<Vec<T>, Trouble> {
        let mut name = parse(name)?;
        name.set_fqdn(true);
        match self.resolver()?.lookup(name, kind).await {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| read(&record.data)).take(RECORDS).collect()),
            Err(error) => absent(&error).map(|()| Vec::new()),
        }
    }

    fn resolver(&self) -> Result<TokioResolver, Trouble> {
        let provider = TokioRuntimeProvider::default();
        let mut builder = match self.server {
            Some(server) => {
                let mut config = NameServerConfig::udp_and_tcp(server.ip());
                for connection in &mut config.connections {
                    connection.port = server.port();
                }
                TokioResolver::builder_with_config(ResolverConfig::from_name_servers(vec![config]), provider)
            }
            None => TokioResolver::builder(provider)
                // Without name servers there is still /etc/hosts.
                .unwrap_or_else(|_| {
                    TokioResolver::builder_with_config(ResolverConfig::default(), TokioRuntimeProvider::default())
                }),
        };
        let options: &mut ResolverOpts = builder.options_mut();
        options.timeout = DEADLINE;
        options.attempts = 0;
        options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
        options.use_hosts_file = ResolveHosts::Always;
        builder.build().map_err(|error| Trouble::Failed(error.to_string()))
    }
}

/// Why there is no answer.
enum Trouble {
    Timeout,
    Failed(String),
}

fn failed(name: &str, why: &str) -> Answer {
    Answer::Failed(format!("{} could not be looked up: {}", visible_line(name), visible_line(why)))
}

fn parse(name: &str) -> Result<Name, Trouble> {
    Name::from_utf8(name).map_err(|_| Trouble::Failed("it is not a name that the DNS can hold".to_owned()))
}

/// Whether the error is a definite absence; else why there is no answer.
fn absent(error: &NetError) -> Result<(), Trouble> {
    match error {
        NetError::NoConnections => Err(Trouble::Failed("no name server is configured or reachable".into())),
        NetError::Timeout => Err(Trouble::Timeout),
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain | ResponseCode::NoError => Ok(()),
            code => Err(Trouble::Failed(format!("the name server answered “{code}”"))),
        },
        _ => Err(Trouble::Failed(error.to_string())),
    }
}

/// IPv6 and IPv4 by turns, IPv6 first, each family in the order it came (RFC 8305 §4).
fn alternate(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let (six, four): (Vec<IpAddr>, Vec<IpAddr>) = addresses.partition(IpAddr::is_ipv6);
    let (mut six, mut four) = (six.into_iter(), four.into_iter());
    let mut ordered = Vec::new();
    loop {
        let before = ordered.len();
        ordered.extend(six.next());
        ordered.extend(four.next());
        if ordered.len() == before {
            return ordered;
        }
    }
}

fn srv(data: &RData) -> Option<Srv> {
    let RData::SRV(srv) = data else { return None };
    let target = dotless(&srv.target);
    // RFC 2782 wants a name here. An address would let a forged answer choose a certificate name of its own.
    if target.parse::<IpAddr>().is_ok() {
        return None;
    }
    Some(Srv { priority: srv.priority, weight: srv.weight, port: srv.port, target })
}

fn naptr(data: &RData) -> Option<Naptr> {
    let RData::NAPTR(naptr) = data else { return None };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Naptr {
        order: naptr.order,
        preference: naptr.preference,
        flags: text(&naptr.flags),
        service: text(&naptr.services),
        replacement: dotless(&naptr.replacement),
    })
}

fn dotless(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UdpSocket;

    async fn silent() -> (UdpSocket, Dns) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = socket.local_addr().unwrap();
        (socket, Dns::new(Some(server)))
    }

    #[tokio::test]
    async fn literals_and_the_hosts_file_need_no_server() {
        let (_socket, dns) = silent().await;
        let addresses = async |name: &str| match dns.answer(&Question::Addresses(name.into())).await {
            Answer::Addresses(addresses) => addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(addresses("192.0.2.1").await, ["192.0.2.1"]);
        assert_eq!(addresses("::1").await, ["::1"]);
        assert_eq!(addresses("[2001:db8::1]").await, ["2001:db8::1"]);
        assert!(addresses("localhost").await.contains(&"127.0.0.1".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_a_failure_and_no_absence() {
        let (_socket, dns) = silent().await;
        for question in [Question::Srv("_x._tcp.example.test".into()), Question::Addresses("a.example.test".into())] {
            assert_eq!(dns.answer(&question).await, Answer::Timeout, "{question:?}");
        }
        let bad = dns.answer(&Question::Addresses("a..\u{1b}b".into())).await;
        assert!(matches!(&bad, Answer::Failed(why) if why.contains("a..␛b") && why.contains("not a name")), "{bad:?}");
    }

    /// The answer to `question` that there is no such name, in its bytes.
    fn no_such_name(question: &[u8]) -> Vec<u8> {
        let mut answer = question.to_vec();
        // QR, RD; RA and NXDOMAIN (RFC 1035 §4.1.1).
        (answer[2], answer[3]) = (0x81, 0x83);
        answer
    }

    #[tokio::test]
    async fn an_answer_that_comes_late_is_heard() {
        let (socket, dns) = silent().await;
        let asked = Question::Srv("_x._tcp.example.test".into());
        let answering = async {
            let mut question = [0; 512];
            let (length, from) = socket.recv_from(&mut question).await.unwrap();
            tokio::time::sleep(Duration::from_millis(3_200)).await;
            socket.send_to(&no_such_name(&question[..length]), from).await.unwrap();
        };
        let (answer, ()) = tokio::join!(dns.answer(&asked), answering);
        assert_eq!(answer, Answer::Srv(vec![]));
    }

    #[tokio::test]
    async fn a_question_that_was_lost_is_sent_again() {
        let (socket, dns) = silent().await;
        let asked = Question::Srv("_x._tcp.example.test".into());
        let answering = async {
            let mut question = [0; 512];
            socket.recv_from(&mut question).await.unwrap();
            let (length, from) = socket.recv_from(&mut question).await.unwrap();
            socket.send_to(&no_such_name(&question[..length]), from).await.unwrap();
        };
        let (answer, ()) = tokio::join!(dns.answer(&asked), answering);
        assert_eq!(answer, Answer::Srv(vec![]));
    }

    #[test]
    fn families_take_turns_and_an_address_is_no_target() {
        let ips = ["1.1.1.1", "2.2.2.2", "3.3.3.3", "::1"].map(|ip| ip.parse().unwrap());
        let ordered: Vec<String> = alternate(ips.into_iter()).iter().map(IpAddr::to_string).collect();
        assert_eq!(ordered, ["::1", "1.1.1.1", "2.2.2.2", "3.3.3.3"]);
        let record = |target: &str| {
            let target = Name::from_ascii(target).unwrap();
            srv(&RData::SRV(hickory_resolver::proto::rr::rdata::SRV::new(1, 2, 3, target)))
        };
        assert_eq!(record("im.example.test."), Some(Srv { priority: 1, weight: 2, port: 3, target: "im.example.test".into() }));
        assert_eq!(record(".").map(|srv| srv.target), Some(String::new()));
        assert_eq!(record("192.0.2.66."), None);
    }
}
