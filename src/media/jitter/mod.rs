//! The jitter buffer: packets in as they come, sound out every 20 ms.

pub mod buffer;
pub mod delay;
pub mod store;
pub mod tape;

pub use buffer::{Arrival, Counts, JitterBuffer};
