//! The call manager against our own user agents in virtual time, sound and all.

use super::{Answers, Asked, B2bua, Cue, Deposited, In, Out, RingEnd, SecondClient, Settings, Subscriber};
use crate::lab::voices::Clip;
use crate::machine::{Chance, Machine, Moment, Secret};
use crate::media::g711::Law;
use crate::media::tone::{Sine, level_of};
use crate::media::{self, RATE, SILENCE};
use crate::protocol::rtp::{Codec, Direction};
use crate::protocol::sdp::{Negotiator, Security};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Message, Response, Uri};
use crate::protocol::sip::registration::Device;
use crate::protocol::sip::user_agent::{Config, Input, Output, SessionId, UserAgent};
use std::net::SocketAddr;
use std::time::Duration;

const HERE: &str = "10.0.0.1:5060";

fn at(milliseconds: u64) -> Moment {
    Moment::START + Duration::from_millis(milliseconds)
}

fn settings(encrypted: bool) -> Settings {
    let mut settings = Settings::new("cucm.lab.example", HERE.parse().unwrap());
    settings.heard.insert(Transport::Tls, "10.0.0.1:5061".parse().unwrap());
    settings.encrypted = encrypted;
    let cues = vec![Cue::Say(Clip::Answer(0)), Cue::Listen(Duration::from_secs(4)), Cue::Say(Clip::Goodbye), Cue::HangUp];
    for (number, user, answers) in [
        ("1001", "ana", Answers::Mailbox),
        ("1002", "bob", Answers::Mailbox),
        ("1003", "chen", Answers::Mailbox),
        ("1004", "dora", Answers::Person(Duration::from_secs(3), cues)),
    ] {
        let password = format!("pw-{user}");
        let (number, name, user) = (number.to_owned(), user.to_uppercase(), user.to_owned());
        settings.subscribers.push(Subscriber { number, user, name, password, answers });
    }
    settings
}

/// A telephone: our user agent, what it says as a tone, and all that it hears.
struct Phone {
    agent: UserAgent,
    here: SocketAddr,
    transport: Transport,
    sdp: Negotiator,
    media: Option<media::Leg>,
    tone: Sine,
    heard: Vec<i16>,
    told: Vec<Output>,
    session: Option<SessionId>,
}

impl Phone {
    fn new(number: u16, settings: &Settings, codecs: &[Codec]) -> Phone {
        let transport = if settings.encrypted { Transport::Tls } else { Transport::Tcp };
        let here: SocketAddr = format!("10.0.1.{}:40000", number % 1000).parse().unwrap();
        let heard = settings.heard[&transport];
        let proxy = Uri::parse(&format!("sip:{heard};transport={}", transport.uri_token())).unwrap();
        let config = Config {
            address: Uri::parse(&format!("sip:{number}@cucm.lab.example")).unwrap(),
            proxies: vec![proxy],
            // Ana's telephone is a device of the call manager, the others are phones of open standards.
            digest_user: (number == 1001).then(|| "ana".into()),
            device: (number == 1001).then(|| Device { name: "CSFANA".into(), model: 503, contact: "a8ae9f92".into() }),
            allow_cleartext: true,
            instance: format!("urn:uuid:{number}"),
            product: "phone".into(),
            display_name: None,
            first_flow: FlowId(1),
        };
        let security = if settings.encrypted { Security::Required } else { Security::Clear };
        let rtp = SocketAddr::new(here.ip(), 30_000);
        let mut chance = Chance::seeded(number.into());
        Phone {
            sdp: Negotiator::new(rtp, security, codecs.to_vec(), chance.fork()),
            agent: UserAgent::new(config, chance),
            here,
            transport,
            media: None,
            tone: Sine::new(f64::from(number % 10) * 300.0 + 200.0, 0.2, RATE),
            heard: vec![],
            told: vec![],
            session: None,
        }
    }

    fn has(&self, is: impl Fn(&Output) -> bool) -> bool {
        self.told.iter().any(is)
    }

    /// How much of the tone of `number` was heard in the last second.
    fn hears(&self, number: u16) -> f64 {
        let last = &self.heard[self.heard.len().saturating_sub(48_000)..];
        level_of(last, f64::from(number % 10) * 300.0 + 200.0, RATE)
    }

    fn plan(&mut self, now: Moment, plan: crate::protocol::rtp::MediaPlan) {
        self.media = Some(media::Leg::new(now, plan, Chance::seeded(9)));
    }
}

