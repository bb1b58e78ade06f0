//! Microphone and loudspeaker: through cpal, ALSA and a PulseAudio without hardware, by themselves and in a call to baresip.
//!
//! Which devices ALSA finds is said by the environment of a process, so each case has its own: this program again, in a part
//! of the play.

use super::phones::{BARESIP_HZ, Setup, Town};
use super::process::{DEADLINE, Process};
use super::pulse::{MICROPHONE, Pulse, SPEAKER};
use super::sound::{self, Recording, Tone};
use super::world::World;
use super::{Case, baresip, kamailio, pulse};
use offhook::app::{Headless, block_on};
use offhook::engine::command::Command as Wish;
use offhook::engine::event::{CallChange, CallId, Event, SoundPath, Ticket};
use offhook::engine::input::SoundIn;
use offhook::io::audio::{Devices, quiet};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

const SOUND: &[&str] = &pulse::NEEDS;
const CALL: &[&str] = &[pulse::NEEDS[0], pulse::NEEDS[1], pulse::NEEDS[2], kamailio::NEEDS, baresip::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "devices::a_tone_goes_out_and_comes_in", needs: SOUND, run: out_and_in },
    Case { name: "devices::a_server_that_ends_is_told", needs: SOUND, run: server_ends },
    Case { name: "devices::a_machine_without_any_is_silent", needs: &[], run: none },
    Case { name: "devices::a_call_to_baresip_sounds_both_ways", needs: CALL, run: a_call },
];

/// Names the part that this process plays.
const PART: &str = "OFFHOOK_PEERS_PART";

/// The test of the devices plays this.
const TEST_HZ: f64 = 440.0;

/// What is said into our microphone.
const VOICE: Tone = Tone { hertz: 1000.0, level: 0.4 };

/// Plays the part, if this process has one.
pub fn part() -> Option<ExitCode> {
    let part = std::env::var(PART).ok()?;
    let home = PathBuf::from(std::env::var("HOME").unwrap());
    let _quiet = quiet::stderr_to(&home.join("alsa.log")).unwrap();
    let (devices, _) = Devices::new(&home);
    match part.as_str() {
        "test" => test(&devices),
        "look" => println!("{:?}", look(&devices)),
        "call" => {
            block_on(call(devices)).unwrap();
        }
        other => panic!("no part {other}"),
    }
    Some(ExitCode::SUCCESS)
}

fn look(devices: &Devices) -> SoundPath {
    let (tell, told) = std::sync::mpsc::channel();
    devices.look(None, move |sound| tell.send(sound).unwrap());
    told.recv_timeout(DEADLINE).unwrap().path
}

/// Says what there is, then what the devices tell of a test, until the end.
fn test(devices: &Devices) {
    println!("{:?}", look(devices));
    let (tell, told) = std::sync::mpsc::channel();
    devices.tell_to(move |what| _ = tell.send(what));
    devices.test(true);
    for what in told {
        match what {
            SoundIn::Level(level) => println!("level {:.3}", level.unwrap_or(0.0)),
            SoundIn::Failed(problem) => println!("failed: {problem}"),
            SoundIn::Player(number, told) => println!("player {number}: {told:?}"),
        }
    }
}

/// Calls bob until he hangs up.
async fn call(devices: Devices) -> Result<(), offhook::engine::event::Problem> {
    let mut phone = Headless::start(None, Box::new(devices.for_calls())).await?;
    let account = phone.name();
    phone.command(Wish::Call { account, target: "sip:bob@example.test".into(), ticket: Ticket(1) }).await;
    let mut this: Option<CallId> = None;
    loop {
        match phone.event().await.ok_or_else(Headless::died)? {
            Event::Call { call, change } => {
                this.get_or_insert(call);
                println!("{change:?}");
                if let CallChange::Ended { .. } = change {
                    break;
                }
            }
            other => println!("{other:?}"),
        }
    }
    phone.sign_out().await;
    Ok(())
}

/// This program in a part.
fn player(world: &World, part: &str, pulse: Option<&Pulse>, command: Option<Command>) -> Process {
    let mut command = command.unwrap_or_else(|| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("HOME", world.path());
        command
    });
    command.env(PART, part).env_remove("SSH_CONNECTION");
    if let Some(pulse) = pulse {
        pulse.for_command(&mut command);
    }
    Process::start_apart(world.path(), part, &mut command)
}

