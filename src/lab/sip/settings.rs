//! What a story may ask of a server, beside its faults.

use crate::protocol::sip::digest::Algorithm;
use crate::protocol::sip::message::Uri;
use std::time::Duration;

/// What a story may ask of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether it stays on the way of calls.
    pub record_route: bool,
    /// No binding is granted for longer.
    pub longest: Duration,
    /// No binding is granted for less.
    pub shortest: Duration,
    /// How long a nonce is good for.
    pub nonce_lifetime: Duration,
    /// What challenges ask for.
    pub algorithm: Algorithm,
    /// What Service-Route says (RFC 3608).
    pub service_route: Option<Uri>,
    /// Whether it speaks of RFC 5626, and answers pings on streams.
    pub outbound: bool,
    /// What Flow-Timer says.
    pub flow_timer: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            record_route: true,
            longest: Duration::from_secs(3600),
            shortest: Duration::from_secs(1),
            nonce_lifetime: Duration::from_secs(300),
            algorithm: Algorithm::MD5,
            service_route: None,
            outbound: false,
            flow_timer: Duration::from_secs(30),
        }
    }
}
