//! Where a registration is.

use super::contact;
use super::keep_alive::KeepAlive;
use crate::machine::Moment;
use crate::protocol::sip::flow::Flow;
use crate::protocol::sip::message::{Request, Uri};
use std::net::SocketAddr;

/// The way to the registrar.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) flow: Flow,
    pub(super) to: SocketAddr,
    /// The user part of our Contact on it.
    pub(super) user: String,
    /// Our address as it is seen from outside.
    pub(super) public: SocketAddr,
    pub(super) keep: Option<KeepAlive>,
}

#[derive(Debug)]
pub(super) enum State {
    /// Nothing is wanted.
    Idle,
    /// A flow is awaited.
    NoFlow,
    /// A REGISTER is out.
    Asking(Asking),
    /// It was challenged, and the password is awaited.
    Locked(Asking),
    /// Registered.
    Bound { refresh: Moment },
    /// Something went wrong: again at this moment, or when there is a flow to another server than this.
    Waiting { until: Moment, server: Option<SocketAddr> },
    /// The password was refused: nothing without another one.
    Refused,
    /// Nothing without the user.
    Failed,
}

#[derive(Debug)]
pub(super) struct Asking {
    pub(super) attempt: u32,
    pub(super) purpose: Purpose,
    pub(super) request: Request,
    pub(super) tries: u8,
    pub(super) moves: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Add,
    /// The user wants it removed while it is being made.
    AddThenRemove,
    Remove,
    /// The user wants it back while it is being removed.
    RemoveThenAdd,
}

impl Purpose {
    /// Whether the request that is out removes the binding.
    pub(super) fn removes(self) -> bool {
        matches!(self, Purpose::Remove | Purpose::RemoveThenAdd)
    }

    /// Once the user wants it to be there.
    pub(super) fn wanted(self) -> Purpose {
        if self.removes() { Purpose::RemoveThenAdd } else { Purpose::Add }
    }

    /// Once the user wants it to be gone.
    pub(super) fn unwanted(self) -> Purpose {
        if self.removes() { Purpose::Remove } else { Purpose::AddThenRemove }
    }
}

impl Path {
    /// Our Contact on it.
    pub(super) fn contact(&self) -> Uri {
        contact::uri(&self.user, &self.flow, self.public)
    }
}
