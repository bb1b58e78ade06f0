//! The jitter buffer. Every 20 ms it decides: decode, recover from the next packet's FEC, conceal, or wait; and makes
//! the sound a little longer or shorter when packets come later or earlier than they did.
//!
//! It orders by timestamp; sequence numbers only tell what was lost. All times are samples at 48 kHz.

#![deny(clippy::indexing_slicing)]

use super::delay::Delay;
use super::store::{Packet, Store};
use super::tape::{self, TO_SHORTEN, Tape};
use crate::machine::Moment;
use crate::media::decoder::{self, Decoder};
use crate::media::frame::{FRAME, Frame, RATE};
use crate::protocol::rtp::Codec;
use std::time::Duration;

/// A frame, as a span of time.
const TICK: i64 = 960;

/// A difference that is no difference.
const SLIP: i64 = 120;

/// Sound that is this much older than it need be is left out at once.
const TOO_OLD: i64 = 24_000;

/// After so many concealed frames in a row the stream has paused, and begins anew when it comes back.
const PAUSE: u32 = 10;

/// A pause is filled by the decoder for this many frames (comfort noise of DTX), then it is silent.
const LINGER: u32 = 50;

/// FEC is waited for when two packets are lost within this time, and for so long after.
const LOSSY: i64 = 3 * 48_000;
const WAIT_FOR_FEC: i64 = 10 * 48_000;

/// It does not pay to wait for FEC longer than this.
const LONGEST_FEC: i64 = 2_880;

/// Sound is made shorter after it was later than it need be for one second; after five also where it is not quiet.
const LATE_FRAMES: u32 = 50;
const VERY_LATE_FRAMES: u32 = 250;

/// A packet of sound as it came.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, in ticks of the codec's clock.
    pub timestamp: u32,
    /// What it is coded in.
    pub codec: Codec,
    /// The sound.
    pub payload: &'a [u8],
}

/// What the buffer has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets decoded.
    pub decoded: u64,
    /// Holes filled from the next packet's FEC.
    pub recovered: u64,
    /// Frames made up.
    pub concealed: u64,
    /// Packets that came too late, or twice.
    pub dropped: u64,
    /// Samples left out, and samples repeated.
    pub shortened: u64,
    /// See above.
    pub lengthened: u64,
}

/// Where the buffer is in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No sound now; frames since there was some.
    Paused(u32),
    /// The position to be decoded next, and frames concealed in a row.
    Playing(i64, u32),
}

/// The jitter buffer of one stream.
#[derive(Debug)]
pub struct JitterBuffer {
    store: Store,
    delay: Delay,
    tape: Tape,
    decoder: Option<(Codec, Decoder)>,
    state: State,
    /// The newest packet: sequence, timestamp, and its ticks unwrapped.
    newest: Option<(u16, u32, i64)>,
    clock: u32,
    decoded: Option<u16>,
    packet: i64,
    lost_at: Option<i64>,
    fec_until: i64,
    fec_seen: i64,
    /// How much longer than needed the sound waited in this frame, at the least; negative when it was hurried.
    slack: i64,
    /// What lay ready when sound was first needed in this frame: it waits for nothing.
    spare: usize,
    /// For how many frames it has been later than it need be, and for how many there was something to spare.
    late_frames: u32,
    spare_frames: u32,
    /// How long the sound of the last frame has waited.
    waited: i64,
    counts: Counts,
}

impl Default for JitterBuffer {
    fn default() -> JitterBuffer {
        JitterBuffer {
            store: Store::default(),
            delay: Delay::default(),
            tape: Tape::default(),
            decoder: None,
            state: State::Paused(LINGER),
            newest: None,
            clock: 0,
            decoded: None,
            packet: TICK,
            lost_at: None,
            fec_until: i64::MIN,
            fec_seen: i64::MIN,
            slack: 0,
            spare: 0,
            late_frames: 0,
            spare_frames: 0,
            waited: 0,
            counts: Counts::default(),
        }
    }
}

impl JitterBuffer {
    /// A packet came.
    pub fn insert(&mut self, now: Moment, arrival: Arrival<'_>) {
        let Some(duration) = decoder::duration(arrival.codec, arrival.payload) else {
            self.counts.dropped += 1;
            return;
        };
        let now = samples(now);
        let (position, newer) = self.place(&arrival);
        if newer {
            if !self.delay.knows(now, position) {
                self.begin();
            }
            self.newest = Some((arrival.sequence, arrival.timestamp, position / self.scale()));
        }
        self.delay.note(now, position);
        let packet = Packet {
            position,
            duration: as_span(duration),
            redundancy: as_span(decoder::redundancy(arrival.codec, arrival.payload)),
            sequence: arrival.sequence,
            codec: arrival.codec,
        };
        if packet.redundancy > 0 {
            self.fec_seen = now;
        }
        if self.is_too_late(packet) || !self.store.insert(packet, arrival.payload) {
            self.counts.dropped += 1;
        }
    }

