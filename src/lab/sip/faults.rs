//! What may be wrong with a server: each a switch of its own.

use std::time::Duration;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// It takes what comes and does nothing with it.
    Silent,
    /// It answers every request with 503 and Retry-After.
    Unavailable,
    /// It loses what comes: a stream is closed as soon as anything comes by it.
    Drops,
    /// It says everything late.
    Slow,
}

/// What Retry-After says.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(40);

/// How late a slow server is: later than T1, so that requests are sent again.
pub(super) const LATE: Duration = Duration::from_millis(1_700);
