//! A terminal that was entered, and is left whatever happens: when the guard is dropped, and before a panic says what it
//! was. What it cannot see is a kill; the next start repairs that ([`REPAIR`](super::sequences::REPAIR)).

use super::sequences::{ENTER, LEAVE};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal of this program is entered. One program has one terminal.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The terminal, entered. What is drawn goes through [`Guard::out`].
#[derive(Debug)]
pub struct Guard<W: Write> {
    out: W,
}

impl<W: Write> Guard<W> {
    /// Enters: keys come one by one and unechoed, and the screen is ours.
    ///
    /// # Errors
    /// It is no terminal, or cannot be written.
    pub fn enter(out: W) -> io::Result<Guard<W>> {
        let mut guard = Guard { out };
        guard.resume()?;
        Ok(guard)
    }

    /// What is written to.
    pub fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Leaves for a while, as before SIGSTOP; doing it twice is doing it once.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn leave(&mut self) -> io::Result<()> {
        if ENTERED.swap(false, Ordering::SeqCst) {
            let written = self.out.write_all(LEAVE.as_bytes()).and_then(|()| self.out.flush());
            disable_raw_mode().and(written)
        } else {
            Ok(())
        }
    }

    /// Enters again, as after SIGCONT. Everything must be drawn anew.
    ///
    /// # Errors
    /// As for [`Guard::enter`].
    pub fn resume(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        self.out.write_all(ENTER.as_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Guard<W> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = self.leave();
    }
}

/// From now on a panic leaves the terminal before it says what happened, so that it can be read.
pub fn leave_on_panic() {
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if ENTERED.swap(false, Ordering::SeqCst) {
            let mut out = io::stdout().lock();
            let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
            let _ = disable_raw_mode();
        }
        say(panic);
    }));
}
