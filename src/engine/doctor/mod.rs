//! What `offhook doctor` makes of what it was shown: facts in, findings out. It refuses to know how the facts were gathered.

pub mod clock;
pub mod finding;
pub mod folders;
pub mod names;
pub mod passwords;
pub mod servers;
pub mod sound;
pub mod terminal;

pub use finding::{Finding, Part, Verdict};
