//! Telephone-events (RFC 4733): keys as packets beside the sound, sent and heard.
#![deny(clippy::indexing_slicing)]

use super::packet::Malformed;
use super::plan::Events;
use super::sender::Sender;
use std::collections::VecDeque;

/// Keys that may wait; a person or a paste can be faster than the line.
pub const MOST_WAITING: usize = 256;
/// How long a key sounds.
const TONE_MS: u32 = 100;
/// Silence between two keys.
const GAP_MS: u32 = 50;
/// The last packet of an event is sent this often (RFC 4733 §2.5.1.4).
const ENDS: u8 = 3;
/// In tenfold decibels below zero: what most phones say (−10 dBm0).
const VOLUME: u8 = 10;
const END: u8 = 0x80;
/// A longer event goes on as another segment (RFC 4733 §2.5.1.3).
const LONGEST: u16 = u16::MAX;

/// Events by their code: DTMF is 0 to 15, a flash of the hook 16, here `!` (RFC 4733 §3.2).
const KEYS: &str = "0123456789*#ABCD!";

/// Sends keys, one after the other.
#[derive(Debug, Default)]
pub struct EventSender {
    waiting: VecDeque<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Idle,
    Sounding {
        event: u8,
        timestamp: u32,
        duration: u32,
    },
    Ending {
        event: u8,
        timestamp: u32,
        duration: u32,
        left: u8,
        quiet: u32,
    },
    Gap {
        left: u32,
    },
}

/// What goes out in one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The event's packet has been written: send it instead of sound.
    Event,
    /// Nothing of ours: it is the sound's.
    Sound,
}

impl EventSender {
    /// Queues a key: `0`–`9`, `*`, `#`, `A`–`D`, or `!` for a flash. False when it is none, or too many wait.
    pub fn press(&mut self, key: char) -> bool {
        let event = KEYS.chars().zip(0_u8..).find(|(known, _)| known.eq_ignore_ascii_case(&key));
        match event {
            Some((_, event)) if self.waiting.len() < MOST_WAITING => {
                self.waiting.push_back(event);
                true
            }
            _ => false,
        }
    }

    /// Whether keys sound or wait.
    #[must_use]
    pub fn busy(&self) -> bool {
        !self.waiting.is_empty() || !matches!(self.state, State::Idle)
    }

    /// One slot of `ticks` has come. Writes the event's packet into `into` when the slot is the event's; the sender's
    /// clock runs on then. Timestamps are on that clock; durations are on that of `events`.
    ///
    /// # Errors
    /// The payload type is above 127.
    pub fn draw(&mut self, sender: &mut Sender, events: Events, ticks: u32, into: &mut Vec<u8>) -> Result<Slot, Malformed> {
        if let State::Gap { left } = self.state {
            self.state = if left > ticks { State::Gap { left: left - ticks } } else { State::Idle };
            return Ok(Slot::Sound);
        }
        if let State::Idle = self.state {
            let Some(event) = self.waiting.pop_front() else { return Ok(Slot::Sound) };
            self.state = State::Sounding { event, timestamp: sender.timestamp(), duration: 0 };
        }
        let tone = sender.clock_rate() / 1000 * TONE_MS;
        let gap = sender.clock_rate() / 1000 * GAP_MS;
        let payload = |event, last, duration| payload(event, last, told(duration, sender.clock_rate(), events.clock_rate));
        let (payload, marker, timestamp) = match &mut self.state {
            State::Sounding { event, timestamp, duration } => {
                let (event, timestamp, first) = (*event, *timestamp, *duration == 0);
                *duration += ticks;
                let duration = *duration;
                let last = duration >= tone;
                if last {
                    self.state = State::Ending { event, timestamp, duration, left: ENDS - 1, quiet: 0 };
                }
                (payload(event, last, duration), first, timestamp)
            }
            State::Ending { event, timestamp, duration, left, quiet } => {
                *left -= 1;
                *quiet += ticks;
                let (event, timestamp, duration, left, quiet) = (*event, *timestamp, *duration, *left, *quiet);
                if left == 0 {
                    self.state = if quiet < gap { State::Gap { left: gap - quiet } } else { State::Idle };
                }
                (payload(event, true, duration), false, timestamp)
            }
            State::Idle | State::Gap { .. } => return Ok(Slot::Sound),
        };
        sender.send_at(events.payload_type, marker, timestamp, &payload, into)?;
        sender.rest(ticks);
        Ok(Slot::Event)
    }
}

