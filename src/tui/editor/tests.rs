//! Any keys in any order on any text: the cursor stays between clusters, what is seen keeps to its columns, and all can
//! be undone.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;
use crate::tui::action::{ACTIONS, Action, Context};
use crate::tui::editor::rows::Rows;
use crate::tui::text::tests::wild;
use crate::tui::text::{drawable, width};

#[derive(Clone, Debug)]
enum Step {
    Do(Action),
    Put(String),
    Look(u16, u16),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let actions: Vec<Action> =
        ACTIONS.iter().filter(|row| row.contexts.contains(&Context::Compose)).map(|row| row.action).collect();
    let step = prop_oneof![
        6 => proptest::sample::select(actions).prop_map(Step::Do),
        4 => prop_oneof!["[a-c \n]", "\\PC", proptest::sample::select(vec!["\u{301}", "\u{200d}", "🇫", "👩", "\u{94d}", "क"]).prop_map(str::to_owned)].prop_map(Step::Put),
        1 => wild().prop_map(Step::Put),
        1 => (0_u16..30, 0_u16..6).prop_map(|(columns, rows)| Step::Look(columns, rows)),
    ];
    proptest::collection::vec(step, 0..60)
}

fn is_between_clusters(text: &str, at: usize) -> bool {
    at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at)
}

proptest! {
    #[test]
    fn the_cursor_stays_between_clusters_and_all_can_be_undone(begin in wild(), steps in steps()) {
        let mut editor = Editor::new();
        editor.set_text(&begin).unwrap();
        let begin = editor.text().to_owned();
        let mut longest = Vec::new();
        for step in steps {
            match step {
                Step::Do(action) => {
                    let before = editor.text().to_owned();
                    if editor.act(action) == Outcome::Ignored {
                        prop_assert_eq!(editor.text(), before);
                    }
                }
                Step::Put(text) => editor.insert(&text).unwrap(),
                Step::Look(columns, rows) => {
                    let seen = editor.layout(columns, rows);
                    prop_assert!(seen.lines.len() <= usize::from(rows));
                    prop_assert!(seen.cursor.0 < columns.max(1) && seen.cursor.1 < rows.max(1));
                }
            }
            prop_assert!(is_between_clusters(editor.text(), editor.cursor()), "{:?} at {}", editor.text(), editor.cursor());
            longest.push(editor.text().to_owned());
        }
        let end = editor.text().to_owned();
        let mut edits = 0;
        while { let before = editor.text().to_owned(); editor.act(Action::Undo); editor.text() != before } { edits += 1; }
        prop_assert_eq!(editor.text(), &begin);
        prop_assert!(is_between_clusters(editor.text(), editor.cursor()));
        for _ in 0..edits { editor.act(Action::Redo); }
        // What had been undone before the end is done again too; the end was passed on the way or is here.
        prop_assert!(editor.text() == end || longest.iter().any(|text| text == editor.text()));
    }

    #[test]
    fn what_is_seen_keeps_to_its_columns_and_is_the_text(text in wild(), at in any::<proptest::sample::Index>(), columns in 1_u16..30, rows in 1_u16..6) {
        let mut editor = Editor::new();
        editor.set_text(&text).unwrap();
        let back = editor.text().graphemes(true).count();
        for _ in 0..at.index(back + 1) { editor.act(Action::CharLeft); }
        let all = editor.layout(columns, u16::MAX);
        prop_assert_eq!(all.lines.len(), editor.height(columns));
        for line in &all.lines {
            prop_assert!(width(line) <= usize::from(columns), "{line:?} in {columns}");
        }
        // What is wider than a row is drawn as `…`.
        if editor.text().graphemes(true).all(|cluster| width(&drawable(cluster)) < usize::from(columns)) {
            let whole: String = editor.text().split('\n').map(drawable).collect();
            prop_assert_eq!(all.lines.concat(), whole);
        }
        let seen = editor.layout(columns, rows);
        prop_assert_eq!(&seen.lines[..], &all.lines[seen.above..seen.above + seen.lines.len()]);
        prop_assert_eq!(seen.above + seen.lines.len() + seen.below, all.lines.len());
        prop_assert_eq!(usize::from(seen.cursor.1) + seen.above, usize::from(all.cursor.1));
        prop_assert!(seen.cursor.0 < columns && usize::from(seen.cursor.1) < seen.lines.len());
    }

    #[test]
    fn every_place_has_one_position(text in wild(), columns in 4_u16..30) {
        let text = super::clean::clean(&text);
        let rows = Rows::of(&text, columns);
        for (at, cluster) in text.grapheme_indices(true) {
            let (row, column) = rows.position(at);
            prop_assert!(column < usize::from(columns));
            // Some clusters are drawn as nothing: then another place has the same position.
            if !drawable(cluster).is_empty() && cluster != "\n" {
                let place = rows.place(row, column);
                prop_assert!(place <= at && rows.position(place) == (row, column));
            }
        }
    }

    #[test]
    fn a_field_keeps_to_its_columns(steps in steps(), masked in any::<bool>(), columns in 0_u16..20) {
        let mut field = if masked { Field::masked() } else { Field::new() };
        for step in steps {
            match step {
                Step::Do(action) => { field.act(action); }
                Step::Put(text) => { let _ = field.insert(&text); }
                Step::Look(..) => {}
            }
            let seen = field.layout(columns);
            prop_assert!(width(&seen.line) <= usize::from(columns));
            prop_assert!(seen.cursor < columns.max(1));
            if !masked { prop_assert!(!field.text().contains('\n')); }
            else { prop_assert!(seen.line.chars().all(|letter| letter == '•')); }
        }
    }
}

