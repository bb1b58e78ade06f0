//! Bytes of a stream into its header, its top-level elements and its end. Bounded: by the bytes and by the depth of an element.

use super::fault::Fault;
use rxml::error::EndOrError;
use rxml::{Error, Event, Parse, Parser};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;

/// How deep elements may be nested below the stream.
const DEEPEST: usize = 64;

/// Something that is whole.
#[derive(Debug)]
pub(super) enum Frame {
    /// The stream has begun.
    Opened {
        /// Which domain is wanted.
        to: Option<String>,
        /// Below 1 for servers of old.
        version: String,
    },
    /// An element below the stream.
    Element(Element),
    /// The stream has ended.
    Ended,
}

/// Reads one stream.
pub(super) struct Reader {
    parser: Parser,
    /// What has come and is not read.
    waiting: Vec<u8>,
    longest: usize,
    /// Bytes of the element that is being read.
    read: usize,
    opened: bool,
    open: Vec<Element>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Reader({} waiting, {} deep)", self.waiting.len(), self.open.len())
    }
}

impl Reader {
    pub(super) fn new(longest: usize) -> Reader {
        Reader { parser: Parser::new(), waiting: Vec::new(), longest, read: 0, opened: false, open: Vec::new() }
    }

    /// A new stream begins with what has not been read of this one.
    pub(super) fn restart(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        *self = Reader { waiting, ..Reader::new(self.longest) };
    }

    /// The same, and what has come already is dropped: it came before TLS (RFC 6120 §5.4.3.3).
    pub(super) fn restart_encrypted(&mut self) {
        *self = Reader::new(self.longest);
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// The next thing that is whole.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, Fault> {
        loop {
            // The parser would wait for the end of a text that must not stand here.
            let between = self.read == 0 && self.open.is_empty();
            let first = self.waiting.iter().find(|byte| !byte.is_ascii_whitespace());
            if between && first.is_some_and(|byte| *byte != b'<') {
                return Err(if self.opened { Fault::BadFormat } else { Fault::NotWellFormed });
            }
            let event = {
                let mut rest = self.waiting.as_slice();
                let before = rest.len();
                let event = self.parser.parse(&mut rest, false);
                let read = before - rest.len();
                self.read += read;
                self.waiting.drain(..read);
                event
            };
            if self.read > self.longest {
                return Err(Fault::PolicyViolation);
            }
            match event {
                Ok(Some(event)) => {
                    if let Some(frame) = self.heard(event)? {
                        return Ok(Some(frame));
                    }
                }
                Ok(None) | Err(EndOrError::NeedMoreData) => return Ok(None),
                Err(EndOrError::Error(error)) => return Err(fault(error)),
            }
        }
    }

    fn heard(&mut self, event: Event) -> Result<Option<Frame>, Fault> {
        match event {
            Event::XmlDeclaration(..) => Ok(None),
            Event::StartElement(_, (namespace, name), attributes) if !self.opened => {
                if namespace.as_str() != ns::STREAM {
                    return Err(Fault::InvalidNamespace);
                }
                if name.as_str() != "stream" {
                    return Err(Fault::BadFormat);
                }
                self.opened = true;
                self.read = 0;
                let attribute = |wanted: &str| {
                    let mut all = attributes.iter();
                    all.find(|((space, name), _)| space.as_str().is_empty() && name.as_str() == wanted)
                        .map(|(_, value)| value.clone())
                };
                Ok(Some(Frame::Opened { to: attribute("to"), version: attribute("version").unwrap_or_default() }))
            }
            Event::StartElement(_, (namespace, name), attributes) => {
                if self.open.len() >= DEEPEST {
                    return Err(Fault::PolicyViolation);
                }
                let mut element = Element::bare(name.as_str(), namespace.as_str());
                *element.attrs_mut() = attributes;
                self.open.push(element);
                Ok(None)
            }
            Event::EndElement(_) => {
                let Some(whole) = self.open.pop() else { return Ok(Some(Frame::Ended)) };
                match self.open.last_mut() {
                    Some(parent) => {
                        parent.append_child(whole);
                        Ok(None)
                    }
                    None => {
                        self.read = 0;
                        Ok(Some(Frame::Element(whole)))
                    }
                }
            }
            Event::Text(_, text) => {
                match self.open.last_mut() {
                    Some(element) => element.append_text(text),
                    // White space keeps the connection alive (RFC 6120 §4.6.1).
                    None if text.chars().all(char::is_whitespace) => self.read = 0,
                    None => return Err(Fault::BadFormat),
                }
                Ok(None)
            }
        }
    }
}

fn fault(error: Error) -> Fault {
    match error {
        Error::RestrictedXml(_) | Error::UndeclaredEntity => Fault::RestrictedXml,
        _ => Fault::NotWellFormed,
    }
}
