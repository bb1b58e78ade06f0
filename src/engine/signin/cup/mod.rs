//! The sign-in at IM and Presence itself, after `_cuplogin` (or a presence server set by hand) has been decided on, and phone
//! mode of Communications Manager 8.x: [`CupSignIn`] asks and hears values, and ends with what the user has; then it gives
//! one-time passwords to chat, whose redundancy group [`Ha`] sees to.

mod answers;
mod gather;
pub mod ha;
pub mod interface;
pub mod profile;
mod renew;
pub mod requests;
pub mod sign_in;
mod stage;
pub mod token;
pub mod window;

pub use ha::{Group, Ha, HaIn, HaOut};
pub use interface::{CupIn, CupOut, CupStart, Resumed, Way};
pub use sign_in::CupSignIn;
pub use token::Token;
pub use window::Window;
