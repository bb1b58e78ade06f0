//! Accounts as the user has them: their names, their parts, their passwords, how they come and how they go.

pub mod naming;

pub use naming::free_name;
