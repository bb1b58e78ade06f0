//! The XMPP link alone against Prosody, on a runtime with several threads: sign-in, acknowledgement, cuts and restarts.

use super::Case;
use super::prosody::{self, Habits, Prosody};
use super::relay::Relay;
use super::world::{DOMAIN, World};
use offhook::engine::event::{AccountName, ProblemKind};
use offhook::engine::input::{Input, StanzaId, XmppIn};
use offhook::engine::output::{Lasts, XmppConnect, XmppOut, XmppTls};
use offhook::io::tls::{Roots, TlsSettings, Trust};
use offhook::io::xmpp::{XmppLink, spawn};
use offhook::machine::Secret;
use offhook::protocol::xmpp::Stanza;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::Message;

pub const CASES: &[Case] = &[
    Case { name: "a link signs in and hears its own echo", needs: &[prosody::NEEDS], run: echo },
    Case { name: "a link signs in where PLAIN is all there is", needs: &[prosody::NEEDS], run: plain },
    Case { name: "a link without stream management is told by pings", needs: &[prosody::NEEDS], run: pings },
    Case { name: "a link tries a wrong password once", needs: &[prosody::NEEDS], run: wrong_password },
    Case { name: "a link refuses an unknown authority", needs: &[prosody::NEEDS], run: unknown_authority },
    Case { name: "a link comes back when the server does", needs: &[prosody::NEEDS], run: restart },
    Case { name: "a link that is cut in mid-chat loses and doubles nothing", needs: &[prosody::NEEDS], run: cut },
];

const DEADLINE: Duration = Duration::from_secs(30);

struct Alice {
    link: XmppLink,
    heard: mpsc::Receiver<Input>,
    jid: String,
}

impl Alice {
    fn new(world: &World, knows_the_authority: bool) -> Alice {
        let ca = world.file("ca.crt");
        let account = AccountName("alice".into());
        let settings = TlsSettings {
            account: Some(account.clone()),
            roots: Roots::load(knows_the_authority.then_some(ca.as_path())).unwrap(),
            trust: Trust::new(&world.file("config"), Some(&world.file("run"))),
        };
        let (hears, heard) = mpsc::channel(16);
        Alice { link: spawn(account, Arc::new(settings), hears), heard, jid: String::new() }
    }

    fn connect(&self, port: u16, tls: XmppTls, password: &str) {
        self.link.send(XmppOut::Connect(XmppConnect {
            jid: format!("alice@{DOMAIN}"),
            resource: "links".into(),
            password: Secret::new(password.into()),
            lasts: Lasts::Long,
            stay: true,
            host: "localhost".into(),
            addresses: vec![([127, 0, 0, 1], port).into()],
            tls,
        }));
    }

    async fn hears(&mut self) -> XmppIn {
        match timeout(DEADLINE, self.heard.recv()).await.expect("nothing is heard").expect("the link is gone") {
            Input::Xmpp(_, input) => input,
            other => panic!("{other:?}"),
        }
    }

    async fn hears_up(&mut self) {
        match self.hears().await {
            XmppIn::Up { jid, resumed: false } => self.jid = jid,
            other => panic!("{other:?}"),
        }
        assert!(self.jid.ends_with("/links"), "{}", self.jid);
    }

    async fn hears_down(&mut self, kind: ProblemKind) -> String {
        match self.hears().await {
            XmppIn::Down(problem) if problem.kind == kind => problem.to_string(),
            other => panic!("{kind:?} expected, {other:?} came"),
        }
    }

    /// Sends a message to herself.
    fn says(&self, id: u64) {
        let message = Message::chat(Jid::new(&self.jid).unwrap()).with_body(String::new().into(), format!("message {id}"));
        self.link.send(XmppOut::Send(Some(StanzaId(id)), message.into()));
    }
}

fn body(stanza: &Stanza) -> Option<String> {
    match stanza {
        Stanza::Message(message) => message.bodies.values().next().cloned(),
        _ => None,
    }
}

fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(story);
}

/// Says and hears `count` messages one after the other.
async fn chat(alice: &mut Alice, count: u64) {
    for id in 0..count {
        alice.says(id);
        let (mut acknowledged, mut heard) = (false, false);
        while !(acknowledged && heard) {
            match alice.hears().await {
                XmppIn::Acknowledged(of) => acknowledged = of == StanzaId(id),
                XmppIn::Stanza(stanza) => heard |= body(&stanza) == Some(format!("message {id}")),
                other => panic!("{other:?}"),
            }
        }
    }
}

fn echo() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    run(async {
        for (port, tls) in [(prosody.port, XmppTls::Required), (prosody.direct_port, XmppTls::Direct)] {
            let mut alice = Alice::new(&world, true);
            alice.connect(port, tls, "pw-alice");
            alice.hears_up().await;
            chat(&mut alice, 300).await;
            timeout(DEADLINE, alice.link.ended()).await.expect("the link stays");
        }
    });
}

