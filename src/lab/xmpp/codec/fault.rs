//! Why a stream ends before its time (RFC 6120 §4.9.3): the conditions that a server for clients comes to.

/// A condition, under its name on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// XML that is no stanza and no step of negotiation.
    BadFormat,
    /// Another stream has taken its place.
    Conflict,
    /// Nobody signed in in time.
    ConnectionTimeout,
    /// Another domain.
    HostUnknown,
    /// Not `http://etherx.jabber.org/streams`.
    InvalidNamespace,
    /// A stanza before there is a session.
    NotAuthorized,
    /// No XML.
    NotWellFormed,
    /// Too large, too deep, too many attempts, or in clear where TLS is required.
    PolicyViolation,
    /// Comments, processing instructions, DTDs and entities.
    RestrictedXml,
    /// A top-level element that is no stanza.
    UnsupportedStanzaType,
    /// A version below 1.0.
    UnsupportedVersion,
}

impl Fault {
    /// The element's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Fault::BadFormat => "bad-format",
            Fault::Conflict => "conflict",
            Fault::ConnectionTimeout => "connection-timeout",
            Fault::HostUnknown => "host-unknown",
            Fault::InvalidNamespace => "invalid-namespace",
            Fault::NotAuthorized => "not-authorized",
            Fault::NotWellFormed => "not-well-formed",
            Fault::PolicyViolation => "policy-violation",
            Fault::RestrictedXml => "restricted-xml",
            Fault::UnsupportedStanzaType => "unsupported-stanza-type",
            Fault::UnsupportedVersion => "unsupported-version",
        }
    }
}
