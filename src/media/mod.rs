//! Pure sound: codecs, resampling, the jitter buffer, concealment, tones and levels. Samples in, samples out.
//!
//! It refuses to know SIP, devices and files. Inside the house sound is 48 kHz mono `i16`, in frames of 20 ms.

pub mod concealment;
pub mod decoder;
pub mod early;
pub mod elastic;
pub mod encoder;
pub mod figures;
pub mod frame;
pub mod g711;
pub mod inbound;
pub mod jitter;
pub mod keypad;
pub mod leg;
pub mod level;
pub mod opus;
pub mod outbound;
pub mod resample;
pub mod tone;
pub mod wav;

pub use early::Early;
pub use figures::Figures;
pub use frame::{FRAME, Frame, RATE, SILENCE};
pub use leg::{Channel, Leg};
