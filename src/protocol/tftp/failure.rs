//! Why a file was not read.

use super::packet::ErrorCode;
use crate::machine::RemoteText;

/// Why a file was not read. The sentence is for people and safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no such file (error 1).
    NotFound,
    /// The server refused, and said so.
    Refused(ErrorCode, RemoteText),
    /// It is longer than allowed, in bytes.
    TooLong(usize),
    /// Not read, whole, in time.
    Timeout,
    /// What came is no TFTP, or not what was agreed.
    Malformed(&'static str),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::NotFound => out.write_str("the server has no such file"),
            Failure::Refused(code, said) if said.is_empty() => write!(out, "the server refused (error {})", code.0),
            Failure::Refused(code, said) => write!(out, "the server refused (error {}: {said})", code.0),
            Failure::TooLong(limit) => write!(out, "the file is longer than {limit} bytes"),
            Failure::Timeout => out.write_str("no answer in time"),
            Failure::Malformed(what) => write!(out, "the server broke the protocol: {what}"),
        }
    }
}
