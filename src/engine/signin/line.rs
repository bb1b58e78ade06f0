//! One source of the order in one round: whether it was asked, what it said so far, and the step that tells of it.

use super::found::Found;
use crate::engine::event::{Outcome, Source, Step, StepName};
use crate::machine::Moment;
use std::time::Duration;

/// The CAS answers within this time, or it has not.
pub(super) const CAS_DEADLINE: Duration = Duration::from_secs(3);
/// The DNS answers within this time, or it has not.
pub(super) const SRV_DEADLINE: Duration = Duration::from_secs(5);

/// What a source has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// Nothing yet.
    Pending,
    /// It was there.
    Found(Found, String),
    /// It definitely was not.
    Absent(String),
    /// It could not be had.
    Failed(String),
    /// It did not say anything in time.
    Timeout(String),
    /// It was not asked, or nobody waits for it.
    Skipped(String),
}

impl Finding {
    /// It was asked, and what it would say is not known.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self, Finding::Failed(_) | Finding::Timeout(_))
    }
}

/// One source.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) source: Source,
    pub(super) finding: Finding,
    /// Of whom and over what, where it was asked.
    pub(super) asked: Option<Asked>,
    /// From the question to the answer.
    pub(super) took: Duration,
}

/// A question that went out.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) at: Moment,
    pub(super) question: String,
    pub(super) server: String,
    pub(super) transport: String,
}

impl Line {
    /// One that was only looked up here, or left out.
    pub(super) fn known(source: Source, finding: Finding) -> Line {
        Line { source, finding, asked: None, took: Duration::ZERO }
    }

    /// One that is asked now.
    pub(super) fn asked(source: Source, asked: Asked) -> Line {
        Line { source, finding: Finding::Pending, asked: Some(asked), took: Duration::ZERO }
    }

    /// It has ended.
    pub(super) fn end(&mut self, now: Moment, finding: Finding) {
        self.took = self.asked.as_ref().map_or(Duration::ZERO, |asked| now - asked.at);
        self.finding = finding;
    }

    /// What is told of it.
    pub(super) fn step(&self) -> Step {
        let (outcome, answer) = match &self.finding {
            Finding::Pending => (Outcome::UnderWay, None),
            Finding::Found(_, answer) => (Outcome::Found, Some(answer)),
            Finding::Absent(answer) => (Outcome::Absent, Some(answer)),
            Finding::Failed(answer) => (Outcome::Failed, Some(answer)),
            Finding::Timeout(answer) => (Outcome::Timeout, Some(answer)),
            Finding::Skipped(answer) => (Outcome::Skipped, Some(answer)),
        };
        let asked = self.asked.as_ref();
        Step {
            name: StepName::Source(self.source),
            asked: asked.is_some(),
            question: asked.map(|asked| asked.question.clone()),
            server: asked.map(|asked| asked.server.clone()),
            transport: asked.map(|asked| asked.transport.clone()),
            answer: answer.cloned(),
            took: self.took,
            outcome,
        }
    }
}
