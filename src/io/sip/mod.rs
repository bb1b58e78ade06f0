//! SIP on the wire: flows over UDP, TCP and TLS. Bytes only: what they mean is not known here.

pub mod transport;

pub use transport::SipTransport;
