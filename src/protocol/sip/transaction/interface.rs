//! What the transaction layer hears and says: closed enums, below everything else in this folder.

use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::message::{Message, Request, Response};
use std::net::SocketAddr;

/// The user's number for a request that it sends. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub u64);

/// The layer's number for a request that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerKey(pub u64);

/// Why a request has no final response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// None came in 64·T1: timer B or F, or the wait after a CANCEL (RFC 3261 §9.1). To be treated as 408.
    Timeout,
    /// Its flow failed, or too many transactions are alive. To be treated as 503.
    Transport,
}

/// Something happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A message came from the wire.
    Received {
        /// By which flow.
        flow: Flow,
        /// From where: the peer itself on a datagram flow.
        from: SocketAddr,
        /// The message.
        message: Message,
    },
    /// Send this and tell its one end. A Via with a fresh branch and `rport` (RFC 3581) is put on top here. Not for ACK
    /// and CANCEL.
    Request {
        /// Names it from now on.
        key: ClientKey,
        /// By which flow.
        flow: Flow,
        /// To where; counts on a datagram flow only.
        to: SocketAddr,
        /// Without Via.
        request: Request,
    },
    /// Answer a request. Responses to what is over change nothing.
    Respond {
        /// Which.
        key: ServerKey,
        /// As [`Response::to`] makes it, with the Via of the request as the layer gave it.
        response: Response,
    },
    /// Send the ACK to a 2xx: a transaction of its own that has no end to tell (RFC 3261 §13.2.2.4).
    Acknowledge {
        /// By which flow.
        flow: Flow,
        /// To where.
        to: SocketAddr,
        /// Without Via.
        request: Request,
    },
    /// A flow has closed or could not be opened.
    FlowFailed {
        /// Which.
        flow: FlowId,
    },
    /// Cancel an INVITE of ours. The CANCEL is held back until a 1xx has come, and forgotten if a final response comes
    /// (RFC 3261 §9.1); in either case the INVITE's own end is still told.
    Cancel {
        /// Which.
        key: ClientKey,
    },
}

/// Something to be done, or to be known.
#[derive(Clone, Debug)]
pub enum Output {
    /// To the wire.
    Send {
        /// By which flow.
        flow: FlowId,
        /// To where; counts on a datagram flow only.
        to: SocketAddr,
        /// A whole message.
        bytes: Vec<u8>,
    },
    /// A request came: it is told once, and answered with [`Input::Respond`]. Never ACK or CANCEL. Merged requests
    /// (RFC 3261 §8.2.2.2) are the user's to refuse.
    Request {
        /// Names it from now on.
        key: ServerKey,
        /// By which flow.
        flow: Flow,
        /// From where.
        from: SocketAddr,
        /// With `received` and `rport` in its top Via.
        request: Request,
    },
    /// A CANCEL came for an INVITE that has no final response; it has its 200 already. The user answers the INVITE with 487.
    Cancelled {
        /// The INVITE.
        key: ServerKey,
    },
    /// An ACK came that ends no transaction here: to a 2xx, or to nothing we know.
    Ack {
        /// By which flow.
        flow: Flow,
        /// From where.
        from: SocketAddr,
        /// The ACK.
        request: Request,
    },
    /// A response to a request of ours: any number of 1xx, then one final one; for an INVITE any number of 2xx, as
    /// forks and retransmissions bring them.
    Response {
        /// Which.
        key: ClientKey,
        /// The response.
        response: Response,
    },
    /// A 2xx to an INVITE that we no longer know: late, or of a former run.
    Stray {
        /// By which flow.
        flow: Flow,
        /// The response.
        response: Response,
    },
    /// A request of ours has ended without a final response.
    Failed {
        /// Which.
        key: ClientKey,
        /// Why.
        why: Failure,
    },
    /// Our refusal of an INVITE was never acknowledged (timer H).
    Unacknowledged {
        /// Which.
        key: ServerKey,
    },
}
