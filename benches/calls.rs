//! offhook against baresip as the callee of the same caller, which is baresip, through Kamailio: time to 180 and to 200,
//! CPU of an Opus call, and how speech sounds at 0, 5 and 20 % of loss. Prints figures and ratios.
//!
//! `cargo bench --bench calls`; needs what `make test` installs, and about eight minutes of a machine with nothing else to do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, dead_code, missing_docs)]

#[path = "../tests/peers/baresip.rs"]
mod baresip;
#[path = "../tests/peers/kamailio.rs"]
mod kamailio;
#[path = "../tests/peers/namespace.rs"]
mod namespace;
#[path = "../tests/peers/offhook.rs"]
mod offhook;
#[path = "../tests/peers/phones.rs"]
mod phones;
#[path = "../tests/peers/ports.rs"]
mod ports;
#[path = "../tests/peers/process.rs"]
mod process;
#[path = "../tests/peers/rtp_relay.rs"]
mod rtp_relay;
#[path = "../tests/peers/sound.rs"]
mod sound;
#[path = "../tests/peers/world.rs"]
mod world;

use baresip::Baresip;
use phones::{BOB, Setup, Town};
use process::{DEADLINE, Process};
use rtp_relay::RtpRelay;
use sound::{Band, Voice};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Calls whose setting up is timed, for each callee and round.
const CALLS: usize = 30;
/// Rounds of them, ours and theirs in turn: the medians of one round are worth ±20 %.
const ROUNDS: usize = 5;
/// For so long the CPU is watched.
const WATCHED: Duration = Duration::from_secs(20);
/// Calls whose speech is scored where nothing is lost: what the caller puts into one packet begins anywhere in the speech,
/// and that alone is worth ±0.03.
const LOSSLESS: usize = 5;
/// The same losses for both.
const SEED: u64 = 0x0ff_4004;

/// A path in the checkout.
fn checkout(path: &str) -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Offhook,
    Baresip,
}

/// Whoever is called: bob.
enum Callee {
    Offhook { process: Process, record: PathBuf },
    Baresip(Baresip),
}

impl Callee {
    /// Registered; it plays `file` to everybody, and records what it hears.
    fn start(town: &Town, who: Who, file: &str) -> Callee {
        match who {
            Who::Offhook => {
                let user = town.user("bob", &town.kamailio.proxy("udp"), true);
                let record = town.world.file("far.wav");
                let process = town.answering(&user, &["--play", file, "--record", &record.display().to_string()]);
                Callee::Offhook { process, record }
            }
            Who::Baresip => Callee::Baresip(town.baresip_plays(Setup::default(), file)),
        }
    }

    fn process(&self) -> &Process {
        match self {
            Callee::Offhook { process, .. } => process,
            Callee::Baresip(baresip) => &baresip.process,
        }
    }

    /// What it heard in its last call, once that is over.
    fn heard(self) -> PathBuf {
        match self {
            Callee::Offhook { mut process, record } => {
                process.wait_for_line("ended: ");
                process.signal("INT");
                process.wait_for_end(DEADLINE);
                record
            }
            Callee::Baresip(baresip) => baresip.heard(),
        }
    }
}

fn alice() -> Setup<'static> {
    Setup { user: "alice", ..Setup::default() }
}

fn main() {
    println!("callee            to 180 ms  to 200 ms   (medians of {CALLS} calls, from the first INVITE, by the caller)");
    let rounds: Vec<_> = (0..ROUNDS).map(|_| [Who::Offhook, Who::Baresip].map(setting_up)).collect();
    let ratio = |what: usize| median(rounds.iter().map(|[ours, theirs]| ours[what] / theirs[what]).collect());
    println!("ratio            {:>10.2} {:>10.2}   (medians of {ROUNDS} rounds)", ratio(0), ratio(1));

    println!("\ncallee           CPU % of a core   (one Opus call at 32 kbit/s, {} s)", WATCHED.as_secs());
    let [ours, theirs] = [Who::Offhook, Who::Baresip].map(cpu);
    println!("ratio            {:>10.2}", ours / theirs);

    println!(
        "\nloss %  sender reckons with %   offhook PESQ-WB  baresip PESQ-WB   ratio   (without loss: medians of {LOSSLESS})"
    );
    for (percent, reckoned) in [(0, 0), (5, 0), (5, 5), (20, 0), (20, 20)] {
        let rounds = if percent == 0 { LOSSLESS } else { 1 };
        let [ours, theirs] =
            [Who::Offhook, Who::Baresip].map(|who| median((0..rounds).map(|_| speech(who, percent, reckoned)).collect()));
        println!("{percent:>6} {reckoned:>22} {ours:>17.2} {theirs:>16.2} {:>7.2}", ours / theirs);
    }
}

