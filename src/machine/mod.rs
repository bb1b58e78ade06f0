//! The ground under every room: time, chance, secrets, the machine trait and the gate for remote text.
//!
//! This room knows nobody. It refuses to know protocols, sockets, files or clocks: a [`Moment`] is handed in by
//! whoever drives, and chance comes from a seed.

pub mod chance;
pub mod gate;
pub mod moment;
pub mod place;
pub mod queue;
pub mod secret;
pub mod stamp;
pub mod step;

pub use chance::Chance;
pub use gate::{RemoteText, visible, visible_line};
pub use moment::Moment;
pub use place::line_and_column;
pub use secret::Secret;
pub use stamp::Stamp;
pub use step::{Machine, Wake};
