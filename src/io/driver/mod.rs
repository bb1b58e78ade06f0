//! The one loop and the hands it works with.

pub mod account_desk;
pub mod hands;
pub mod looping;
pub mod sound_desk;

pub use account_desk::AccountDesk;
pub use hands::Hands;
pub use looping::{Driver, Ears};
