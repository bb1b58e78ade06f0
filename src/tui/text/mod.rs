//! The text ground: everything that is drawn passes here, so that no letter can pass the columns it was given.
//!
//! What comes in may be anything that a person or a stranger wrote; what goes out is [`drawable`], and as wide as
//! [`width`] says. It knows columns and nothing of colours, keys or places.

pub mod bidi;
pub mod columns;
pub mod drawable;
pub mod fit;
pub mod host;
pub mod level;
pub mod link;
pub mod time;
pub mod wrap;

pub use bidi::{is_right_to_left, isolate};
pub use columns::{clusters, width};
pub use drawable::drawable;
pub use fit::{CUT, fit, fit_left, pad, pad_left};
pub use level::{level, level_plain};
pub use link::{Link, links};
pub use time::{clock, clock_with_seconds, day, day_word, length, same_day, when};
pub use wrap::wrap;
