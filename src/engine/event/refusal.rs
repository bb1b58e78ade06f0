//! Why something that the user typed was not taken.

use super::link::Problem;

/// Why it was not taken, and where the mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, by the name that the command line has for it, as in `sip-proxy`; none where it is not in what was typed.
    pub key: Option<&'static str>,
    /// What is wrong with it, and the right form.
    pub problem: Problem,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal { key: None, problem }
    }
}
