//! Frames as text, and the ones in `frames/` as they must be. To write them anew:
//! `OFFHOOK_REGENERATE=1 cargo test --test screen_stories`.

use offhook::tui::model::Model;
use offhook::tui::theme::{Depth, Theme};
use offhook::tui::view::{self, Drawn};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use std::fmt::Write;
use std::path::PathBuf;
use unicode_width::UnicodeWidthStr;

/// Draws a model, and says where the cursor is.
pub fn draw(model: &mut Model, width: u16, height: u16) -> (Buffer, Option<(u16, u16)>) {
    let (buffer, drawn) = draw_whole(model, width, height);
    (buffer, drawn.cursor.map(|at| (at.x, at.y)))
}

/// [`draw`], with all that is known of the frame.
pub fn draw_whole(model: &mut Model, width: u16, height: u16) -> (Buffer, Drawn) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let drawn = view::draw(model, &mut buffer);
    (buffer, drawn)
}

/// The rows as a terminal would show them, without blanks at their ends.
pub fn rows(buffer: &Buffer) -> Vec<String> {
    let columns = usize::from(buffer.area.width);
    let row = |cells: &[ratatui::buffer::Cell]| {
        let (mut text, mut skip) = (String::new(), 0);
        for cell in cells {
            if skip == 0 {
                text.push_str(cell.symbol());
                skip = cell.symbol().width().max(1);
            }
            skip -= 1;
        }
        text.trim_end().to_owned()
    };
    buffer.content.chunks(columns.max(1)).map(row).collect()
}

/// Each of these stands on the screen.
#[track_caller]
pub fn sees(rows: &[String], words: &[&str]) {
    for words in words {
        assert!(rows.iter().any(|row| row.contains(words)), "{words:?} is not on the screen:\n{}", rows.join("\n"));
    }
}

/// The looks of a frame: a letter a cell, a dot where it looks as the terminal does by itself; and what the letters mean.
fn looks(buffer: &Buffer) -> String {
    let mut styles: Vec<Style> = Vec::new();
    let mut text = String::new();
    for cells in buffer.content.chunks(usize::from(buffer.area.width)) {
        let mut row = String::new();
        for cell in cells {
            let style = cell.style();
            if in_words(style).is_empty() {
                row.push('.');
                continue;
            }
            let at = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            row.push(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".get(at).map_or('?', |c| char::from(*c)));
        }
        writeln!(text, "{}", row.trim_end_matches('.')).unwrap();
    }
    for (style, letter) in styles.iter().zip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".chars()) {
        writeln!(text, "{letter} {}", in_words(*style)).unwrap();
    }
    text
}

fn in_words(style: Style) -> String {
    let coloured = |prefix: &str, colour: Option<Color>| match colour {
        None | Some(Color::Reset) => None,
        Some(colour) => Some(format!("{prefix}{}", colour.to_string().to_lowercase())),
    };
    let has = |modifier, word: &str| style.add_modifier.contains(modifier).then(|| word.to_owned());
    let words = [
        coloured("", style.fg),
        coloured("on ", style.bg),
        has(Modifier::BOLD, "bold"),
        has(Modifier::DIM, "dim"),
        has(Modifier::ITALIC, "italic"),
        has(Modifier::UNDERLINED, "underline"),
        has(Modifier::REVERSED, "reverse"),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The frame of the model is the one in the tree.
#[track_caller]
pub fn check(model: &mut Model, name: &str, width: u16, height: u16) {
    let theme = model.setup.theme.clone();
    model.set_theme(Theme::named("dark", Depth::True).unwrap());
    let (dark, cursor) = draw(model, width, height);
    model.set_theme(Theme::named("mono", Depth::Attributes).unwrap());
    let (mono, _) = draw(model, width, height);
    model.set_theme(theme);
    let text = rows(&dark);
    assert_eq!(text, rows(&mono), "{name}: without colours other words stand there");
    let cursor = cursor.map_or("none".to_owned(), |(x, y)| format!("column {x}, row {y}"));
    let frame = format!("{}\n--- cursor: {cursor}\n--- dark\n{}--- mono\n{}", text.join("\n"), looks(&dark), looks(&mono));
    let path = folder().join(format!("{name}.{width}x{height}.txt"));
    if std::env::var_os("OFFHOOK_REGENERATE").is_some() {
        return std::fs::write(&path, frame).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == frame,
        "{name} at {width}x{height} is another frame. It was:\n{kept}\nIt is:\n{frame}\nIf that is meant: OFFHOOK_REGENERATE=1"
    );
}

/// Nothing in a frame acts on a terminal, and no row is longer than the screen.
#[track_caller]
pub fn assert_tame(buffer: &Buffer) {
    let columns = usize::from(buffer.area.width);
    for (y, cells) in buffer.content.chunks(columns.max(1)).enumerate() {
        let mut column = 0;
        while let Some(cell) = cells.get(column) {
            let symbol = cell.symbol();
            assert!(!symbol.chars().any(acts), "row {y}, column {column}: {symbol:?}");
            column += symbol.width().max(1);
        }
        assert!(column <= columns, "row {y} passes the right side: {cells:?}");
    }
}

/// A control character, or one that turns the direction of what stands beside it.
fn acts(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screen_stories/frames")
}

#[test]
fn every_frame_in_the_tree_is_looked_at_by_a_story() {
    let here = folder().parent().unwrap().to_owned();
    let sources: String = std::fs::read_dir(here)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.split('.').next().unwrap();
        assert!(sources.contains(&format!("shot(\"{name}\")")), "{file} is of no story: remove it");
    }
}
