//! The screen as a user sees it: the real program in a terminal, against real servers and phones.

mod by_address;
mod citizen;
mod first_run;
mod hostile;
mod people;
mod signals;
mod story;
pub mod terminal;

use super::Case;
pub use terminal::{CTRL_C, Terminal};

/// All cases.
pub const CASES: &[&[Case]] =
    &[story::CASES, first_run::CASES, by_address::CASES, citizen::CASES, signals::CASES, hostile::CASES];
