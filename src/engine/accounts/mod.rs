//! Accounts as the user has them: their names, their parts, their passwords, how they come and how they go.

mod by_address;
mod coming_and_going;
mod found;
mod instance;
pub mod name_book;
pub mod naming;
pub mod parts;
pub mod passwords;
pub mod seal;
mod sealing;
pub mod wishes;

pub use naming::free_name;
pub use parts::Parts;
pub use passwords::{Asked, Passwords, Stored, Told, Unlocked};
pub use seal::Seal;
pub use wishes::{Wish, Wishes};
