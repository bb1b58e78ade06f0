//! Sound's way to the world: the ports of a call, the 20 ms thread, WAV files; devices later.

pub mod clock;
pub mod device;
pub mod port;
pub mod recorder;
pub mod sound;
pub mod source;
pub mod thread;

pub use port::{MediaPort, bind};
pub use sound::{OpenSound, Sound};
pub use thread::{MediaThread, start};
