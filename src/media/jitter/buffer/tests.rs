//! Streams with every kind of trouble, in virtual time. The sound is a tone of 400 Hz in A-law, whose every packet of a
//! multiple of 2.5 ms is whole periods: what is heard must be one unbroken tone.

use super::*;
use crate::media::g711::Law;
use crate::media::opus;
use crate::media::tone::{Sine, level_of};

const LEVEL: f64 = 0.3;

fn at(micros: i64) -> Moment {
    Moment::at(Duration::from_micros(u64::try_from(micros).unwrap()))
}

/// A packet of so many milliseconds of tone.
fn tone(millis: usize) -> Vec<u8> {
    Sine::new(400.0, LEVEL, 8000).take(millis * 8).map(|sample| Law::A.encode(sample)).collect()
}

/// A packet on its way: microseconds of arrival, number, timestamp, sound.
type Sent = (i64, u16, u32, Vec<u8>);

/// Packets of `millis` from number 65,500 and a timestamp near the wrap on, delayed by `delay(number)` microseconds;
/// lost where it says `None`.
fn stream(millis: usize, count: usize, mut delay: impl FnMut(usize) -> Option<i64>) -> Vec<Sent> {
    let sound = tone(millis);
    let mut sent: Vec<Sent> = (0..count)
        .filter_map(|number| {
            let arrival = i64::try_from(number * millis).unwrap() * 1000 + delay(number)?;
            let sequence = 65_500_u16.wrapping_add(u16::try_from(number % 65_536).unwrap());
            let timestamp = (u32::MAX - 20_000).wrapping_add(u32::try_from(number * millis * 8).unwrap());
            Some((arrival, sequence, timestamp, sound.clone()))
        })
        .collect();
    sent.sort_by_key(|packet| packet.0);
    sent
}

struct Heard {
    buffer: JitterBuffer,
    frames: Vec<Frame>,
    /// Milliseconds that each frame waited.
    delays: Vec<f64>,
}

impl Heard {
    /// Frames from `from` on in which the tone is not whole.
    fn broken(&self, from: usize) -> usize {
        self.frames.iter().skip(from).filter(|frame| level_of(*frame, 400.0, 48_000) < LEVEL * 0.8).count()
    }

    /// The steepest step between two samples from frame `from` on; a tone of 400 Hz has at most 515.
    fn steepest(&self, from: usize) -> i32 {
        let all: Vec<i32> = self.frames.iter().skip(from).flatten().map(|sample| i32::from(*sample)).collect();
        all.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap()
    }
}

/// Plays `count` frames every `period` microseconds, first at `phase`.
fn listen_at(sent: &[Sent], codec: Codec, count: i64, period: i64, phase: i64) -> Heard {
    let mut heard = Heard { buffer: JitterBuffer::default(), frames: vec![], delays: vec![] };
    let mut coming = sent.iter().peekable();
    for number in 0..count {
        let now = phase + number * period;
        while let Some((arrival, sequence, timestamp, payload)) = coming.next_if(|packet| packet.0 <= now) {
            heard.buffer.insert(at(*arrival), Arrival { sequence: *sequence, timestamp: *timestamp, codec, payload });
        }
        let mut frame = [0; FRAME];
        heard.buffer.play(at(now), &mut frame);
        heard.frames.push(frame);
        heard.delays.push(heard.buffer.delay().as_secs_f64() * 1000.0);
    }
    heard
}

fn listen(sent: &[Sent], seconds: i64) -> Heard {
    listen_at(sent, Codec::Pcma, seconds * 50, 20_000, 0)
}

fn uniform(chance: &mut crate::machine::Chance, most: u64) -> i64 {
    i64::try_from(chance.below(most)).unwrap()
}

#[test]
fn a_clean_stream_waits_40_ms_at_first_and_then_as_little_as_the_beat_allows() {
    // Packets come 7 ms after a beat: at the beats they have waited 13, 33, 53 ms.
    let heard = listen(&stream(20, 1500, |_| Some(7_000)), 30);
    assert_eq!(heard.frames[..3].iter().flatten().filter(|sample| **sample != 0).count(), 0);
    assert!(heard.delays[4..500].iter().all(|delay| (delay - 53.0).abs() < 0.01), "{:?}", &heard.delays[..10]);
    let last = *heard.delays.last().unwrap();
    assert!((13.0..=38.0).contains(&last), "{last}");
    assert_eq!((heard.broken(5), heard.buffer.counts().concealed, heard.buffer.counts().dropped), (0, 0, 0));
    assert!(heard.steepest(5) < 600, "{}", heard.steepest(5));
}

#[test]
fn a_lost_packet_is_covered_without_a_click() {
    let heard = listen(&stream(20, 1500, |number| (number % 20 != 7).then_some(0)), 30);
    assert_eq!(heard.buffer.counts().concealed, 75);
    assert_eq!(heard.broken(5), 0);
    assert!(heard.steepest(5) < 800, "{}", heard.steepest(5));
    // There is no FEC in G.711 that it would pay to wait for.
    assert!(*heard.delays.last().unwrap() < 30.0);
}

