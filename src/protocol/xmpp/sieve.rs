//! What may reach the XML parser of a stream: whole elements that it can parse, shallow and not too large.
//!
//! A parser that fails ends the stream, and a resumed stream (XEP-0198) would bring the same bytes again: a stranger
//! could keep us signed out with one stanza nested 10,000 deep, or with one attribute that the parser finds too long.
//! So every stanza is held until it is whole and parsed on trial; one that fails is left out, and an empty message takes
//! its place, because the server counts stanzas. A refused resumption that does not say how many stanzas had arrived, as
//! it may (XEP-0198 §5), says none here: the parser insists, and the stream would never come back. Comments, processing
//! instructions and document types are errors (RFC 6120 §11.1). Memory is bounded by the largest stanza allowed.

#![deny(clippy::indexing_slicing)]

use xso::exports::rxml::{self, Parse};

/// Octets of one stanza, and of one stream header.
const STANZA: usize = 1 << 20;
const HEADER: usize = 16 << 10;

/// Elements inside each other, the stream's own among them.
const DEPTH: usize = 100;

/// Characters of what a stream error says for people.
const TEXT: usize = 200;

/// Home nodes that features may name, and characters of a host's name.
const HOSTS: usize = 8;
const HOST: usize = 255;

/// What a refused resumption says that counts nothing.
const NONE_COUNTED: &[u8] = b" h='0'";

/// What stands for a stanza that was left out.
const EMPTY: &[u8] = b"<message/>";

/// The stream cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Restricted {
    /// A comment, a document type or a processing instruction.
    #[error("it sent XML that XMPP does not allow (a comment, an instruction or a document type)")]
    Markup,
    /// The stream header, or an element that is no stanza, is too large or cannot be parsed.
    #[error("it sent XML that cannot be parsed")]
    Malformed,
}

/// The state between two reads.
#[derive(Debug)]
pub struct Sieve {
    lex: Lex,
    depth: usize,
    /// The depth at which the held item began.
    base: usize,
    held: Vec<u8>,
    header: Vec<u8>,
    unfit: bool,
    closed: bool,
    /// Has parsed the header and every element that was let through; none where it has to begin anew.
    trial: Option<rxml::Parser>,
    /// The element just parsed on trial is a refused resumption without its count.
    uncounted: bool,
    left_out: u64,
    stream_error: Option<String>,
    elsewhere: Option<String>,
    home: Vec<String>,
}

/// What the text of an element inside another is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Nothing,
    /// A stream error's, for people.
    Text,
    /// `see-other-host`.
    Elsewhere,
    /// A home node of the features.
    Home,
}

/// Where in the XML the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lex {
    Text,
    /// After `<`.
    Open,
    /// In a start tag; the last octet was a slash.
    Start {
        slash: bool,
    },
    /// In an attribute value that this quote ends.
    Value(u8),
    /// In an end tag.
    End,
    /// After `<!` and this many octets of `[CDATA[`.
    Declaration(usize),
    /// In a CDATA section, after this many `]`.
    Cdata(u8),
    /// In the XML declaration; the last octet was a question mark.
    Instruction {
        question: bool,
    },
}

impl Default for Sieve {
    fn default() -> Sieve {
        Sieve::new()
    }
}

impl Sieve {
    /// For a new stream.
    #[must_use]
    pub const fn new() -> Sieve {
        Sieve {
            lex: Lex::Text,
            depth: 0,
            base: 0,
            held: Vec::new(),
            header: Vec::new(),
            unfit: false,
            trial: None,
            uncounted: false,
            closed: false,
            left_out: 0,
            stream_error: None,
            elsewhere: None,
            home: Vec::new(),
        }
    }

    /// Takes octets from the wire and appends to `out` what may be parsed.
    ///
    /// # Errors
    /// When the stream cannot go on.
    pub fn pass(&mut self, octets: &[u8], out: &mut Vec<u8>) -> Result<(), Restricted> {
        let mut rest = octets;
        while !rest.is_empty() {
            let (inert, after) = rest.split_at_checked(self.inert(rest)).unwrap_or((rest, b""));
            if self.held.is_empty() {
                out.extend_from_slice(inert);
            } else {
                self.hold(inert);
            }
            let Some((octet, after)) = after.split_first() else { break };
            if self.held.is_empty() {
                self.base = self.depth;
                self.unfit = false;
            }
            self.hold(std::slice::from_ref(octet));
            if self.step(*octet)? && self.depth <= 1 {
                self.release(out)?;
            }
            rest = after;
        }
        Ok(())
    }

