//! Packets (RFC 1350 §5, RFC 2347): bytes ⇄ values.
#![deny(clippy::indexing_slicing)]

/// Longest file name, mode, option and message, in bytes.
const TEXT: usize = 512;
/// Options beyond this many are not read.
const OPTIONS: usize = 16;
/// The longest block (RFC 2348).
pub const LONGEST_BLOCK: usize = 65_464;

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// RRQ: read a file.
    Read(ReadRequest),
    /// WRQ: write a file, which nobody may here.
    Write,
    /// DATA: block number and bytes.
    Data(u16, Vec<u8>),
    /// ACK: block number.
    Ack(u16),
    /// ERROR: code, and a message for people.
    Error(ErrorCode, String),
    /// OACK: options that are agreed to.
    OptionAck(Options),
}

/// RRQ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadRequest {
    /// Name of the file.
    pub file: String,
    /// What is asked for besides.
    pub options: Options,
}

/// Options that are known; others are passed over, as RFC 2347 has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `blksize`: bytes of a block, 8 … 65464.
    pub block: Option<u16>,
    /// `tsize`: bytes of the file; 0 in a question.
    pub size: Option<u64>,
    /// `timeout`: seconds before something is sent again, 1 … 255.
    pub timeout: Option<u8>,
}

/// An error code of RFC 1350 §5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode(pub u16);

impl ErrorCode {
    /// Not defined: the message says.
    pub const OTHER: ErrorCode = ErrorCode(0);
    /// File not found.
    pub const NOT_FOUND: ErrorCode = ErrorCode(1);
    /// Access violation.
    pub const NOT_ALLOWED: ErrorCode = ErrorCode(2);
    /// Disk full: what a reader says to a file that is too long.
    pub const FULL: ErrorCode = ErrorCode(3);
    /// Illegal operation.
    pub const ILLEGAL: ErrorCode = ErrorCode(4);
    /// Unknown transfer identifier: it comes from a port that is no part of the transfer.
    pub const UNKNOWN_TRANSFER: ErrorCode = ErrorCode(5);
    /// Options are refused (RFC 2347).
    pub const OPTIONS: ErrorCode = ErrorCode(8);
}

impl Options {
    /// No option.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.block.is_none() && self.size.is_none() && self.timeout.is_none()
    }

    fn write(&self, out: &mut Vec<u8>) {
        let known = [("blksize", self.block.map(u64::from)), ("tsize", self.size), ("timeout", self.timeout.map(u64::from))];
        for (name, value) in known {
            if let Some(value) = value {
                text(out, name);
                text(out, &value.to_string());
            }
        }
    }
}

impl Packet {
    /// Reads a datagram.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Packet, &'static str> {
        let (code, rest) = number(bytes).ok_or("a packet without an operation")?;
        match code {
            1 => {
                let (file, rest) = string(rest).ok_or("a request without a file name")?;
                let (mode, rest) = string(rest).ok_or("a request without a mode")?;
                // Bytes are bytes: the mode that changes ends of lines is given like the other.
                if !mode.eq_ignore_ascii_case("octet") && !mode.eq_ignore_ascii_case("netascii") {
                    return Err("a request in a mode that is not known");
                }
                Ok(Packet::Read(ReadRequest { file, options: options(rest)? }))
            }
            2 => Ok(Packet::Write),
            3 => {
                let (block, bytes) = number(rest).ok_or("data without a block number")?;
                if bytes.len() > LONGEST_BLOCK {
                    return Err("data longer than a block may be");
                }
                Ok(Packet::Data(block, bytes.to_vec()))
            }
            4 => Ok(Packet::Ack(number(rest).ok_or("an acknowledgement without a block number")?.0)),
            5 => {
                let (code, rest) = number(rest).ok_or("an error without a code")?;
                Ok(Packet::Error(ErrorCode(code), string(rest).map_or_else(String::new, |(message, _)| message)))
            }
            6 => Ok(Packet::OptionAck(options(rest)?)),
            _ => Err("an operation that is not known"),
        }
    }

    /// Writes a datagram.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Packet::Read(ReadRequest { file, options }) => {
                out.extend([0, 1]);
                text(&mut out, file);
                text(&mut out, "octet");
                options.write(&mut out);
            }
            Packet::Write => out.extend([0, 2]),
            Packet::Data(block, bytes) => {
                out.extend([0, 3]);
                out.extend(block.to_be_bytes());
                out.extend(bytes);
            }
            Packet::Ack(block) => {
                out.extend([0, 4]);
                out.extend(block.to_be_bytes());
            }
            Packet::Error(code, message) => {
                out.extend([0, 5]);
                out.extend(code.0.to_be_bytes());
                text(&mut out, message);
            }
            Packet::OptionAck(options) => {
                out.extend([0, 6]);
                options.write(&mut out);
            }
        }
        out
    }
}

fn number(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (two, rest) = bytes.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*two), rest))
}

fn string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.iter().take(TEXT + 1).position(|byte| *byte == 0)?;
    let (text, rest) = bytes.split_at(end);
    Some((String::from_utf8_lossy(text).into_owned(), rest.get(1..)?))
}

fn options(mut rest: &[u8]) -> Result<Options, &'static str> {
    const BROKEN: &str = "an option that breaks off";
    const WRONG: &str = "an option with an impossible value";
    let mut options = Options::default();
    for _ in 0..OPTIONS {
        if rest.is_empty() {
            break;
        }
        let (name, after) = string(rest).ok_or(BROKEN)?;
        let (value, after) = string(after).ok_or(BROKEN)?;
        rest = after;
        match name.to_ascii_lowercase().as_str() {
            "blksize" => options.block = Some(value.parse().ok().filter(|size| (8..=65_464).contains(size)).ok_or(WRONG)?),
            "tsize" => options.size = Some(value.parse().map_err(|_| WRONG)?),
            "timeout" => options.timeout = Some(value.parse().ok().filter(|seconds| *seconds > 0).ok_or(WRONG)?),
            _ => {}
        }
    }
    Ok(options)
}

/// Text with its end; a zero byte in it would end it too early.
fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|byte| *byte != 0).take(TEXT));
    out.push(0);
}
