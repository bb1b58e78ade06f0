//! A mailbox played by hand: which server is asked when, and what is made of answers that come late.

use super::{Mailbox, MailboxIn};
use crate::engine::ask::{Answer, AskId, Question};
use crate::engine::command::VoicemailWish;
use crate::engine::event::{AccountName, Event, Lamp, LinkState, VoicemailId, VoicemailTold};
use crate::engine::output::Output;
use crate::engine::signin::uds::VoicemailService;
use crate::engine::signin::{self, Server};
use crate::machine::{Machine, Moment, Secret};
use crate::protocol::http::{Failure, Request, Response};
use std::time::Duration;

struct Desk {
    now: Moment,
    mailbox: Mailbox,
    asked: Vec<(AskId, Request)>,
    told: Vec<VoicemailTold>,
    links: Vec<LinkState>,
}

fn service(servers: &[&str], source: &str) -> VoicemailService {
    VoicemailService {
        servers: servers.iter().map(|host| Server::new(host, 443)).collect(),
        credentials_source: Some(source.into()).filter(|_| !source.is_empty()),
    }
}

const OURS: &str = "Unified CM - IM and Presence";

impl Desk {
    fn of(service: &VoicemailService) -> Desk {
        let mailbox = Mailbox::new(AccountName("work".into()), "ana".into(), vec!["lab.example".into()], service, 1 << 32);
        let mut desk = Desk { now: Moment::START, mailbox, asked: vec![], told: vec![], links: vec![] };
        desk.input(MailboxIn::SignIn(Some(Secret::new("pw".into()))));
        desk
    }

    fn two() -> Desk {
        Desk::of(&service(&["cuc1.lab.example", "cuc2.lab.example"], OURS))
    }

    /// It has read a mailbox with two messages, the newer one not heard.
    fn ready() -> Desk {
        let mut desk = Desk::two();
        desk.reads(
            r#"{"@total":"2","Message":[{"MsgId":"0:a","ArrivalTime":"2"},{"MsgId":"0:b","ArrivalTime":"1","Read":"true"}]}"#,
        );
        assert!(matches!(desk.links.last(), Some(LinkState::Online { .. })), "{:?}", desk.links);
        desk
    }

    fn input(&mut self, input: MailboxIn) {
        self.mailbox.handle(self.now, input);
        self.hear();
    }

    fn wish(&mut self, wish: VoicemailWish) {
        self.input(MailboxIn::Wish(wish));
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.mailbox.expire(self.now);
        self.hear();
    }

    fn hear(&mut self) {
        while let Some(output) = self.mailbox.poll() {
            match output {
                Output::Ask(id, Question::SignIn { question: signin::Question::Http(request), .. }) => {
                    self.asked.push((id, request));
                }
                Output::Event(Event::Voicemail { told, .. }) => self.told.push(told),
                Output::Event(Event::Link { state, .. }) => self.links.push(state),
                other => panic!("{other:?}"),
            }
        }
    }

    /// What is asked and not answered, as host and the last parts of the path.
    fn open(&self) -> Vec<String> {
        let short = |request: &Request| {
            let path = request.url.path().trim_start_matches("/vmrest/").trim_start_matches("mailbox/folders/").to_owned();
            format!("{} {path}", request.url.host_str().unwrap().split('.').next().unwrap())
        };
        self.asked.iter().map(|(_, request)| short(request)).collect()
    }

    /// The oldest open question is answered.
    fn answer(&mut self, answer: Result<(u16, &str), Failure>) {
        let (id, _) = self.asked.remove(0);
        let answer = answer.map(|(status, body)| Response { status, headers: vec![], body: body.as_bytes().to_vec() });
        self.input(MailboxIn::Answered(id, Answer::SignIn(signin::Answer::Http { answer, certificate: None })));
    }

    /// The mailbox is read whole: this is in the inbox, and nothing was deleted.
    fn reads(&mut self, inbox: &str) {
        if self.open()[0].ends_with(" mailbox") {
            self.answer(Ok((200, "{}")));
        }
        self.answer(Ok((200, inbox)));
        self.answer(Ok((200, "{}")));
    }

    fn fails(&mut self) {
        self.answer(Err(Failure::Unreachable("nobody listens there".into())));
    }
}

fn id(id: &str) -> VoicemailId {
    VoicemailId(format!("0:{id}"))
}

#[test]
fn another_server_is_asked_where_one_fails_and_it_is_put_off_where_all_do() {
    let mut desk = Desk::two();
    assert_eq!(desk.open(), ["cuc1 mailbox"]);
    desk.fails();
    assert_eq!(desk.open(), ["cuc2 mailbox"]);
    desk.answer(Ok((503, "")));
    assert!(matches!(desk.links.last(), Some(LinkState::Waiting { why, .. }) if why.what.contains("cuc2")), "{:?}", desk.links);
    assert_eq!(desk.open(), [""; 0]);
    for seconds in [15, 30, 60, 120, 300, 300] {
        desk.wait(seconds - 1);
        assert_eq!(desk.open(), [""; 0], "{seconds}");
        desk.wait(1);
        assert_eq!(desk.open().len(), 1, "{seconds}");
        desk.fails();
        desk.fails();
    }
    // Another network, or the user, does not wait so long.
    desk.input(MailboxIn::NetworkChanged);
    assert_eq!(desk.open().len(), 1);
    desk.reads("{}");
    assert!(matches!(desk.links.last(), Some(LinkState::Online { .. })));
    desk.wish(VoicemailWish::Read);
    desk.fails();
    assert_eq!(desk.open(), ["cuc1 inbox/messages"], "the one that answered last is asked first");
    desk.fails();
    assert!(matches!(desk.links.last(), Some(LinkState::Waiting { retry_in, .. }) if retry_in.as_secs() == 15));
    desk.wish(VoicemailWish::Read);
    assert_eq!(desk.open().len(), 1);
}