/// Telephones and the call manager, on a network that takes no time.
struct Town {
    now: Moment,
    server: B2bua,
    phones: Vec<Phone>,
    /// Next beat of the telephones.
    beat: Moment,
    answers: bool,
    said: Vec<Out>,
    wire: Vec<Message>,
}

impl Town {
    fn new(settings: Settings, numbers: &[u16], codecs: &[Codec]) -> Town {
        let phones = numbers.iter().map(|number| Phone::new(*number, &settings, codecs)).collect();
        let server = B2bua::new(settings, Chance::seeded(1));
        let (said, wire) = (vec![], vec![]);
        let mut town = Town { now: at(0), server, phones, beat: at(7), answers: true, said, wire };
        for index in 0..town.phones.len() {
            town.phones[index].agent.handle(at(0), Input::Register);
        }
        town.run(100);
        town
    }

    fn call(&mut self, index: usize, target: &str) {
        let offer = self.phones[index].sdp.offer(Direction::SendRecv);
        let session = SessionId(2);
        self.phones[index].session = Some(session);
        let target = Uri::parse(&format!("sip:{target}@cucm.lab.example")).unwrap();
        self.phones[index].agent.handle(self.now, Input::Invite { session, target, offer: Some(offer) });
        self.settle();
    }

    fn hang_up(&mut self, index: usize) {
        let session = self.phones[index].session.unwrap();
        self.phones[index].agent.handle(self.now, Input::End { session });
        self.settle();
    }

    /// So many milliseconds go by.
    fn run(&mut self, milliseconds: u64) {
        let until = self.now + Duration::from_millis(milliseconds);
        self.settle();
        loop {
            let wakes = self.phones.iter().filter_map(|phone| phone.agent.wake()).chain(self.server.wake());
            let next = wakes.map(|wake| wake.at).chain([self.beat]).min().unwrap();
            if next > until {
                break;
            }
            self.now = next.max(self.now);
            for phone in &mut self.phones {
                phone.agent.expire(self.now);
            }
            self.server.expire(self.now);
            if self.beat <= self.now {
                self.beat += Duration::from_millis(20);
                self.sound();
            }
            self.settle();
        }
        self.now = until;
    }