    /// How many of these octets, from the first on, change nothing in what the next one means.
    fn inert(&self, octets: &[u8]) -> usize {
        let mut left = octets.iter();
        let end = match self.lex {
            Lex::Text => left.position(|octet| *octet == b'<'),
            Lex::Value(quote) => left.position(|octet| *octet == quote),
            Lex::Start { slash: false } => left.position(|octet| matches!(octet, b'>' | b'/' | b'"' | b'\'')),
            Lex::End => left.position(|octet| *octet == b'>'),
            _ => Some(0),
        };
        end.unwrap_or(octets.len())
    }

    /// Keeps what belongs to the held item, as far as that may be so large.
    fn hold(&mut self, octets: &[u8]) {
        let most = if self.base == 0 { HEADER } else { STANZA };
        match octets.split_at_checked(most.saturating_sub(self.held.len())) {
            Some((kept, [])) => self.held.extend_from_slice(kept),
            Some((kept, _)) => {
                self.held.extend_from_slice(kept);
                self.unfit = true;
            }
            None => self.held.extend_from_slice(octets),
        }
    }

    /// How many stanzas were left out.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The stream error that came (RFC 6120 §4.9.2): its condition, as in `system-shutdown`, and the text beside it.
    #[must_use]
    pub fn stream_error(&self) -> Option<&str> {
        self.stream_error.as_deref()
    }

    /// Where a stream error has sent us: the text of `see-other-host` (RFC 6120 §4.9.3.19).
    #[must_use]
    pub fn elsewhere(&self) -> Option<&str> {
        self.elsewhere.as_deref()
    }

    /// The home nodes that the features have named, `urn:xmpp:domain-based-name:0`, in their order.
    #[must_use]
    pub fn home(&self) -> &[String] {
        &self.home
    }

    /// Whether the server has closed the stream.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether nothing is held back.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Moves on by one octet; says whether a tag, or the XML declaration, was closed.
    fn step(&mut self, octet: u8) -> Result<bool, Restricted> {
        let mut closed = false;
        self.lex = match (self.lex, octet) {
            (Lex::Text, b'<') => Lex::Open,
            (Lex::Text, _) => Lex::Text,
            (Lex::Open, b'/') => Lex::End,
            (Lex::Open, b'!') => Lex::Declaration(0),
            (Lex::Open, b'?') if self.depth == 0 && self.header.is_empty() => Lex::Instruction { question: false },
            (Lex::Open, b'?') => return Err(Restricted::Markup),
            (Lex::Start { slash }, b'>') => {
                closed = true;
                self.depth += usize::from(!slash);
                self.unfit |= self.depth > DEPTH;
                Lex::Text
            }
            (Lex::Start { .. }, quote @ (b'"' | b'\'')) => Lex::Value(quote),
            (Lex::Open | Lex::Start { .. }, _) => Lex::Start { slash: octet == b'/' },
            (Lex::Value(quote), _) if octet == quote => Lex::Start { slash: false },
            (Lex::Value(quote), _) => Lex::Value(quote),
            (Lex::End, b'>') => {
                closed = true;
                self.depth = self.depth.saturating_sub(1);
                Lex::Text
            }
            (Lex::End, _) => Lex::End,
            (Lex::Declaration(seen), _) if b"[CDATA[".get(seen) == Some(&octet) => {
                if seen == 6 {
                    Lex::Cdata(0)
                } else {
                    Lex::Declaration(seen + 1)
                }
            }
            (Lex::Declaration(_), _) => return Err(Restricted::Markup),
            (Lex::Cdata(2), b'>') => Lex::Text,
            (Lex::Cdata(brackets), b']') => Lex::Cdata((brackets + 1).min(2)),
            (Lex::Cdata(_), _) => Lex::Cdata(0),
            (Lex::Instruction { question: true }, b'>') => {
                closed = true;
                Lex::Text
            }
            (Lex::Instruction { .. }, _) => Lex::Instruction { question: octet == b'?' },
        };
        Ok(closed)
    }

