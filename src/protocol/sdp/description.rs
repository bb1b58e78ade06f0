//! A session description as a value (RFC 8866 §5): what an offer or an answer says, before anybody decides about it.
//!
//! Lines that play no part in a call (information, URI, bandwidth, repeat times, keys of the old `k=`) are not kept.

use std::net::IpAddr;

/// A whole description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// `o=`: who made it, and which version it is.
    pub origin: Option<Origin>,
    /// `s=`, as it came.
    pub name: String,
    /// `c=` for all media that have none of their own.
    pub connection: Option<Connection>,
    /// The first `t=`, as it came: an answer repeats it (RFC 3264 §6).
    pub timing: String,
    /// `a=` of the session.
    pub attributes: Vec<Attribute>,
    /// `m=` sections, in order: offer and answer match them by position.
    pub media: Vec<Media>,
}

/// `o=` (RFC 8866 §5.2). Only what we write: nothing is decided by what others put there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The session's number.
    pub session: u64,
    /// Counts up by one with each change (RFC 3264 §8).
    pub version: u64,
    /// Where it was made.
    pub address: IpAddr,
}

/// `c=` (RFC 8866 §5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// An address to send to. It may be unspecified: the old way to hold.
    Address(IpAddr),
    /// Something that we do not send to: a name, a multicast group, another network type.
    Elsewhere(String),
}

/// `a=NAME` or `a=NAME:VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name; compared case-sensitively (RFC 8866 §6).
    pub name: String,
    /// What follows the colon.
    pub value: Option<String>,
}

/// One `m=` section (RFC 8866 §5.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `application`, …
    pub kind: String,
    /// Zero: the stream is refused, or gone.
    pub port: u16,
    /// `RTP/AVP` and the like.
    pub profile: String,
    /// Payload types, or what the profile has instead.
    pub formats: Vec<String>,
    /// `c=` of its own.
    pub connection: Option<Connection>,
    /// `a=` of its own.
    pub attributes: Vec<Attribute>,
}

impl Attribute {
    /// `a=NAME`
    #[must_use]
    pub fn flag(name: &str) -> Attribute {
        Attribute { name: name.to_owned(), value: None }
    }

    /// `a=NAME:VALUE`
    #[must_use]
    pub fn with(name: &str, value: String) -> Attribute {
        Attribute { name: name.to_owned(), value: Some(value) }
    }
}

impl Media {
    /// The same stream, refused: port zero, and no more said about it than its formats (RFC 3264 §6).
    #[must_use]
    pub fn refused(&self) -> Media {
        Media { port: 0, connection: None, attributes: Vec::new(), ..self.clone() }
    }
}

/// The values of every attribute `name`.
pub fn values<'a>(attributes: &'a [Attribute], name: &'a str) -> impl Iterator<Item = &'a str> {
    attributes.iter().filter(move |attribute| attribute.name == name).filter_map(|attribute| attribute.value.as_deref())
}

/// Whether the attribute is there at all.
#[must_use]
pub fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.name == name)
}
