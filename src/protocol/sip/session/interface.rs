//! What may happen to a session, and what it wants done.

use super::end::End;
use crate::protocol::sip::message::{NameAddr, Request, Response, Uri};
use crate::protocol::sip::transaction::ServerKey;

/// A request of one session, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ask(pub u32);

/// Why a request of ours has no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Timer B or F.
    Timeout,
    /// It could not be sent: why.
    Transport(String),
}

/// Something happened, or is wanted.
#[derive(Clone, Debug)]
pub enum Input {
    /// Send 180.
    Ring,
    /// Answer with this SDP.
    Accept(Vec<u8>),
    /// Refuse with this status.
    Reject(u16),
    /// End it, whichever way is right.
    End,
    /// Offer this SDP anew.
    Offer(Vec<u8>),
    /// Answer an offer, or offer where one was asked for.
    Answer(Vec<u8>),
    /// We have another Contact: the far side must hear of it.
    Moved,
    /// Refuse an offer with this status.
    RefuseOffer(u16),
    /// A response to a request of ours. `ask` is `None` where the transaction is gone.
    Response {
        /// To which.
        ask: Option<Ask>,
        /// What.
        response: Response,
    },
    /// A request of ours has no response.
    Failed {
        /// Which.
        ask: Ask,
        /// Why.
        why: Unanswered,
    },
    /// A request of ours was challenged, and what answers the challenge is not known yet.
    Challenged(Ask),
    /// A request of ours was challenged: send it again, credentials are added on its way.
    Again(Ask),
    /// A request came within the call.
    Request {
        /// To respond under.
        key: ServerKey,
        /// What.
        request: Request,
    },
    /// A CANCEL for the INVITE of this key has come.
    Cancelled(ServerKey),
    /// An ACK to a 2xx of ours.
    Ack(Request),
}

/// Something to be done, or to be known.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a request.
    Request {
        /// Its number.
        ask: Ask,
        /// What.
        request: Request,
        /// The next hop that the dialog says; `None` outside of one.
        next_hop: Option<Uri>,
    },
    /// Cancel an INVITE of ours, as soon as that is allowed.
    Cancel(Ask),
    /// Send an ACK to a 2xx.
    Acknowledge {
        /// What.
        request: Request,
        /// The next hop that the dialog says.
        next_hop: Uri,
    },
    /// Respond.
    Respond {
        /// To which.
        key: ServerKey,
        /// What.
        response: Response,
    },
    /// Somebody calls.
    Incoming {
        /// Who, as they say.
        from: NameAddr,
        /// SDP.
        offer: Option<Vec<u8>>,
    },
    /// The far side rings, or the like.
    Progress {
        /// 101 to 199.
        status: u16,
        /// As it came.
        reason: String,
        /// Which fork says so; empty for a peer of RFC 2543 that has no tag.
        tag: String,
        /// Its answer, which holds for early media.
        body: Option<Vec<u8>>,
    },
    /// Our INVITE goes out anew: what its forks have said so far no longer holds.
    Anew,
    /// Our call is answered.
    Answered(Option<Vec<u8>>),
    /// Our answer is acknowledged; SDP where our answer was an offer.
    Established(Option<Vec<u8>>),
    /// They offer anew, or (without SDP) ask for our offer.
    Offered(Option<Vec<u8>>),
    /// Our offer is answered.
    OfferAnswered(Vec<u8>),
    /// Our offer is refused, with this status.
    OfferRefused(u16),
    /// They pressed a key.
    Pressed(char),
    /// It is over.
    Ended(End),
}
