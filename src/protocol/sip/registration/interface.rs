//! What a registration hears and says: closed enums.

use super::back_off::BackOff;
use crate::machine::{RemoteText, Secret};
use crate::protocol::sip::digest::Refused;
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::message::{Request, Response, Uri};
use crate::protocol::sip::transaction::Failure;
use std::net::SocketAddr;
use std::time::Duration;

/// What is registered, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address of record, as in `sip:alice@example.test`. Its host is the registrar's domain.
    pub address: Uri,
    /// What we call ourselves in From and To.
    pub display_name: Option<String>,
    /// The user name for the password; as a rule the user of the address.
    pub user: String,
    /// `urn:uuid:…` (RFC 5626 §4.1). Two processes of one account have two, or they would take each other's binding.
    pub instance: String,
    /// What we are to a Communications Manager.
    pub device: Option<Device>,
    /// An outbound proxy that every request passes, as a Route.
    pub route: Option<Uri>,
    /// For how long we ask: 600 s, so that a process that was killed is not called for long.
    pub expires: Duration,
    /// How long to wait after failures.
    pub back_off: BackOff,
}

/// A phone as a Communications Manager knows it (fact sheet, section 12.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// As in `CSFANA`.
    pub name: String,
    /// The number of its model, as in 503.
    pub model: u32,
    /// The user part of its Contact, which its configuration file gives; its directory number where that gives none.
    pub contact: String,
}

impl Settings {
    /// The usual settings for `address`.
    #[must_use]
    pub fn new(address: Uri, instance: String) -> Settings {
        let user = address.user_text().unwrap_or_default();
        let (expires, back_off) = (Duration::from_secs(600), BackOff::default());
        Settings { address, display_name: None, user, instance, device: None, route: None, expires, back_off }
    }
}

/// Something happened, or is wanted.
#[derive(Clone, Debug)]
pub enum Input {
    /// Be registered from now on. Ends a wait, and is the user's act after a refusal.
    Register,
    /// Remove the binding. Answered by [`Status::Unregistered`].
    Unregister,
    /// The password, after [`Output::PasswordWanted`] or before.
    Password(Secret),
    /// There is none.
    NoPassword,
    /// The flow to the registrar's side is open; it takes the place of a former one.
    FlowUp {
        /// Which.
        flow: Flow,
        /// The server's address on it.
        to: SocketAddr,
    },
    /// A flow is lost, or could not be opened.
    FlowDown {
        /// Which.
        flow: FlowId,
    },
    /// A response to a REGISTER.
    Response {
        /// Of [`Output::Request`].
        attempt: u32,
        /// The response.
        response: Response,
    },
    /// A REGISTER has ended without a final response.
    Failed {
        /// Of [`Output::Request`].
        attempt: u32,
        /// Why.
        why: Failure,
    },
    /// The answer to a keep-alive came by this flow.
    Pong {
        /// Which.
        flow: FlowId,
    },
}

/// Something to be done, or to be known.
#[derive(Clone, Debug)]
pub enum Output {
    /// Send a REGISTER through the transaction layer.
    Request {
        /// Joins what comes of it to it: the number of its CSeq.
        attempt: u32,
        /// By which flow.
        flow: Flow,
        /// To where.
        to: SocketAddr,
        /// Without Via.
        request: Request,
    },
    /// Send these bytes as they are: a keep-alive.
    Send {
        /// By which flow.
        flow: FlowId,
        /// To where.
        to: SocketAddr,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A flow is wanted. Answered by `FlowUp` or `FlowDown`.
    OpenFlow,
    /// This flow is dead, or the server behind it does not serve us: open another one, to the next server where there is
    /// one. A new flow to another address is registered on at once, one to the same address when the wait is over.
    Abandon {
        /// Which.
        flow: FlowId,
    },
    /// A password is wanted, once.
    PasswordWanted,
    /// The state of the binding has changed.
    Changed(Status),
}

/// The state of the binding, for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is being made.
    Registering,
    /// It is with the registrar.
    Registered {
        /// The Contact, which belongs into our dialogs too.
        contact: Uri,
        /// For how long it was granted.
        expires: Duration,
    },
    /// It is not there; it will be made anew without the user.
    Waiting {
        /// What happened.
        why: Trouble,
        /// After how long at most.
        retry_in: Duration,
    },
    /// It is not there, and will not be until the user acts.
    Failed(Trouble),
    /// It is removed, as wanted.
    Unregistered,
}

/// Why there is no binding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The flow was lost, or could not be opened.
    #[error("the link to the server was lost")]
    FlowLost,
    /// Timer F.
    #[error("the server did not answer in time")]
    Silent,
    /// The server no longer answers keep-alives.
    #[error("the server no longer answers on this link")]
    NoPong,
    /// The password, or the proof that the server wants of it.
    #[error("{0}")]
    Refused(Refused),
    /// The server wants a password, and there is none.
    #[error("the server wants a password, and there is none")]
    NoPassword,
    /// Another answer than yes.
    #[error("the server answered {status} {reason}")]
    Answered {
        /// 300 to 699.
        status: u16,
        /// Its words.
        reason: RemoteText,
    },
    /// It said yes, but our binding is not among those that it has.
    #[error("the server did not keep the registration")]
    NotKept,
}