    /// The next frame.
    pub fn play(&mut self, now: Moment, out: &mut Frame) {
        let now = samples(now);
        if let State::Paused(_) = self.state {
            self.resume(now);
        }
        match self.state {
            State::Paused(frames) => self.linger(frames),
            State::Playing(..) => {
                self.slack = i64::MAX;
                self.fill(now, FRAME);
                self.keep_pace(now);
            }
        }
        self.waited = match self.state {
            State::Playing(next, _) => now - (next - as_span(self.tape.ready())) - self.delay.quickest(),
            State::Paused(_) => 0,
        };
        self.tape.play(out);
    }

    /// Forgets the stream: another one begins.
    pub fn begin(&mut self) {
        self.store.clear();
        self.delay.clear();
        self.newest = None;
        self.decoded = None;
        self.late_frames = 0;
        if let State::Playing(..) = self.state {
            self.state = State::Paused(0);
        }
    }

    /// How long the sound of the last frame has waited, compared with the quickest packet.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.waited.max(0)).unwrap_or(0) * 1000 / 48)
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Position of a packet on the time line, and whether it is newer than all before.
    fn place(&mut self, arrival: &Arrival<'_>) -> (i64, bool) {
        let clock = arrival.codec.clock_rate();
        if clock != self.clock {
            // Another clock is another time line (RFC 7160).
            self.begin();
            self.clock = clock;
        }
        let (ticks, newer) = match self.newest {
            None => (0, true),
            Some((sequence, timestamp, ticks)) => {
                let step = arrival.timestamp.wrapping_sub(timestamp).cast_signed();
                let newer = arrival.sequence.wrapping_sub(sequence).cast_signed() > 0;
                (ticks + i64::from(step), newer)
            }
        };
        (ticks * self.scale(), newer)
    }

    fn scale(&self) -> i64 {
        i64::from(RATE / self.clock.max(1)).max(1)
    }

    fn is_too_late(&self, packet: Packet) -> bool {
        matches!(self.state, State::Playing(next, _) if packet.position + packet.duration <= next + SLIP)
    }

    /// When the sound of a position is to be decoded: that much after it.
    fn wait(&self, now: i64) -> i64 {
        let fec = if now < self.fec_until { self.packet.min(LONGEST_FEC) } else { 0 };
        self.delay.wait(now, fec)
    }

    /// Begins to play when the first packet has waited long enough.
    fn resume(&mut self, now: i64) {
        let wait = self.wait(now);
        // What piled up during a pause of the network is not worth hearing late.
        while self.store.second().is_some_and(|second| now - second.position - wait > 5 * TICK) {
            self.store.pop();
            self.counts.dropped += 1;
        }
        if let Some(first) = self.store.first()
            && now >= first.position + wait
        {
            self.state = State::Playing(first.position, 0);
            self.decoded = None;
        }
    }

    /// Nothing comes: the decoder knows for a while how silence sounds there.
    fn linger(&mut self, frames: u32) {
        if frames < LINGER
            && self.tape.ready() < FRAME
            && let Some((_, decoder)) = &mut self.decoder
        {
            decoder.conceal(FRAME, self.tape.end());
        }
        self.state = State::Paused(frames.saturating_add(1).min(LINGER));
    }

    /// Sees to it that `length` samples are ready.
    fn fill(&mut self, now: i64, length: usize) {
        // Each step makes some sound; the bound is for streams of packets of a sample or two.
        for _ in 0..64 {
            let State::Playing(next, concealed) = self.state else { return };
            if self.tape.ready() >= length {
                return;
            }
            let before = self.tape.ready();
            self.advance(now, next, concealed);
            if self.tape.ready() == before && matches!(self.state, State::Playing(same, _) if same == next) {
                return;
            }
        }
    }

    /// Makes the sound of the next position in one of the ways that there are.
    fn advance(&mut self, now: i64, next: i64, concealed: u32) {
        let wait = self.wait(now);
        let next = self.leave_out(now - wait, next);
        let slack = now - next - wait;
        if self.slack == i64::MAX {
            self.spare = self.tape.ready();
        }
        self.slack = self.slack.min(slack);
        let Some(first) = self.store.first() else {
            if concealed >= PAUSE {
                self.state = State::Paused(0);
                return;
            }
            let length = self.packet.clamp(SLIP, TICK);
            self.conceal(length);
            // In want of delay the stream is held; else the packet is taken for lost.
            let next = if slack < 0 { next } else { next + length };
            self.state = State::Playing(next, concealed + 1);
            return;
        };
        let gap = first.position - next;
        if gap <= SLIP {
            self.decode(now, next);
            return;
        }
        let known = first.redundancy;
        if gap <= known {
            if let Some((_, decoder)) = &mut self.decoder {
                decoder.recover(self.store.payload(), as_length(gap), self.tape.end());
            }
            self.counts.recovered += 1;
            self.state = State::Playing(next + gap, 0);
            return;
        }
        if concealed >= PAUSE {
            self.state = State::Paused(0);
            return;
        }
        let length = (gap - known).min(TICK);
        self.conceal(length);
        self.state = State::Playing(next + length, concealed + 1);
    }

