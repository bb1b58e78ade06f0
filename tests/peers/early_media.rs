//! Calls that are answered early, through Kamailio: by baresip, which says so and plays nothing; by one of two forks, which
//! plays until the other one answers; and in clear, by one who is not to be heard so.

use super::Case;
use super::baresip;
use super::kamailio;
use super::offhook::User;
use super::phones::{BARESIP_HZ, BOB, OPUS, PCMU, Setup, Talked, Town};
use super::process::{DEADLINE, Process};
use super::sipp::early_media::{HERTZ, PLAYED, plays, wave};
use super::sipp::peer::Sipp;
use super::sipp::scenario::{Role, Step, exec, pause};
use super::sound::Recording;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const NEEDS: &[&str] = &[kamailio::NEEDS, baresip::NEEDS];
const NEEDS_FORK: &[&str] = &[kamailio::NEEDS, "kamcmd", baresip::NEEDS, "sipp"];
const NEEDS_SIPP: &[&str] = &[kamailio::NEEDS, "kamcmd", "sipp"];

pub const CASES: &[Case] = &[
    Case { name: "early::who_answers_early_and_plays_nothing_rings", needs: NEEDS, run: silent },
    Case { name: "early::of_two_forks_one_plays_and_the_other_answers", needs: NEEDS_FORK, run: forked },
    Case { name: "early::an_answer_in_clear_is_not_heard_where_that_is_not_allowed", needs: NEEDS_SIPP, run: clear },
];

/// What alice plays.
const ALICE_HZ: f64 = 400.0;

/// A call that is recorded, and what alice plays in it.
fn calling(town: &Town, alice: &User, arguments: &[&str]) -> (Process, PathBuf) {
    let record = town.world.file("heard.wav");
    let play = town.tone("alice-plays.wav", ALICE_HZ, 30.0);
    let (record_at, play) = (record.display().to_string(), play.display().to_string());
    let fixed = ["call", "--json", BOB, "--record", &record_at, "--play", &play];
    (alice.start("call", &[&fixed, arguments].concat()), record)
}

