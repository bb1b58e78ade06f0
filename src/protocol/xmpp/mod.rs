//! XMPP (RFC 6120, 6121 and XEPs) as rules over stanzas; the stanzas themselves are those of `xmpp-parsers`.
//!
//! It refuses to know streams, TLS and SASL: io/xmpp brings stanzas in and takes them out.

pub mod locate;
pub mod stanza;

pub use locate::{Endpoint, Locate};
pub use stanza::Stanza;
