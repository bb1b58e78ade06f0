//! How things look: meanings, a theme, colours as far as the terminal has them, and the text of a theme file.

pub mod background;
pub mod colour;
pub mod depth;
pub mod file;
pub mod look;
pub mod role;

pub use background::{AUTO, Background};
pub use colour::Colour;
pub use depth::Depth;
pub use file::THEMES;
pub use look::{Look, Theme};
pub use role::{ROLES, Role, RoleRow};
