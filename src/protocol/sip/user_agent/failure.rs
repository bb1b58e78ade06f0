//! Why the phone side of an account does not work.

/// What kind of failure, and the far side's words or ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No server was found in the DNS.
    #[error("no server was found: {0}")]
    NoServer(String),
    /// No flow could be opened, or it has closed.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// Nobody answered in time (timers B and F of RFC 3261).
    #[error("the server did not answer in time")]
    Timeout,
    /// The password was refused, or there is none.
    #[error("the server refused the password")]
    Password,
    /// It would have gone in clear.
    #[error("the server can only be reached in clear, which this account does not allow")]
    Clear,
    /// Refused for another reason.
    #[error("the server refused: {status} {reason}")]
    Refused {
        /// 300 to 699.
        status: u16,
        /// As it came.
        reason: String,
    },
}