    fn sound(&mut self) {
        for phone in &mut self.phones {
            let Some(media) = &mut phone.media else { continue };
            let mut frame = SILENCE;
            media.play(self.now, &mut frame);
            phone.heard.extend(frame);
            let mut said = SILENCE;
            said.iter_mut().zip(&mut phone.tone).for_each(|(place, sample)| *place = sample);
            let (mut sent, from) = (Vec::new(), SocketAddr::new(phone.here.ip(), 30_000));
            media.capture(self.now, &said, &mut |_, to, bytes| sent.push((to.port(), bytes.to_vec())));
            for (port, bytes) in sent {
                self.server.handle(self.now, In::Sound { port, from, bytes });
            }
        }
    }

    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(out) = self.server.poll() {
                quiet = false;
                self.route(out);
            }
            for index in 0..self.phones.len() {
                while let Some(output) = self.phones[index].agent.poll() {
                    quiet = false;
                    self.hear(index, output);
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn route(&mut self, out: Out) {
        match out {
            Out::Send { to, bytes, .. } => {
                self.wire.extend(Message::parse(&bytes).ok());
                let Some(phone) = self.phones.iter_mut().find(|phone| phone.here == to) else { return };
                phone.agent.handle(self.now, Input::Received { flow: FlowId(1), from: HERE.parse().unwrap(), bytes });
            }
            Out::Sound { port, to, bytes } => {
                let from = SocketAddr::new("10.0.0.1".parse().unwrap(), port);
                let Some(phone) = self.phones.iter_mut().find(|phone| phone.here.ip() == to.ip()) else { return };
                if let Some(media) = &mut phone.media {
                    media.receive(self.now, from, &bytes);
                }
            }
            other => self.said.push(other),
        }
    }

    fn hear(&mut self, index: usize, output: Output) {
        let (now, answers) = (self.now, self.answers);
        let phone = &mut self.phones[index];
        match output.clone() {
            Output::Open { flow, transport, remote, .. } => {
                let opened = Flow { id: flow, transport, local: phone.here, remote };
                phone.agent.handle(now, Input::Opened(opened));
            }
            Output::Send { bytes, .. } => {
                let (transport, from) = (phone.transport, phone.here);
                self.server.handle(now, In::Received { transport, from, bytes });
            }
            Output::PasswordWanted => phone.agent.handle(now, Input::Password(Secret::new("pw-ana".into()))),
            Output::Incoming { session, offer, .. } => {
                phone.session = Some(session);
                phone.agent.handle(now, Input::Ring { session });
                if answers {
                    let (body, plan) = phone.sdp.offer_received(&offer.unwrap(), Direction::SendRecv).unwrap();
                    phone.agent.handle(now, Input::Accept { session, body });
                    phone.plan(now, plan);
                }
            }
            Output::Answered { body, .. } => {
                let plan = phone.sdp.answer_received(&body.unwrap()).unwrap();
                phone.plan(now, plan);
            }
            Output::Ended { .. } => phone.media = None,
            _ => {}
        }
        self.phones[index].told.push(output);
    }

    fn deposited(&self) -> Vec<&Deposited> {
        self.said.iter().filter_map(|out| if let Out::Deposited(message) = out { Some(message) } else { None }).collect()
    }

    fn responses(&self) -> Vec<&Response> {
        self.wire.iter().filter_map(|message| if let Message::Response(it) = message { Some(it) } else { None }).collect()
    }
}

fn is_answered(output: &Output) -> bool {
    matches!(output, Output::Answered { .. })
}

#[test]
fn a_device_registers_as_with_cucm_and_stays_registered() {
    let mut town = Town::new(settings(false), &[1001], &[]);
    assert!(town.phones[0].has(|told| matches!(told, Output::Registered { expires, .. } if expires.as_secs() == 120)));
    let [trying, ok] = town.responses()[..] else { panic!("{:?}", town.wire) };
    assert_eq!((trying.status, ok.status, ok.headers.get("Expires")), (100, 200, Some("120")));
    assert!(ok.headers.get("Contact").unwrap().contains(";x-cisco-newreg"), "{ok:?}");
    assert_eq!(ok.headers.get("Server"), Some("Cisco-CUCM12.5"));
    town.run(600_000);
    assert_eq!(town.server.devices(town.now, "1001"), 1);
    let last = *town.responses().last().unwrap();
    assert!(!last.headers.get("Contact").unwrap().contains("newreg"), "{last:?}");
}

#[test]
fn what_jabber_sends_is_taken_and_a_second_client_may_be_refused() {
    let mut town = Town::new(Settings { second_client: SecondClient::Refused, ..settings(false) }, &[], &[]);
    let register = |from: &str, number: u32, reason: &str| {
        let part = "--b\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n\r\n<bulkregisterreq/>\r\n--b--\r\n";
        format!(
            "REGISTER sip:cucm.lab.example SIP/2.0\r\nVia: SIP/2.0/TCP {from};branch=z9hG4bK{number}\r\n\
             From: <sip:1001@cucm.lab.example>;tag=a\r\nTo: <sip:1001@cucm.lab.example>\r\nCall-ID: {from}\r\n\
             Max-Forwards: 70\r\nCSeq: {number} REGISTER\r\nUser-Agent: Cisco-CSF\r\n\
             Contact: <sip:c0@{from};transport=tcp>;+sip.instance=\"<urn:uuid:1>\";\
             +u.sip!devicename.ccm.cisco.com=\"CSFANA\";+u.sip!model.ccm.cisco.com=\"503\";video\r\n\
             Supported: replaces,X-cisco-srtp-fallback\r\n{reason}Expires: 3600\r\n\
             Content-Type: multipart/mixed; boundary=b\r\nContent-Length: {}\r\n\r\n{part}",
            part.len()
        )
    };
    let mut send = |from: &str, number: u32, reason: &str| {
        let bytes = register(from, number, reason).into_bytes();
        town.server.handle(at(5), In::Received { transport: Transport::Tcp, from: from.parse().unwrap(), bytes });
        town.settle();
        town.responses().last().map(|response| (response.status, response.headers.get("Warning").map(str::to_owned))).unwrap()
    };
    assert_eq!(send("10.0.1.1:40000", 101, ""), (200, None));
    let (status, warning) = send("10.0.2.2:40000", 101, "");
    assert!(status == 403 && warning.unwrap().contains("Registration is active for another client"));
    let forced = "Reason: SIP;cause=200;text=\"cisco-alarm:111 Name=CSFANA Last=Application-Requested-Destroy\"\r\n";
    assert_eq!(send("10.0.2.2:40000", 102, forced), (200, None));
    assert_eq!(town.server.devices(at(6), "1001"), 1);
    town.server.handle(at(7), In::Closed("10.0.2.2:40000".parse().unwrap()));
    assert_eq!(town.server.devices(at(8), "1001"), 0);
}

#[test]
fn a_password_is_asked_for_where_the_site_wants_it() {
    let digest = Settings { digest: true, ..settings(false) };
    let town = Town::new(digest.clone(), &[1001], &[]);
    assert!(town.phones[0].has(|told| matches!(told, Output::Registered { .. })));
    let town = Town::new(digest, &[1002], &[]);
    assert!(!town.phones[0].has(|told| matches!(told, Output::Registered { .. })));
    assert_eq!(town.responses().last().unwrap().status, 401);
}

#[test]
fn the_echo_gives_back_what_it_hears_also_sealed() {
    for (encrypted, codec) in [(false, Codec::Opus), (true, Codec::Opus), (false, Codec::Pcmu), (true, Codec::Pcmu)] {
        let mut town = Town::new(settings(encrypted), &[1001], &[codec]);
        town.call(0, "9000");
        town.run(3000);
        let level = town.phones[0].hears(1001);
        assert!(level > 0.15, "{codec:?} {encrypted}: {level}");
        let body = town.responses().iter().rfind(|response| !response.body.is_empty()).unwrap().body.clone();
        let body = String::from_utf8(body).unwrap();
        assert_eq!((body.contains("RTP/SAVP"), body.contains("a=crypto")), (encrypted, encrypted), "{body}");
        town.hang_up(0);
        town.run(200_000);
        assert_eq!((town.server.talking(), town.server.legs.len(), town.server.ports.used()), (0, 0, 0));
    }
}

#[test]
fn a_call_in_clear_is_refused_where_the_site_is_encrypted() {
    let mut town = Town::new(settings(true), &[1001], &[]);
    town.phones[0].sdp = Negotiator::new("10.0.1.1:30000".parse().unwrap(), Security::Clear, vec![], Chance::seeded(3));
    town.call(0, "echo");
    town.run(500);
    assert_eq!(town.responses().last().unwrap().status, 488);
}

#[test]
fn in_a_conference_each_hears_the_others_and_not_themselves() {
    let mut town = Town::new(settings(false), &[1001, 1002, 1003], &[]);
    (0..3).for_each(|index| town.call(index, "8000"));
    town.run(3000);
    for (index, own) in [1001, 1002, 1003].into_iter().enumerate() {
        for other in [1001, 1002, 1003] {
            let level = town.phones[index].hears(other);
            assert_eq!(level > 0.1, other != own, "{own} hears {other}: {level}");
            assert!(other != own || level < 0.02, "{own} hears themselves: {level}");
        }
    }
}

#[test]
fn two_devices_are_joined_by_what_they_say() {
    let mut town = Town::new(settings(false), &[1001, 1002], &[]);
    town.phones[1].sdp =
        Negotiator::new("10.0.1.2:30000".parse().unwrap(), Security::Clear, vec![Codec::Pcmu], Chance::seeded(3));
    town.call(0, "1002");
    town.run(3000);
    assert!(town.phones[0].has(|told| matches!(told, Output::Progress { status: 180, .. })));
    let from = town.phones[1].told.iter().find_map(|told| match told {
        Output::Incoming { from, .. } => Some(from.to_string()),
        _ => None,
    });
    assert!(from.unwrap().starts_with("\"ANA\" <sip:1001@cucm.lab.example>"));
    assert!(town.phones[0].hears(1002) > 0.15 && town.phones[1].hears(1001) > 0.15);
    town.hang_up(1);
    town.run(1000);
    assert!(town.phones[0].has(|told| matches!(told, Output::Ended { .. })));
}

#[test]
fn whoever_gives_up_stops_the_ringing_and_nobody_answers_for_long() {
    let mut town = Town::new(settings(false), &[1001, 1002], &[]);
    town.answers = false;
    town.call(0, "bob");
    town.run(2000);
    town.hang_up(0);
    town.run(1000);
    assert!(town.phones[1].has(|told| matches!(told, Output::Ended { .. })));
    let mut town = Town::new(Settings { forward_to_voicemail: false, ..settings(false) }, &[1001, 1002], &[]);
    town.answers = false;
    town.call(0, "1002");
    town.run(25_000);
    assert!(town.phones[1].has(|told| matches!(told, Output::Ended { .. })));
    let mut invites = town.responses().into_iter().filter(|it| it.headers.get("CSeq").unwrap().contains("INVITE"));
    assert_eq!(invites.next_back().unwrap().status, 480);
    town.call(0, "4711");
    town.run(500);
    assert_eq!(town.responses().last().unwrap().status, 404);
}

#[test]
fn a_mailbox_greets_beeps_and_records_until_the_end() {
    let mut town = Town::new(settings(false), &[1001, 1002], &[]);
    town.answers = false;
    town.call(0, "1002");
    town.run(19_000);
    assert!(!town.phones[0].has(is_answered));
    town.run(12_000);
    assert!(town.phones[0].has(is_answered));
    let loud = town.phones[0].heard.iter().filter(|sample| sample.unsigned_abs() > 1000).count();
    assert!(loud > 20_000, "the greeting: {loud}");
    let beep = town.phones[0].heard.chunks(4800).map(|chunk| level_of(chunk, 1000.0, RATE)).fold(0.0, f64::max);
    assert!(beep > 0.15, "{beep}");
    town.hang_up(0);
    town.run(500);
    let [message] = town.deposited()[..] else { panic!("{:?}", town.said) };
    assert_eq!((message.mailbox.as_str(), message.caller.as_str(), message.name.as_str()), ("1002", "1001", "ANA"));
    let pcm: Vec<i16> = message.sound.iter().map(|code| Law::Mu.decode(*code)).collect();
    assert!(pcm.len() > 8_000 && level_of(&pcm[4_000..], 500.0, 8_000) > 0.15, "{} samples", pcm.len());
    town.server.handle(town.now, In::Waiting { number: "1002".into(), new: 1, old: 0 });
    town.settle();
    let told = town.phones[1].told.iter().find_map(|told| match told {
        Output::MessageWaiting { body } => Some(String::from_utf8(body.clone()).unwrap()),
        _ => None,
    });
    assert!(told.unwrap().contains("Messages-Waiting: yes\r\n"));
}

#[test]
fn whoever_hangs_up_in_the_greeting_has_left_nothing_and_the_pilot_is_ones_own() {
    let mut town = Town::new(settings(false), &[1001], &[]);
    town.call(0, "5000");
    town.run(1500);
    town.hang_up(0);
    town.run(500);
    assert_eq!(town.deposited().len(), 0);
    town.call(0, "voicemail");
    town.run(10_000);
    town.hang_up(0);
    town.run(500);
    assert_eq!(town.deposited().first().map(|message| message.mailbox.as_str()), Some("1001"));
}

#[test]
fn a_person_of_the_lab_answers_listens_and_hangs_up() {
    let mut town = Town::new(settings(false), &[1001], &[]);
    town.call(0, "dora");
    town.run(2500);
    assert!(!town.phones[0].has(is_answered));
    town.run(20_000);
    assert!(town.phones[0].has(is_answered) && town.phones[0].has(|told| matches!(told, Output::Ended { .. })));
    let loud = town.phones[0].heard.iter().filter(|sample| sample.unsigned_abs() > 1000).count();
    assert!(loud > 40_000, "{loud}");
}

#[test]
fn a_person_of_the_lab_rings_and_speaks() {
    let mut town = Town::new(settings(true), &[1001], &[]);
    let cues = vec![Cue::Say(Clip::Ring), Cue::Listen(Duration::from_secs(3)), Cue::Say(Clip::Goodbye), Cue::HangUp];
    let asked = |to: &str| Asked { from: "1004".into(), to: to.into(), cues: cues.clone() };
    town.server.handle(town.now, In::Ring(asked("1001")));
    town.run(20_000);
    let loud = town.phones[0].heard.iter().filter(|sample| sample.unsigned_abs() > 1000).count();
    assert!(loud > 40_000, "{loud}");
    assert!(town.said.contains(&Out::Rang(asked("1001"), RingEnd::Spoke)), "{:?}", town.said);
    town.server.handle(town.now, In::Ring(asked("1002")));
    town.answers = false;
    town.server.handle(town.now, In::Ring(asked("1001")));
    town.run(30_000);
    assert!(town.said.contains(&Out::Rang(asked("1002"), RingEnd::Nobody)));
    assert!(town.said.contains(&Out::Rang(asked("1001"), RingEnd::Unanswered)));
}

#[test]
fn bytes_of_any_kind_do_no_harm() {
    let mut town = Town::new(settings(false), &[1001], &[]);
    let mut chance = Chance::seeded(5);
    town.call(0, "echo");
    for round in 0..300_u16 {
        let mut bytes = vec![0; 40];
        chance.fill(&mut bytes);
        let from: SocketAddr = format!("10.9.0.1:{}", 1000 + round % 5).parse().unwrap();
        let transport = if round % 2 == 0 { Transport::Tcp } else { Transport::Udp };
        town.server.handle(town.now, In::Received { transport, from, bytes: bytes.clone() });
        town.server.handle(town.now, In::Sound { port: super::PORTS.start, from, bytes });
    }
    town.run(2000);
    assert!(town.phones[0].hears(1001) > 0.15);
}