#[test]
fn nobody_gets_the_password_who_lies_outside_or_is_not_said_to_take_it() {
    for (servers, source, says) in [
        (&["cuc1.lab.example"][..], "", "does not say that it takes your password"),
        (&["cuc1.lab.example"], "Not set", "does not say that it takes your password"),
        (&["cuc1.lab.example"], "Web conferencing", "does not say that it takes your password"),
        (&["cuc1.evil.example", "192.0.2.1", "evillab.example"], OURS, "cuc1.evil.example:443 lies outside"),
    ] {
        let mut desk = Desk::of(&service(servers, source));
        assert_eq!(desk.open(), [""; 0], "{servers:?} {source}");
        assert!(matches!(desk.links.as_slice(), [LinkState::Failed(why)] if why.what.contains(says)), "{:?}", desk.links);
        desk.wait(3_600);
        desk.input(MailboxIn::NetworkChanged);
        assert_eq!(desk.open(), [""; 0]);
    }
    let desk = Desk::of(&service(&["cuc1.evil.example", "cuc2.lab.example"], OURS));
    assert_eq!(desk.open(), ["cuc2 mailbox"]);
}

#[test]
fn where_no_telephone_tells_it_is_read_now_and_then_and_not_where_one_does() {
    let mut desk = Desk::ready();
    desk.wait(599);
    assert_eq!(desk.open(), [""; 0]);
    desk.wait(1);
    assert_eq!(desk.open(), ["cuc1 inbox/messages"], "what the mailbox keeps is known");
    desk.reads("{}");
    desk.input(MailboxIn::Lamp(Lamp { lit: false, counts: Some((0, 0)) }));
    desk.wait(100_000);
    assert_eq!((desk.open(), desk.mailbox.wake()), (vec![], None));
    desk.input(MailboxIn::Lamp(Lamp { lit: true, counts: None }));
    assert_eq!(desk.open().len(), 1, "it may be new, nobody says");
}

#[test]
fn what_the_lamp_says_while_we_change_something_is_for_that_until_it_is_done() {
    let mut desk = Desk::ready();
    desk.wish(VoicemailWish::Mark { message: id("a"), read: true });
    desk.input(MailboxIn::Lamp(Lamp { lit: true, counts: Some((0, 2)) }));
    assert_eq!(desk.open(), ["cuc1 messages/0:a"]);
    desk.answer(Ok((204, "")));
    assert_eq!(desk.open(), [""; 0]);
    // But something else may have come meanwhile.
    desk.wish(VoicemailWish::Mark { message: id("a"), read: false });
    desk.input(MailboxIn::Lamp(Lamp { lit: true, counts: Some((2, 1)) }));
    desk.answer(Ok((204, "")));
    assert_eq!(desk.open(), ["cuc1 inbox/messages"]);
}

#[test]
fn a_reading_that_something_has_overtaken_is_made_again() {
    let mut desk = Desk::ready();
    desk.wish(VoicemailWish::Read);
    desk.answer(Ok((200, r#"{"Message":[{"MsgId":"0:a"},{"MsgId":"0:b"}]}"#)));
    desk.wish(VoicemailWish::Delete(id("a")));
    desk.asked.swap(0, 1);
    desk.answer(Ok((204, "")));
    assert_eq!(desk.open(), ["cuc1 deleted/messages"]);
    desk.answer(Ok((200, "{}")));
    assert_eq!(desk.open(), ["cuc1 inbox/messages"], "what was read was of before");
    desk.reads("{}");
    assert_eq!(desk.open(), [""; 0], "and once is enough");
}

#[test]
fn a_question_of_before_is_answered_to_nobody() {
    let mut desk = Desk::ready();
    desk.wish(VoicemailWish::Delete(id("a")));
    let (late, _) = desk.asked.remove(0);
    desk.input(MailboxIn::SignOut);
    desk.told.clear();
    let answer = Ok(Response { status: 204, ..Response::default() });
    desk.input(MailboxIn::Answered(late, Answer::SignIn(signin::Answer::Http { answer, certificate: None })));
    assert!(desk.told.is_empty());
    desk.wish(VoicemailWish::Delete(id("b")));
    assert!(matches!(desk.told.as_slice(), [VoicemailTold::Refused { problem, .. }] if problem.what.contains("not connected")));
    assert_eq!(desk.open(), [""; 0]);
}

#[test]
fn a_mailbox_without_a_folder_of_what_was_deleted_is_read_all_the_same() {
    let mut desk = Desk::two();
    desk.answer(Ok((200, "{}")));
    desk.answer(Ok((200, r#"{"Message":{"MsgId":"0:a"}}"#)));
    desk.answer(Ok((404, "")));
    assert!(matches!(desk.told.as_slice(), [VoicemailTold::Listed { messages, .. }] if messages.len() == 1), "{:?}", desk.told);
    let mut desk = Desk::two();
    desk.answer(Ok((200, r#"{"IsMailboxMounted":"false"}"#)));
    assert!(matches!(desk.links.last(), Some(LinkState::Waiting { why, .. }) if why.what.contains("cannot use it now")));
}

#[test]
fn what_a_server_says_cannot_act_on_a_terminal_and_is_not_long() {
    let mut desk = Desk::two();
    let body = format!("{{\"errors\":{{\"code\":\"X\",\"message\":\"\\u001b[2J{}\"}}}}", "x".repeat(9_000));
    desk.answer(Ok((401, &body)));
    let Some(LinkState::Failed(why)) = desk.links.last() else { panic!("{:?}", desk.links) };
    assert!(why.what.contains("␛[2Jxxx") && why.what.len() < 400, "{}", why.what);
}