#[test]
fn bursts_fade_and_come_back() {
    let heard = listen(&stream(20, 1000, |number| (number % 100 < 94).then_some(0)), 20);
    assert!(heard.buffer.counts().concealed >= 54);
    assert!(heard.broken(5) <= 10 * 7, "{}", heard.broken(5));
    assert!(heard.steepest(5) < 900, "{}", heard.steepest(5));
}

#[test]
fn jitter_is_waited_for_and_reordered_packets_are_put_in_order() {
    let mut chance = crate::machine::Chance::seeded(5);
    let heard = listen(&stream(20, 3000, |_| Some(uniform(&mut chance, 80_000))), 60);
    let counts = heard.buffer.counts();
    assert!(counts.dropped < 60, "{counts:?}");
    assert!(heard.broken(100) < 30, "{}", heard.broken(100));
    let late: Vec<&f64> = heard.delays.iter().skip(500).collect();
    assert!(late.iter().all(|delay| (60.0..=140.0).contains(*delay)), "{late:?}");
    assert!(heard.steepest(100) < 900, "{}", heard.steepest(100));
}

#[test]
fn the_wait_grows_at_once_and_shrinks_slowly() {
    // 60 ms later from 10 to 20 s.
    let heard = listen(&stream(20, 2500, |number| Some(if (500..1000).contains(&number) { 60_000 } else { 0 })), 50);
    // All is well again half a second after the change; a few frames were made up.
    assert_eq!(heard.broken(530), 0);
    assert!(heard.broken(490) <= 12, "{}", heard.broken(490));
    let (during, after) = (heard.delays[999], heard.delays[2499]);
    assert!((60.0..=110.0).contains(&during), "{during}");
    assert!(after < 50.0, "{after}");
    assert!(heard.delays[1050] > 59.0, "not forgotten at once: {}", heard.delays[1050]);
}

/// An hour with a clock that is off by so many millionths. Theirs is right, ours is not. 60 ms packets of Opus silence: an
/// hour in little time.
fn an_hour_off_by(ppm: i64) {
    let mut encoder = opus::Encoder::new(None).unwrap();
    let mut packet = vec![0; 1275];
    let length = encoder.encode(&vec![0; 2880], &mut packet).unwrap();
    packet.truncate(length);
    let sent: Vec<Sent> = (0..60_000_u32)
        .map(|number| (i64::from(number) * 60_000, (number % 65_536) as u16, number.wrapping_mul(2880), packet.clone()))
        .collect();
    let period = 20_000 - 20 * ppm / 1000;
    let heard = listen_at(&sent, Codec::Opus, 3_600_000_000 / period - 10, period, 0);
    let counts = heard.buffer.counts();
    let worst = heard.delays.iter().skip(50).fold((f64::MAX, 0.0), |(low, high): (f64, f64), d| (low.min(*d), high.max(*d)));
    assert!(worst.0 > 0.0 && worst.1 < 110.0, "{worst:?}");
    // 500 ppm of an hour are 1.8 s, which were left out or repeated.
    let moved = i64::try_from(counts.shortened).unwrap() - i64::try_from(counts.lengthened).unwrap();
    assert!((moved + 86_400 * ppm / 500).abs() < 9_600, "{counts:?}");
    assert!(counts.dropped + counts.concealed < 20, "{counts:?}");
}

#[test]
fn a_slow_clock_is_followed_for_an_hour() {
    an_hour_off_by(-500);
}

#[test]
fn a_fast_clock_is_followed_for_an_hour() {
    an_hour_off_by(500);
}

#[test]
fn packets_of_any_length_are_played() {
    for millis in [10, 30, 40, 60, 120] {
        let mut chance = crate::machine::Chance::seeded(9);
        let heard = listen(&stream(millis, 20_000 / millis, |_| Some(uniform(&mut chance, 10_000))), 20);
        let counts = heard.buffer.counts();
        assert!(counts.concealed <= 2, "{millis} ms: {counts:?}");
        assert!(heard.broken(30) <= 3, "{millis} ms: {} {counts:?}", heard.broken(30));
        let last = *heard.delays.last().unwrap();
        assert!(last < 60.0 + f64::from(u32::try_from(millis).unwrap()), "{millis} ms: {last}");
    }
}

#[test]
fn doubled_and_late_packets_are_dropped() {
    let mut sent = stream(20, 500, |number| Some(if number % 125 == 60 { 400_000 } else { 0 }));
    let doubles: Vec<Sent> = sent.iter().step_by(3).cloned().map(|(at, s, t, p)| (at + 1_000, s, t, p)).collect();
    sent.extend(doubles);
    sent.sort_by_key(|packet| packet.0);
    let heard = listen(&sent, 10);
    let counts = heard.buffer.counts();
    assert!(counts.dropped >= 170, "{counts:?}");
    assert!(counts.decoded <= 500 && counts.decoded >= 480, "{counts:?}");
    assert_eq!(heard.broken(5), 0);
}

