//! How things look: meanings, a theme, colours as far as the terminal has them, and the text of a theme file.

pub mod look;
pub mod role;

pub use look::Theme;
pub use role::{ROLES, Role, RoleRow};
