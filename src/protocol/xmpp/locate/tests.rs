//! The search, answered by hand.

use super::*;

fn srv(priority: u16, weight: u16, port: u16, target: &str) -> Srv {
    Srv { priority, weight, port, target: target.into() }
}

/// Answers every question by `answer` until there is an outcome; gives what was asked, too.
fn find(sought: Sought, answer: impl Fn(&Question) -> Answer) -> (Vec<Question>, Result<Vec<Endpoint>, NotFound>) {
    let mut locate = Locate::new(sought);
    let mut chance = Chance::seeded(1);
    let mut asked = Vec::new();
    for _ in 0..100 {
        let Some(question) = locate.poll() else { break };
        locate.handle(&question, answer(&question), &mut chance);
        asked.push(question);
    }
    (asked, locate.outcome().expect("all is answered").clone())
}

fn example(direct: Vec<Srv>, start: Vec<Srv>) -> Result<Vec<Endpoint>, NotFound> {
    find(Sought::Domain("example.test".into()), |question| match question {
        Question::Srv(name) if name.starts_with("_xmpps") => Answer::Srv(direct.clone()),
        Question::Srv(_) => Answer::Srv(start.clone()),
        Question::Addresses(host) if host == "nowhere.test" => Answer::Addresses(vec![]),
        _ => Answer::Addresses(vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()]),
    })
    .1
}

#[test]
fn both_sets_of_records_are_one_set() {
    let found = example(vec![srv(20, 0, 5223, "b.test")], vec![srv(10, 0, 5222, "a.test"), srv(30, 0, 80, "c.test")]);
    let found: Vec<_> = found.unwrap().into_iter().map(|end| (end.host, end.tls, end.addresses)).collect();
    let at =
        |port| vec![SocketAddr::new("192.0.2.1".parse().unwrap(), port), SocketAddr::new("2001:db8::1".parse().unwrap(), port)];
    let wanted = [
        ("a.test".to_owned(), Start::StartTls, at(5222)),
        ("b.test".to_owned(), Start::Direct, at(5223)),
        ("c.test".to_owned(), Start::StartTls, at(80)),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn the_same_target_in_both_sets_is_tried_both_ways() {
    let same = || vec![srv(0, 5, 443, "a.test")];
    let mut ways: Vec<_> = example(same(), same()).unwrap().into_iter().map(|end| end.tls).collect();
    ways.sort();
    assert_eq!(ways, [Start::Direct, Start::StartTls]);
}

#[test]
fn without_records_the_domain_itself_is_tried() {
    let found = example(vec![], vec![]).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].host.as_str(), found[0].addresses[0].port(), found[0].tls), ("example.test", 5222, Start::StartTls));
    let found = example(vec![srv(0, 0, 0, "")], vec![]).unwrap();
    assert_eq!(found[0].host, "example.test");
}

#[test]
fn a_dot_means_that_there_is_no_service() {
    assert_eq!(example(vec![], vec![srv(0, 0, 0, "")]), Err(NotFound::NotOffered("example.test".into())));
    let only_direct = example(vec![srv(0, 0, 5223, "a.test")], vec![srv(0, 0, 0, "")]).unwrap();
    assert_eq!(only_direct.len(), 1);
}

#[test]
fn records_that_lead_nowhere_are_passed_over_and_there_is_no_fallback() {
    let found = example(vec![], vec![srv(1, 0, 5222, "nowhere.test"), srv(2, 0, 5222, "b.test")]).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(example(vec![], vec![srv(1, 0, 5222, "nowhere.test")]), Err(NotFound::NoAddress("nowhere.test".into())));
}

#[test]
fn a_silent_dns_is_told_apart_from_a_missing_name() {
    let (_, outcome) = find(Sought::Domain("example.test".into()), |_| Answer::Failed("timed out".into()));
    assert_eq!(outcome, Err(NotFound::Failed { host: "example.test".into(), why: "timed out".into() }));
}

#[test]
fn a_named_server_and_literal_addresses_ask_for_no_records() {
    let server = |host: &str| Sought::Server { host: host.into(), port: 7, tls: Start::Direct };
    let (asked, found) = find(server("2001:db8::7"), |_| unreachable!("nothing is asked"));
    assert!(asked.is_empty());
    assert_eq!(found.unwrap()[0].addresses, ["[2001:db8::7]:7".parse().unwrap()]);
    let (asked, found) = find(server("chat.test"), |_| Answer::Addresses(vec!["192.0.2.9".parse().unwrap()]));
    assert_eq!(asked, [Question::Addresses("chat.test".into())]);
    assert_eq!(found.unwrap()[0].tls, Start::Direct);
    let (_, found) = find(Sought::Domain("[::1]".into()), |_| unreachable!("nothing is asked"));
    assert_eq!(found.unwrap()[0].addresses, ["[::1]:5222".parse().unwrap()]);
}

#[test]
fn a_thousand_records_are_a_dozen_attempts() {
    let many = (0..1000).map(|n| srv(n, 0, 5222, &format!("h{n}.test"))).collect();
    let found = example(vec![], many).unwrap();
    assert_eq!(found.len(), PLACES);
    assert_eq!(found[0].host, "h0.test");
}
