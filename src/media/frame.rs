//! The house format: 48 kHz mono `i16`, 20 ms at a time.

use std::time::Duration;

/// Samples a second.
pub const RATE: u32 = 48_000;

/// Samples in a frame.
pub const FRAME: usize = 960;

/// How long a frame lasts.
pub const FRAME_TIME: Duration = Duration::from_millis(20);

/// 20 ms of sound.
pub type Frame = [i16; FRAME];

/// 20 ms of nothing.
pub const SILENCE: Frame = [0; FRAME];
