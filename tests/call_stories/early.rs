//! What comes of our call before it is answered: early answers, forks, and which of them holds in the end.

use super::actor::In;
use super::roads::SERVER;
use super::town::{Plan, Town, account};
use offhook::engine::command::Command;
use offhook::engine::event::{Figures, Ticket};
use offhook::engine::input::{Input, MediaIn, SipIn};
use offhook::engine::state::CallPhase;
use offhook::protocol::rtp::{Direction, MediaPlan};
use offhook::protocol::sip::flow::Transport;
use offhook::protocol::sip::message::{Request, Response};
use std::net::SocketAddr;

const ALICE: usize = 1;
const BOB: usize = 2;

/// What a gateway on this host answers, in clear.
fn clear(host: u8) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 10.0.9.{host}\r\ns=-\r\nc=IN IP4 10.0.9.{host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\n\
         a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
}

/// The same with keys.
fn sealed(host: u8) -> String {
    let inline = format!("{host:0>2}").repeat(20);
    clear(host) + &format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{inline}\r\n")
}

/// Alice has called; where the server would be stands the test.
struct Story {
    town: Town,
    invite: Request,
}

impl Story {
    fn new(allow_cleartext: bool) -> Story {
        let plan = Plan { allow_cleartext, ..Plan::over(Transport::Tls) };
        let mut town = plan.town(&["alice", "phone:bob"]);
        // His phone says nothing of its own.
        town.script(BOB, Box::new(|_| Vec::new()));
        town.sign_in_all();
        let call = Command::Call { account: account(), target: "bob".into(), ticket: Ticket(7) };
        town.command(ALICE, call);
        town.seconds(1.0);
        assert_eq!(town.told(ALICE).len(), 1, "{:?}", town.told(ALICE));
        let invite = town.last_request(ALICE, "INVITE");
        Story { town, invite }
    }

    /// A response under this tag.
    fn respond(&mut self, status: u16, tag: &str, body: Option<&str>) {
        let mut response = Response::to(&self.invite, status, Some(tag));
        response.headers.set("Contact", format!("<sip:{tag}@10.0.9.9;transport=tls>"));
        if let Some(body) = body {
            response.set_body("application/sdp", body.as_bytes().to_vec());
        }
        self.say(response.write());
    }

    fn say(&mut self, bytes: Vec<u8>) {
        let (_, flow) = *self.town.roads.flows.keys().find(|(actor, _)| *actor == ALICE).unwrap();
        let from = self.town.roads.server();
        let now = self.town.world.now();
        self.town.world.post(now, ALICE, In::Engine(Input::Sip(SipIn::Received { flow, from, bytes })));
        self.town.seconds(0.1);
    }

    fn media(&mut self, told: MediaIn) {
        let call = self.town.last_call(ALICE);
        self.town.input(ALICE, Input::Media(call, told));
        self.town.seconds(0.1);
    }

    fn early(&self) -> &[MediaPlan] {
        &self.town.roads.studio.threads[&self.town.at(ALICE)].early
    }

    fn early_hosts(&self) -> Vec<SocketAddr> {
        self.early().iter().filter_map(|plan| plan.remote).collect()
    }

    fn plan(&self) -> &MediaPlan {
        self.town.roads.studio.threads[&self.town.at(ALICE)].plan.as_ref().expect("it is answered")
    }

    fn told(&self) -> Vec<String> {
        self.town.told(ALICE).split_off(1)
    }

    fn end(mut self) {
        self.town.hang_up(ALICE);
        self.town.seconds(40.0);
    }
}

fn host(number: u8) -> SocketAddr {
    ([10, 0, 9, number], 40_000).into()
}

#[test]
fn an_announcement_is_heard_and_the_reason_stays() {
    for (status, ended) in [
        (404, "ended failed: 404 Not Found"),
        (486, "ended busy: 486 Busy Here"),
        (603, "ended declined: 603 Decline"),
        (480, "ended no-answer: 480 Temporarily Unavailable"),
    ] {
        let mut story = Story::new(true);
        story.respond(183, "gateway", Some(&clear(7)));
        assert_eq!(story.told(), ["works on it"], "nothing is heard yet, and nobody rings");
        assert_eq!(story.town.phase(ALICE), CallPhase::Began);
        assert_eq!(story.early_hosts(), [host(7)]);
        story.media(MediaIn::Early(true));
        assert_eq!(story.town.phase(ALICE), CallPhase::Early);
        // It says the same again, and rings besides: no news.
        story.respond(180, "gateway", Some(&clear(7)));
        assert_eq!(story.told(), ["works on it", "is heard"]);
        story.media(MediaIn::Early(false));
        story.media(MediaIn::Early(true));
        story.media(MediaIn::Figures(Figures { packets_received: 3, ..Figures::default() }));
        story.respond(status, "gateway", None);
        assert_eq!(story.told(), ["works on it", "is heard", "rings", "is heard", ended]);
        let thread = &story.town.roads.studio.threads[&story.town.at(ALICE)];
        assert_eq!((thread.stops, thread.plans), (1, 0));
        // What is late changes nothing.
        story.respond(183, "gateway", Some(&clear(8)));
        story.end();
    }
}

#[test]
fn keys_are_pressed_while_it_is_heard_and_not_before() {
    let mut story = Story::new(true);
    let press = |call| Command::Dtmf { call, key: '5' };
    story.respond(183, "menu", Some(&clear(7)));
    story.town.with_call(ALICE, press);
    story.media(MediaIn::Early(true));
    let before = story.town.roads.studio.keys;
    assert_eq!(before, 0);
    story.town.with_call(ALICE, press);
    story.town.seconds(0.1);
    assert_eq!(story.town.roads.studio.keys, 1);
    story.end();
}