/// Milliseconds from the caller's first INVITE to 180 and to 200.
fn setting_up(who: Who) -> [f64; 2] {
    let town = Town::new();
    let tone = town.tone("tone.wav", 700.0, 30.0).display().to_string();
    let _callee = Callee::start(&town, who, &tone);
    let watch = Watch::start(town.kamailio.port);
    let mut caller = town.baresip_through(alice(), &tone, &format!("sip:127.0.0.1:{};transport=udp", watch.port));
    let (mut to_180, mut to_200) = (Vec::new(), Vec::new());
    for call in 1..=CALLS {
        watch.seen.lock().unwrap().clear();
        caller.order("dial", BOB);
        let invite = watch.wait_for("INVITE ");
        to_200.push((watch.wait_for("SIP/2.0 200") - invite).as_secs_f64() * 1000.0);
        // The proxy's workers may pass a 200 before the 180 that came just before it, which then goes no further.
        to_180.extend(watch.first("SIP/2.0 180").map(|at| (at - invite).as_secs_f64() * 1000.0));
        caller.wait_for_packets(10);
        caller.order("hangup", "");
        caller.process.wait_until("hangs up", |process| process.log().matches("avg. bitrate:").count() == call);
    }
    let medians = [median(to_180), median(to_200)];
    println!("{:16} {:>10.2} {:>10.2}", format!("{who:?}"), medians[0], medians[1]);
    medians
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Per cent of a core.
fn cpu(who: Who) -> f64 {
    let town = Town::new();
    let tone = town.tone("tone.wav", 700.0, 60.0).display().to_string();
    let callee = Callee::start(&town, who, &tone);
    let caller = town.baresip_plays(alice(), &tone);
    caller.order("dial", BOB);
    caller.wait_for_packets(50);
    let (start, before) = (Instant::now(), ticks(callee.process().id()));
    thread::sleep(WATCHED);
    let used = f64::from(ticks(callee.process().id()) - before) / TICKS_A_SECOND;
    let percent = 100.0 * used / start.elapsed().as_secs_f64();
    caller.order("hangup", "");
    println!("{:16} {percent:>10.2}", format!("{who:?}"));
    percent
}

/// USER_HZ of every Linux.
const TICKS_A_SECOND: f64 = 100.0;

/// utime and stime of all its threads (proc(5), fields 14 and 15).
fn ticks(id: u32) -> u32 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap()
}

/// The PESQ of what the callee heard.
fn speech(who: Who, percent: u32, reckoned: u32) -> f64 {
    let town = Town::new();
    let (said, answer) = (town.world.file("said.wav"), town.world.file("answer.wav"));
    Voice::Alice.speech(&said, 1.0);
    Voice::Bob.speech(&answer, 30.0);
    let callee = Callee::start(&town, who, &answer.display().to_string());
    let relay = RtpRelay::start(town.kamailio.port, percent, SEED);
    // The caller hangs up when it has said it all.
    let setup = Setup { loss: reckoned, ..alice() };
    let mut caller = town.baresip_through(setup, &said.display().to_string(), &relay.proxy());
    caller.order("dial", BOB);
    caller.process.wait_for_line("terminated (duration");
    sound::score(&said, &callee.heard(), Band::Wide).pesq
}

/// What the caller's datagrams say, and when: a relay between it and its proxy.
struct Watch {
    port: u16,
    seen: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Watch {
    fn start(proxy: u16) -> Watch {
        let near = UdpSocket::bind("127.0.0.1:0").unwrap();
        let far = UdpSocket::bind("127.0.0.1:0").unwrap();
        far.connect(("127.0.0.1", proxy)).unwrap();
        let watch = Watch { port: near.local_addr().unwrap().port(), seen: Arc::default() };
        let phone: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let (out, back) = (far.try_clone().unwrap(), near.try_clone().unwrap());
        let (seen, from) = (Arc::clone(&watch.seen), Arc::clone(&phone));
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok((length, address)) = near.recv_from(&mut buffer) {
                note(&seen, &buffer[..length]);
                *from.lock().unwrap() = Some(address);
                // Kamailio is gone at the end.
                let _gone = out.send(&buffer[..length]);
            }
        });
        let seen = Arc::clone(&watch.seen);
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(length) = far.recv(&mut buffer) {
                note(&seen, &buffer[..length]);
                let to = *phone.lock().unwrap();
                let _gone = to.map(|phone| back.send_to(&buffer[..length], phone));
            }
        });
        watch
    }

    /// When the first such message passed, if one has.
    fn first(&self, start: &str) -> Option<Instant> {
        self.seen.lock().unwrap().iter().find(|(_, line)| line.starts_with(start)).map(|(at, _)| *at)
    }

    /// When the first such message passed, once one has.
    fn wait_for(&self, start: &str) -> Instant {
        let begun = Instant::now();
        loop {
            if let Some(at) = self.first(start) {
                return at;
            }
            assert!(begun.elapsed() < DEADLINE, "no {start}: {:?}", self.seen.lock().unwrap());
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn note(seen: &Mutex<Vec<(Instant, String)>>, datagram: &[u8]) {
    let now = Instant::now();
    let line = String::from_utf8_lossy(datagram).lines().next().unwrap_or_default().to_owned();
    seen.lock().unwrap().push((now, line));
}
