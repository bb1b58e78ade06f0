//! What the screen talks to, against real servers: several accounts at once, passwords that are typed, certificates that
//! are trusted, accounts that come and go.

use super::kamailio::{self, Kamailio};
use super::process::{DEADLINE, Process};
use super::prosody::{self, Prosody};
use super::world::World;
use super::{Case, keyring, keyutils, sealed};
use offhook::app::{Session, block_on};
use offhook::engine::command::{Command, NewAccount, Services};
use offhook::engine::event::{
    AccountName, CallChange, CallId, Certificate, Event, LinkState, Problem, ProblemKind, Service, Ticket,
};
use offhook::engine::state::State;
use offhook::io::accounts::keeping;
use offhook::io::accounts::{Accounts, Typed};
use offhook::io::audio::Sound;
use offhook::io::paths::Paths;
use offhook::machine::Secret;
use std::path::PathBuf;

const BOTH: &[&str] = &[prosody::NEEDS, kamailio::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "session: two accounts chat and call in one engine", needs: BOTH, run: two_accounts },
    Case { name: "session: a wrong password, then the right one", needs: BOTH, run: wrong_then_right },
    Case { name: "session: an untrusted certificate, then exactly that one trusted", needs: BOTH, run: trusted },
    Case { name: "session: an account is added, and removed", needs: &[prosody::NEEDS], run: added_and_removed },
    Case { name: "session: passwords are kept in the keyring, one a service", needs: keyring::NEEDS, run: keyring::kept },
    Case { name: "session: a password is kept in the kernel's keyring", needs: keyutils::NEEDS, run: keyutils::kept },
    Case { name: "session: a password is kept in the sealed file", needs: sealed::NEEDS, run: sealed::kept },
    Case { name: "screen: the passphrase of the sealed file", needs: &[prosody::NEEDS], run: sealed::on_the_screen },
];

/// A screen that only remembers.
pub struct Screen {
    session: Session,
    pub state: State,
    /// What was told since it was last looked for.
    told: Vec<Event>,
}

impl Screen {
    pub async fn start(paths: &Paths) -> Screen {
        let sound = Box::new(|_: CallId| Sound { play: None, record: None }.open());
        let session = Session::start_in(paths, sound).await.unwrap();
        Screen { session, state: State::default(), told: Vec::new() }
    }

    pub async fn wants(&self, command: Command) {
        self.session.commands.send(command).await.unwrap();
    }

    pub async fn signs_in(&self, name: &str) {
        self.wants(Command::SignIn { account: account(name), services: Services::ALL }).await;
    }

    pub async fn gives(&self, name: &str, password: &str, keep: bool) {
        let password = Secret::new(password.into());
        self.wants(Command::GivePassword { account: account(name), password, keep }).await;
    }

    /// Hears until this is told.
    pub async fn until<T>(&mut self, what: &str, found: impl Fn(&Event) -> Option<T>) -> T {
        let hear = async {
            loop {
                let event = self.session.events.recv().await.expect("the loop lives");
                self.state.apply(&event);
                self.told.push(event.clone());
                if let Some(found) = found(&event) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(DEADLINE, hear).await {
            Ok(found) => found,
            Err(_) => panic!("never {what}: {:#?}", self.told),
        }
    }

    /// Hears until the state is so.
    pub async fn until_it_is(&mut self, what: &str, so: impl Fn(&State) -> bool) {
        let hear = async {
            while !so(&self.state) {
                let event = self.session.events.recv().await.expect("the loop lives");
                self.state.apply(&event);
                self.told.push(event);
            }
        };
        if tokio::time::timeout(DEADLINE, hear).await.is_err() {
            panic!("never {what}: {:#?}", self.told);
        }
    }

    pub async fn until_online(&mut self, name: &str, services: &[Service]) {
        let name = account(name);
        let online = |state: &State, service| matches!(link(state, &name, service), Some(LinkState::Online { .. }));
        self.until_it_is("online", |state| services.iter().all(|service| online(state, *service))).await;
    }

    /// Hears until this service needs a password.
    pub async fn until_asked(&mut self, name: &str, service: Service, refused: bool) {
        let name = account(name);
        let asked = |state: &State| matches!(link(state, &name, service), Some(LinkState::NeedsPassword { refused: had, .. }) if *had == refused);
        self.until_it_is("asked for a password", asked).await;
    }

    /// The certificate for which this service has failed.
    pub async fn until_refused(&mut self, name: &str, service: Service) -> Certificate {
        let name = account(name);
        let failed = |state: &State| match link(state, &name, service) {
            Some(LinkState::Failed(problem)) => problem.certificate.as_deref().cloned(),
            _ => None,
        };
        self.until_it_is("refused", |state| failed(state).is_some()).await;
        failed(&self.state).unwrap()
    }

    pub async fn end(self) {
        self.session.end().await;
    }

    pub fn notices(&self) -> Vec<&Problem> {
        self.state.notices.iter().map(|notice| &notice.problem).collect()
    }
}

fn link<'a>(state: &'a State, name: &AccountName, service: Service) -> Option<&'a LinkState> {
    state.accounts.get(name)?.links.get(&service)
}

