//! TLS for XMPP and SIP: which certificates are trusted for which names, and what the user is told when one is not.

pub mod certificate;
pub mod connect;
pub mod fingerprint;
pub mod names;
pub mod roots;
pub mod trust;
pub mod verifier;

pub use connect::{Alpn, TlsSettings, connect_tls, install_provider};
pub use fingerprint::Fingerprint;
pub use roots::Roots;
pub use trust::{Lifetime, Pin, Trust};
