//! What a user agent is told when it is made: one account's phone side.

use crate::protocol::sip::flow::FlowId;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::registration::Device;

/// The phone side of one account.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address of record, as in `sip:alice@example.test`.
    pub address: Uri,
    /// Where every request goes first: the first that answers, in this order. Where there is none, to the servers of the
    /// address's domain (RFC 3263).
    pub proxies: Vec<Uri>,
    /// Whom the password is for, where it is not the user of the address (`authName` of a device).
    pub digest_user: Option<String>,
    /// What we are to a Communications Manager; none for a registrar of open standards.
    pub device: Option<Device>,
    /// Whether UDP and TCP without TLS may be used.
    pub allow_cleartext: bool,
    /// `urn:uuid:…`, the same in every run of this process's account (RFC 5626 §4.1).
    pub instance: String,
    /// For the User-Agent header, as in `offhook/0.1.0`.
    pub product: String,
    /// What we call ourselves in From.
    pub display_name: Option<String>,
    /// The number of its first flow; the others follow. No two user agents may come to the same numbers.
    pub first_flow: FlowId,
}