fn written(text: &str) -> Editor {
    let mut editor = Editor::new();
    for letter in text.graphemes(true) {
        editor.insert(letter).unwrap();
    }
    editor
}

fn act(editor: &mut Editor, actions: &[Action]) {
    for action in actions {
        assert_eq!(editor.act(*action), Outcome::Done, "{action:?}");
    }
}

#[test]
fn undo_goes_by_words() {
    let mut editor = written("on it, calling");
    act(&mut editor, &[Action::Undo]);
    assert_eq!(editor.text(), "on it, ");
    act(&mut editor, &[Action::Undo]);
    assert_eq!(editor.text(), "on ");
    act(&mut editor, &[Action::Redo, Action::Redo]);
    assert_eq!(editor.text(), "on it, calling");
    act(&mut editor, &[Action::DeleteWordBack, Action::DeleteBack, Action::DeleteBack, Action::Undo, Action::Undo]);
    assert_eq!(editor.text(), "on it, calling");
    editor.insert("pasted words at once").unwrap();
    act(&mut editor, &[Action::Undo]);
    assert_eq!(editor.text(), "on it, calling");
    assert_eq!(editor.take(), "on it, calling");
    act(&mut editor, &[Action::Undo]);
    assert!(editor.is_empty());
}

#[test]
fn what_was_deleted_is_put_back() {
    let mut editor = written("one two\nthree");
    act(&mut editor, &[Action::LineUp, Action::WordLeft, Action::DeleteToEnd]);
    assert_eq!(editor.text(), "one \nthree");
    act(&mut editor, &[Action::LineStart, Action::PutBack]);
    assert_eq!(editor.text(), "twoone \nthree");
    act(&mut editor, &[Action::LineEnd, Action::DeleteToEnd, Action::DeleteToStart]);
    assert_eq!(editor.text(), "three");
    act(&mut editor, &[Action::PutBack]);
    assert_eq!((editor.text(), editor.cursor()), ("twoone three", 7));
}

