//! How the program ends, for scripts.

use std::process::ExitCode;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It is done; a call was answered and ended normally.
    Done = 0,
    /// The doctor has found something that does not work.
    Unwell = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A call was declined, or they were busy.
    Declined = 3,
    /// Nobody answered.
    NoAnswer = 4,
    /// It failed.
    Failed = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}
