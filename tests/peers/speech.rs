//! What is heard: ten seconds of speech each way, scored; tones by frequency and level; and speech over paths that lose
//! packets.

use super::phones::{ALICE, BOB, OPUS, PCMU, Setup, Town, call, only_call};
use super::process::DEADLINE;
use super::rtp_relay::RtpRelay;
use super::sound::{self, Band, Recording, Score, Voice};
use super::{Case, baresip, kamailio};
use serde_json::Value;
use std::path::Path;

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];
const SPOKEN: &[&str] = &[kamailio::NEEDS, baresip::NEEDS, sound::ESPEAK, sound::SOX, sound::PYTHON];

pub const CASES: &[Case] = &[
    Case { name: "speech::opus_when_we_call", needs: SPOKEN, run: || at_best(called) },
    Case { name: "speech::opus_when_we_answer_sealed", needs: SPOKEN, run: || at_best(answered) },
    Case { name: "speech::pcmu", needs: SPOKEN, run: || at_best(pcmu) },
    Case { name: "speech::tones_by_frequency_and_level", needs: NEEDS, run: || at_best(tones) },
    Case { name: "speech::opus_over_a_path_that_loses_5_per_cent", needs: SPOKEN, run: || at_best(|| lossy(5, 3.0, 2.7)) },
    Case { name: "speech::opus_over_a_path_that_loses_20_per_cent", needs: SPOKEN, run: || at_best(|| lossy(20, 1.9, 1.6)) },
];

/// Calls made before a bad sound counts: a machine that is busy with other things breaks the sound of any phone.
const TRIES: usize = 3;

/// What a call must sound like; a sentence where it does not.
type Sounded = Result<(), String>;

fn at_best(call: impl Fn() -> Sounded) {
    let tried: Vec<String> = (0..TRIES).map_while(|_| call().err()).collect();
    assert!(tried.len() < TRIES, "{}", tried.join("\n"));
}

/// A recording of a clean call: it is there from the first word to the last, in one piece, and sounds well.
fn check_clean(what: &str, score: &Score, least: f64) -> Sounded {
    println!("{what}: {score:?}");
    let whole = score.first_word > 0.8 && score.drift_ms.abs() <= 25.0 && (-20.0..500.0).contains(&score.delay_ms);
    if whole && score.pesq >= least { Ok(()) } else { Err(format!("{what}: {score:?}")) }
}

/// As long as the call was, by the packets that came.
fn check_length(recording: &Path, report: &Value) {
    let seconds = Recording::ours(recording).seconds();
    let came = (report["packets_received"].as_f64().unwrap() + report["lost"].as_f64().unwrap()) / 50.0;
    assert!((seconds - came).abs() < 0.5, "{seconds} s of {came} s: {report}");
}

/// The call of a case: both speak, both record. Alice hangs up when she has said it all.
struct Spoken {
    report: Value,
    /// What bob heard, and alice.
    there: Score,
    here: Score,
}

fn speak(town: &Town, setup: Setup, bobs_proxy: &str) -> Spoken {
    let (alice_says, bob_says) = (town.world.file("alice.wav"), town.world.file("bob.wav"));
    Voice::Alice.speech(&alice_says, 1.0);
    Voice::Bob.speech(&bob_says, 3.0);
    let bob = town.baresip_through(setup, &bob_says.display().to_string(), bobs_proxy);
    let record = town.world.file("far.wav");
    let alice = town.alice(setup.transport);
    let (play, record_to) = (alice_says.display().to_string(), record.display().to_string());
    let report = call(&alice, BOB, &["--play", &play, "--record", &record_to]).expect(0).json();
    check_length(&record, &report);
    let band = if setup.codecs == PCMU { Band::Narrow } else { Band::Wide };
    Spoken { report, there: sound::score(&alice_says, &bob.heard(), band), here: sound::score(&bob_says, &record, band) }
}