#[test]
fn up_and_down_go_by_what_is_seen_and_keep_the_column() {
    let mut editor = written("a long first line\nb\nthe third");
    assert_eq!(editor.layout(12, 5).lines, ["a long ", "first line", "b", "the third"]);
    act(&mut editor, &[Action::LineUp]);
    assert_eq!(editor.layout(12, 5).cursor, (1, 2));
    act(&mut editor, &[Action::LineUp]);
    assert_eq!(editor.layout(12, 5).cursor, (9, 1));
    act(&mut editor, &[Action::LineUp]);
    assert_eq!(editor.layout(12, 5).cursor, (6, 0));
    assert_eq!(editor.act(Action::LineUp), Outcome::Ignored);
    assert_eq!(editor.act(Action::PageUp), Outcome::Ignored);
    act(&mut editor, &[Action::PageDown]);
    assert_eq!(editor.act(Action::LineDown), Outcome::Ignored);
    let seen = editor.layout(12, 2);
    assert_eq!((seen.above, seen.below, seen.cursor.1), (2, 0, 1));
    assert_eq!(editor.act(Action::Send), Outcome::Ignored);
}

#[test]
fn what_is_pasted_keeps_its_lines_and_loses_what_acts() {
    let mut editor = Editor::new();
    editor.insert("a\r\nb\rc\td\u{1b}[31m\u{202e}\u{200b}e👩\u{200d}👧").unwrap();
    assert_eq!(editor.text(), "a\nb\nc    d␛[31me👩\u{200d}👧");
    act(&mut editor, &[Action::DeleteBack]);
    assert!(editor.text().ends_with('e'), "a family goes at once");
}

#[test]
fn a_text_has_an_end() {
    let mut editor = Editor::new();
    editor.insert(&"x".repeat(lines::MOST)).unwrap();
    let refused = editor.insert("y").unwrap_err();
    assert!(refused.to_string().contains("65536"));
    assert_eq!(editor.act(Action::NewLine), Outcome::Done);
    assert_eq!(editor.text().len(), lines::MOST);
    assert!(Field::new().set_text(&"x".repeat(field::MOST + 1)).is_err());
}

#[test]
fn undoing_has_an_end() {
    let mut editor = Editor::new();
    for _ in 0..10 {
        editor.set_text("").unwrap();
        for _ in 0..20 {
            editor.insert(&"x".repeat(60_000)).unwrap();
            act(&mut editor, &[Action::DeleteToStart]);
        }
    }
    let mut undone = 0;
    while {
        let before = editor.text().len();
        editor.act(Action::Undo);
        editor.text().len() != before
    } {
        undone += 1;
    }
    assert_eq!(undone, 4, "256 kB of it");
}

#[test]
fn a_password_is_told_to_nobody() {
    let mut field = Field::masked();
    field.insert("hunter2 secret\n").unwrap();
    assert_eq!(field.text(), "");
    assert!(!format!("{field:?}").contains("hunter"));
    assert_eq!(field.secret().expose(), "hunter2 secret");
    assert_eq!(field.layout(40).line, "•".repeat(14));
    assert_eq!(field.act(Action::DeleteWordBack), Outcome::Done);
    assert!(field.is_empty(), "its words are not parted");
    field.act(Action::PutBack);
    assert!(field.is_empty(), "it is not kept");
}

#[test]
fn a_field_scrolls_with_its_cursor() {
    let mut field = Field::new();
    field.set_text("one\ntwo 漢字 three\n").unwrap();
    assert_eq!(field.text(), "one two 漢字 three");
    let seen = field.layout(8);
    assert_eq!((seen.line.as_str(), seen.cursor, seen.before, seen.after), (" three", 6, true, false));
    field.act(Action::LineStart);
    let seen = field.layout(8);
    assert_eq!((seen.line.as_str(), seen.cursor, seen.before, seen.after), ("one two ", 0, false, true));
    field.act(Action::DeleteToEnd);
    field.act(Action::PutBack);
    assert_eq!(field.text(), "one two 漢字 three");
    assert_eq!(field.act(Action::Undo), Outcome::Ignored);
}
