//! The people of the lab: they come and go, chat back, ring and leave messages. They are clients of the lab's own servers and
//! know nothing that a client cannot know. With the same seed, they have the same day.
#![deny(clippy::indexing_slicing)]

mod arithmetic;
mod day;
mod machine;
mod settings;
mod talk;
#[cfg(test)]
mod tests;
mod voice;

pub use machine::{Cast, CastIn, CastOut};
pub use settings::{Person, Settings, ShowsCalls};
pub use voice::spoken;
