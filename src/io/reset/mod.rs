//! Removing what offhook keeps: of one account, or all of it. What will go is listed before anything does.

mod holders;
mod plan;

pub use holders::{Holder, holders};
pub use plan::{Item, Plan};