#[test]
fn what_the_answer_says_holds_whatever_was_said_before() {
    // The same once more, another place, nothing at all (some gateways), and only we may speak.
    let only = clear(7) + "a=recvonly\r\n";
    for (body, remote, direction) in [
        (Some(clear(7)), host(7), Direction::SendRecv),
        (Some(clear(8)), host(8), Direction::SendRecv),
        (None, host(7), Direction::SendRecv),
        (Some(only), host(7), Direction::SendOnly),
    ] {
        let mut story = Story::new(true);
        story.respond(183, "gateway", Some(&clear(7)));
        let early = story.early()[0].clone();
        story.media(MediaIn::Early(true));
        story.respond(200, "gateway", body.as_deref());
        assert_eq!(story.told()[2..], ["talks PCMU/8000 clear"]);
        assert_eq!((story.plan().remote, story.plan().direction), (Some(remote), direction));
        assert_eq!(*story.plan() == early, remote == host(7) && direction == Direction::SendRecv);
        // A word of the thread that has crossed the answer.
        story.media(MediaIn::Early(false));
        assert!(matches!(story.town.phase(ALICE), CallPhase::Talking { .. }));
        story.end();
    }
}

#[test]
fn each_fork_has_an_answer_of_its_own_and_the_one_that_answers_wins() {
    let mut story = Story::new(true);
    story.respond(183, "one", Some(&sealed(1)));
    story.respond(180, "two", None);
    story.respond(183, "three", Some(&sealed(3)));
    story.respond(183, "one", Some(&sealed(2)));
    assert_eq!(story.told(), ["works on it", "rings"]);
    assert_eq!(story.early_hosts(), [host(2), host(3)]);
    let keys: Vec<_> = story.early().iter().map(|plan| plan.open.clone().unwrap()).collect();
    assert_ne!(keys[0], keys[1], "each has keys of its own");
    assert_eq!(story.early()[0].seal, story.early()[1].seal, "ours are those of the one offer");
    story.media(MediaIn::Early(true));
    story.respond(200, "one", Some(&sealed(2)));
    assert_eq!(story.told()[3..], ["talks PCMU/8000 encrypted"]);
    assert_eq!((story.plan().remote, story.plan().open.as_ref()), (Some(host(2)), Some(&keys[0])));
    // The other one answers too, too late.
    let byes = story.town.lines(ALICE, SERVER).iter().filter(|line| *line == "BYE").count();
    story.respond(200, "three", Some(&sealed(3)));
    let lines = story.town.lines(ALICE, SERVER);
    assert_eq!(lines.iter().filter(|line| *line == "BYE").count(), byes + 1, "{lines:?}");
    assert_eq!(story.plan().remote, Some(host(2)));
    story.end();
}

#[test]
fn an_early_answer_that_may_not_be_heard_is_not_and_ends_nothing() {
    // In clear where that is not allowed; what nobody can read; a body where there is none to be.
    for body in [clear(7), "v=0\r\nnonsense".into(), String::new()] {
        let mut story = Story::new(false);
        story.respond(183, "gateway", Some(&body));
        story.respond(180, "gateway", None);
        assert_eq!(story.told(), ["works on it", "rings"]);
        assert!(story.early().is_empty());
        story.respond(200, "phone", Some(&sealed(7).replace("RTP/AVP", "RTP/SAVP")));
        assert_eq!(story.told()[2..], ["talks PCMU/8000 encrypted"]);
        story.end();
    }
}

#[test]
fn who_says_in_clear_early_what_may_not_be_said_so_is_hung_up_when_the_answer_says_no_more() {
    let mut story = Story::new(false);
    story.respond(183, "gateway", Some(&clear(7)));
    story.respond(200, "gateway", None);
    story.town.seconds(1.0);
    assert!(story.told()[1].starts_with("ended failed: "), "{:?}", story.told());
    assert!(story.town.lines(ALICE, SERVER).ends_with(&["ACK".into(), "BYE".into()]));
    story.end();
}

#[test]
fn a_redirection_ends_what_was_heard() {
    let mut story = Story::new(true);
    story.respond(180, "one", None);
    story.respond(183, "one", Some(&clear(1)));
    story.media(MediaIn::Early(true));
    let mut moved = Response::to(&story.invite, 302, Some("one"));
    moved.headers.set("Contact", "<sip:carol@example.test>");
    story.say(moved.write());
    assert!(story.early().is_empty(), "nobody of before is heard");
    story.invite = story.town.last_request(ALICE, "INVITE");
    assert_eq!(story.invite.uri.to_string(), "sip:carol@example.test");
    story.end();
    // An offer that was refused is made anew under other keys.
    let mut story = Story::new(true);
    story.respond(183, "one", Some(&sealed(1)));
    let ours = story.early()[0].seal.clone();
    story.respond(488, "one", None);
    assert!(story.early().is_empty());
    story.town.seconds(1.0);
    story.invite = story.town.last_request(ALICE, "INVITE");
    story.respond(183, "one", Some(&sealed(1).replace("RTP/AVP", "RTP/SAVP")));
    assert!(story.early()[0].seal.is_some() && story.early()[0].seal != ours);
    story.end();
}

#[test]
fn a_hundred_forks_are_too_many() {
    let mut story = Story::new(true);
    for number in 0..100 {
        story.respond(183, &format!("fork{number}"), Some(&clear(number)));
    }
    assert_eq!(story.early().len(), 8);
    story.respond(200, "fork99", Some(&clear(99)));
    assert_eq!(story.plan().remote, Some(host(99)));
    story.end();
}
