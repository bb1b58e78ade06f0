//! What a user agent wants done, or tells.

use super::failure::Failure;
use super::input::SessionId;
use crate::protocol::dns;
use crate::protocol::sip::flow::{FlowId, Transport};
use crate::protocol::sip::message::NameAddr;
use crate::protocol::sip::session::End;
use std::net::SocketAddr;
use std::time::Duration;

/// Something to be done, or to be known.
#[derive(Clone, Debug)]
pub enum Output {
    /// Open a flow. Answered by `Opened` or `Closed`.
    Open {
        /// The number that it gets.
        flow: FlowId,
        /// How.
        transport: Transport,
        /// To where.
        remote: SocketAddr,
        /// TLS: the host as it was named.
        host: String,
    },
    /// Send bytes; `to` counts on a datagram flow only.
    Send {
        /// On which flow.
        flow: FlowId,
        /// To where.
        to: SocketAddr,
        /// A whole message.
        bytes: Vec<u8>,
    },
    /// Close a flow once all is sent.
    Close {
        /// Which.
        flow: FlowId,
    },
    /// Ask the DNS.
    Resolve(dns::Question),
    /// The flow to the proxy is up.
    Ready {
        /// Our own address on it: where SDP may say that we are.
        local: SocketAddr,
        /// It is TLS.
        encrypted: bool,
    },
    /// The flow to the proxy is lost or could not be opened; it is tried again when it is needed.
    Unreachable {
        /// What happened.
        why: Failure,
        /// After how long it is tried again; `None` when nothing needs it.
        retry_in: Option<Duration>,
    },
    /// Our binding is with the registrar.
    Registered {
        /// Our address of record.
        address: String,
        /// For how long.
        expires: Duration,
    },
    /// Our binding is lost, or not made; it is tried again.
    RegistrationLost {
        /// What happened.
        why: Failure,
        /// After how long.
        retry_in: Duration,
    },
    /// Registering has failed and is not tried again.
    RegistrationFailed {
        /// What happened.
        why: Failure,
    },
    /// Our binding is gone, and the flows are closed.
    Unregistered,
    /// A password is wanted, once.
    PasswordWanted,
    /// Somebody calls.
    Incoming {
        /// Odd.
        session: SessionId,
        /// Who, as they say.
        from: NameAddr,
        /// SDP; without it they want our offer in `Accept`.
        offer: Option<Vec<u8>>,
    },
    /// The far side of our call rings, or the like (18x).
    Progress {
        /// Which.
        session: SessionId,
        /// 101 to 199.
        status: u16,
        /// For people.
        reason: String,
        /// Which fork says so; empty for a peer of RFC 2543 that has no tag.
        tag: String,
        /// SDP of early media.
        body: Option<Vec<u8>>,
    },
    /// Our call is tried anew, elsewhere or otherwise: what its forks have said so far no longer holds.
    Anew {
        /// Which.
        session: SessionId,
    },
    /// Our call is answered.
    Answered {
        /// Which.
        session: SessionId,
        /// SDP: the answer, or an offer (to be answered with `Answer`) where our call had none.
        body: Option<Vec<u8>>,
    },
    /// The far side has acknowledged our answer.
    Established {
        /// Which.
        session: SessionId,
        /// SDP: the answer to the offer in our `Accept`, where that was one.
        body: Option<Vec<u8>>,
    },
    /// The far side offers anew; `Answer` or `RefuseOffer` is awaited.
    Offered {
        /// Which.
        session: SessionId,
        /// SDP; without it they want our offer in `Answer`.
        body: Option<Vec<u8>>,
    },
    /// Our offer is answered.
    OfferAnswered {
        /// Which.
        session: SessionId,
        /// SDP.
        body: Vec<u8>,
    },
    /// Our offer is refused: the call goes on as it was.
    OfferRefused {
        /// Which.
        session: SessionId,
        /// 300 to 699; 503 where it could not be sent.
        status: u16,
    },
    /// The far side pressed a key by INFO (`application/dtmf-relay`).
    Pressed {
        /// Which.
        session: SessionId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        key: char,
    },
    /// The call is over, on the wire too. Told once for every call that began.
    Ended {
        /// Which.
        session: SessionId,
        /// How.
        end: End,
    },
    /// Messages wait in a mailbox (RFC 3842 §5.2).
    MessageWaiting {
        /// `application/simple-message-summary`.
        body: Vec<u8>,
    },
}