pub fn account(name: &str) -> AccountName {
    AccountName(name.into())
}

pub fn paths(world: &World) -> Paths {
    Paths::below(&world.file("home"))
}

/// Keeps an account with these addresses, which may be wrong for all that this knows.
pub fn keep(paths: &Paths, name: &str, typed: Typed) {
    keeping::add(&Accounts::open(paths).unwrap(), account(name), typed).unwrap();
}

/// Chat and phone of `name` at these servers, without a password.
fn both(name: &str, prosody: &Prosody, kamailio: &Kamailio, ca: Option<PathBuf>) -> Typed {
    Typed {
        jid: Some(format!("{name}@example.test")),
        xmpp_server: Some(prosody.server()),
        sip: Some(format!("sip:{name}@example.test")),
        sip_proxy: Some(kamailio.proxy("tls")),
        ca,
        ..Typed::default()
    }
}

/// How often somebody has tried to sign in.
fn tries(prosody: &Process) -> usize {
    prosody.log().matches("Received[c2s_unauthed]: <auth").count()
}

fn run(work: impl Future<Output = ()>) {
    block_on(async {
        work.await;
        Ok(())
    })
    .unwrap();
}

fn two_accounts() {
    let world = World::new();
    let (mut prosody, kamailio) = (Prosody::start(&world), Kamailio::start(&world));
    let paths = paths(&world);
    for name in ["alice", "bob"] {
        let password_command = Some(format!("echo pw-{name}"));
        let typed = both(name, &prosody, &kamailio, Some(world.file("ca.crt")));
        keep(&paths, name, Typed { password_command, ..typed });
    }
    std::fs::write(paths.accounts().unwrap().join("broken.toml"), "jid = 7\n").unwrap();
    run(async {
        let mut screen = Screen::start(&paths).await;
        screen.until_it_is("two accounts", |state| state.accounts.len() == 2 && !state.notices.is_empty()).await;
        assert!(screen.notices()[0].what.contains("broken.toml:1:7"), "{:?}", screen.notices());
        assert_eq!(screen.state.accounts[&account("bob")].identity.sip.as_deref(), Some("sip:bob@example.test"));
        for name in ["alice", "bob"] {
            screen.signs_in(name).await;
        }
        for name in ["alice", "bob"] {
            screen.until_online(name, &[Service::Chat, Service::Phone]).await;
        }
        let (to, body) = ("bob@example.test".to_owned(), "two of one house".to_owned());
        screen.wants(Command::Send { account: account("alice"), to, body, ticket: Ticket(1) }).await;
        let heard = |event: &Event| match event {
            Event::Message { account, message, .. } if account.0 == "bob" && !message.ours => {
                Some(message.body.raw().to_owned())
            }
            _ => None,
        };
        assert_eq!(screen.until("a message", heard).await, "two of one house");
        screen
            .wants(Command::Call { account: account("alice"), target: "sip:bob@example.test".into(), ticket: Ticket(2) })
            .await;
        let rings = |event: &Event| match event {
            Event::Call { call, change: CallChange::Began { account, incoming: true, .. } } => Some((*call, account.clone())),
            _ => None,
        };
        let (call, of) = screen.until("a call", rings).await;
        assert_eq!(of.0, "bob");
        screen.wants(Command::Answer { call }).await;
        screen
            .until_it_is("both talk", |state| {
                let talks = |call: &&offhook::engine::state::CallState| call.answered.is_some();
                state.calls.values().filter(talks).count() == 2
            })
            .await;
        // It ends with the session, and so does everything else, in order.
        screen.end().await;
    });
    prosody.process.wait_until("has seen both go", |process| process.log().matches("</stream:stream>").count() >= 2);
}

fn wrong_then_right() {
    let world = World::new();
    let (prosody, kamailio) = (Prosody::start(&world), Kamailio::start(&world));
    let paths = paths(&world);
    keep(&paths, "offhook-test-alice", both("alice", &prosody, &kamailio, Some(world.file("ca.crt"))));
    let name = "offhook-test-alice";
    run(async {
        let mut screen = Screen::start(&paths).await;
        screen.signs_in(name).await;
        for service in [Service::Chat, Service::Phone] {
            screen.until_asked(name, service, false).await;
        }
        assert_eq!(tries(&prosody.process), 0);
        screen.gives(name, "guess", false).await;
        for service in [Service::Chat, Service::Phone] {
            screen.until_asked(name, service, true).await;
        }
        let refused = screen.notices().into_iter().filter(|problem| problem.kind == ProblemKind::Password).count();
        assert_eq!(refused, 2, "{:?}", screen.notices());
        // Signing in anew does not try it again, and what is typed meanwhile counts.
        screen.signs_in(name).await;
        screen.gives(name, "pw-alice", false).await;
        screen.until_online(name, &[Service::Chat, Service::Phone]).await;
        assert_eq!(tries(&prosody.process), 2, "{}", prosody.process.log());
        screen.end().await;
    });
}

