//! Messages out of a stream (RFC 3261 §18.3, and the keep-alive of RFC 5626 §4.4.1).
//!
//! Bytes go in as they come; whole messages come out. Memory is bounded: a header section, one body, and what was pushed.
#![deny(clippy::indexing_slicing)]

use super::content_length::content_length;
use super::error::{FrameError, Malformed, ParseError};
use super::headers::Headers;
use super::parse::{MAX_HEADER_BYTES, Message, header_end};

/// The largest body that is read from a stream, in bytes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// What a stream carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Message(Message),
    /// Line ends between messages.
    KeepAlive {
        /// A double CR LF is a ping and wants a single one back; a single one is the answer to ours.
        pong_needed: bool,
    },
}

/// Cuts a stream into frames. An iterator that may go on after `None`, when more was pushed.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Bytes of the buffer that are dealt with; they are dropped by the next push.
    start: usize,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    /// Before a message, or inside its header section, of which the first `searched` bytes hold no empty line.
    #[default]
    Between,
    Head {
        searched: usize,
    },
    /// The header section is read, the body is awaited. A message that is malformed is awaited as well, to get past it.
    Body {
        message: Result<Message, ParseError>,
        length: usize,
    },
    /// Nobody knows where the next message begins.
    Lost,
}

impl Framer {
    /// A framer at the beginning of a stream.
    #[must_use]
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Takes what was read. After a final error it is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if matches!(self.state, State::Lost) {
            return;
        }
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn lose(&mut self, error: FrameError) -> Option<Result<Frame, FrameError>> {
        self.state = State::Lost;
        self.buffer = Vec::new();
        self.start = 0;
        Some(Err(error))
    }

    /// A keep-alive at the beginning of what is pending, or `None` where a message begins or more is needed.
    fn keep_alive(&mut self) -> Option<Frame> {
        let pending = self.pending();
        let (length, pong_needed) = match pending {
            [b'\r', b'\n', b'\r', b'\n', ..] => (4, true),
            [b'\r', b'\n', b'\r'] => return None,
            [b'\r', b'\n', ..] => (2, false),
            _ => return None,
        };
        self.start += length;
        Some(Frame::KeepAlive { pong_needed })
    }

    /// What the header section of `end` bytes says, and how long the body is that follows it.
    fn head(&self, end: usize) -> Result<(Result<Message, ParseError>, usize), FrameError> {
        let head = self.pending().get(..end).unwrap_or_default();
        let message = Message::parse_head(head);
        let length = match &message {
            Ok(message) => content_length(message.headers()),
            Err(_) => content_length(&salvage(head)),
        };
        let length =
            length.map_err(FrameError::Length)?.ok_or(FrameError::Length(Malformed::new("Content-Length", "missing")))?;
        if length > MAX_BODY_BYTES {
            return Err(FrameError::BodyTooLarge { promised: length });
        }
        Ok((message, length))
    }
}

/// The Content-Length lines of a header section that cannot be read as a whole.
fn salvage(head: &[u8]) -> Headers {
    let mut headers = Headers::new();
    for line in String::from_utf8_lossy(head).split("\r\n") {
        if let Some((name, value)) = line.split_once(':') {
            let name = name.trim_end_matches([' ', '\t']);
            if super::header_name::is("Content-Length", name) {
                headers.push(name, value);
            }
        }
    }
    headers
}

impl Iterator for Framer {
    type Item = Result<Frame, FrameError>;

