//! The terminal as bytes: how it is entered, left and repaired, and how frames become the fewest bytes.
//!
//! It refuses to open a device or to read the environment: what is written goes to whoever is handed in.

pub mod easel;
pub mod encoder;
pub mod frames;
pub mod guard;
pub mod keyboard;
pub mod links;
pub mod moves;
pub mod pictures;
pub mod sequences;
pub mod sgr;
pub mod surroundings;

pub use easel::Easel;
pub use frames::Frames;
pub use guard::{Guard, leave_on_panic};
pub use keyboard::{Keyboard, Typed};
pub use links::Links;
pub use pictures::Pictures;
pub use sequences::{ASK_BACKGROUND, ENTER, LEAVE, REPAIR, title};
pub use surroundings::Surroundings;
