//! RFC 3263 as a table: a URI, what the DNS holds, what is allowed, and what comes of it.

use super::*;

/// What the DNS of a test holds; what is not there does not exist.
#[derive(Default)]
struct Zone {
    naptr: Vec<Naptr>,
    srv: Vec<(&'static str, Srv)>,
    hosts: Vec<(&'static str, &'static str)>,
    broken: bool,
}

fn naptr(order: u16, preference: u16, service: &str, replacement: &str) -> Naptr {
    Naptr { order, preference, flags: "s".into(), service: service.into(), replacement: replacement.into() }
}

fn srv(priority: u16, port: u16, target: &str) -> Srv {
    Srv { priority, weight: 0, port, target: target.into() }
}

impl Zone {
    fn answer(&self, question: &Question) -> Answer {
        if self.broken {
            return Answer::Failed("timed out".into());
        }
        match question {
            Question::Naptr(_) => Answer::Naptr(self.naptr.clone()),
            Question::Srv(owner) => {
                Answer::Srv(self.srv.iter().filter(|(name, _)| name == owner).map(|(_, srv)| srv.clone()).collect())
            }
            Question::Addresses(host) => {
                let found = self.hosts.iter().filter(|(name, _)| name == host);
                Answer::Addresses(found.map(|(_, address)| address.parse().unwrap()).collect())
            }
        }
    }
}

const ALL: [Transport; 3] = [Transport::Tls, Transport::Tcp, Transport::Udp];

/// Runs a location to its end. Answers its end, in words, and what was asked.
fn run(uri: &str, zone: &Zone, cleartext: bool, transports: &[Transport]) -> (String, Vec<String>) {
    let means = Means { transports: transports.to_vec(), cleartext };
    let mut locate = Locate::new(&Uri::parse(uri).unwrap(), means, Chance::seeded(1));
    let mut asked = Vec::new();
    loop {
        match locate.poll().unwrap_or_else(|| panic!("{uri}: no end after {asked:?}")) {
            Output::Ask(question) => {
                let answer = zone.answer(&question);
                asked.push(match &question {
                    Question::Naptr(name) => format!("NAPTR {name}"),
                    Question::Srv(name) => format!("SRV {name}"),
                    Question::Addresses(name) => format!("A {name}"),
                });
                locate.handle(Moment::START, Input::Answered(question, answer));
            }
            Output::Found(targets) => {
                let words: Vec<_> = targets
                    .iter()
                    .map(|target| format!("{} {} {}", target.transport.uri_token(), target.address, target.host))
                    .collect();
                assert_eq!(locate.poll(), None);
                return (words.join(", "), asked);
            }
            Output::NotFound(why) => {
                assert_eq!(locate.poll(), None);
                assert!(!why.to_string().is_empty() && !why.next().is_empty());
                let name = format!("{why:?}");
                return (name.split([' ', '{']).next().unwrap_or_default().to_owned(), asked);
            }
        }
    }
}

fn full_zone() -> Zone {
    Zone {
        naptr: vec![
            naptr(50, 50, "SIP+D2U", "_sip._udp.ex.test"),
            naptr(20, 60, "SIP+D2T", "_sip._tcp.ex.test"),
            naptr(20, 50, "SIPS+D2T", "_sips._tcp.ex.test."),
            naptr(10, 10, "E2U+sip", "nobody.test"),
        ],
        srv: vec![
            ("_sips._tcp.ex.test", srv(2, 5071, "tls2.ex.test")),
            ("_sips._tcp.ex.test", srv(1, 5061, "tls1.ex.test.")),
            ("_sip._tcp.ex.test", srv(1, 5060, "tls1.ex.test")),
            ("_sip._udp.ex.test", srv(1, 5060, "udp.ex.test")),
        ],
        hosts: vec![
            ("tls1.ex.test", "2001:db8::1"),
            ("tls1.ex.test", "192.0.2.1"),
            ("tls2.ex.test", "192.0.2.2"),
            ("udp.ex.test", "192.0.2.3"),
            ("ex.test", "192.0.2.9"),
        ],
        broken: false,
    }
}

fn without_naptr() -> Zone {
    Zone { naptr: Vec::new(), ..full_zone() }
}

fn hosts_only() -> Zone {
    Zone { srv: Vec::new(), ..without_naptr() }
}

#[test]
fn the_uri_alone_decides_where_it_can() {
    let table = [
        ("sip:192.0.2.7", true, "udp 192.0.2.7:5060 192.0.2.7"),
        ("sip:192.0.2.7:5080", true, "udp 192.0.2.7:5080 192.0.2.7"),
        ("sip:192.0.2.7;transport=TCP", true, "tcp 192.0.2.7:5060 192.0.2.7"),
        ("sip:192.0.2.7;transport=tls", false, "tls 192.0.2.7:5061 192.0.2.7"),
        ("sip:[2001:db8::7]:5070;transport=tls", false, "tls [2001:db8::7]:5070 2001:db8::7"),
        ("sip:bob@[2001:db8::7]", true, "udp [2001:db8::7]:5060 2001:db8::7"),
        ("sips:192.0.2.7", false, "tls 192.0.2.7:5061 192.0.2.7"),
        ("sips:192.0.2.7;transport=tcp", false, "tls 192.0.2.7:5061 192.0.2.7"),
        ("sip:nowhere.test;maddr=192.0.2.8;transport=udp", true, "udp 192.0.2.8:5060 192.0.2.8"),
        ("sip:192.0.2.7", false, "Clear"),
        ("sip:192.0.2.7:5060;transport=tcp", false, "Clear"),
        ("sips:192.0.2.7;transport=udp", true, "Unsupported"),
        ("sip:192.0.2.7;transport=sctp", true, "Unsupported"),
        ("tel:+4940123456", true, "NotSip"),
        ("mailto:a@b.test", true, "NotSip"),
    ];
    for (uri, cleartext, expected) in table {
        let (found, asked) = run(uri, &full_zone(), cleartext, &ALL);
        assert_eq!(found, expected, "{uri}");
        assert!(asked.is_empty(), "{uri} asked {asked:?}");
    }
}

#[test]
fn a_name_with_a_port_is_an_address_and_no_srv() {
    let (found, asked) = run("sip:ex.test:5099", &full_zone(), true, &ALL);
    assert_eq!((found.as_str(), asked), ("udp 192.0.2.9:5099 ex.test", vec!["A ex.test".to_owned()]));
    let (found, _) = run("sips:EX.test.:5099", &full_zone(), false, &ALL);
    assert_eq!(found, "tls 192.0.2.9:5099 ex.test");
    let (found, _) = run("sip:ex.test:5099", &full_zone(), true, &[Transport::Tls, Transport::Tcp]);
    assert_eq!(found, "tcp 192.0.2.9:5099 ex.test", "we have no UDP");
}

#[test]
fn a_named_transport_asks_its_srv_only() {
    let (found, asked) = run("sip:ex.test;transport=udp", &full_zone(), true, &ALL);
    assert_eq!(found, "udp 192.0.2.3:5060 udp.ex.test");
    assert_eq!(asked, ["SRV _sip._udp.ex.test", "A udp.ex.test"]);
    let (found, _) = run("sip:ex.test;transport=tls", &full_zone(), false, &ALL);
    assert_eq!(found, "tls [2001:db8::1]:5061 tls1.ex.test, tls 192.0.2.1:5061 tls1.ex.test, tls 192.0.2.2:5071 tls2.ex.test");
    let (found, asked) = run("sip:ex.test;transport=tcp", &hosts_only(), true, &ALL);
    assert_eq!(found, "tcp 192.0.2.9:5060 ex.test");
    assert_eq!(asked, ["SRV _sip._tcp.ex.test", "A ex.test"]);
}

#[test]
fn naptr_orders_the_transports() {
    let tls = "tls [2001:db8::1]:5061 tls1.ex.test, tls 192.0.2.1:5061 tls1.ex.test, tls 192.0.2.2:5071 tls2.ex.test";
    let tcp = "tcp [2001:db8::1]:5060 tls1.ex.test, tcp 192.0.2.1:5060 tls1.ex.test";
    let udp = "udp 192.0.2.3:5060 udp.ex.test";
    let (found, asked) = run("sip:bob@ex.test", &full_zone(), true, &ALL);
    assert_eq!(found, format!("{tls}, {tcp}, {udp}"));
    assert_eq!(asked.len(), 1 + 3 + 3, "each host is asked once: {asked:?}");
    assert_eq!(run("sips:bob@ex.test", &full_zone(), true, &ALL).0, tls);
    assert_eq!(run("sip:bob@ex.test", &full_zone(), false, &ALL).0, tls);
    assert_eq!(run("sip:bob@ex.test", &full_zone(), true, &[Transport::Udp]).0, udp);
}

#[test]
fn without_naptr_every_srv_is_asked_at_once() {
    let means = Means { transports: ALL.to_vec(), cleartext: true };
    let mut locate = Locate::new(&Uri::parse("sip:ex.test").unwrap(), means, Chance::seeded(1));
    assert_eq!(locate.poll(), Some(Output::Ask(Question::Naptr("ex.test".into()))));
    locate.handle(Moment::START, Input::Answered(Question::Naptr("ex.test".into()), Answer::Naptr(vec![])));
    let asked: Vec<_> = std::iter::from_fn(|| locate.poll()).collect();
    let owners = ["_sips._tcp.ex.test", "_sip._tcp.ex.test", "_sip._udp.ex.test"];
    assert_eq!(asked, owners.map(|owner| Output::Ask(Question::Srv(owner.into()))));
    assert!(run("sip:ex.test", &without_naptr(), true, &ALL).0.starts_with("tls [2001:db8::1]:5061"));
    assert_eq!(run("sips:ex.test", &without_naptr(), true, &ALL).1[1..2], ["SRV _sips._tcp.ex.test"]);
}

#[test]
fn without_any_srv_the_domain_is_its_own_server() {
    assert_eq!(run("sip:ex.test", &hosts_only(), true, &ALL).0, "udp 192.0.2.9:5060 ex.test");
    assert_eq!(run("sips:ex.test", &hosts_only(), true, &ALL).0, "tls 192.0.2.9:5061 ex.test");
    assert_eq!(run("sip:ex.test", &hosts_only(), false, &ALL).0, "tls 192.0.2.9:5061 ex.test", "clear is not allowed");
    assert_eq!(run("sip:nobody.test", &hosts_only(), true, &ALL).0, "NoAddress");
}

#[test]
fn what_is_clear_only_is_said_to_be_so() {
    let clear_naptr = Zone { naptr: vec![naptr(1, 1, "SIP+D2U", "_sip._udp.ex.test")], ..full_zone() };
    assert_eq!(run("sip:ex.test", &clear_naptr, false, &ALL).0, "Clear");
    let mut clear_srv = without_naptr();
    clear_srv.srv.retain(|(owner, _)| owner.starts_with("_sip."));
    assert_eq!(run("sip:ex.test", &clear_srv, false, &ALL).0, "Clear");
    assert!(run("sip:ex.test", &clear_srv, true, &ALL).0.starts_with("tcp "));
    let means = Means { transports: ALL.to_vec(), cleartext: false };
    let mut locate = Locate::new(&Uri::parse("sip:ex.test;transport=udp").unwrap(), means, Chance::seeded(1));
    let Some(Output::NotFound(why)) = locate.poll() else { panic!() };
    assert_eq!(why.to_string(), "ex.test offers SIP in clear only, over UDP, and this account allows only TLS.");
}

#[test]
fn a_dot_says_that_there_is_no_service() {
    let dot = Zone { srv: vec![("_sips._tcp.ex.test", srv(0, 0, "")), ("_sip._udp.ex.test", srv(0, 0, ""))], ..hosts_only() };
    assert_eq!(run("sip:ex.test", &dot, true, &ALL).0, "NotOffered");
    let mut partly = dot;
    partly.srv.push(("_sip._tcp.ex.test", srv(0, 5062, "tls2.ex.test")));
    assert_eq!(run("sip:ex.test", &partly, true, &ALL).0, "tcp 192.0.2.2:5062 tls2.ex.test");
}

#[test]
fn naptr_of_what_we_cannot_do_is_no_way_and_odd_ones_are_passed_over() {
    let sctp = Zone { naptr: vec![naptr(1, 1, "SIP+D2S", "_sip._sctp.ex.test")], ..full_zone() };
    assert_eq!(run("sip:ex.test", &sctp, true, &ALL).0, "Unsupported");
    let mut odd = naptr(1, 1, "SIP+D2U", "x.test");
    odd.flags = "a".into();
    let odd = Zone { naptr: vec![odd, naptr(1, 1, "SIP+D2U", "")], ..without_naptr() };
    assert!(run("sip:ex.test", &odd, true, &ALL).0.starts_with("tls "), "as without NAPTR");
    let empty = Zone { naptr: vec![naptr(1, 1, "sips+d2t", "_sips._tcp.gone.test")], ..hosts_only() };
    assert_eq!(run("sip:ex.test", &empty, false, &ALL).0, "tls 192.0.2.9:5061 ex.test");
}

#[test]
fn a_silent_dns_is_named_as_the_reason() {
    let broken = Zone { broken: true, ..full_zone() };
    let (found, asked) = run("sip:ex.test", &broken, true, &ALL);
    assert_eq!(found, "Dns");
    assert_eq!(asked.len(), 1 + 3 + 1, "{asked:?}");
}

#[test]
fn a_thousand_records_are_bounded() {
    let many = |count: u16| (0..count).map(|number| srv(number, 5061, &format!("h{number}.test"))).collect::<Vec<_>>();
    let means = Means { transports: vec![Transport::Tls], cleartext: false };
    let mut locate = Locate::new(&Uri::parse("sips:ex.test").unwrap(), means, Chance::seeded(1));
    let mut hosts = 0;
    let targets = loop {
        match locate.poll().unwrap() {
            Output::Ask(question) => {
                let answer = match &question {
                    Question::Naptr(_) => Answer::Naptr(vec![naptr(1, 1, "SIPS+D2T", "_sips._tcp.ex.test"); 5000]),
                    Question::Srv(_) => Answer::Srv(many(5000)),
                    Question::Addresses(_) => {
                        hosts += 1;
                        Answer::Addresses((0..200).map(|last| [192, 0, 2, last].into()).collect())
                    }
                };
                locate.handle(Moment::START, Input::Answered(question, answer));
            }
            Output::Found(targets) => break targets,
            Output::NotFound(why) => panic!("{why}"),
        }
    };
    assert_eq!(hosts, SERVERS);
    assert_eq!(targets.len(), SERVERS * ADDRESSES);
}

#[test]
fn answers_to_what_was_not_asked_change_nothing() {
    let means = Means { transports: ALL.to_vec(), cleartext: true };
    let mut locate = Locate::new(&Uri::parse("sip:ex.test").unwrap(), means, Chance::seeded(1));
    locate.poll();
    let forged = Question::Addresses("ex.test".into());
    locate.handle(Moment::START, Input::Answered(forged, Answer::Addresses(vec![[192, 0, 2, 66].into()])));
    let other = Question::Naptr("other.test".into());
    locate.handle(Moment::START, Input::Answered(other, Answer::Naptr(vec![naptr(1, 1, "SIP+D2U", "evil.test")])));
    assert_eq!(locate.poll(), None);
    // An answer of the wrong kind is no answer.
    locate.handle(Moment::START, Input::Answered(Question::Naptr("ex.test".into()), Answer::Srv(vec![srv(1, 1, "evil.test")])));
    assert!(matches!(locate.poll(), Some(Output::Ask(Question::Srv(_)))));
}
