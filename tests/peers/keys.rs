//! Keys (RFC 4733) and hold (RFC 3264 §8.4) with baresip, both ways. The command line presses no keys and holds nobody,
//! so that our side is its engine and driver.

use super::baresip::Baresip;
use super::phones::{ALICE, BOB, OPUS, PCMU, Setup, Talked, Town, only_call};
use super::process::DEADLINE;
use super::{Case, baresip, kamailio};
use offhook::engine::Engine;
use offhook::engine::command::Command;
use offhook::engine::event::{AccountName, CallChange, CallEnd, CallId, Event, Figures, Ticket};
use offhook::io::accounts::{StoredAccount, Typed};
use offhook::io::audio::Sound;
use offhook::io::driver::looping::Clocks;
use offhook::io::driver::{AccountDesk, Driver, Ears, Hands};
use offhook::io::entropy;
use offhook::io::paths::Paths;
use offhook::io::secrets::Asking;
use offhook::io::store::Store;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "keys::pressed_over_there", needs: NEEDS, run: pressed },
    Case { name: "keys::pressed_here_beside_opus", needs: NEEDS, run: || press(OPUS) },
    Case { name: "keys::pressed_here_beside_pcmu", needs: NEEDS, run: || press(PCMU) },
    Case { name: "hold::by_baresip", needs: NEEDS, run: held },
    Case { name: "hold::by_us", needs: NEEDS, run: hold },
];

fn pressed() {
    for codecs in [OPUS, PCMU] {
        let town = Town::new();
        let alice = town.alice("udp");
        let bob = town.baresip(Setup { codecs, ..Setup::default() });
        let mut answering = town.answering(&alice, &["--calls", "1"]);
        bob.order("dial", ALICE);
        answering.wait_for_line("answered after");
        bob.wait_for_packets(10);
        for key in ["1", "1", "#", "D"] {
            let so_far = answering.log().matches("they pressed").count();
            bob.order("sndcode", key);
            answering.wait_until("hears a key", |process| process.log().matches("they pressed").count() == so_far + 1);
        }
        bob.order("hangup", "");
        let ended = alice.finish(answering, DEADLINE).expect(0);
        let keys: String = ended.said.lines().filter_map(|line| line.strip_prefix("they pressed ")).collect();
        assert_eq!(keys, "11#D", "{}", ended.said);
    }
}

/// Baresip holds us and takes us back, as callee and as caller.
fn held() {
    let town = Town::new();
    let alice = town.alice("udp");
    let bob = town.baresip(Setup::default());

    let mut calling = alice.start("call", &["call", "--json", BOB]);
    calling.wait_for_line("answered after");
    hold_and_resume(&bob, &mut calling);
    calling.signal("INT");
    let talked = alice.finish(calling, DEADLINE).expect(0).json();
    Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 30 }.check(&talked);

    let mut answering = town.answering(&alice, &["--calls", "1"]);
    bob.order("dial", ALICE);
    answering.wait_for_line("answered after");
    hold_and_resume(&bob, &mut answering);
    bob.order("hangup", "");
    let ended = alice.finish(answering, DEADLINE).expect(0);
    Talked { codec: "opus/48000", encrypted: false, end: "remote", packets: 30 }.check(&only_call(&ended));
}

fn hold_and_resume(bob: &Baresip, ours: &mut super::process::Process) {
    let before = bob.wait_for_packets(20);
    bob.order("hold", "");
    ours.wait_for_line("they hold the call");
    bob.order("resume", "");
    ours.wait_for_line("\ntalking");
    bob.wait_for_packets(before + 20);
}

/// Our side of a call, without a command line.
struct Alice {
    runtime: Runtime,
    commands: Option<mpsc::Sender<Command>>,
    events: mpsc::Receiver<Event>,
    driver: JoinHandle<()>,
    name: AccountName,
}

