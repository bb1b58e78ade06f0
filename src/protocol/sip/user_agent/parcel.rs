//! A request on its way out, as data: whose it is, where it goes, and for what it waits.

use super::input::SessionId;
use crate::machine::Moment;
use crate::protocol::sip::flow::FlowId;
use crate::protocol::sip::locate::Locate;
use crate::protocol::sip::message::{Request, Uri};
use crate::protocol::sip::session::Ask;

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A call's.
    Session(SessionId, Ask),
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// To our server.
    Server,
    /// To this URI.
    Hop(Uri),
}

/// A request, before it is dressed for a flow.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    /// `None`: the ACK to a 2xx, of which nothing more is heard.
    pub(super) owner: Option<Owner>,
    pub(super) request: Request,
    pub(super) way: Way,
    /// Sent so often.
    pub(super) tries: u8,
    /// It is too large for a datagram, and nobody takes it by stream.
    pub(super) datagram_anyway: bool,
}

/// A request that is with the transaction layer.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) parcel: Parcel,
    /// As it went out.
    pub(super) request: Request,
    pub(super) flow: FlowId,
    /// A 1xx has come.
    pub(super) progressed: bool,
    /// It went to our server, and may carry an answer made from the password.
    pub(super) trusted: bool,
}

/// A request that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) parcel: Parcel,
    pub(super) until: Moment,
    pub(super) on: Wait,
}

/// For what a request waits.
#[derive(Debug)]
pub(super) enum Wait {
    /// For the flow to our server.
    Server,
    /// For a flow beside it.
    Side(FlowId),
    /// For the DNS.
    Lookup(Box<Locate>),
}
