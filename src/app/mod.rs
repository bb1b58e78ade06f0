//! Joins the rooms: the accounts' engine, its hands and its loop, as the headless commands and the screen use them.

pub mod demo;
pub mod discover;
pub mod doctor;
pub mod headless;
pub mod lab;
pub mod running;
pub mod screen;
pub mod session;

pub use headless::Headless;
pub use running::{block_on, no_sound};
pub use session::Session;