#[test]
fn a_gap_of_discontinuous_transmission_is_no_loss() {
    // A second of sound, a second of nothing, its timestamps running on.
    let heard = listen(&stream(20, 1000, |number| (number / 50 % 2 == 0).then_some(3_000)), 20);
    let loud = heard.frames.iter().filter(|frame| level_of(*frame, 400.0, 48_000) > LEVEL * 0.8).count();
    assert!((490..=512).contains(&loud), "{loud}");
    let quiet = heard.frames.iter().filter(|frame| crate::media::level::peak(*frame) < 0.001).count();
    assert!(quiet > 400, "{quiet}");
    assert_eq!(heard.buffer.counts().dropped, 0);
}

#[test]
fn a_timestamp_that_jumps_begins_anew_and_never_hangs() {
    for jump in [100_000_u32, 1 << 31, u32::MAX - 1_000_000] {
        let mut sent = stream(20, 500, |_| Some(0));
        for packet in &mut sent[250..] {
            packet.2 = packet.2.wrapping_add(jump);
        }
        let heard = listen(&sent, 10);
        assert!(heard.broken(5) < 20, "{jump}: {}", heard.broken(5));
        assert_eq!(heard.broken(280), 0, "{jump}");
        assert!(*heard.delays.last().unwrap() < 70.0, "{jump}");
    }
}

#[test]
fn a_clock_that_paused_with_the_call_goes_on() {
    // On hold the far side's timestamps stand still: 20 s of nothing, then the next timestamp.
    let sent = stream(20, 1000, |number| Some(if number >= 500 { 20_000_000 } else { 0 }));
    let heard = listen(&sent, 40);
    assert_eq!(heard.broken(1505), 0);
    assert!(*heard.delays.last().unwrap() < 70.0);
}

#[test]
fn a_stall_of_the_network_does_not_stay_in_the_ears() {
    // Nothing for 1.5 s, then all of it at once.
    let sent = stream(20, 1500, |number| {
        Some(if (500..575).contains(&number) { (575 - i64::try_from(number).unwrap()) * 20_000 } else { 0 })
    });
    let heard = listen(&sent, 30);
    assert_eq!(heard.broken(700), 0);
    assert!(heard.delays[620] < 560.0, "{}", heard.delays[620]);
    assert!(*heard.delays.last().unwrap() < 100.0, "{}", heard.delays.last().unwrap());
}

#[test]
fn another_codec_and_another_stream_begin_anew() {
    let mut buffer = JitterBuffer::default();
    let mut encoder = opus::Encoder::new(None).unwrap();
    let mut frames = Vec::new();
    for number in 0..300_u16 {
        let now = at(i64::from(number) * 20_000);
        let mut packet = [0; 1275];
        let pcm: Vec<i16> = Sine::new(400.0, LEVEL, 48_000).take(960).collect();
        let length = encoder.encode(&pcm, &mut packet).unwrap();
        let sound = tone(20);
        let (codec, timestamp, payload) = match number {
            0..100 => (Codec::Opus, u32::from(number) * 960, &packet[..length]),
            _ => (Codec::Pcma, u32::from(number) * 160, sound.as_slice()),
        };
        if number == 200 {
            buffer.begin();
        }
        buffer.insert(now, Arrival { sequence: number, timestamp, codec, payload });
        let mut frame = [0; FRAME];
        buffer.play(now, &mut frame);
        frames.push(frame);
    }
    let heard = |range: std::ops::Range<usize>| frames[range].iter().all(|frame| level_of(frame, 400.0, 48_000) > LEVEL * 0.7);
    assert!(heard(10..99) && heard(105..199) && heard(205..300));
}

#[test]
fn hostile_packets_never_hang_it_and_it_stays_bounded() {
    let mut chance = crate::machine::Chance::seeded(11);
    let mut buffer = JitterBuffer::default();
    let mut now = 0;
    for round in 0..20_000_u32 {
        let mut payload = vec![0; usize::try_from(chance.below(40)).unwrap()];
        chance.fill(&mut payload);
        let codec = [Codec::Opus, Codec::Pcmu, Codec::Pcma][usize::try_from(chance.below(20)).unwrap() / 9];
        let [sequence, timestamp] = match chance.below(3) {
            0 => [chance.u32(), chance.u32()],
            1 => [round, round.wrapping_mul(160)],
            _ => [round, round],
        };
        buffer.insert(at(now), Arrival { sequence: (sequence & 0xffff) as u16, timestamp, codec, payload: &payload });
        assert!(buffer.store.len() <= 100);
        if chance.happens(500) {
            buffer.play(at(now), &mut [0; FRAME]);
            assert!(buffer.tape.ready() < 20_000);
        }
        now += uniform(&mut chance, 30_000);
    }
}