/// Waits until so much is recorded: the header of the file says so once a second.
fn wait_for(record: &Path, seconds: f64) {
    let length = || hound::WavReader::open(record).map_or(0.0, |reader| f64::from(reader.duration()) / 48_000.0);
    let start = Instant::now();
    while length() < seconds {
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

fn silent() {
    for (transport, codecs, encryption) in [("udp", PCMU, ""), ("tls", OPUS, "srtp-mand")] {
        let town = Town::new();
        let alice = town.alice(transport);
        let mut bob = town.baresip(Setup { answer: "early", transport, codecs, encryption, ..Setup::default() });
        let (mut call, record) = calling(&town, &alice, &["--for", "1"]);
        call.wait_for_line("ringing");
        bob.process.wait_for_line("183 Session Progress");
        // The way is open before anybody talks: what comes is silence. (Under SRTP it looks at nothing before its answer.)
        if encryption.is_empty() {
            bob.process.wait_for_line("incoming rtp for 'audio' established");
        }
        wait_for(&record, 1.0);
        assert!(!call.log().contains("they play something"), "{}", call.log());
        bob.order("accept", "");
        call.wait_for_line("answered after");
        let report = alice.finish(call, DEADLINE).expect(0).json();
        let (codec, encrypted) = (if codecs == PCMU { "PCMU/8000" } else { "opus/48000" }, !encryption.is_empty());
        Talked { codec, encrypted, end: "local", packets: 30 }.check(&report);
        let [sent, received] = ["packets_sent", "packets_received"].map(|field| report[field].as_u64().unwrap());
        assert!(report["early_media"] == false && sent > received + 30, "{report}");
        let heard = Recording::ours(&record);
        assert!(levels(&heard, [90, 98], [BARESIP_HZ, ALICE_HZ])[0] > 0.3, "alice hears bob");
        let heard = Recording::read(&bob.heard());
        assert!(levels(&heard, [90, 98], [ALICE_HZ, BARESIP_HZ])[0] > 0.3, "bob hears alice");
    }
}

/// A response of the fork, through the proxy.
fn says(status: &str, sdp: &str) -> Step {
    let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\n" };
    Step::Does(format!(
        "<send><![CDATA[\nSIP/2.0 {status}\n[last_Via:]\n[last_Record-Route:]\n[last_From:]\n[last_To:];tag=fork\n[last_Call-ID:]\n\
         [last_CSeq:]\nContact: <sip:bob@[local_ip]:[local_port]>\n{kind}Content-Length: [len]\n\n{sdp}\n]]></send>\n"
    ))
}

/// Kamailio calls it when bob is called.
fn is_of_bob(town: &Town, sipp: &Sipp) {
    let proxy = sipp.proxy();
    let place = proxy.trim_start_matches("sip:").split(';').next().unwrap();
    let socket = format!("unix:{}", town.world.file("ctl.sock").display());
    let contact = format!("sip:bob@{place}");
    let added = Command::new("kamcmd")
        .args(["-s", &socket, "ul.add", "location", "bob", &contact, "300", "1.0", "s:0", "0", "0", "0"])
        .output()
        .unwrap();
    assert!(!String::from_utf8_lossy(&added.stdout).contains("error") && added.stderr.is_empty(), "{added:?}");
}

/// Two phones of bob: sipp plays before it would answer, and baresip answers.
fn forked() {
    let town = Town::new();
    let alice = town.alice("udp");
    let steps = [
        Step::Does("<recv request=\"INVITE\"/>\n".into()),
        says("183 Session Progress", PLAYED),
        exec(&plays(&wave(&town.world))),
        Step::Does(
            "<recv request=\"CANCEL\"><action>\n\
             <ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"CSeq:\" check_it=\"true\" assign_to=\"cseq\"/>\n\
             </action></recv>\n"
                .into(),
        ),
        says("200 OK", ""),
        Step::Does(
            "<send><![CDATA[\nSIP/2.0 487 Request Terminated\n[last_Via:]\n[last_From:]\n[last_To:];tag=fork\n[last_Call-ID:]\n\
             CSeq: [$cseq] INVITE\nContent-Length: 0\n\n]]></send>\n<recv request=\"ACK\"/>\n"
                .into(),
        ),
    ];
    let sipp = Sipp::start(&town.world, &Role::Called, "udp", &steps);
    let bob = town.baresip(Setup { answer: "manual", ..Setup::default() });
    is_of_bob(&town, &sipp);

    let (mut call, record) = calling(&town, &alice, &["--for", "2"]);
    call.wait_for_line("they play something");
    wait_for(&record, 2.0);
    bob.order("accept", "");
    call.wait_for_line("answered after");
    let ended = alice.finish(call, DEADLINE).expect(0);
    let report = ended.json();
    Talked { codec: "opus/48000", encrypted: false, end: "local", packets: 30 }.check(&report);
    assert_eq!(report["early_media"], true, "{report}");
    assert!(ended.said.contains("ringing"), "the other one rang: {}", ended.said);
    let heard = Recording::ours(&record);
    let before = levels(&heard, [20, 40], [HERTZ, BARESIP_HZ]);
    assert!(before[0] > 0.1 && before[1] < 0.01, "{before:?}");
    let after = levels(&heard, [85, 98], [HERTZ, BARESIP_HZ]);
    assert!(after[0] < 0.01 && after[1] > 0.3, "{after:?}");
    sipp.verdict(&ended.said);
}

/// The early answer is in clear, and this account makes no such call.
fn clear() {
    let town = Town::new();
    let alice = town.user("alice", &town.kamailio.proxy("tls"), false);
    let steps = [
        Step::Does("<recv request=\"INVITE\"/>\n".into()),
        says("183 Session Progress", PLAYED),
        exec(&plays(&wave(&town.world))),
        pause(1000),
        says("486 Busy Here", ""),
        Step::Does("<recv request=\"ACK\"/>\n".into()),
    ];
    let sipp = Sipp::start(&town.world, &Role::Called, "udp", &steps);
    is_of_bob(&town, &sipp);
    let (call, record) = calling(&town, &alice, &[]);
    let ended = alice.finish(call, DEADLINE).expect(3);
    let report = ended.json();
    assert_eq!((&report["end"], &report["early_media"]), (&"busy".into(), &false.into()), "{report}");
    assert_eq!((&report["packets_sent"], &report["packets_received"]), (&0.into(), &0.into()), "{report}");
    assert!(ended.said.contains("in progress"), "the early answer came: {}", ended.said);
    assert_eq!(Recording::ours(&record).samples.len(), 0);
    sipp.verdict(&ended.said);
}
