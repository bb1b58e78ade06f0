//! What comes of an action or of an insertion.

/// What an editor made of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was its own.
    Done,
    /// It is none that edits, or there is no line further up or down: others may use it.
    Ignored,
}

/// What was to be put in does not fit; nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too long: at most {most} bytes fit here, nothing was put in; shorten it")]
pub struct TooLong {
    /// What fits, in bytes of UTF-8.
    pub most: usize,
}