    /// An item is whole: lets it through, or puts an empty message in its place.
    fn release(&mut self, out: &mut Vec<u8>) -> Result<(), Restricted> {
        let held = std::mem::take(&mut self.held);
        if self.base == 0 {
            if self.unfit {
                return Err(Restricted::Malformed);
            }
            self.header.extend_from_slice(&held);
            out.extend_from_slice(&held);
        } else if self.depth == 0 {
            self.closed = true;
            out.extend_from_slice(&held);
        } else if !self.unfit && self.parses(&held) {
            let name = held.iter().position(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'));
            match name.and_then(|end| held.split_at_checked(end)).filter(|_| self.uncounted) {
                Some((name, rest)) => out.extend([name, NONE_COUNTED, rest].concat()),
                None => out.extend_from_slice(&held),
            }
        } else if is_stanza(&held) {
            self.left_out += 1;
            out.extend_from_slice(EMPTY);
        } else {
            return Err(Restricted::Malformed);
        }
        Ok(())
    }

    /// Parses the element on trial, as the next one of this stream.
    fn parses(&mut self, element: &[u8]) -> bool {
        let Some(mut parser) = self.trial.take().or_else(|| begun(&self.header)) else { return false };
        self.uncounted = false;
        let mut rest = element;
        let mut depth = 0;
        let (mut is_error, mut is_features, mut text_is) = (false, false, Use::Nothing);
        let (mut condition, mut text, mut host) = (None, String::new(), String::new());
        loop {
            match parser.parse(&mut rest, false) {
                Ok(Some(rxml::Event::StartElement(_, (namespace, name), attributes))) => {
                    if depth == 0 {
                        let refused = name == "failed" && namespace == xmpp_parsers::ns::SM;
                        self.uncounted = refused && attributes.get(&rxml::Namespace::NONE, "h").is_none();
                        is_error = name == "error" && namespace == xmpp_parsers::ns::STREAM;
                        is_features = name == "features" && namespace == xmpp_parsers::ns::STREAM;
                    } else if is_error && depth == 1 && namespace == xmpp_parsers::ns::XMPP_STREAMS {
                        text_is = if name == "text" { Use::Text } else { Use::Nothing };
                        if text_is == Use::Nothing && condition.is_none() {
                            text_is = if name == "see-other-host" { Use::Elsewhere } else { Use::Nothing };
                            condition = Some(name.to_string());
                        }
                    } else if is_features && name == "hostname" && namespace == HOME {
                        (text_is, host) = (Use::Home, String::new());
                    }
                    depth += 1;
                }
                Ok(Some(rxml::Event::Text(_, said))) if text_is == Use::Text && depth == 2 => text.push_str(&said),
                Ok(Some(rxml::Event::Text(_, said))) if matches!(text_is, Use::Elsewhere | Use::Home) => host.push_str(&said),
                Ok(Some(rxml::Event::EndElement(_))) => {
                    depth -= 1;
                    let name = host.trim();
                    let is_host = !name.is_empty() && name.len() <= HOST;
                    match text_is {
                        Use::Elsewhere if is_host => self.elsewhere = Some(name.to_owned()),
                        Use::Home if is_host && self.home.len() < HOSTS => self.home.push(name.to_owned()),
                        _ => {}
                    }
                    text_is = Use::Nothing;
                }
                Ok(Some(_)) => {}
                Err(rxml::error::EndOrError::NeedMoreData) => break,
                Ok(None) | Err(rxml::error::EndOrError::Error(_)) => return false,
            }
        }
        if let Some(condition) = condition.filter(|_| self.stream_error.is_none()) {
            let text: String = text.trim().chars().take(TEXT).collect();
            self.stream_error = Some(if text.is_empty() { condition } else { format!("{condition}: {text}") });
        }
        self.trial = Some(parser);
        true
    }
}

/// A parser that has read this stream header; none when it cannot.
fn begun(mut header: &[u8]) -> Option<rxml::Parser> {
    let mut parser = rxml::Parser::default();
    loop {
        match parser.parse(&mut header, false) {
            Ok(Some(_)) => {}
            Err(rxml::error::EndOrError::NeedMoreData) => return Some(parser),
            Ok(None) | Err(rxml::error::EndOrError::Error(_)) => return None,
        }
    }
}

/// The namespace of the home nodes.
const HOME: &str = "urn:xmpp:domain-based-name:0";

/// Whether it is one of the three elements that are counted (XEP-0198 §4).
fn is_stanza(element: &[u8]) -> bool {
    let name = element.get(1..).unwrap_or_default();
    [b"message".as_slice(), b"presence", b"iq"].iter().any(|stanza| {
        name.strip_prefix(*stanza).is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>')))
    })
}

#[cfg(test)]
#[path = "sieve/tests.rs"]
mod tests;