    fn next(&mut self) -> Option<Result<Frame, FrameError>> {
        loop {
            match std::mem::take(&mut self.state) {
                State::Lost => {
                    self.state = State::Lost;
                    return None;
                }
                State::Between => {
                    if let Some(frame) = self.keep_alive() {
                        return Some(Ok(frame));
                    }
                    match self.pending() {
                        [] | [b'\r'] | [b'\r', b'\n', b'\r'] => return None,
                        _ => self.state = State::Head { searched: 0 },
                    }
                }
                State::Head { searched } => {
                    let pending = self.pending();
                    let window = pending.get(..pending.len().min(MAX_HEADER_BYTES)).unwrap_or(pending);
                    // The empty line may have begun in what was searched before.
                    let Some(end) = header_end(window, searched.saturating_sub(3)) else {
                        if pending.len() >= MAX_HEADER_BYTES {
                            return self.lose(FrameError::HeaderTooLarge);
                        }
                        self.state = State::Head { searched: pending.len() };
                        return None;
                    };
                    match self.head(end) {
                        Ok((message, length)) => {
                            self.start += end;
                            self.state = State::Body { message, length };
                        }
                        Err(error) => return self.lose(error),
                    }
                }
                State::Body { message, length } => {
                    let Some(body) = self.pending().get(..length).map(<[u8]>::to_vec) else {
                        self.state = State::Body { message, length };
                        return None;
                    };
                    self.start += length;
                    return Some(match message {
                        Ok(mut message) => {
                            message.set_raw_body(body);
                            Ok(Frame::Message(message))
                        }
                        Err(error) => Err(FrameError::Message(error)),
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nl: 5\r\n\r\nab\r\n\r\r\n\r\nSIP/2.0 200 OK\r\nContent-Length : 0\r\n\r\n\r\n";

    fn frames(framer: &mut Framer) -> Vec<Result<Frame, FrameError>> {
        std::iter::from_fn(|| framer.next()).collect()
    }

    #[test]
    fn many_messages_in_one_push() {
        let mut framer = Framer::new();
        framer.push(TWO);
        let frames = frames(&mut framer);
        assert_eq!(frames.len(), 4, "{frames:?}");
        let Ok(Frame::Message(first)) = &frames[0] else { panic!() };
        assert_eq!(first.body(), b"ab\r\n\r");
        assert_eq!(frames[1], Ok(Frame::KeepAlive { pong_needed: true }));
        assert_eq!(frames[3], Ok(Frame::KeepAlive { pong_needed: false }));
    }

    #[test]
    fn every_split_gives_the_same_messages() {
        for at in 0..TWO.len() {
            let mut framer = Framer::new();
            let mut found = Vec::new();
            for part in [&TWO[..at], &TWO[at..]] {
                framer.push(part);
                found.extend(frames(&mut framer));
            }
            let messages = found.iter().filter(|frame| matches!(frame, Ok(Frame::Message(_)))).count();
            assert_eq!((messages, found.iter().any(Result::is_err)), (2, false), "split at {at}");
        }
    }

    #[test]
    fn a_ping_wants_a_pong() {
        let mut framer = Framer::new();
        framer.push(b"\r\n\r\n");
        assert_eq!(frames(&mut framer), [Ok(Frame::KeepAlive { pong_needed: true })]);
        framer.push(b"\r\n\r");
        assert_eq!(frames(&mut framer), []);
        framer.push(b"\n");
        assert_eq!(frames(&mut framer), [Ok(Frame::KeepAlive { pong_needed: true })]);
    }

    #[test]
    fn lies_about_the_length_end_the_stream() {
        for head in ["", "l: -1\r\n", "l: 99999999999999999999\r\n", "l: 1\r\nl: 2\r\n", "l: 1048577\r\n"] {
            let mut framer = Framer::new();
            framer.push(format!("OPTIONS sip:a SIP/2.0\r\n{head}\r\n").as_bytes());
            assert!(framer.next().unwrap().unwrap_err().is_final());
            framer.push(TWO);
            assert_eq!(framer.next(), None);
        }
    }

    #[test]
    fn a_malformed_message_of_known_length_is_passed_over() {
        let mut framer = Framer::new();
        framer.push(b"bad\r\nno colon\r\nContent-Length: 4\r\n\r\nbodySIP/2.0 200 OK\r\nl: 0\r\n\r\n");
        assert!(!framer.next().unwrap().unwrap_err().is_final());
        assert!(matches!(framer.next(), Some(Ok(Frame::Message(_)))));
        assert_eq!(framer.next(), None);
    }

    #[test]
    fn a_header_section_without_end_is_cut_off() {
        let mut framer = Framer::new();
        let line = format!("X: {}\r\n", "a".repeat(1000));
        framer.push(b"OPTIONS sip:a SIP/2.0\r\n");
        for _ in 0..64 {
            framer.push(line.as_bytes());
            assert_eq!(framer.next(), None);
        }
        for _ in 0..2 {
            framer.push(line.as_bytes());
        }
        assert_eq!(framer.next(), Some(Err(FrameError::HeaderTooLarge)));
        assert!(framer.buffer.capacity() == 0);
    }
}