/// A duration on another clock.
fn told(duration: u32, clock_rate: u32, told_rate: u32) -> u32 {
    let ticks = u64::from(duration) * u64::from(told_rate) / u64::from(clock_rate.max(1));
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

fn payload(event: u8, last: bool, duration: u32) -> [u8; 4] {
    let [high, low] = u16::try_from(duration).unwrap_or(LONGEST).to_be_bytes();
    [event, if last { END | VOLUME } else { VOLUME }, high, low]
}

/// Hears keys: each event once, whatever of it is lost, doubled or late.
#[derive(Debug, Default)]
pub struct EventReceiver {
    last: Option<Heard>,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    event: u8,
    timestamp: u32,
    duration: u16,
    ended: bool,
}

impl EventReceiver {
    /// A packet of the payload type for events came. Answers the key when it begins.
    pub fn receive(&mut self, timestamp: u32, payload: &[u8]) -> Option<char> {
        let &[event, flags, high, low, ..] = payload else { return None };
        let key = KEYS.chars().nth(usize::from(event))?;
        let heard = Heard { event, timestamp, duration: u16::from_be_bytes([high, low]), ended: flags & END != 0 };
        let Some(last) = &mut self.last else {
            self.last = Some(heard);
            return Some(key);
        };
        if timestamp == last.timestamp {
            // The same event, unless somebody's clock stands still between two.
            if event != last.event {
                *last = heard;
                return Some(key);
            }
            last.duration = last.duration.max(heard.duration);
            last.ended |= heard.ended;
            return None;
        }
        let later = timestamp.wrapping_sub(last.timestamp) < 1 << 31;
        if !later {
            return None;
        }
        let segment = event == last.event
            && !last.ended
            && last.duration == LONGEST
            && timestamp == last.timestamp.wrapping_add(u32::from(LONGEST));
        *last = heard;
        (!segment).then_some(key)
    }

    /// Another source is heard from now on: its timestamps are of another clock.
    pub fn forget(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::Packet;
    use super::*;
    use crate::machine::Chance;

    /// What goes out for `keys`: slot, marker, timestamp from the start, event, end bit, duration.
    fn sent(keys: &str, clock_rate: u32, slots: u32) -> Vec<(u32, bool, u32, u8, bool, u16)> {
        sent_as(keys, clock_rate, clock_rate, slots)
    }

    /// The same, where the far side hears events with another clock.
    fn sent_as(keys: &str, clock_rate: u32, told_rate: u32, slots: u32) -> Vec<(u32, bool, u32, u8, bool, u16)> {
        let told = Events { payload_type: 101, clock_rate: told_rate };
        let mut sender = Sender::new(clock_rate, &mut Chance::seeded(1));
        let (start, ticks) = (sender.timestamp(), clock_rate / 50);
        let mut events = EventSender::default();
        assert!(keys.chars().all(|key| events.press(key)));
        let mut bytes = Vec::new();
        let mut seen = Vec::new();
        for slot in 0..slots {
            match events.draw(&mut sender, told, ticks, &mut bytes).unwrap() {
                Slot::Sound => sender.rest(ticks),
                Slot::Event => {
                    let packet = Packet::parse(&bytes).unwrap();
                    let &[event, flags, high, low] = packet.payload else { panic!() };
                    let duration = u16::from_be_bytes([high, low]);
                    assert_eq!((packet.payload_type, flags & 0x7f), (101, VOLUME));
                    seen.push((slot, packet.marker, packet.timestamp.wrapping_sub(start), event, flags & END != 0, duration));
                }
            }
        }
        assert!(!events.busy());
        seen
    }

    #[test]
    fn a_key_has_a_start_updates_and_three_ends_on_the_clock_of_the_sound() {
        let expected = [
            (0, true, 0, 5, false, 960),
            (1, false, 0, 5, false, 1920),
            (2, false, 0, 5, false, 2880),
            (3, false, 0, 5, false, 3840),
            (4, false, 0, 5, true, 4800),
            (5, false, 0, 5, true, 4800),
            (6, false, 0, 5, true, 4800),
        ];
        assert_eq!(sent("5", 48_000, 10), expected);
        assert_eq!(sent("5", 8_000, 10).last(), Some(&(6, false, 0, 5, true, 800)));
        // Beside Opus for a phone that knows 8 kHz events alone: durations at 8 kHz, timestamps on the sound's clock.
        let told: Vec<u16> = sent_as("55", 48_000, 8_000, 20).iter().map(|packet| packet.5).collect();
        assert_eq!(told, [[160, 320, 480, 640, 800, 800, 800]; 2].concat());
        let second = sent_as("55", 48_000, 8_000, 20)[7];
        assert_eq!((second.1, second.2), (true, second.0 * 960));
    }

    #[test]
    fn two_keys_are_fifty_milliseconds_apart() {
        let packets = sent("#D", 8_000, 20);
        let second = packets.iter().find(|packet| packet.3 == 15).unwrap();
        // The tone ends with slot 4; 5, 6 and 7 are quiet.
        assert_eq!(*second, (8, true, 8 * 160, 15, false, 160));
        assert!(!EventSender::default().press('x'));
        let mut full = EventSender::default();
        assert_eq!((0..1000).filter(|_| full.press('1')).count(), MOST_WAITING);
    }

    fn heard(packets: &[(u32, [u8; 4])]) -> String {
        let mut receiver = EventReceiver::default();
        packets.iter().filter_map(|(timestamp, payload)| receiver.receive(*timestamp, payload)).collect()
    }

    #[test]
    fn each_event_is_heard_once_whatever_is_lost() {
        let packets: Vec<(u32, [u8; 4])> = sent("1199*!", 8_000, 60)
            .into_iter()
            .map(|(_, _, timestamp, event, last, duration)| {
                (timestamp.wrapping_sub(500), payload(event, last, duration.into()))
            })
            .collect();
        assert_eq!(heard(&packets), "1199*!");
        let no_ends: Vec<_> = packets.iter().copied().filter(|(_, payload)| payload[1] & END == 0).collect();
        assert_eq!(heard(&no_ends), "1199*!");
        let only_last_ends: Vec<_> = packets.chunks(7).map(|event| event[6]).collect();
        assert_eq!(heard(&only_last_ends), "1199*!");
        let doubled: Vec<_> = packets.iter().flat_map(|packet| [*packet, *packet]).collect();
        assert_eq!(heard(&doubled), "1199*!");
        // The last end of each comes after the start of the next.
        let mut late = packets.clone();
        for event in 0..5 {
            late.swap(event * 7 + 6, event * 7 + 7);
        }
        assert_eq!(heard(&late), "1199*!");
    }

    #[test]
    fn a_long_event_in_segments_is_one_key() {
        let long = [(0, payload(4, false, 65_535)), (65_535, payload(4, false, 160)), (65_535, payload(4, true, 800))];
        assert_eq!(heard(&long), "4");
        let two = [(0, payload(4, true, 65_535)), (65_535, payload(4, false, 160))];
        assert_eq!(heard(&two), "44");
    }

    #[test]
    fn nonsense_is_not_heard() {
        let mut receiver = EventReceiver::default();
        for payload in [&[][..], &[1, 2, 3], &[17, 0, 0, 0], &[255, 0, 0, 0]] {
            assert_eq!(receiver.receive(0, payload), None);
        }
        assert_eq!(receiver.receive(9, &[1, 0, 0, 0, 9, 9]), Some('1'));
        receiver.forget();
        assert_eq!(receiver.receive(3, &[1, 0, 0, 0]), Some('1'));
    }
}
