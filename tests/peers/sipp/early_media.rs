//! A gateway that plays before the call is answered: 183 with SDP, sound, and then an end.

use super::peer::NEEDS;
use super::scenario::{accept_with, answer, exec, hung_up, invited, pause, receive, request};
use super::told::{Told, called_and};
use crate::Case;
use crate::sound::Recording;
use crate::world::World;
use std::path::{Path, PathBuf};

pub const CASES: &[Case] = &[
    Case { name: "sipp::an_announcement_before_a_refusal_is_heard", needs: NEEDS, run: refused },
    Case { name: "sipp::an_announcement_ends_when_somebody_answers", needs: NEEDS, run: answered },
    Case { name: "sipp::an_early_answer_alone_holds_for_the_call", needs: NEEDS, run: said_once },
];

/// Where sipp sends from, and what.
pub const PLAYED: &str = "v=0\no=bob 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n\
                      m=audio [rtpstream_audio_port] RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=sendrecv\n";

pub const HERTZ: f64 = 500.0;

/// Two seconds of a square wave, as G.711 has it.
pub fn wave(world: &World) -> PathBuf {
    let path = world.file("wave.ulaw");
    let period = [[0x90_u8; 8], [0x10; 8]].concat();
    std::fs::write(&path, period.repeat(1000)).unwrap();
    path
}

fn called(place: &World, steps: &[super::scenario::Step], arguments: &[&str]) -> (Told, Recording) {
    let record = place.file("heard.wav");
    let recorded = record.display().to_string();
    let told = called_and("udp", steps, &[&["--record", &recorded], arguments].concat(), |_| {});
    let recording = Recording::ours(&record);
    (told, recording)
}

pub fn plays(file: &Path) -> String {
    format!("rtp_stream=\"{},-1,0\"", file.display())
}

/// How loud the wave is in each fifth of a second.
fn levels(recording: &Recording) -> Vec<f64> {
    let part = |part: &[i16]| Recording { rate: recording.rate, samples: part.to_vec() }.level_at(HERTZ);
    recording.samples.chunks_exact(9_600).map(part).collect()
}

fn refused() {
    for (status, code, end) in [("404 Not Found", 5, "failed"), ("486 Busy Here", 3, "busy"), ("603 Decline", 3, "declined")] {
        let place = World::new();
        let steps = [
            invited(),
            answer("183 Session Progress").sdp(PLAYED),
            exec(&plays(&wave(&place))),
            pause(1500),
            // RFC 3311 §5.2: what we have offered is answered when the call is.
            request("UPDATE"),
            receive("200").has("CSeq", "UPDATE"),
            answer(status),
            receive("ACK"),
        ];
        let (told, recording) = called(&place, &steps, &[]);
        let told = told.ended(code, end).because(status).said("in progress").said("they play something");
        assert_eq!(told.call["early_media"], true, "{}", told.call);
        assert!(told.call["packets_received"].as_u64().unwrap() > 40, "{}", told.call);
        let levels = levels(&recording);
        assert!(levels.iter().filter(|level| **level > 0.1).count() >= 4, "{levels:?}");
    }
}

fn answered() {
    // The answer is of another place, which only listens: what the gateway goes on to play is of nobody any more.
    let listens = super::scenario::PCMU.replace("sendrecv", "recvonly");
    let place = World::new();
    let begins = [invited(), answer("183 Session Progress").tag("gateway").sdp(PLAYED), exec(&plays(&wave(&place)))];
    let then = [pause(1000), accept_with(&listens), receive("ACK")];
    let (told, recording) = called(&place, &[&begins[..], &then, &hung_up()].concat(), &["--for", "2"]);
    told.ended(0, "local").said("they play something");
    let levels = levels(&recording);
    assert!(levels.iter().filter(|level| **level > 0.1).count() >= 2, "{levels:?}");
    assert!(levels.iter().rev().take(5).all(|level| *level < 0.01), "it ends: {levels:?}");
}

/// Some gateways say it once, and never again.
fn said_once() {
    let place = World::new();
    let begins = [invited(), answer("183 Session Progress").sdp(PLAYED), exec(&plays(&wave(&place))), pause(500)];
    for body in [None, Some(PLAYED)] {
        let answer = body.map_or_else(|| answer("200 OK").header(super::scenario::CONTACT), accept_with);
        let steps = [&begins[..], &[answer, receive("ACK")], &hung_up()].concat();
        let (told, recording) = called(&place, &steps, &["--for", "1"]);
        let told = told.ended(0, "local").said("they play something").said("PCMU/8000, in clear");
        assert!(told.call["packets_received"].as_u64().unwrap() > 50, "{}", told.call);
        let levels = levels(&recording);
        assert!(levels.iter().rev().skip(1).take(3).all(|level| *level > 0.1), "it goes on: {levels:?}");
    }
}
