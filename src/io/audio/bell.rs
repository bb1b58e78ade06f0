//! What sounds outside calls: the bell and ringback, and the test of the devices. A thread plays at the headset as long as
//! nobody talks there; it ends within a beat when it is dropped.

use super::clock::Beat;
use super::headset::Seat;
use crate::media::frame::FRAME_TIME;
use crate::media::level::Meter;
use crate::media::{FRAME, Frame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Levels are told once in so many beats.
const LEVELS: u32 = 6;

/// A thread that plays until this is dropped.
#[derive(Debug)]
pub struct Bell {
    over: Arc<AtomicBool>,
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Bell {
    /// Plays `tone` at `seat`. Where `level` is given, the microphone's level is told a few times a second, and `None` at the
    /// end.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        seat: Seat,
        mut tone: impl Iterator<Item = i16> + Send + 'static,
        level: Option<impl Fn(Option<f32>) + Send + 'static>,
    ) -> std::io::Result<Bell> {
        let over = Arc::new(AtomicBool::new(false));
        let bell = Bell { over: Arc::clone(&over) };
        std::thread::Builder::new().name("bell".into()).spawn(move || {
            let (mut beat, mut meter, mut beats) = (Beat::new(FRAME_TIME), Meter::default(), 0_u32);
            while !over.load(Ordering::Relaxed) {
                let now = beat.now();
                let rest = beat.until_next(now);
                if !rest.is_zero() {
                    std::thread::sleep(rest);
                    continue;
                }
                beat.count(now);
                if seat.ask_floor() {
                    seat.take(&next(&mut tone));
                }
                if let Some(tell) = &level {
                    meter.hear(&seat.frame());
                    beats += 1;
                    if beats.is_multiple_of(LEVELS) {
                        tell(Some(meter.level()));
                    }
                }
            }
            drop(seat);
            if let Some(tell) = level {
                tell(None);
            }
        })?;
        Ok(bell)
    }
}

fn next(tone: &mut impl Iterator<Item = i16>) -> Frame {
    let mut frame = [0; FRAME];
    for (place, sample) in frame.iter_mut().zip(tone) {
        *place = sample;
    }
    frame
}