    /// Packets whose time is over go; answers the position that is next after that.
    fn leave_out(&mut self, due: i64, mut next: i64) -> i64 {
        while self.store.first().is_some_and(|first| first.position + first.duration <= next + SLIP) {
            self.store.pop();
            self.counts.dropped += 1;
        }
        if due - next > TOO_OLD {
            while self.store.first().is_some_and(|first| due - first.position > TICK) {
                self.store.pop();
                self.counts.dropped += 1;
            }
            next = self.store.first().map_or(due, |first| first.position);
            self.decoded = None;
        }
        next
    }

    fn decode(&mut self, now: i64, next: i64) {
        let Some(packet) = self.store.first() else { return };
        let (codec, sequence) = (packet.codec, packet.sequence);
        if self.decoder.as_ref().is_none_or(|(current, _)| *current != codec) {
            self.decoder = Decoder::new(codec).map(|decoder| (codec, decoder));
        }
        let before = self.tape.ready();
        if let Some((_, decoder)) = &mut self.decoder {
            decoder.decode(self.store.payload(), self.tape.end());
        }
        let after = packet.position + packet.duration;
        self.packet = packet.duration;
        // The beginning of a long packet that came late is past.
        let past = next - packet.position;
        if past > SLIP {
            let made = self.tape.ready() - before;
            self.tape.cut(made, as_length(past));
        }
        self.store.pop();
        self.counts.decoded += 1;
        self.note_losses(now, sequence);
        self.state = State::Playing(after, 0);
    }

    fn conceal(&mut self, length: i64) {
        if let Some((_, decoder)) = &mut self.decoder {
            decoder.conceal(as_length(length), self.tape.end());
        }
        self.counts.concealed += 1;
    }

    /// Where packets are lost and the others carry FEC, it pays to wait for the next packet.
    fn note_losses(&mut self, now: i64, sequence: u16) {
        let missing = self.decoded.map_or(0, |last| sequence.wrapping_sub(last).wrapping_sub(1));
        self.decoded = Some(sequence);
        if !(1..1000).contains(&missing) {
            return;
        }
        let again = missing > 1 || self.lost_at.is_some_and(|last| now - last < LOSSY);
        if again && self.fec_seen.saturating_add(WAIT_FOR_FEC) > now {
            self.fec_until = now + WAIT_FOR_FEC;
        }
        self.lost_at = Some(now);
    }

    /// Sound that is hurried is made longer, sound that waits longer than it must is made shorter.
    fn keep_pace(&mut self, now: i64) {
        let State::Playing(_, concealed) = self.state else { return };
        if self.slack == i64::MAX || concealed > 0 {
            return;
        }
        if self.slack < 0 {
            self.late_frames = 0;
            let likeness = if self.slack < -TICK { 0.3 } else { 0.6 };
            self.counts.lengthened += as_count(self.tape.lengthen(likeness));
            return;
        }
        if self.slack < TICK + 2 * SLIP {
            self.late_frames = 0;
            self.save();
            return;
        }
        self.late_frames += 1;
        let likeness = match () {
            () if self.slack > 5 * TICK => 0.6,
            () if self.late_frames > VERY_LATE_FRAMES => 0.85,
            () if self.late_frames > LATE_FRAMES => 2.0,
            () => return,
        };
        // It must be ready to be compared; it is decoded early only if it is there and whole.
        let State::Playing(next, _) = self.state else { return };
        if likeness > 1.0 && !self.tape.is_quiet() || self.store.first().is_none_or(|first| first.position - next > SLIP) {
            return;
        }
        self.fill(now, FRAME + TO_SHORTEN.saturating_sub(FRAME));
        self.counts.shortened += as_count(self.tape.shorten(usize::MAX, likeness));
    }

    /// What lies ready beyond a frame when the next packet is decoded helps nobody: it is left out, where that is quiet
    /// or, in time, where it is not heard.
    fn save(&mut self) {
        self.spare_frames = if self.spare < tape::SHORTEST { 0 } else { self.spare_frames + 1 };
        if self.spare_frames == 0 {
            return;
        }
        let likeness = if self.spare_frames > VERY_LATE_FRAMES { 0.9 } else { 2.0 };
        if likeness < 1.0 || self.tape.is_quiet() {
            self.counts.shortened += as_count(self.tape.shorten(self.spare, likeness));
        }
    }
}

/// A moment on our own time line.
fn samples(now: Moment) -> i64 {
    let micros = i64::try_from(now.since_start().as_micros()).unwrap_or(i64::MAX / 1000);
    micros * 6 / 125
}

fn as_span(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn as_length(span: i64) -> usize {
    usize::try_from(span).unwrap_or(0)
}

fn as_count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
