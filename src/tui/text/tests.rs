//! Any text whatever, drawn into a buffer: it takes the columns that were said, and nothing stands outside.

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::columns::cluster_width;
use super::*;

/// What breaks screens.
const WILD: &[&str] = &[
    "👩\u{200d}👩\u{200d}👧",
    "👨🏽\u{200d}🚀",
    "👍🏿",
    "🏳\u{fe0f}\u{200d}🌈",
    "🇫🇷",
    "🇫",
    "🇫🇷🇩",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "❤\u{fe0f}",
    "☎\u{fe0f}",
    "⌚\u{fe0e}",
    "1\u{fe0f}\u{20e3}",
    "สวัสดีครับ",
    "กำ",
    "السلام عليكم",
    "لا",
    "שלום עולם",
    "א\u{200d}ל",
    "नमस्ते",
    "स्त्र्य",
    "क्षि",
    "ক্ষ",
    "ക്ഷ",
    "ខ្មែរ",
    "မြန်မာ",
    "བོད་སྐད",
    "ｶﾞ",
    "漢ﾞﾞ",
    "\u{ff9e}",
    "漢字かな",
    "한국어",
    "\u{1112}\u{1161}\u{11ab}",
    "\u{1100}\u{1100}\u{1100}\u{1100}",
    "\u{1160}",
    "e\u{301}",
    "\u{301}",
    "\u{200b}",
    "\u{200d}",
    "\u{200c}",
    "\u{feff}",
    "\u{202e}",
    "\u{2066}",
    "\u{600}",
    "\u{d4e}",
    "\u{fffd}",
    "\u{e000}",
    "\u{2e3b}",
    "\u{1f8ff}",
    "\u{3fffd}",
    "\u{10ffff}",
    "\u{3000}",
    "\t",
    "\n",
    "\r\n",
    "\u{1b}[2J",
    "\u{9b}",
    "\0",
    "…",
    " ",
    "  ",
    "https://example.org/a?b=c",
    "word",
];

/// A text of pieces that break screens, letters of any kind and plain words.
pub fn wild() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(WILD).prop_map(str::to_owned),
        2 => any::<char>().prop_map(String::from),
        2 => "[ -~]{1,12}",
        1 => "\\PC{1,4}",
        1 => proptest::sample::select(WILD).prop_map(|base| format!("{base}{}", "\u{301}\u{20dd}".repeat(40))),
        1 => "[\u{200c}\u{200d}\u{fe0f}\u{301}a\u{1f3fb}\u{1f468}\u{915}\u{94d}\u{937}]{1,12}",
    ];
    proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// Draws `text` in a window of `columns` in the middle of a marked buffer; gives the column behind what was drawn and
