//! What is heard before a call is answered: baresip that plays to whoever calls it, alone and as one of two forks behind
//! Kamailio; and that it is not heard when it may not be.

use super::baresip::{Baresip, Options};
use super::offhook::User;
use super::phones::{BARESIP_HZ, BOB, OPUS, PCMU, Setup, Talked, Town};
use super::process::{DEADLINE, Process};
use super::sound::Recording;
use super::world::World;
use super::{Case, baresip, kamailio};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];

pub const CASES: &[Case] = &[
    Case { name: "early::an_announcement_is_heard_and_the_reason_stays", needs: NEEDS, run: announcement },
    Case { name: "early::what_is_heard_goes_on_when_it_is_answered", needs: NEEDS, run: answered },
    Case { name: "early::of_two_forks_the_one_that_answers_is_heard", needs: NEEDS, run: forked },
    Case { name: "early::nobody_is_heard_in_clear_where_that_is_not_allowed", needs: NEEDS, run: clear },
];

/// What the second of two plays.
const SECOND_HZ: f64 = 1300.0;
/// What alice plays.
const ALICE_HZ: f64 = 400.0;

/// A call that is recorded, and what alice plays in it.
fn calling(town: &Town, alice: &User, arguments: &[&str]) -> (Process, PathBuf) {
    let record = town.world.file("heard-early.wav");
    let play = town.tone("alice-plays.wav", ALICE_HZ, 30.0);
    let (record_at, play) = (record.display().to_string(), play.display().to_string());
    let fixed = ["call", "--json", BOB, "--record", &record_at, "--play", &play];
    (alice.start("call", &[&fixed, arguments].concat()), record)
}

/// Waits until so much more is recorded: the header of the file says so once a second.
fn wait_for_more(record: &Path, seconds: f64) {
    let length = || hound::WavReader::open(record).map_or(0.0, |reader| f64::from(reader.duration()) / 48_000.0);
    let (start, before) = (Instant::now(), length());
    while length() < before + seconds {
        assert!(start.elapsed() < DEADLINE, "{} does not grow", record.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The levels of these tones in the part of a recording from `from` to `to`, in hundredths of it.
fn levels(recording: &Recording, [from, to]: [usize; 2], tones: [f64; 2]) -> [f64; 2] {
    let count = recording.samples.len();
    let part = Recording { rate: recording.rate, samples: recording.samples[count * from / 100..count * to / 100].to_vec() };
    tones.map(|hertz| part.level_at(hertz))
}

fn announcement() {
    for (transport, codecs, encryption) in [("udp", PCMU, ""), ("tls", OPUS, "srtp-mand")] {
        let town = Town::new();
        let alice = town.alice(transport);
        let bob = town.baresip(Setup { answer: "early", transport, codecs, encryption, ..Setup::default() });
        let (mut call, record) = calling(&town, &alice, &[]);
        call.wait_for_line("they play something");
        wait_for_more(&record, 2.0);
        bob.order("hangup", "");
        let ended = alice.finish(call, DEADLINE).expect(3);
        let report = ended.json();
        assert_eq!((&report["end"], &report["codec"]), (&"busy".into(), &serde_json::Value::Null), "{report}");
        assert!(report["reason"].as_str().unwrap().contains("486"), "{report}");
        assert_eq!(report["early_media"], true, "{report}");
        assert!(report["packets_received"].as_u64().unwrap() > 50, "{report}");
        let heard = Recording::ours(&record).middle();
        assert!(heard.level_at(BARESIP_HZ) > 0.3, "{transport}: {}", heard.level_at(BARESIP_HZ));
        // And bob has heard nothing of alice, though packets came.
        assert!(report["packets_sent"].as_u64().unwrap() > 50, "{report}");
        let heard = Recording::read(&bob.heard());
        assert!(heard.level_at(ALICE_HZ) < 0.01, "{transport}: {}", heard.level_at(ALICE_HZ));
    }
}

fn answered() {
    let town = Town::new();
    let alice = town.alice("udp");
    let bob = town.baresip(Setup { answer: "early", ..Setup::default() });
    let (mut call, record) = calling(&town, &alice, &["--for", "2"]);
    call.wait_for_line("they play something");
    wait_for_more(&record, 1.0);
    bob.order("accept", "");
    call.wait_for_line("answered after");
    let report = alice.finish(call, DEADLINE).expect(0).json();
    Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 100 }.check(&report);
    assert_eq!(report["early_media"], true, "{report}");
    // The recording has both in one, without a gap.
    let heard = Recording::ours(&record);
    assert!(heard.seconds() > 2.9, "{}", heard.seconds());
    for part in heard.samples[24_000..heard.samples.len() - 9_600].chunks_exact(4_800) {
        let part = Recording { rate: heard.rate, samples: part.to_vec() };
        assert!(part.level_at(BARESIP_HZ) > 0.3, "a gap: {}", part.level_at(BARESIP_HZ));
    }
    let heard = Recording::read(&bob.heard());
    assert!(levels(&heard, [90, 99], [ALICE_HZ, BARESIP_HZ])[0] > 0.3, "bob hears alice in the end");
}

/// Two phones of bob: one plays before it answers, the other answers.
fn forked() {
    for second_plays_too in [false, true] {
        let town = Town::new();
        let elsewhere = World::new();
        let alice = town.alice("udp");
        let first = town.baresip(Setup { answer: "early", ..Setup::default() });
        let tone = town.tone("second-plays.wav", SECOND_HZ, 30.0).display().to_string();
        let answer = if second_plays_too { "early" } else { "manual" };
        let proxy = town.kamailio.proxy("udp");
        let options = Options { user: "bob", proxy: &proxy, play: &tone, codecs: PCMU, answer, loss: 0, more: "" };
        let second = Baresip::start(&elsewhere, &options);
        let (mut call, record) = calling(&town, &alice, &["--for", "2"]);
        call.wait_for_line("they play something");
        wait_for_more(&record, 2.0);
        second.order("accept", "");
        call.wait_for_line("answered after");
        let ended = alice.finish(call, DEADLINE).expect(0);
        let report = ended.json();
        assert_eq!((&report["codec"], &report["end"]), (&"PCMU/8000".into(), &"local".into()), "{report}");
        let heard = Recording::ours(&record);
        // One of them before, and never both at once.
        let before = levels(&heard, [20, 40], [BARESIP_HZ, SECOND_HZ]);
        let [loud, quiet] = if before[0] > before[1] { before } else { [before[1], before[0]] };
        assert!(loud > 0.3 && quiet < 0.03, "{before:?}");
        assert!(second_plays_too || before[0] == loud, "{before:?}");
        let after = levels(&heard, [80, 98], [BARESIP_HZ, SECOND_HZ]);
        assert!(after[0] < 0.03 && after[1] > 0.3, "{after:?}");
        drop(first);
    }
}

/// The early answer is in clear, and this account makes no such call.
fn clear() {
    let town = Town::new();
    let alice = town.user("alice", &town.kamailio.proxy("tls"), false);
    let bob = town.baresip(Setup { answer: "early", transport: "tls", ..Setup::default() });
    let (call, record) = calling(&town, &alice, &[]);
    let report = alice.finish(call, DEADLINE).expect(5).json();
    assert_eq!((&report["end"], &report["early_media"]), (&"failed".into(), &false.into()), "{report}");
    assert_eq!((&report["packets_sent"], &report["packets_received"]), (&0.into(), &0.into()), "{report}");
    assert_eq!(Recording::ours(&record).samples.len(), 0);
    drop(bob);
}
