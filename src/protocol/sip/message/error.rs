//! Why bytes are not a SIP message, or a header field is not what its name promises.

use crate::machine::RemoteText;

/// A header field (or a part of one) that breaks its grammar. The message around it may be answered with 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed {what}: {why}")]
pub struct Malformed {
    /// The header field or grammar rule, in the standard's words.
    pub what: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Malformed {
    /// `what` is malformed because of `why`.
    #[must_use]
    pub const fn new(what: &'static str, why: &'static str) -> Malformed {
        Malformed { what, why }
    }

    /// The same fault, found in the header field `what`.
    #[must_use]
    pub const fn within(self, what: &'static str) -> Malformed {
        Malformed { what, why: self.why }
    }
}

/// Why bytes are not a SIP message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but line ends: a keep-alive.
    #[error("no message: nothing but line ends")]
    Empty,
    /// The header section is larger than [`MAX_HEADER_BYTES`](super::parse::MAX_HEADER_BYTES).
    #[error("the header section exceeds 64 KiB")]
    HeaderTooLarge,
    /// No empty line ends the header section.
    #[error("no empty line ends the header section")]
    Unfinished,
    /// The first line is neither a request line nor a status line.
    #[error("not a SIP start line: {line}")]
    StartLine {
        /// The line as it came.
        line: RemoteText,
    },
    /// Another version of SIP, which deserves a 505.
    #[error("not SIP/2.0: {line}")]
    Version {
        /// The line as it came.
        line: RemoteText,
    },
    /// The Request-URI cannot be read.
    #[error("bad Request-URI: {0}")]
    RequestUri(Malformed),
    /// A line that is no header field.
    #[error("not a header field: {line}")]
    HeaderLine {
        /// The line as it came.
        line: RemoteText,
    },
    /// Content-Length is no number, or two of them disagree.
    #[error("{0}")]
    ContentLength(Malformed),
    /// The datagram ends before the body does (RFC 3261 §18.3).
    #[error("Content-Length promises {promised} bytes, the datagram has {present}")]
    BodyTruncated {
        /// What Content-Length says.
        promised: usize,
        /// What is there.
        present: usize,
    },
}

/// Why a stream yields no message. After an error that is [final](FrameError::is_final) the stream must be closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The header section is larger than the framer allows.
    #[error("the header section exceeds 64 KiB")]
    HeaderTooLarge,
    /// The body is larger than the framer allows.
    #[error("the body of {promised} bytes exceeds the limit")]
    BodyTooLarge {
        /// What Content-Length says.
        promised: usize,
    },
    /// Without a usable Content-Length nobody knows where the message ends (RFC 3261 §18.3).
    #[error("{0}")]
    Length(Malformed),
    /// The message is malformed, but its end is known: what follows can still be read.
    #[error("{0}")]
    Message(ParseError),
}

impl FrameError {
    /// Whether nothing more can be read from the stream.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        !matches!(self, FrameError::Message(_))
    }
}
