//! Gathers what `offhook doctor` judges: one file a probe, each with a deadline. Nothing here says what is good or bad.

pub mod folders;
pub mod names;
pub mod passwords;
pub mod plan;
pub mod servers;
pub mod sound;
pub mod terminal;
