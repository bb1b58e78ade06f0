//! Where a session is, as data: one variant at a time.

use super::end::End;
use super::interface::Ask;
use super::redirects::Redirects;
use super::session_timer::SessionTimer;
use crate::machine::Moment;
use crate::protocol::sip::dialog::Dialog;
use crate::protocol::sip::message::{Request, Response};
use crate::protocol::sip::transaction::ServerKey;
use crate::protocol::sip::transaction::timers::Resend;

/// Where a session is.
#[derive(Debug)]
pub enum Stage {
    /// Our INVITE is out.
    Calling(Calling),
    /// Their INVITE is in.
    Ringing(Ringing),
    /// A 2xx has been sent or received.
    Talking(Box<Talking>),
    /// It is ending or over; what is late is still answered.
    Leaving(Leaving),
}

/// Our INVITE has no final response yet.
#[derive(Debug)]
pub struct Calling {
    /// The INVITE.
    pub ask: Ask,
    /// It waits for credentials, and no transaction is alive.
    pub challenged: bool,
    /// Dialogs made by 1xx.
    pub early: Vec<Early>,
    /// Where else to try.
    pub redirects: Redirects,
    /// When we have rung for long enough.
    pub give_up: Moment,
}

/// A dialog made by a 1xx to our INVITE: there are several where it forked (RFC 3261 §13.2.2.4).
#[derive(Debug)]
pub struct Early {
    /// The dialog.
    pub dialog: Dialog,
    /// The SDP that came last in it.
    pub said: Option<Vec<u8>>,
}

/// Their INVITE has no final response yet.
#[derive(Debug)]
pub struct Ringing {
    /// The INVITE.
    pub key: ServerKey,
    /// What came.
    pub invite: Request,
    /// Early.
    pub dialog: Dialog,
    /// When 180 is due again, so that no proxy on the way loses patience (RFC 3261 §13.3.1.1).
    pub again: Option<Moment>,
    /// When it has rung for long enough.
    pub give_up: Moment,
}

/// The call is up.
#[derive(Debug)]
pub struct Talking {
    /// Confirmed.
    pub dialog: Dialog,
    /// Whose offer is on its way.
    pub exchange: Exchange,
    /// An offer of ours that waits for its turn.
    pub wanted: Option<Wanted>,
    /// When the session is to be refreshed, as soon as its turn has come.
    pub renew: Option<Moment>,
    /// A 2xx of ours to an INVITE that is not acknowledged yet.
    pub answer: Option<Answer>,
    /// RFC 4028.
    pub timer: Option<SessionTimer>,
    /// The SDP that we sent last.
    pub sent: Option<Vec<u8>>,
    /// The SDP that came last.
    pub heard: Option<Vec<u8>>,
    /// The far side takes UPDATE.
    pub updates: bool,
    /// We called: we own the Call-ID (RFC 3261 §14.1).
    pub caller: bool,
}

/// Whose offer is on its way (RFC 3264 §4: never two at once).
#[derive(Debug)]
pub enum Exchange {
    /// Nobody's.
    Idle,
    /// Ours, in a re-INVITE; or a refresh.
    Ours {
        /// The request's number.
        ask: Ask,
        /// The request.
        request: Request,
        /// It only refreshes the session.
        refresh: bool,
        /// It has met an offer of theirs so often (491).
        met: u8,
    },
    /// Theirs, in a re-INVITE or UPDATE; or a re-INVITE that asks for our offer.
    Theirs {
        /// To respond under.
        key: ServerKey,
        /// The request.
        request: Request,
    },
    /// Ours, in our 2xx; their ACK answers it.
    Promised,
    /// Theirs, in the 2xx to our INVITE of this number; our ACK answers it.
    Owed {
        /// CSeq number.
        cseq: u32,
    },
}

/// An offer of ours that waits.
#[derive(Debug)]
pub struct Wanted {
    /// SDP.
    pub body: Vec<u8>,
    /// Not before this (RFC 3261 §14.1, after 491).
    pub from: Moment,
    /// It has met an offer of theirs so often.
    pub met: u8,
}

/// A 2xx of ours that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
#[derive(Debug)]
pub struct Answer {
    /// The INVITE.
    pub key: ServerKey,
    /// Its CSeq number.
    pub cseq: u32,
    /// It answered the INVITE that began the call.
    pub first: bool,
    /// What is repeated.
    pub response: Response,
    /// When.
    pub resend: Resend,
    /// When it is given up.
    pub give_up: Moment,
}

/// Ending, or over.
#[derive(Debug)]
pub struct Leaving {
    /// How; `None` once it is told.
    pub end: Option<End>,
    /// The BYE, or the INVITE that is being cancelled: when it has its final response, the end is told.
    pub ask: Option<Ask>,
    /// When the end is told in any case.
    pub patience: Moment,
    /// Until when what is late is still answered; `None` when that is over.
    pub until: Option<Moment>,
    /// The dialog, where there was one.
    pub dialog: Option<Dialog>,
    /// A 2xx of ours whose ACK must come before our BYE may go (RFC 3261 §15).
    pub owed: Option<Answer>,
}
