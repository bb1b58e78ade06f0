//! What an answer means: that it can be read, that a password is wanted, or what is wrong, and whether another node may do
//! better.

use crate::engine::ask::Answer;
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::signin;
use crate::protocol::cisco::xml::Unreadable;
use crate::protocol::http::{Failure, Response};

/// What it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It can be read.
    Good(Response),
    /// A password is wanted, or another one.
    Unauthorized,
    /// What was asked for is not there.
    Missing,
    /// Another node may do better, or this one later.
    Passing(Problem),
    /// It will be so until somebody acts.
    Lasting(Problem),
}

const LATER: &str = "Try again in a while.";

/// What came cannot be read.
pub(super) fn unreadable(host: &str, why: &Unreadable) -> Problem {
    let what = format!("Directory: {host} answered, but {why}.");
    Problem::new(ProblemKind::Protocol, what, "Is there a page to log in to the network first?")
}

/// What the answer of this host means.
pub(super) fn judge(host: &str, answer: Answer) -> Judged {
    let Answer::SignIn(signin::Answer::Http { answer, certificate }) = answer else {
        return Judged::Lasting(Problem::local("Directory: the answer was to another question.", LATER));
    };
    let passing = |kind, what: String, next: &str| Judged::Passing(Problem::new(kind, what, next));
    let response = match answer {
        Ok(response) => response,
        Err(Failure::Untrusted(why)) => {
            let next = "Look at its certificate before you trust it.";
            let mut problem = Problem::new(ProblemKind::Untrusted, format!("Directory: {why}"), next);
            problem.certificate = certificate;
            return Judged::Lasting(problem);
        }
        Err(failure @ (Failure::Malformed(_) | Failure::TooLong)) => {
            return passing(ProblemKind::Protocol, format!("Directory: {host}: {failure}."), LATER);
        }
        Err(failure) => {
            let what = format!("Directory: {host} cannot be reached: {}.", failure.to_string().trim_end_matches('.'));
            return passing(ProblemKind::Unreachable, what, LATER);
        }
    };
    match response.status {
        200..=299 => Judged::Good(response),
        401 => Judged::Unauthorized,
        403 => {
            let what = format!("Directory: {host} does not give this out.");
            Judged::Lasting(Problem::new(ProblemKind::Refused, what, "Ask the administrator whether you may search it."))
        }
        404 | 410 => Judged::Missing,
        300..=399 => {
            let what = format!("Directory: {host} sends elsewhere ({}), which is not followed.", response.status);
            passing(ProblemKind::Protocol, what, "Is there a page to log in to the network first?")
        }
        400 => {
            let what = format!("Directory: {host} does not understand what was asked (400).");
            Judged::Lasting(Problem::new(ProblemKind::Protocol, what, "Search for other words."))
        }
        503 => passing(ProblemKind::Unreachable, format!("Directory: {host} is busy (503)."), LATER),
        status => passing(ProblemKind::Unreachable, format!("Directory: {host} answered {status}."), LATER),
    }
}