/// whether all marks outside stand.
fn drawn(text: &str, columns: u16) -> (usize, bool) {
    let mark = Cell::new("#");
    let mut buffer = Buffer::filled(Rect::new(0, 0, columns + 4, 3), mark.clone());
    let (end, _) = buffer.set_stringn(2, 1, text, usize::from(columns), Style::default());
    let clean = buffer.content.iter().enumerate().all(|(at, cell)| {
        let (x, y) = buffer.pos_of(at);
        y == 1 && x >= 2 && x < end || *cell == mark
    });
    (usize::from(end) - 2, clean)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_buffer_takes_as_many_columns_as_width_says(text in wild()) {
        let room = u16::try_from(width(&text)).unwrap();
        prop_assert_eq!(drawn(&text, room), (usize::from(room), true));
        let tame = drawable(&text);
        let room = u16::try_from(width(&tame)).unwrap();
        prop_assert_eq!(drawn(&tame, room + 3), (usize::from(room), true));
    }

    #[test]
    fn what_is_drawn_is_tame(text in wild()) {
        let tame = drawable(&text);
        prop_assert_eq!(&drawable(&tame), &tame, "it is tame already");
        for cluster in tame.graphemes(true) {
            let columns = cluster_width(cluster);
            prop_assert!((1..=2).contains(&columns), "{:?} takes {columns}", cluster);
            prop_assert!(cluster.chars().filter(|letter| letter.width() == Some(0)).count() <= 12, "{:?}", cluster);
            let acts = |letter: char| letter.is_control() || matches!(u32::from(letter), 0xfe0f | 0x202a..=0x202e | 0x2066..=0x2069);
            prop_assert_eq!(cluster.find(acts), None);
            // A terminal that adds up letters comes to the same.
            let added: usize = cluster.chars().filter_map(UnicodeWidthChar::width).sum();
            prop_assert_eq!(added, columns, "{:?}", cluster);
        }
    }

    #[test]
    fn cutting_and_filling_keep_to_the_columns(text in wild(), columns in 0_usize..30) {
        let whole = drawable(&text).into_owned();
        for cut in [fit(&text, columns), fit_left(&text, columns)] {
            prop_assert!(width(&cut) <= columns);
            prop_assert!(cut == whole || columns == 0 || cut.contains('…'));
            prop_assert!(columns < width(&whole) || cut == whole);
        }
        prop_assert_eq!(width(&pad(&text, columns)), columns);
        prop_assert_eq!(width(&pad_left(&text, columns)), columns);
    }

    #[test]
    fn wrapping_loses_nothing_but_spaces(text in wild(), columns in 2_usize..40) {
        let lines = wrap(&text, columns);
        for line in &lines {
            prop_assert!(width(line) <= columns, "{line:?} in {columns}");
            prop_assert_eq!(&drawable(line), line);
        }
        let whole: Vec<_> = text.split('\n').map(|line| drawable(line.strip_suffix('\r').unwrap_or(line)).replace(' ', "")).collect();
        prop_assert_eq!(lines.concat().replace(' ', ""), whole.concat());
    }

    #[test]
    fn any_number_of_columns_will_do(text in wild(), columns in 0_usize..2) {
        prop_assert!(wrap(&text, columns).iter().all(|line| width(line) <= columns));
    }

    #[test]
    fn links_stand_where_they_say(text in wild(), url in "(https?://|xmpp:a@|sips?:b@)[a-z]{1,9}\\.(com|org)(/[a-z()]{0,9}[a-z])?", behind in "[.,)!? ]{0,3}") {
        let text = format!("{text} {url}{behind} {text}");
        let found = links(&text);
        let start = text.find(&format!(" {url}")).unwrap() + 1;
        let is_it = |link: &Link| link.range.start == start && (url.starts_with(&link.url) || link.url.starts_with(&url));
        prop_assert!(found.iter().any(is_it));
        for (link, next) in found.iter().zip(found.iter().skip(1)) {
            prop_assert!(link.range.end <= next.range.start);
        }
        for link in found {
            prop_assert_eq!(&text[link.range], link.url);
        }
    }

    #[test]
    fn isolating_moves_no_column(text in wild()) {
        let room = u16::try_from(width(&text)).unwrap() + 2;
        let mut buffer = Buffer::empty(Rect::new(0, 0, room, 1));
        buffer.set_string(0, 0, drawable(&text), Style::default());
        let before: Vec<u16> = buffer.content.iter().map(CellWidth::cell_width).collect();
        let letters: String = buffer.content.iter().map(Cell::symbol).collect();
        isolate(&mut buffer);
        let after: Vec<u16> = buffer.content.iter().map(CellWidth::cell_width).collect();
        let isolated: String = buffer.content.iter().map(Cell::symbol).collect();
        prop_assert_eq!(before, after);
        prop_assert_eq!(isolated.replace('\u{200e}', ""), letters);
        prop_assert_eq!(isolated.contains('\u{200e}'), bidi::is_right_to_left(&isolated));
    }
}

#[test]
fn a_long_message_is_wrapped_in_one_go() {
    // Counted, not timed: a hundred times the text may take a hundred times the lines, and must come to an end.
    for (text, lines) in [
        ("word ".repeat(20_000), 1250),
        ("x".repeat(100_000), 1250),
        ("漢".repeat(40_000), 1000),
        ("a\n".repeat(50_000), 50_001),
    ] {
        assert_eq!(wrap(&text, 80).len(), lines);
    }
    for cluster in ["\u{1100}".repeat(30_000), "क\u{94d}".repeat(20_000), format!("a{}", "\u{301}".repeat(50_000))] {
        assert!(drawable(&cluster).graphemes(true).all(|cluster| cluster_width(cluster) <= 2));
    }
    assert!(links(&"sip:".repeat(25_000)).is_empty());
    assert!(wrap(&" ".repeat(100_000), 80).len() == 1);
}
