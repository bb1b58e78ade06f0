//! What an answer of Unity Connection means: that it can be read, or what is wrong, and whether it may be tried again.

use crate::engine::ask::Answer;
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::signin::{self, Server};
use crate::machine::visible_line;
use crate::protocol::cisco::connection::Refusal;
use crate::protocol::cisco::xml::Unreadable;
use crate::protocol::http::{Failure, Response};

/// Letters of what a server says for people.
const LETTERS: usize = 200;

/// What to do where nothing answers, where something else does, and where the server is in trouble.
const NETWORK: &str = "Check the network, and whether the server is up.";
const PORTAL: &str = "Is there a page to log in to the network first?";
const ADMINISTRATOR: &str = "If it lasts, tell the administrator of the server.";

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) kind: TroubleKind,
    pub(super) problem: Problem,
}

/// What follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TroubleKind {
    /// The server may answer better later, or another one now.
    Passing,
    /// It will not, until the user or the administrator acts.
    Lasting,
    /// What was asked for is not there.
    Missing,
    /// What was asked for is not given out.
    Forbidden,
}

impl Trouble {
    /// What came cannot be read.
    pub(super) fn unreadable(server: &Server, why: &Unreadable) -> Trouble {
        let what = format!("Voicemail: {} answered, but {why}.", server.host);
        passing(ProblemKind::Protocol, what, PORTAL)
    }
}

fn passing(kind: ProblemKind, what: String, next: &str) -> Trouble {
    Trouble { kind: TroubleKind::Passing, problem: Problem::new(kind, what, next) }
}

/// The response where it is a good one.
pub(super) fn judge(server: &Server, answer: Answer) -> Result<Response, Trouble> {
    let host = &server.host;
    let Answer::SignIn(signin::Answer::Http { answer, certificate }) = answer else {
        return Err(passing(ProblemKind::Local, "Voicemail: the answer was to another question.".into(), ""));
    };
    let response = match answer {
        Ok(response) => response,
        Err(Failure::Untrusted(why)) => {
            let next = "Look at its certificate before you trust it.";
            let mut problem = Problem::new(
                ProblemKind::Untrusted,
                format!("Voicemail: {host} is not trusted: {}.", why.trim_end_matches('.')),
                next,
            );
            problem.certificate = certificate;
            return Err(Trouble { kind: TroubleKind::Lasting, problem });
        }
        Err(failure @ (Failure::Malformed(_) | Failure::TooLong)) => {
            return Err(passing(ProblemKind::Protocol, format!("Voicemail: {host}: {failure}."), PORTAL));
        }
        Err(failure) => {
            let what = format!("Voicemail: {host} cannot be reached: {}.", failure.to_string().trim_end_matches('.'));
            return Err(passing(ProblemKind::Unreachable, what, NETWORK));
        }
    };
    let says = || match Refusal::parse(&response.body).and_then(|refusal| refusal.message.or(refusal.code)) {
        Some(says) => format!(", “{}”", visible_line(&says.chars().take(LETTERS).collect::<String>())),
        None => String::new(),
    };
    let of =
        |kind, problem_kind, what: String, next: &str| Err(Trouble { kind, problem: Problem::new(problem_kind, what, next) });
    match response.status {
        200..=299 => Ok(response),
        401 => {
            let what = format!("Voicemail: {host} does not take your user name and password{}.", says());
            // They are those of the sign-in, which was accepted with them: nothing is forgotten.
            let next = "Ask the administrator for whom this mailbox is, and whose password it takes.";
            of(TroubleKind::Lasting, ProblemKind::Refused, what, next)
        }
        403 => {
            let what = format!("Voicemail: {host} does not give this out{}.", says());
            of(TroubleKind::Forbidden, ProblemKind::Refused, what, "Secure messages are heard by telephone.")
        }
        404 | 410 => {
            let what = format!("Voicemail: {host} has no such thing{}.", says());
            of(TroubleKind::Missing, ProblemKind::Refused, what, "Somebody may have removed it elsewhere: read the list again.")
        }
        300..=399 => {
            let what = format!("Voicemail: {host} sends elsewhere ({}), which is not followed.", response.status);
            of(TroubleKind::Passing, ProblemKind::Protocol, what, PORTAL)
        }
        status => {
            let what = format!("Voicemail: {host} answered {status}{}.", says());
            of(TroubleKind::Passing, ProblemKind::Unreachable, what, ADMINISTRATOR)
        }
    }
}
