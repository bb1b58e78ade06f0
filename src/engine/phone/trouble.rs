//! What goes wrong with a registration, as a problem: what happened, why, and what to do next.

use crate::engine::event::{AccountName, Problem, ProblemKind};
use crate::machine::visible_line;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::user_agent::Failure;

/// A user agent's failure in the user's words.
#[must_use]
pub fn problem(account: &AccountName, own: &Uri, failure: &Failure) -> Problem {
    let domain = &own.host;
    match failure {
        Failure::NoServer(why) => Problem::new(
            ProblemKind::Unreachable,
            format!("No SIP server was found for {domain}: {}.", visible_line(why).trim_end_matches('.')),
            format!(
                "Check the domain, or add the account {account} anew and name its server (--sip-proxy 'sip:HOST:PORT;transport=tls')."
            ),
        ),
        Failure::Unreachable(why) => Problem::new(
            ProblemKind::Unreachable,
            format!("The SIP server of {domain} cannot be reached: {}.", visible_line(why)),
            "It is tried again while offhook runs; check the network and the proxy's address.",
        ),
        Failure::Timeout => Problem::new(
            ProblemKind::Unreachable,
            format!("The SIP server of {domain} did not answer within 32 s."),
            "It is tried again while offhook runs; check its address, port and transport.",
        ),
        Failure::Password => Problem::new(
            ProblemKind::Password,
            format!("The SIP server refused the password of {own}."),
            "It is not tried again. Correct the password command or the keyring's entry, then sign in again.",
        ),
        Failure::Clear => Problem::new(
            ProblemKind::Clear,
            format!("The SIP server of {domain} can only be reached in clear, which account {account} does not allow."),
            "Use a TLS proxy ('…;transport=tls'), or add the account anew and allow calls in clear (--allow-cleartext).",
        ),
        Failure::Refused { status, reason } => Problem::new(
            ProblemKind::Protocol,
            format!("The SIP server refused to register {own}: {status} {}.", visible_line(reason)),
            "Check the address with the server's administrator.",
        ),
    }
}

/// There is no password to sign in with; `why` is whole sentences, with what to do.
#[must_use]
pub fn no_password(why: &str) -> Problem {
    Problem::new(ProblemKind::Refused, visible_line(why), "")
}