fn trusted() {
    let world = World::new();
    let (mut prosody, kamailio) = (Prosody::start(&world), Kamailio::start(&world));
    let paths = paths(&world);
    let typed = both("alice", &prosody, &kamailio, None);
    keep(&paths, "alice", Typed { password_command: Some("echo pw-alice".into()), ..typed });
    let shown = run_trusting(&paths, &[Service::Chat, Service::Phone]);
    for certificate in &shown {
        assert_eq!((certificate.issuer.raw(), certificate.self_signed), ("offhook test CA", false));
        assert!(certificate.names.iter().any(|name| name.raw() == "example.test"), "{certificate:?}");
        assert!(certificate.valid.0 < certificate.valid.1, "{certificate:?}");
    }
    assert_eq!((shown[0].port, shown[1].port), (prosody.port, kamailio.tls_port));
    assert_eq!(shown[0].sha256, shown[1].sha256, "both servers show the same one");
    // What is trusted is that one alone: another is refused, with facts of its own.
    world.certify(&["example.test"]);
    prosody.process.signal("TERM");
    prosody.process.wait_for_end(DEADLINE);
    prosody.start_again(&world);
    let other = run_trusting(&paths, &[Service::Chat]);
    assert_ne!(other[0].sha256, shown[0].sha256);
}

/// Signs in, and trusts what these services show: exactly that.
fn run_trusting(paths: &Paths, services: &[Service]) -> Vec<Certificate> {
    let mut shown = Vec::new();
    run(async {
        let mut screen = Screen::start(paths).await;
        screen.signs_in("alice").await;
        for service in services {
            shown.push(screen.until_refused("alice", *service).await);
        }
        for certificate in &shown {
            let Certificate { host, port, sha256, .. } = certificate.clone();
            screen.wants(Command::Trust { account: account("alice"), host, port, sha256, session: false }).await;
        }
        screen.until_online("alice", services).await;
        screen.end().await;
    });
    shown
}

fn added_and_removed() {
    let world = World::new();
    let prosody = Prosody::start(&world);
    let paths = paths(&world);
    let new = NewAccount {
        jid: "alice@example.test".into(),
        xmpp_server: prosody.server(),
        ca: world.file("ca.crt").display().to_string(),
        password_command: "echo pw-alice".into(),
        ..NewAccount::default()
    };
    run(async {
        let mut screen = Screen::start(&paths).await;
        for (wrong, field) in [
            (NewAccount { jid: "alice".into(), ..new.clone() }, "jid"),
            (NewAccount { name: "../up".into(), ..new.clone() }, "name"),
            (NewAccount { address: "ana@lab.example".into(), dns: "ns one".into(), ..NewAccount::default() }, "dns"),
            (NewAccount { address: "ana@lab.example".into(), tftp_port: "0".into(), ..NewAccount::default() }, "tftp-port"),
            (NewAccount { ca: "/no/such.pem".into(), ..new.clone() }, "ca"),
            (
                NewAccount {
                    sip: "sip:alice@example.test".into(),
                    sip_proxy: "sip:127.0.0.1;transport=udp".into(),
                    ..new.clone()
                },
                "sip-proxy",
            ),
        ] {
            screen.wants(Command::AddAccount(wrong)).await;
            let said = |event: &Event| match event {
                Event::AccountRefused(refusal) => Some(refusal.clone()),
                _ => None,
            };
            let said = screen.until("a refusal", said).await;
            assert_eq!(said.key, Some(field), "{said:?}");
        }
        screen.wants(Command::AddAccount(new.clone())).await;
        screen.until_online("example.test", &[Service::Chat]).await;
        let file = paths.accounts().unwrap().join("example.test.toml");
        assert!(file.exists());
        screen.wants(Command::AddAccount(new.clone())).await;
        screen.until_online("alice", &[Service::Chat]).await;
        screen.wants(Command::RemoveAccount { account: account("example.test") }).await;
        screen.until_it_is("gone", |state| !state.accounts.contains_key(&account("example.test"))).await;
        assert!(!file.exists());
        assert!(matches!(link(&screen.state, &account("alice"), Service::Chat), Some(LinkState::Online { .. })));
        screen.end().await;
    });
}
