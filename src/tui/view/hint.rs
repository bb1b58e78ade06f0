//! A key and what it does, the same wherever one is shown: the key stands out, the word does not.

use super::paint::Brush;
use crate::tui::theme::Role;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// Draws a key with its word on a line that looks as `line`; says where the next would begin.
pub fn put(brush: &mut Brush<'_>, room: Rect, x: u16, (key, words): (&str, &str), line: Role) -> u16 {
    let here = brush.theme.style(line);
    let mut look = brush.theme.style(Role::Key);
    if here.bg.is_some_and(|bg| bg != Color::Reset) || here.add_modifier.contains(Modifier::REVERSED) {
        // On a line of another colour the key is told by its weight.
        look = here.add_modifier(Modifier::BOLD);
    }
    let x = brush.put_styled(room, x, room.y, key, look);
    if words.is_empty() { x } else { brush.put_styled(room, x + 1, room.y, words, here.remove_modifier(Modifier::BOLD)) }
}
