//! Who may say this: every stanza that comes is judged before anybody believes it, and comes out as one of a closed list
//! of meanings or as a refusal with its reason (attacks A1–A12).

mod admit;
mod meaning;
#[cfg(test)]
mod tests;

pub use admit::{Refused, admit};
pub use meaning::{Available, Kept, Meaning, Refusal, Said, SubscriptionChange};
