//! Plays a message of a mailbox: a thread at the headset's loudspeaker, beat by beat, that can stand still, go on and back.
//! Where there is no loudspeaker it goes on silently, so that what is shown of it is the same.

use super::clock::Beat;
use super::headset::{Loudspeaker, Seat};
use crate::engine::input::PlayerIn;
use crate::media::frame::FRAME_TIME;
use crate::media::wav::{Clip, Tape};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Where it is, is told once in so many beats.
const TOLD: u32 = 12;

/// So many beats it waits for a loudspeaker that is being opened; then it goes on without.
const PATIENCE: u32 = 150;

/// What the thread may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Stand still, or go on.
    Pause(bool),
    /// Go so many milliseconds on, or back.
    Seek(i64),
}

/// A message that is being played, until this is dropped.
#[derive(Debug)]
pub struct Player {
    orders: Sender<Order>,
}

impl Player {
    /// Plays `file` at `seat`. `tell` is told how long it is, how far it has come, and its end.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(seat: Seat, file: Arc<[u8]>, tell: impl Fn(PlayerIn) + Send + 'static) -> std::io::Result<Player> {
        let (orders, heard) = channel();
        std::thread::Builder::new().name("voicemail".into()).spawn(move || {
            match Clip::parse(file).and_then(Tape::new) {
                Ok(tape) => {
                    tell(PlayerIn::Length(tape.length()));
                    Turning { tape, seat, tell: &tell, paused: false }.run(&heard);
                }
                Err(why) => tell(PlayerIn::Failed(why)),
            };
        })?;
        Ok(Player { orders })
    }

    /// Hands on an order; one that has ended hears nothing.
    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}

struct Turning<'a, Tell> {
    tape: Tape,
    seat: Seat,
    tell: &'a Tell,
    paused: bool,
}

impl<Tell: Fn(PlayerIn)> Turning<'_, Tell> {
    /// Until its end, or until nobody wants it any more.
    fn run(mut self, orders: &Receiver<Order>) {
        let mut beat = Beat::new(FRAME_TIME);
        let (mut beats, mut waited) = (0_u32, 0_u32);
        loop {
            let order = if self.paused {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                orders.recv_timeout(beat.until_next(beat.now()).max(Duration::from_micros(1)))
            };
            match order {
                Ok(order) => {
                    let was = self.paused;
                    self.obey(order);
                    if was && !self.paused {
                        beat = Beat::new(FRAME_TIME);
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = beat.now();
            if !beat.until_next(now).is_zero() {
                continue;
            }
            beat.count(now);
            // A card that is being opened would lose the first words.
            if waited < PATIENCE && self.seat.loudspeaker() == Loudspeaker::Opening {
                waited += 1;
                continue;
            }
            waited = PATIENCE;
            if beats.is_multiple_of(TOLD) {
                (self.tell)(PlayerIn::At(self.tape.at()));
            }
            beats = beats.wrapping_add(1);
            let Some(frame) = self.tape.frame() else { break };
            if self.seat.ask_floor() {
                self.seat.take(&frame);
            }
        }
        (self.tell)(PlayerIn::Ended);
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Pause(paused) => {
                self.paused = paused;
                // Whoever stands still leaves the loudspeaker to others.
                if paused {
                    self.seat.leave_floor();
                }
            }
            Order::Seek(by) => self.tape.seek(by),
        }
        (self.tell)(PlayerIn::At(self.tape.at()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::choice::Choice;
    use super::super::fake::{Desk, Fake, until};
    use super::super::keeper::headset;
    use super::*;
    use crate::media::tone::{Sine, level_of};
    use std::sync::mpsc::Receiver as Told;
    use std::time::Instant;

    /// Three seconds of a tone, 16-bit PCM at 8 kHz.
    fn file() -> Arc<[u8]> {
        let sound: Vec<u8> = Sine::new(440.0, 0.5, 8_000).take(24_000).flat_map(i16::to_le_bytes).collect();
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
        file.extend(u32::try_from(sound.len()).unwrap().to_le_bytes());
        file.extend(sound);
        file.into()
    }

    fn heard_until<T>(told: &Told<PlayerIn>, mut fits: impl FnMut(PlayerIn) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Some(found) = fits(told.recv_timeout(left).unwrap()) {
                return found;
            }
        }
    }

    #[test]
    fn a_message_sounds_stands_still_goes_on_and_ends() {
        let desk = Arc::new(Desk::default());
        let headset = headset(Arc::new(Fake(Arc::clone(&desk))), Choice::default(), |_| {}).unwrap();
        let (tell, told) = channel();
        let player = Player::start(headset.sit(false), file(), move |told| _ = tell.send(told)).unwrap();
        assert_eq!(told.recv_timeout(Duration::from_secs(30)), Ok(PlayerIn::Length(Duration::from_secs(3))));
        let mut played = Vec::new();
        until("the tone is heard", || {
            played.extend(desk.play(96));
            played.len() > 9_600 && level_of(&played[played.len() - 4_800..], 440.0, 48_000) > 0.4
        });
        player.order(Order::Pause(true));
        let stands = heard_until(&told, |told| if let PlayerIn::At(at) = told { Some(at) } else { None });
        player.order(Order::Seek(2_500));
        let further = heard_until(&told, |told| match told {
            PlayerIn::At(at) if at >= stands + Duration::from_millis(400) && at > Duration::from_millis(2_400) => Some(at),
            _ => None,
        });
        assert!(further <= Duration::from_secs(3), "{further:?}");
        player.order(Order::Pause(false));
        heard_until(&told, |told| (told == PlayerIn::Ended).then_some(()));
    }

    #[test]
    fn what_is_no_sound_is_said() {
        let headset = headset(Arc::new(Fake(Arc::default())), Choice::default(), |_| {}).unwrap();
        let (tell, told) = channel();
        let _player = Player::start(headset.sit(false), Arc::from(&b"<html>"[..]), move |told| _ = tell.send(told)).unwrap();
        let said = told.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(matches!(&said, PlayerIn::Failed(why) if why.contains("no WAV file")), "{said:?}");
    }
}
