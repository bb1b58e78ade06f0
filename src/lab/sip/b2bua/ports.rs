//! Ports for sound: two for each leg, the even one for RTP and the next one for RTCP.

use std::collections::BTreeSet;

/// All of them, from the first of fact sheet §12.3 on. They are heard all the time.
pub const PORTS: std::ops::Range<u16> = 16_384..16_448;

/// Which are in use.
#[derive(Debug)]
pub(super) struct Ports {
    used: BTreeSet<u16>,
    next: u16,
}

impl Ports {
    /// None.
    pub(super) fn new() -> Ports {
        Ports { used: BTreeSet::new(), next: PORTS.start }
    }

    /// How many are in use.
    pub(super) fn used(&self) -> usize {
        self.used.len()
    }

    /// One that is free, in turn.
    pub(super) fn open(&mut self) -> Option<u16> {
        let after = PORTS.step_by(2).filter(|port| *port >= self.next);
        let port = after.chain(PORTS.step_by(2)).find(|port| !self.used.contains(port))?;
        self.next = port + 2;
        self.used.insert(port);
        Some(port)
    }

    /// It is free again.
    pub(super) fn close(&mut self, port: u16) {
        self.used.remove(&port);
    }
}
