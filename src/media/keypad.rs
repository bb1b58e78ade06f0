//! Keys as tones in the sound, for a far side that has not agreed to telephone-events.

use super::frame::{FRAME, Frame, RATE};
use super::tone::{Sine, key_frequencies};
use std::collections::VecDeque;

/// A key sounds for 100 ms, and 60 ms are quiet after it (Q.24 wants 40 of each).
const TONE: usize = 5;
const GAP: usize = 3;

/// Keys that may wait.
const MOST: usize = 256;

/// Keys that wait, and the one that sounds.
#[derive(Debug, Default)]
pub struct Keypad {
    waiting: VecDeque<char>,
    sounding: Option<(Sine, Sine, usize)>,
}

impl Keypad {
    /// Queues a key; what is none is passed over.
    pub fn press(&mut self, key: char) {
        if key_frequencies(key.to_ascii_uppercase()).is_some() && self.waiting.len() < MOST {
            self.waiting.push_back(key.to_ascii_uppercase());
        }
    }

    /// Puts the key in the place of the sound while it lasts.
    pub fn sound(&mut self, frame: &mut Frame) {
        if self.sounding.is_none() {
            let frequencies = self.waiting.pop_front().and_then(key_frequencies);
            self.sounding = frequencies.map(|(row, column)| (Sine::new(row, 0.22, RATE), Sine::new(column, 0.22, RATE), 0));
        }
        let Some((row, column, frames)) = &mut self.sounding else { return };
        if *frames < TONE {
            for ((sample, low), high) in frame.iter_mut().zip(row).zip(column).take(FRAME) {
                *sample = low.saturating_add(high);
            }
        } else {
            frame.fill(0);
        }
        *frames += 1;
        if *frames == TONE + GAP {
            self.sounding = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::tone::level_of;

    #[test]
    fn keys_sound_one_after_another_and_then_the_voice_is_back() {
        let mut keypad = Keypad::default();
        for key in "5x#".chars() {
            keypad.press(key);
        }
        let mut heard = Vec::new();
        for _ in 0..17 {
            let mut frame = [1000; FRAME];
            keypad.sound(&mut frame);
            heard.push(frame);
        }
        assert!(level_of(&heard[2], 770.0, RATE) > 0.15 && level_of(&heard[2], 1336.0, RATE) > 0.15);
        assert_eq!(heard[6], [0; FRAME]);
        assert!(level_of(&heard[10], 941.0, RATE) > 0.15 && level_of(&heard[10], 1477.0, RATE) > 0.15);
        assert_eq!(heard[16], [1000; FRAME]);
    }
}