fn plain() {
    let world = World::new();
    let prosody = Prosody::start_with(&world, Habits { plain_only: true, ..Habits::default() });
    run(async {
        let mut alice = Alice::new(&world, true);
        alice.connect(prosody.port, XmppTls::Required, "pw-alice");
        alice.hears_up().await;
        chat(&mut alice, 1).await;
    });
}

fn pings() {
    let world = World::new();
    let prosody = Prosody::start_with(&world, Habits { no_stream_management: true, ..Habits::default() });
    run(async {
        let mut alice = Alice::new(&world, true);
        alice.connect(prosody.port, XmppTls::Required, "pw-alice");
        alice.hears_up().await;
        chat(&mut alice, 50).await;
    });
}

fn wrong_password() {
    let world = World::new();
    let mut prosody = Prosody::start(&world);
    run(async {
        let mut alice = Alice::new(&world, true);
        alice.connect(prosody.port, XmppTls::Required, "guess");
        let told = alice.hears_down(ProblemKind::Password).await;
        assert!(told.starts_with("The server refused the password of alice@example.test"), "{told}");
        timeout(DEADLINE, alice.link.ended()).await.expect("the link stays");
    });
    prosody.process.wait_for_line("Client disconnected");
    let log = prosody.process.log();
    assert_eq!(log.matches("Received[c2s_unauthed]: <auth").count(), 1, "one try:\n{log}");
}

fn unknown_authority() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    run(async {
        let mut alice = Alice::new(&world, false);
        alice.connect(prosody.port, XmppTls::Required, "pw-alice");
        let told = alice.hears_down(ProblemKind::Untrusted).await;
        assert!(told.contains("no authority that this machine trusts has issued it"), "{told}");
        assert!(told.contains(&format!("offhook trust localhost:{} --sha256 ", prosody.port)), "{told}");
    });
}

fn restart() {
    let world = World::new();
    let mut prosody = Prosody::start(&world);
    run(async {
        let mut alice = Alice::new(&world, true);
        alice.connect(prosody.port, XmppTls::Required, "pw-alice");
        alice.hears_up().await;
        prosody.process.signal("TERM");
        alice.hears_down(ProblemKind::Unreachable).await;
        prosody.process.wait_for_end(DEADLINE);
        alice.connect(prosody.port, XmppTls::Required, "pw-alice");
        assert!(alice.hears_down(ProblemKind::Unreachable).await.contains("cannot be reached"));
        prosody.start_again(&world);
        alice.connect(prosody.port, XmppTls::Required, "pw-alice");
        alice.hears_up().await;
        chat(&mut alice, 3).await;
    });
}

fn cut() {
    const MESSAGES: u64 = 500;
    let world = World::new();
    let prosody = Prosody::start(&world);
    let relay = Relay::to(prosody.port);
    run(async {
        let mut alice = Alice::new(&world, true);
        alice.connect(relay.port, XmppTls::Required, "pw-alice");
        alice.hears_up().await;
        let (mut said, mut acknowledged, mut cuts, mut resumed) = (0, BTreeMap::new(), 0, 0);
        let mut heard: BTreeMap<String, usize> = BTreeMap::new();
        while acknowledged.len() < MESSAGES as usize || heard.len() < MESSAGES as usize {
            while said < MESSAGES && said < acknowledged.len() as u64 + 20 {
                alice.says(said);
                said += 1;
            }
            match alice.hears().await {
                XmppIn::Acknowledged(id) => *acknowledged.entry(id).or_insert(0) += 1,
                XmppIn::Stanza(stanza) => {
                    *heard.entry(body(&stanza).unwrap_or_default()).or_default() += 1;
                    // Between two messages, with others on their way in both directions.
                    if heard.len() % 50 == 25 && cuts == resumed && heard.len() / 50 >= cuts {
                        cuts += usize::from(relay.cut());
                    }
                }
                XmppIn::Down(problem) => {
                    assert_eq!(problem.kind, ProblemKind::Unreachable, "{problem}");
                    alice.connect(relay.port, XmppTls::Required, "pw-alice");
                }
                XmppIn::Up { resumed: true, .. } => resumed += 1,
                other => panic!("{other:?}"),
            }
        }
        assert!(cuts >= 8 && resumed >= cuts - 1, "{cuts} cuts, {resumed} times resumed");
        let twice: Vec<_> = heard.iter().filter(|(_, times)| **times != 1).collect();
        assert!(twice.is_empty() && acknowledged.values().all(|times| *times == 1), "doubled: {twice:?}");
    });
}
