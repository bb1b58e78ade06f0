//! libasound writes what it thinks to stderr, eight lines for a device that is not there: on a screen they would stand in
//! the middle of a chat. While a screen is there, stderr goes to the log.

use crate::engine::event::Problem;
use crate::io::private;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// As long as this lives, what is written to stderr stands in a file; then it goes again where it went before.
#[derive(Debug)]
pub struct Quiet {
    before: Option<OwnedFd>,
}

/// Turns stderr to the end of `log`. Before the terminal is entered, and before any sound device is touched.
///
/// # Errors
/// The file cannot be opened, or the system refuses.
pub fn stderr_to(log: &Path) -> Result<Quiet, Problem> {
    let refused = |error: std::io::Error| {
        Problem::local(format!("The error output cannot be turned to the log: {}.", private::said(&error)), "")
    };
    let file = private::append(log)?;
    let before = std::io::stderr().as_fd().try_clone_to_owned().map_err(refused)?;
    rustix::stdio::dup2_stderr(&file).map_err(|error| refused(error.into()))?;
    Ok(Quiet { before: Some(before) })
}

impl Quiet {
    /// Writes a line to where stderr went before.
    pub fn note(&self, text: &str) {
        if let Some(Ok(before)) = self.before.as_ref().map(OwnedFd::try_clone) {
            // Where that is gone there is nobody left to tell.
            let _ = writeln!(std::fs::File::from(before), "{text}");
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            // It was open a moment ago; and if not, there is nobody to tell.
            let _ = rustix::stdio::dup2_stderr(before);
        }
    }
}