/// Waits until what is heard is so.
fn hear(what: &str, heard: impl Fn() -> Recording, is_so: impl Fn(&Recording) -> bool, told: impl Fn() -> String) {
    let start = Instant::now();
    while !is_so(&heard()) {
        assert!(start.elapsed() < DEADLINE, "never heard: {what}\n{}", told());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A tone alone, as loud as that. Where the buffer of a card is off, the pitch is bent by up to 2,000 ppm until it is right
/// again (`media::elastic::MOST`): so far from its frequency the tone is looked for.
fn is_loud(at: f64, least: f64, most: f64) -> impl Fn(&Recording) -> bool {
    move |heard| {
        let bent = (-5..=5).map(|step| heard.level_at(at * (1.0 + f64::from(step) * 0.0005)));
        let level = bent.fold(0.0, f64::max);
        (least..most).contains(&level) && heard.loudness() < level * 1.1
    }
}

fn out_and_in() {
    let world = World::new();
    let pulse = Pulse::start(&world);
    let speaker = pulse.record(SPEAKER);
    let mut player = player(&world, "test", Some(&pulse), None);
    player.wait_until("has devices", |player| player.out().contains("Devices"));
    // Its test tone is heard in the room, alone and as loud as it is made.
    hear("the test tone", || speaker.now(), is_loud(TEST_HZ, 0.09, 0.11), || player.out());
    // What is said into the microphone is what its level shows: of a sine of 0.4 that is 0.283.
    let voice = world.file("voice.wav");
    sound::write(&voice, &sound::tone(VOICE, 20.0));
    let _paplay = pulse.play(MICROPHONE, &voice);
    player.wait_until("hears the voice", |player| {
        let last = player.out().lines().rev().find_map(|line| line.strip_prefix("level ")?.parse::<f64>().ok());
        last.is_some_and(|level| (0.27..0.30).contains(&level))
    });
    assert!(!player.out().contains("failed"), "{}", player.out());
}

fn server_ends() {
    let world = World::new();
    let pulse = Pulse::start(&world);
    let mut player = player(&world, "test", Some(&pulse), None);
    player.wait_until("tells levels", |player| player.out().contains("level "));
    drop(pulse);
    for device in ["microphone", "loudspeaker"] {
        player.wait_until("tells the loss", |player| player.out().contains(&format!("failed: The {device} is gone")));
    }
    let levels = player.out().lines().count();
    player.wait_until("goes on", |player| player.out().lines().count() > levels + 5);
    assert_eq!(player.log(), "", "nothing of it stands on the screen");
}

fn none() {
    let world = World::new();
    let config = world.write("asound.conf", "");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("HOME", world.path()).env("ALSA_CONFIG_PATH", config).env_remove("PULSE_SERVER");
    let mut player = player(&world, "look", None, Some(command));
    assert!(player.wait_for_end(DEADLINE).success(), "{}", player.log());
    assert!(player.out().starts_with("Silent(\"Calls are silent: no sound device"), "{}", player.out());
    assert_eq!(player.log(), "", "nothing of it stands on the screen");
}

fn a_call() {
    let town = Town::new();
    let pulse = Pulse::start(&town.world);
    let alice = town.alice("udp");
    let bob = town.baresip(Setup::default());
    let speaker = pulse.record(SPEAKER);
    let voice = town.world.file("voice.wav");
    sound::write(&voice, &sound::tone(VOICE, 60.0));
    let paplay = pulse.play(MICROPHONE, &voice);
    let us = std::env::current_exe().unwrap();
    let command = alice.command_of(us.to_str().unwrap(), &[]);
    let mut player = player(&town.world, "call", Some(&pulse), Some(command));
    player.wait_until("is answered", |player| player.out().contains("Answered"));
    // Bob's tone, as loud as he plays it, comes out of our loudspeaker.
    hear("bob", || speaker.now(), is_loud(BARESIP_HZ, 0.4, 0.6), || player.out());
    bob.wait_for_packets(200);
    bob.order("hangup", "");
    assert!(player.wait_for_end(DEADLINE).success(), "{}", player.log());
    // And he has heard what was said into our microphone.
    let recording = Recording::read(&bob.heard());
    let fifth = recording.rate as usize / 5;
    let best = recording
        .samples
        .chunks_exact(fifth)
        .map(|part| Recording { rate: recording.rate, samples: part.to_vec() }.level_at(VOICE.hertz));
    let best = best.fold(0.0, f64::max);
    assert!((0.3..0.5).contains(&best), "{best}");
    drop(paplay);
    assert!(!player.out().contains("Notice"), "{}", player.out());
}
