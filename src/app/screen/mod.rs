//! The program with a screen: the loop that joins the engine's session and the terminal.

pub mod looping;
pub mod preferences;
mod signals;
pub mod wishes;

pub use looping::{run, run_in};
