//! What a sign-in by address asks of the world and hears back, as values. Nothing in a question leaves this process before
//! io carries it, and io follows nothing by itself.

use crate::engine::event::Certificate;
use crate::protocol::{dns, http};
use std::net::SocketAddr;
use std::time::Duration;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Of the DNS.
    Dns {
        /// This name server alone, else those of the system.
        server: Option<SocketAddr>,
        /// What.
        question: dns::Question,
    },
    /// Over HTTP.
    Http(http::Request),
    /// A file over TFTP (RFC 1350).
    Tftp {
        /// Host name or address of the server.
        server: String,
        /// UDP port to which the read request goes.
        port: u16,
        /// Name of the file.
        file: String,
        /// Read, whole, within this time, or it has failed.
        deadline: Duration,
        /// A longer file than this, in bytes, is refused as it comes.
        limit: usize,
    },
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Dns`].
    Dns(dns::Answer),
    /// To [`Question::Http`].
    Http {
        /// The response whatever its status, or why there is none.
        answer: Result<http::Response, http::Failure>,
        /// What the server presented, where that is why there is no answer.
        certificate: Option<Box<Certificate>>,
    },
    /// To [`Question::Tftp`]: the file, or why there is none, for people.
    Tftp(Result<Vec<u8>, String>),
}
