//! How a session ended.

/// How a session ended. Every session ends once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// We ended it.
    Local,
    /// They hung up (BYE).
    Remote,
    /// They gave up before we answered (CANCEL).
    Cancelled,
    /// They refused our call, or an answer was impossible.
    Rejected {
        /// 300 to 699.
        status: u16,
        /// As it came.
        reason: String,
    },
    /// Nobody answered in time, or the session was not refreshed (RFC 4028).
    Timeout,
    /// The far side, or the server, cannot be reached: why.
    Transport(String),
    /// They never acknowledged our answer (RFC 3261 §13.3.1.4).
    Unacknowledged,
}
