//! What may happen to one account's chat: a closed enum. What it wants done are [`crate::engine::output::Output`]s.

use crate::engine::ask::{Answer, AskId};
use crate::engine::command::Attendance;
use crate::engine::event::{MessageKey, Show, Ticket};
use crate::engine::input::XmppIn;
use crate::machine::Stamp;

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatIn {
    /// The user wants to sign in.
    SignIn(Attendance),
    /// The user wants to sign out.
    SignOut,
    /// The user wants this sent.
    Send {
        /// A bare or full JID as typed.
        to: String,
        /// The text.
        body: String,
        /// Echoed in the event.
        ticket: Ticket,
    },
    /// The user wants this one sent once more, and knows that it may arrive twice.
    SendAgain {
        /// Which.
        message: MessageKey,
    },
    /// The user gives this one up.
    GiveUp {
        /// Which.
        message: MessageKey,
    },
    /// The user wants this shown of themselves.
    SetPresence {
        /// What is shown.
        show: Show,
        /// Text for people.
        status: String,
    },
    /// The user wants somebody in the roster, with this name in these groups.
    KeepContact {
        /// As typed.
        jid: String,
        /// Empty for none.
        name: String,
        /// Groups.
        groups: Vec<String>,
    },
    /// The user wants somebody out of the roster.
    RemoveContact {
        /// Bare JID.
        jid: String,
    },
    /// The user lets somebody see us.
    AllowSubscription {
        /// Bare JID.
        from: String,
    },
    /// The user does not.
    RefuseSubscription {
        /// Bare JID.
        from: String,
    },
    /// The user is writing, or has stopped.
    Typing {
        /// Bare JID.
        to: String,
        /// Is writing.
        typing: bool,
    },
    /// A question of ours is answered.
    Answered(AskId, Answer),
    /// On the XMPP link.
    Link(XmppIn),
    /// The wall clock was set, or the machine woke up: it says this now.
    WallClock(Stamp),
    /// Interfaces or routes have changed.
    NetworkChanged,
}
