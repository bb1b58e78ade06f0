//! Signals of the system: to end, to stop for a while, to go on, and that the window has another size. What is done then is
//! the loop's.

use crate::engine::event::Problem;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals that end the program in order, or stop it for a while.
pub struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
    stop: Signal,
    resumed: Signal,
    resized: Signal,
}

/// What a signal asks for.
pub enum Asked {
    /// To leave in order.
    End,
    /// To stop for a while (SIGTSTP).
    Suspend,
    /// To go on (SIGCONT).
    Continue,
    /// To draw at another size.
    Resize,
}

impl Signals {
    /// Hears them from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new() -> Result<Signals, Problem> {
        let hear = |kind| signal(kind).map_err(|why| Problem::local(format!("Signals cannot be heard: {why}."), ""));
        Ok(Signals {
            hangup: hear(SignalKind::hangup())?,
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
            stop: hear(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            resumed: hear(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            resized: hear(SignalKind::window_change())?,
        })
    }

    /// The next one. It may be given up at any time, and be called again.
    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.hangup.recv() => Asked::End,
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.stop.recv() => Asked::Suspend,
            _ = self.resumed.recv() => Asked::Continue,
            _ = self.resized.recv() => Asked::Resize,
        }
    }
}
