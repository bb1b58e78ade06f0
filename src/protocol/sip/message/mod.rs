//! SIP messages in full (RFC 3261 §7, §19, §20, §25): types, a total parser, a writer and a framer for streams.
//!
//! What rsip holds rightly (the names of methods, status codes and reason phrases) is borrowed from it, here and nowhere
//! else. The rest is ours, because RFC 3261 allows more than rsip can hold. These files refuse to know transactions,
//! dialogs and sockets.

pub mod check;
pub mod content_length;
pub mod cseq;
pub mod error;
pub mod framer;
pub mod grammar;
pub mod header_name;
pub mod headers;
pub mod host;
pub mod media_type;
pub mod method;
pub mod name_addr;
pub mod params;
pub mod parse;
pub mod reason;
pub mod request;
pub mod response;
pub mod typed;
pub mod uri;
pub mod uri_compare;
pub mod via;
pub mod write;

pub use cseq::CSeq;
pub use error::{FrameError, Malformed, ParseError};
pub use framer::{Frame, Framer};
pub use headers::Headers;
pub use host::Host;
pub use media_type::MediaType;
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::Params;
pub use parse::Message;
pub use reason::reason_phrase;
pub use request::Request;
pub use response::Response;
pub use typed::Contacts;
pub use uri::{Scheme, Uri};
pub use via::Via;
