//! How a SIP ending is told to the user.

use crate::engine::event::CallEnd;
use crate::protocol::sip::session::End;

/// The ending in the user's words, and the reason as the far side or the network gave it.
#[must_use]
pub fn ending(end: &End) -> (CallEnd, String) {
    match end {
        End::Local => (CallEnd::Local, String::new()),
        End::Remote => (CallEnd::Remote, String::new()),
        End::Cancelled => (CallEnd::NoAnswer, "the caller gave up".into()),
        End::Rejected { status: 401 | 407, .. } => (CallEnd::Failed, "the SIP server refused the password".into()),
        End::Rejected { status, reason } => (rejected(*status), format!("{status} {reason}")),
        End::Timeout => (CallEnd::NoAnswer, "nobody answered at the far end (no response in 32 s)".into()),
        End::Transport(why) => (CallEnd::Failed, why.clone()),
        End::Unacknowledged => (CallEnd::Failed, "the far side never acknowledged our answer".into()),
    }
}

/// RFC 3261 §21, sorted by what it means to a caller.
fn rejected(status: u16) -> CallEnd {
    match status {
        486 | 600 => CallEnd::Busy,
        603 | 607 => CallEnd::Declined,
        408 | 480 | 487 => CallEnd::NoAnswer,
        _ => CallEnd::Failed,
    }
}
