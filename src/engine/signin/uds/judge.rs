//! What an answer means: the value that was asked for, or a fault, with what happened and what to do.

use crate::engine::event::{Outcome, Problem, ProblemKind};
use crate::engine::signin::{Answer, Server};
use crate::machine::visible_line;
use crate::protocol::cisco::Unreadable;
use crate::protocol::http::{Failure, Response};

/// Text of others in our sentences is cut after so many characters.
const SHOWN: usize = 160;
/// Sentences of our own hold such text, and what matters most may stand at their end.
const SAID: usize = 600;

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it means for what is done next.
    pub kind: FaultKind,
    /// For people.
    pub problem: Problem,
}

/// What a fault means for what is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It definitely is not there.
    Absent,
    /// The password was refused.
    Password,
    /// No answer in time.
    Timeout,
    /// Anything else; another server may do better.
    Failed,
}

impl Fault {
    /// How a step with this fault ended.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        match self.kind {
            FaultKind::Absent => Outcome::Absent,
            FaultKind::Timeout => Outcome::Timeout,
            FaultKind::Password | FaultKind::Failed => Outcome::Failed,
        }
    }
}

/// How a value is read.
pub type Parse<T> = fn(&[u8]) -> Result<T, Unreadable>;

/// Text of others for one line of ours, cut where it is long.
#[must_use]
pub fn shown(text: &str) -> String {
    cut(text, SHOWN)
}

fn cut(text: &str, most: usize) -> String {
    let line = visible_line(text);
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// What `answer` means, which `server` gave when asked for `what`, as in `the list of devices`.
///
/// # Errors
/// The fault.
pub fn judge<T>(server: &Server, what: &str, answer: Answer, parse: Parse<T>) -> Result<T, Fault> {
    let fault = |kind, problem, said: String, next: &str| Err(Fault { kind, problem: Problem::new(problem, said, next) });
    let failed = |problem, said, next| fault(FaultKind::Failed, problem, said, next);
    let body = match answer {
        Answer::Dns(_) => return failed(ProblemKind::Local, format!("The answer for {what} is no answer to it."), ""),
        Answer::Tftp(Ok(bytes)) => bytes,
        Answer::Tftp(Err(why)) => {
            return failed(
                ProblemKind::Unreachable,
                format!("{server} did not give {what} over TFTP: {}.", shown(&why)),
                NETWORK,
            );
        }
        Answer::Http { answer: Err(why), certificate } => {
            let mut failure = failure(server, what, &why);
            if let Some(certificate) = &certificate {
                // Its names are among the facts that the user decides on: a sentence with all of them says nothing.
                failure.problem.what =
                    format!("{server} showed a certificate that is not trusted: {}.", bare(&certificate.why));
            }
            failure.problem.certificate = certificate;
            return Err(failure);
        }
        Answer::Http { answer: Ok(response), .. } => match response.status {
            200 => response.body,
            401 => {
                return fault(
                    FaultKind::Password,
                    ProblemKind::Password,
                    format!("{server} refused the password."),
                    MEND_PASSWORD,
                );
            }
            403 => {
                return failed(ProblemKind::Refused, format!("{server} does not allow this user {what} (403)."), ADMINISTRATOR);
            }
            404 | 410 => {
                return fault(
                    FaultKind::Absent,
                    ProblemKind::Refused,
                    format!("{server} does not have {what}."),
                    ADMINISTRATOR,
                );
            }
            503 => return failed(ProblemKind::Unreachable, format!("{server} is too busy to give {what} (503)."), LATER),
            300..=399 => return failed(ProblemKind::Protocol, redirection(server, what, &response), MOVED),
            status => {
                return failed(
                    ProblemKind::Protocol,
                    format!("{server} answered {status} when asked for {what}."),
                    ADMINISTRATOR,
                );
            }
        },
    };
    parse(&body).or_else(|why| {
        let next = if why.found.contains("HTML") { PORTAL } else { ADMINISTRATOR };
        failed(ProblemKind::Protocol, format!("{server}: {}.", shown(&why.to_string())), next)
    })
}

const NETWORK: &str = "Check the network, and whether the server is up.";
const MEND_PASSWORD: &str = "Type it again. It is not sent a second time by itself, so that the account is not locked.";
const ADMINISTRATOR: &str = "If that is wrong, tell the administrator of the server.";
const LATER: &str = "Another server is tried where there is one; else try again in a few minutes.";
const MOVED: &str = "If the server has moved, the administrator must correct its SRV record or the service profile.";
const PORTAL: &str =
    "A proxy or the sign-in page of this network may stand in between: open a page in a browser, then sign in again.";
const TRUST: &str =
    "If you know this certificate, trust it. If you do not, somebody may stand in between: ask the administrator.";
const CLEAR: &str = "Allow it for this account with --allow-cleartext, or ask the administrator for TLS.";

fn failure(server: &Server, what: &str, why: &Failure) -> Fault {
    let (kind, problem, said, next) = match why {
        Failure::Timeout => (
            FaultKind::Timeout,
            ProblemKind::Unreachable,
            format!("{server} did not answer in time when asked for {what}."),
            NETWORK,
        ),
        Failure::Unreachable(why) => (
            FaultKind::Failed,
            ProblemKind::Unreachable,
            format!("{server} could not be reached for {what}: {}.", bare(why)),
            NETWORK,
        ),
        Failure::Untrusted(why) => {
            (FaultKind::Failed, ProblemKind::Untrusted, format!("{server} is not trusted for {what}: {}.", bare(why)), TRUST)
        }
        Failure::Clear => {
            (FaultKind::Failed, ProblemKind::Clear, format!("{what} from {server} would have come in clear."), CLEAR)
        }
        Failure::TooLong => {
            (FaultKind::Failed, ProblemKind::Protocol, format!("What {server} sent as {what} is too long."), ADMINISTRATOR)
        }
        Failure::Malformed(why) => (
            FaultKind::Failed,
            ProblemKind::Protocol,
            format!("What {server} sent as {what} is no HTTP: {}.", bare(why)),
            PORTAL,
        ),
    };
    Fault { kind, problem: Problem::new(problem, said, next) }
}

/// Without the full stop that the sentence around it brings.
fn bare(why: &str) -> String {
    cut(why.trim_end().trim_end_matches('.'), SAID)
}

fn redirection(server: &Server, what: &str, response: &Response) -> String {
    let to = response.header("Location").map_or_else(|| "nowhere".to_owned(), shown);
    format!("{server}, asked for {what}, points to {to}, which is not followed: a password could end up there.")
}
