//! Sound's way to the world: the ports of a call, the 20 ms thread, WAV files, microphone and loudspeaker.

pub mod bell;
pub mod capture;
pub mod card;
pub mod choice;
pub mod clock;
pub mod device;
pub mod devices;
#[cfg(test)]
mod fake;
pub mod flow;
pub mod headset;
pub mod keeper;
pub mod playback;
pub mod player;
pub mod port;
pub mod quiet;
pub mod recorder;
pub mod ring;
pub mod server;
pub mod sound;
pub mod source;
pub mod thread;

pub use devices::Devices;
pub use port::{MediaPort, bind};
pub use sound::{OpenSound, Sound};
pub use thread::{MediaThread, start};
