//! What keys mean: a key, a keymap, and the text of a keymap file.

pub mod file;
pub mod key;
pub mod map;

pub use file::KEYMAPS;
pub use key::{Key, KeyCode};
pub use map::{Binding, Found, Keymap};
