//! What may happen to a user agent.

use crate::machine::Secret;
use crate::protocol::dns;
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::message::Uri;
use std::net::SocketAddr;

/// A call of this user agent. Outgoing ones are numbered by whoever asks for them, evenly; incoming ones by the user
/// agent, oddly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// Something happened, or is wanted.
#[derive(Clone, Debug)]
pub enum Input {
    /// Open the flow to the proxy without registering; answered by `Ready` when it is up.
    Connect,
    /// The password, after `PasswordWanted` or before.
    Password(Secret),
    /// There is no password: what waited for it fails as it was refused.
    NoPassword,
    /// Register, and stay registered.
    Register,
    /// End every call, remove our binding, close the flows.
    Unregister,
    /// A flow is open.
    Opened(Flow),
    /// A flow could not be opened, or has closed.
    Closed {
        /// Which.
        flow: FlowId,
        /// Why, for people.
        why: String,
    },
    /// Bytes: for UDP one datagram, for streams whatever came.
    Received {
        /// On which flow.
        flow: FlowId,
        /// From where.
        from: SocketAddr,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The DNS has answered.
    Resolved(dns::Question, dns::Answer),
    /// Call somebody. Opens the flow by itself where it is not up.
    Invite {
        /// Even.
        session: SessionId,
        /// Whom.
        target: Uri,
        /// SDP; without it the far side offers in its answer.
        offer: Option<Vec<u8>>,
    },
    /// Tell the caller that we ring (180).
    Ring {
        /// Which incoming call.
        session: SessionId,
    },
    /// Answer an incoming call (200).
    Accept {
        /// Which.
        session: SessionId,
        /// SDP: the answer, or our offer where there was none.
        body: Vec<u8>,
    },
    /// Refuse an incoming call.
    Reject {
        /// Which.
        session: SessionId,
        /// 400 to 699.
        status: u16,
    },
    /// End a call: CANCEL, BYE or a refusal, whichever is right.
    End {
        /// Which.
        session: SessionId,
    },
    /// Offer anew in a call that is up (re-INVITE).
    Offer {
        /// Which.
        session: SessionId,
        /// SDP.
        body: Vec<u8>,
    },
    /// Answer an offer that came, or offer where one was asked for.
    Answer {
        /// Which.
        session: SessionId,
        /// SDP.
        body: Vec<u8>,
    },
    /// Refuse an offer that came; the call goes on as it was, unless the offer came in the answer to our call.
    RefuseOffer {
        /// Which.
        session: SessionId,
        /// 488, as a rule.
        status: u16,
    },
    /// Interfaces or routes have changed: flows may be dead without saying so.
    NetworkChanged,
}