impl Alice {
    fn new(town: &Town) -> Alice {
        let name = AccountName("alice".into());
        let ca = Some(town.world.file("ca.crt"));
        let typed = Typed {
            sip: Some(ALICE.into()),
            sip_proxy: Some(town.kamailio.proxy("udp")),
            ca,
            allow_cleartext: true,
            password_command: Some("echo pw-alice".into()),
            ..Typed::default()
        };
        let stored = StoredAccount::check(name.clone(), typed).unwrap();
        let account = stored.account.clone();
        let desk = AccountDesk::new(Paths::below(&town.world.file("")), Asking::Terminal);
        desk.serve(stored).unwrap();
        let mut chance = entropy::chance().unwrap();
        let clocks = Clocks::start();
        let (commands, heard_commands) = mpsc::channel(16);
        let (heard_inputs, inputs) = mpsc::channel(64);
        let (told, events) = mpsc::channel(1024);
        let engine = Engine::new(vec![account], chance.fork(), clocks.now(), clocks.stamp());
        let history = town.world.file("alice.db");
        let open = Box::new(|_: CallId| Sound { play: None, record: None }.open());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let driver = {
            let _inside = runtime.enter();
            let hands = Hands::new(desk, Store::open(&history).unwrap(), open, chance, heard_inputs).unwrap();
            tokio::spawn(Driver::new(engine, clocks, hands, told).run(Ears { commands: heard_commands, inputs }))
        };
        Alice { runtime, commands: Some(commands), events, driver, name }
    }

    fn wants(&self, command: Command) {
        self.runtime.block_on(self.commands.as_ref().unwrap().send(command)).unwrap();
    }

    /// The next change of the call that is one of those looked for.
    fn until<T>(&mut self, what: &str, found: impl Fn(CallId, &CallChange) -> Option<T>) -> T {
        let events = &mut self.events;
        let hear = async {
            loop {
                if let Event::Call { call, change } = events.recv().await.unwrap()
                    && let Some(found) = found(call, &change)
                {
                    return found;
                }
            }
        };
        self.runtime.block_on(async { tokio::time::timeout(DEADLINE, hear).await }).unwrap_or_else(|_| panic!("never {what}"))
    }

    fn calls_bob(&mut self) -> CallId {
        self.wants(Command::Call { account: self.name.clone(), target: BOB.into(), ticket: Ticket(1) });
        self.until("answered", |call, change| matches!(change, CallChange::Answered { .. }).then_some(call))
    }

    fn hangs_up(mut self, call: CallId) -> Figures {
        self.wants(Command::HangUp { call });
        let ended = self.until("ended", |_, change| match change {
            CallChange::Ended { end, figures, .. } => Some((*end, *figures)),
            _ => None,
        });
        self.commands = None;
        self.runtime.block_on(self.driver).unwrap();
        assert_eq!(ended.0, CallEnd::Local);
        ended.1
    }
}

/// Beside Opus baresip lists events at 8 kHz alone.
fn press(codecs: &str) {
    let town = Town::new();
    let mut bob = town.baresip(Setup { codecs, ..Setup::default() });
    let mut alice = Alice::new(&town);
    let call = alice.calls_bob();
    bob.wait_for_packets(10);
    for key in "5#99A".chars() {
        alice.wants(Command::Dtmf { call, key });
    }
    bob.process.wait_for_line("received event: 'A' (end=1)");
    alice.hangs_up(call);
    let log = bob.process.log();
    let heard = |end: u8| -> String {
        let ending = format!("' (end={end})");
        log.split("received event: '").skip(1).filter(|rest| rest[1..].starts_with(&ending)).map(|rest| &rest[..1]).collect()
    };
    assert_eq!((heard(0).as_str(), heard(1).as_str()), ("5#99A", "5#99A"), "{log}");
}

fn hold() {
    let town = Town::new();
    let mut bob = town.baresip(Setup::default());
    let mut alice = Alice::new(&town);
    let call = alice.calls_bob();
    let before = bob.wait_for_packets(20);
    let changed = |by_us: bool| {
        move |_: CallId, change: &CallChange| match change {
            CallChange::Changed { held_by_us, .. } if *held_by_us == by_us => Some(()),
            _ => None,
        }
    };
    alice.wants(Command::Hold { call });
    alice.until("held", changed(true));
    bob.process.wait_for_line("a=recvonly");
    alice.wants(Command::Resume { call });
    alice.until("taken back", changed(false));
    bob.wait_for_packets(before + 20);
    let figures = alice.hangs_up(call);
    assert!(figures.packets_received >= 20 && figures.lost == 0, "{figures:?}");
}
