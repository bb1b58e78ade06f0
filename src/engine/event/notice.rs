//! What the user should know, outside any conversation.

use super::link::Problem;
use super::names::AccountName;

/// Something the user should know, outside any conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Whose account, if of one.
    pub account: Option<AccountName>,
    /// How much it matters.
    pub level: NoticeLevel,
    /// What happened, why, and what to do next.
    pub problem: Problem,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeLevel {
    /// Good to know.
    Info,
    /// Something does not work as it should.
    Warning,
    /// Something does not work.
    Error,
}
