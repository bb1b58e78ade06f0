//! Editing text by grapheme cluster: the message that is being written, and the fields of forms and pickers.
//!
//! Keys have been turned into actions before; what is typed or pasted comes as text. It knows columns, and nothing of
//! colours or of what the text is for.

pub mod clean;
pub mod field;
pub mod history;
pub mod lines;
pub mod motion;
pub mod outcome;
pub mod rows;

pub use field::{Field, FieldLayout};
pub use lines::{Editor, Layout};
pub use outcome::{Outcome, TooLong};
