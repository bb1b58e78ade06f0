//! The name server, asked in bytes.

use super::super::site::Site;
use super::super::wire::{Door, Line, Node, Places, WireIn, WireOut};
use super::{Over, Server, Told, Zone, answer};
use crate::machine::{Machine, Moment};
use crate::protocol::dns::{Answer, Question};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::time::Duration;

fn zone(text: &str) -> Zone {
    Zone::new(Site::parse(text).unwrap(), Places::default())
}

fn question(name: &str, kind: RecordType, edns: bool) -> Vec<u8> {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
    if edns {
        let mut edns = Edns::new();
        edns.set_max_payload(4096);
        message.set_edns(edns);
    }
    message.to_vec().unwrap()
}

fn ask(zone: &Zone, name: &str, kind: RecordType) -> Message {
    Message::from_vec(&answer(zone, &question(name, kind, true), Over::Tcp).unwrap()).unwrap()
}

#[test]
fn services_and_addresses_are_told() {
    let zone = zone("nodes = 2\n");
    let said = ask(&zone, "_Cisco-UDS._tcp.LAB.example.", RecordType::SRV);
    assert_eq!((said.metadata.id, said.metadata.response_code), (4711, ResponseCode::NoError));
    assert!(said.metadata.authoritative && said.edns.is_some());
    let servers: Vec<(u16, u16, String)> = said
        .answers
        .iter()
        .map(|record| match &record.data {
            RData::SRV(srv) => (srv.priority, srv.port, srv.target.to_ascii()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(servers, [(10, 8443, "cucm1.lab.example.".into()), (20, 8443, "cucm2.lab.example.".into())]);
    let said = ask(&zone, "cucm2.lab.example.", RecordType::A);
    assert!(matches!(&said.answers[0].data, RData::A(four) if four.0.octets() == [127, 0, 0, 2]), "{said:?}");
}

#[test]
fn what_is_not_there_is_said_with_the_authority() {
    let zone = zone("dns.sip = \"empty\"\ndns.sips = \"servfail\"\n");
    let code = |name: &str, kind| {
        let said = ask(&zone, name, kind);
        (said.metadata.response_code, said.answers.len(), said.authorities.len())
    };
    assert_eq!(code("_cuplogin._tcp.lab.example.", RecordType::SRV), (ResponseCode::NXDomain, 0, 1));
    assert_eq!(code("cucm9.lab.example.", RecordType::A), (ResponseCode::NXDomain, 0, 1));
    assert_eq!(code("cucm1.lab.example.", RecordType::AAAA), (ResponseCode::NoError, 0, 1));
    assert_eq!(code("lab.example.", RecordType::NAPTR), (ResponseCode::NoError, 0, 1));
    assert_eq!(code("_tcp.lab.example.", RecordType::A), (ResponseCode::NoError, 0, 1));
    assert_eq!(code("_sip._tcp.lab.example.", RecordType::SRV), (ResponseCode::NoError, 0, 1));
    assert_eq!(code("_sips._tcp.lab.example.", RecordType::SRV), (ResponseCode::ServFail, 0, 0));
    assert_eq!(code("elsewhere.example.", RecordType::A), (ResponseCode::Refused, 0, 0));
    assert_eq!(code("xlab.example.", RecordType::A), (ResponseCode::Refused, 0, 0));
}

#[test]
fn records_are_in_the_voice_domain_where_there_is_one() {
    let zone = zone("voice-domain = \"voice.example\"\n");
    assert!(matches!(zone.look("_cisco-uds._tcp.voice.example", true), Told::Srv(_)));
    assert_eq!(zone.look("_cisco-uds._tcp.lab.example", true), Told::Absent);
}

#[test]
fn a_long_answer_is_cut_in_a_datagram_and_whole_in_a_stream() {
    let zone = zone("dns.cisco-uds = \"many\"\n");
    for edns in [true, false] {
        let asked = question("_cisco-uds._tcp.lab.example.", RecordType::SRV, edns);
        let cut = answer(&zone, &asked, Over::Udp).unwrap();
        assert!(cut.len() <= 512, "{}", cut.len());
        let cut = Message::from_vec(&cut).unwrap();
        assert!(cut.metadata.truncation && cut.answers.is_empty());
        let whole = Message::from_vec(&answer(&zone, &asked, Over::Tcp).unwrap()).unwrap();
        assert_eq!((whole.answers.len(), whole.metadata.truncation), (1000, false));
        assert_eq!(whole.edns.is_some(), edns);
    }
}

#[test]
fn values_and_bytes_tell_the_same() {
    let text = "dns.cuplogin = \"silent\"\ndns.collab-edge = \"servfail\"\ndns.xmpp-client = \"dot\"\n";
    let zone = zone(&format!("{text}dns.answers.delay-ms = 30\n"));
    let srv = |name: &str| zone.answer(&Question::Srv(name.into()));
    let (late, found) = srv("_cisco-uds._tcp.lab.example");
    assert_eq!(late, Duration::from_millis(30));
    assert!(matches!(found, Answer::Srv(found) if found.len() == 1 && found[0].target == "cucm1.lab.example"));
    assert_eq!(srv("_cuplogin._tcp.lab.example").1, Answer::Timeout);
    assert!(answer(&zone, &question("_cuplogin._tcp.lab.example.", RecordType::SRV, false), Over::Udp).is_none());
    assert!(matches!(srv("_collab-edge._tls.lab.example").1, Answer::Failed(_)));
    assert!(matches!(srv("_xmpp-client._tcp.lab.example").1, Answer::Srv(found) if found[0].target.is_empty()));
    let said = ask(&zone, "_xmpp-client._tcp.lab.example.", RecordType::SRV);
    assert!(matches!(&said.answers[0].data, RData::SRV(srv) if srv.target.is_root()), "{said:?}");
    assert_eq!(srv("_sip._udp.lab.example").1, Answer::Srv(vec![]));
    assert_eq!(zone.answer(&Question::Naptr("lab.example".into())).1, Answer::Naptr(vec![]));
    assert!(
        matches!(zone.answer(&Question::Addresses("imp1.lab.example.".into())).1, Answer::Addresses(found) if found.len() == 1)
    );
}

#[test]
fn what_is_no_question_is_answered_as_such_or_not_at_all() {
    let zone = zone("");
    assert_eq!(answer(&zone, b"", Over::Udp), None);
    assert_eq!(answer(&zone, b"GET / HTTP/1.1\r\n", Over::Udp).map(|said| said[3] & 15), Some(1), "FORMERR");
    let mut asked = Message::from_vec(&question("lab.example.", RecordType::A, false)).unwrap();
    asked.metadata.message_type = MessageType::Response;
    assert_eq!(answer(&zone, &asked.to_vec().unwrap(), Over::Udp), None, "answers are not answered");
    asked.metadata.message_type = MessageType::Query;
    asked.metadata.op_code = OpCode::Update;
    let said = Message::from_vec(&answer(&zone, &asked.to_vec().unwrap(), Over::Udp).unwrap()).unwrap();
    assert_eq!(said.metadata.response_code, ResponseCode::NotImp);
}

#[test]
fn a_stream_is_understood_however_it_is_split_and_late_as_the_site_says() {
    let asked = question("_cisco-uds._tcp.lab.example.", RecordType::SRV, true);
    let framed = [&u16::try_from(asked.len()).unwrap().to_be_bytes()[..], &asked].concat().repeat(2);
    let line = Line { door: Door::DnsStream, node: Node::First, number: 1 };
    let whole = answer(&zone(""), &asked, Over::Tcp).unwrap();
    for split in 0..=framed.len() {
        let mut server = Server::new(zone("dns.answers.delay-ms = 40\n"));
        let (start, later) = (Moment::START, Moment::START + Duration::from_millis(40));
        server.handle(start, WireIn::Opened(line, ([127, 0, 0, 1], 9).into()));
        server.handle(start, WireIn::Heard(line, framed[..split].to_vec()));
        server.handle(start, WireIn::Heard(line, framed[split..].to_vec()));
        assert_eq!(server.poll(), None, "it is late");
        assert_eq!(server.wake().map(|wake| wake.at), Some(later));
        server.expire(later);
        let said: Vec<u8> = std::iter::from_fn(|| server.poll())
            .flat_map(|said| match said {
                WireOut::Say(_, bytes) => bytes,
                other => panic!("{other:?}"),
            })
            .collect();
        let one = [&u16::try_from(whole.len()).unwrap().to_be_bytes()[..], &whole].concat();
        assert_eq!(said, one.repeat(2), "split at {split}");
    }
}
