//! What decides whom a password goes to: the answer of the CAS, and SRV records. Both come from whoever holds the network.

use super::Row;
use offhook::engine::signin::{Answer, Discovery, DiscoveryIn, DiscoveryOut, Found, Launch, Purpose, Question};
use offhook::machine::{Chance, Machine, Moment};
use offhook::protocol::cisco::cas::{self, Organisation};
use offhook::protocol::dns::{self, Srv};
use offhook::protocol::http::Response;

/// The rows of discovery.
pub fn rows() -> Vec<Row> {
    let honest = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    vec![
        Row { name: "answer of the CAS", honest: honest(ANSWERS), read: Box::new(answer) },
        Row { name: "records of discovery", honest: honest(RECORDS), read: Box::new(records) },
    ]
}

/// Status, Location and body, a line each.
const ANSWERS: &[&str] = &[
    "200\n\n<?xml version=\"1.0\"?><federatedsso><status>FAILURE</status><error><errorcode>1</errorcode><reason>PROTOCOL ERROR</reason></error></federatedsso>",
    "200\n\n<federatedsso><error><errorcode>7</errorcode></error></federatedsso>",
    "200\n\n<federatedsso><status>SUCCESS</status><org>lab.example</org></federatedsso>",
    "302\nhttps://idp.lab.example/sso?RelayState=x&SAMLRequest=fZJNT8MwDIbv\n",
    "200\n\n<!DOCTYPE html><html><head><script>document.forms[0].submit()</script></head><body><form method='post' \
     action=\"https://idp.lab.example/sso\"><input type=\"hidden\" name=\"SAMLRequest\" value=\"PHNhbWw+\"/></form></body></html>",
    "302\nhttp://portal.hotel.test/login\n",
    "200\n\n<html><form action=/login><input name=user></form></html>",
];

/// An organisation with single sign-on is only what is listed; why else is said in one visible line.
fn answer(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.splitn(3, '\n');
    let status = lines.next().and_then(|line| line.trim().parse().ok()).unwrap_or(200);
    let location = lines.next().unwrap_or_default().to_owned();
    let body = lines.next().unwrap_or_default().as_bytes().to_vec();
    let page = String::from_utf8_lossy(&body).into_owned();
    let headers = if location.is_empty() { Vec::new() } else { vec![("Location".to_owned(), location.clone())] };
    match cas::parse(&Response { status, headers, body }) {
        Ok(Organisation::WithSso) if (300..400).contains(&status) => {
            assert!(location.trim().to_ascii_lowercase().starts_with("https:"), "{location:?}");
            assert!(location.contains('?'), "{location:?} asks nothing");
            true
        }
        Ok(Organisation::WithSso) => {
            assert!(page.contains("federatedsso") || page.contains("SAMLRequest"), "{page:?}");
            assert!(status == 200, "{status}");
            true
        }
        Ok(Organisation::WithoutSso | Organisation::None) => {
            assert!(status == 200 && page.contains("errorcode"), "{page:?}");
            true
        }
        Err(why) => {
            assert!(!why.is_empty() && !why.chars().any(char::is_control), "{why:?} can act on a terminal");
            false
        }
    }
}

/// Priority, weight, port and target, a record a line.
const RECORDS: &[&str] = &[
    "6 30 8443 cucm3.lab.example\n2 20 8443 cucm2.lab.example\n1 5 8443 cucm1.lab.example\n",
    "0 0 8443 .\n",
    "1 0 443 edge.voice.example.\n1 0 443 edge.evil.test\n",
    "0 0 8443 192.168.0.26\n0 65535 65535 CUCM1.LAB.EXAMPLE\n",
];

/// Whatever the records say, a decision falls, all that is told can be shown, and a target is ours or it is marked.
fn records(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let read = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let mut number = || words.next().and_then(|word| word.parse::<u16>().ok());
        let (priority, weight, port) = (number()?, number()?, number()?);
        let target = words.next()?;
        Some(Srv { priority, weight, port, target: target.strip_suffix('.').unwrap_or(target).to_owned() })
    };
    let records: Vec<Srv> = text.lines().filter_map(read).collect();
    let launch = Launch { domain: "lab.example".into(), voice_domain: Some("voice.example".into()), ..Launch::default() };
    let mut discovery = Discovery::new(launch, Purpose::Report, Chance::seeded(3), 0);
    let now = Moment::START;
    discovery.handle(now, DiscoveryIn::Start);
    let mut decided = None;
    while let Some(output) = discovery.poll() {
        match output {
            DiscoveryOut::Ask(id, question) => {
                let answer = match question {
                    Question::Dns { .. } => Answer::Dns(dns::Answer::Srv(records.clone())),
                    _ => Answer::Http { answer: Ok(Response::default()), certificate: None },
                };
                discovery.handle(now, DiscoveryIn::Answered(id, answer));
            }
            DiscoveryOut::Decided(decision, found) => decided = Some((decision, found)),
            _ => {}
        }
    }
    let (decision, found) = decided.expect("it has not decided");
    let texts = discovery.steps().iter().flat_map(|step| [&step.question, &step.server, &step.answer]).flatten();
    for text in texts.chain(&decision.servers).chain([&decision.rule]) {
        assert!(!text.chars().any(char::is_control), "{text:?} can act on a terminal");
    }
    let Found::Uds(targets) = found else { return false };
    assert!(targets.len() <= 64 && targets.len() == decision.servers.len());
    for target in &targets {
        let host = &target.server.host;
        let ours =
            ["lab.example", "voice.example"].iter().any(|domain| host == domain || host.ends_with(&format!(".{domain}")));
        assert_eq!(target.ask_first, !ours, "{host}");
    }
    true
}
