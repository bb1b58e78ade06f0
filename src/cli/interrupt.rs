//! SIGINT and SIGTERM, as the wish to end in order.

use crate::engine::event::Problem;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears them from its making on; none is missed between two looks.
#[derive(Debug)]
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// From now on they do not kill.
    ///
    /// # Errors
    /// The system does not let us hear signals.
    pub fn hear() -> Result<Interrupts, Problem> {
        let hear = |kind| signal(kind).map_err(|error| Problem::local(format!("Signals cannot be heard: {error}."), ""));
        Ok(Interrupts { interrupt: hear(SignalKind::interrupt())?, terminate: hear(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