fn called() -> Sounded {
    let town = Town::new();
    let spoken = speak(&town, Setup::default(), &town.kamailio.proxy("udp"));
    assert_eq!(spoken.report["lost"], 0);
    check_clean("baresip heard", &spoken.there, 3.5)?;
    check_clean("we heard", &spoken.here, 3.5)
}

fn answered() -> Sounded {
    let town = Town::new();
    let (alice_says, bob_says) = (town.world.file("alice.wav"), town.world.file("bob.wav"));
    Voice::Alice.speech(&alice_says, 5.0);
    Voice::Bob.speech(&bob_says, 1.0);
    let setup = Setup { transport: "tls", encryption: "srtp-mand", ..Setup::default() };
    let bob = town.baresip_plays(setup, &bob_says.display().to_string());
    let alice = town.user("alice", &town.kamailio.proxy("tls"), false);
    let record = town.world.file("far.wav");
    let (play, record_to) = (alice_says.display().to_string(), record.display().to_string());
    let answering = town.answering(&alice, &["--calls", "1", "--play", &play, "--record", &record_to]);
    bob.order("dial", ALICE);
    let report = only_call(&alice.finish(answering, DEADLINE).expect(0));
    assert_eq!((&report["end"], &report["encrypted"]), (&Value::from("remote"), &Value::from(true)), "{report}");
    check_length(&record, &report);
    let band = Band::Wide;
    check_clean("baresip heard", &sound::score(&alice_says, &bob.heard(), band), 3.5)?;
    check_clean("we heard", &sound::score(&bob_says, &record, band), 3.5)
}

fn pcmu() -> Sounded {
    let town = Town::new();
    let spoken = speak(&town, Setup { codecs: PCMU, ..Setup::default() }, &town.kamailio.proxy("udp"));
    check_clean("baresip heard", &spoken.there, 3.5)?;
    check_clean("we heard", &spoken.here, 3.5)
}

fn tones() -> Sounded {
    let town = Town::new();
    let alice = town.alice("udp");
    let play = town.tone("alice-plays.wav", 1010.0, 3.0).display().to_string();
    for codecs in [OPUS, PCMU] {
        let bob = town.baresip(Setup { codecs, ..Setup::default() });
        let record = town.world.file("far.wav");
        call(&alice, BOB, &["--play", &play, "--record", &record.display().to_string()]).expect(0);
        for (file, hertz) in [(record, super::phones::BARESIP_HZ), (bob.heard(), 1010.0)] {
            let middle = Recording::read(&file).middle();
            let (level, all) = (middle.level_at(hertz), middle.loudness());
            // Nothing else is in it.
            if !(0.44..0.56).contains(&level) || all > 1.05 * level {
                return Err(format!("{codecs}, {hertz} Hz: {level} of {all}"));
            }
        }
    }
    Ok(())
}

/// Both ways lose at random, sound and reports alike; the signalling is not touched.
fn lossy(percent: u32, ours: f64, theirs: f64) -> Sounded {
    let town = Town::new();
    let relay = RtpRelay::start(town.kamailio.port, percent, 0x0ff_4004);
    let spoken = speak(&town, Setup { loss: percent, ..Setup::default() }, &relay.proxy());
    println!("{percent} %: baresip heard {:?}, we heard {:?}, {}", spoken.there, spoken.here, spoken.report);
    let number = |field: &str| spoken.report[field].as_u64().unwrap();
    // What is lost before the first packet that came, or after the last, nobody can know.
    assert!(number("lost").abs_diff(relay.lost()) <= 5, "{} were lost: {}", relay.lost(), spoken.report);
    let sent = number("lost") + number("packets_received");
    assert!((sent * u64::from(percent) / 200..sent * u64::from(percent) / 50).contains(&relay.lost()), "{}", spoken.report);
    assert!(number("packets_sent") > 500, "{}", spoken.report);
    let well = spoken.here.pesq >= ours && spoken.there.pesq >= theirs && spoken.here.drift_ms.abs() <= 60.0;
    if well { Ok(()) } else { Err(format!("we heard {:?}, baresip heard {:?}", spoken.here, spoken.there)) }
}
