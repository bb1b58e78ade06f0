//! Accounts and their links: what they are, whether they stand, and why not.

use super::certificate::Certificate;
use std::time::Duration;

/// What an account is, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `user@domain` that signs in; none where the servers are named by hand.
    pub address: Option<String>,
    /// Bare JID; none for a phone only.
    pub jid: Option<String>,
    /// SIP address of record; none for chat only.
    pub sip: Option<String>,
    /// `--allow-cleartext`
    pub allow_cleartext: bool,
}

/// The parts of an account that connect by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// What comes before the others in an account by address: who has which services is found out.
    SignIn,
    /// XMPP.
    Chat,
    /// SIP.
    Phone,
    /// A mailbox, where sign-in by address has found one.
    Voicemail,
}

/// What a service is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not signed in, and not trying.
    Offline,
    /// Looking for a server, connecting, authenticating.
    Connecting,
    /// The password is wanted of the user: there is none, or the server has refused the one there was.
    NeedsPassword {
        /// The account's address at this service.
        address: String,
        /// The server has refused the last one.
        refused: bool,
    },
    /// Signed in. For chat, as this full JID; for the phone, as this address of record.
    Online {
        /// Full JID or address of record.
        address: String,
    },
    /// The link is lost; it will be tried again without the user.
    Waiting {
        /// What happened.
        why: Problem,
        /// After how long.
        retry_in: Duration,
    },
    /// It will not be tried again until the user acts: refused password, untrusted certificate, no server.
    Failed(Problem),
}

/// A failure as a value: what happened, why, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind, for exit codes and tests.
    pub kind: ProblemKind,
    /// What happened and why, in a sentence.
    pub what: String,
    /// What to do next, in a sentence; for a command line, the command.
    pub next: String,
    /// For [`ProblemKind::Untrusted`]: what the server has shown, for the user to decide on.
    pub certificate: Option<Box<Certificate>>,
}

impl Problem {
    /// A failure of `kind`: what happened, and what to do next.
    #[must_use]
    pub fn new(kind: ProblemKind, what: impl Into<String>, next: impl Into<String>) -> Problem {
        Problem { kind, what: what.into(), next: next.into(), certificate: None }
    }

    /// A failure of our own disk, devices or settings.
    #[must_use]
    pub fn local(what: impl Into<String>, next: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Local, what, next)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.what)?;
        if !self.next.is_empty() {
            write!(out, " {}", self.next)?;
        }
        Ok(())
    }
}

/// The kinds of failure that programs tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// No server was found, or none could be reached.
    Unreachable,
    /// The certificate is not trusted for this name.
    Untrusted,
    /// The server refused the password.
    Password,
    /// The server refused the account, or offers no way to sign in that is allowed.
    Refused,
    /// It would have gone in clear, and that is not allowed for this account.
    Clear,
    /// The other side broke the protocol, or refused for another reason.
    Protocol,
    /// Our own disk, devices or settings.
    Local,
}
