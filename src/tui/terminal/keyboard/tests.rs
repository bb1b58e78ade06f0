use super::*;
use proptest::prelude::*;

/// Keys as a keymap writes them, one after the other.
fn keys(bytes: &[u8]) -> String {
    words(Keyboard::default().parse(bytes))
}

/// The same of what comes in pieces, while the background is awaited.
fn answered(pieces: &[&[u8]]) -> String {
    let mut keyboard = Keyboard::default();
    keyboard.await_background();
    words(pieces.iter().flat_map(|piece| keyboard.parse(piece)).collect())
}

fn words(typed: Vec<Typed>) -> String {
    let words = typed.into_iter().map(|typed| match typed {
        Typed::Key(key) => key.to_string(),
        Typed::Paste(text) => format!("{text:?}"),
        Typed::Attention(true) => "in".into(),
        Typed::Attention(false) => "out".into(),
        Typed::Background(background) => background.name().into(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_terminals_send_is_the_key_that_was_pressed() {
    for (bytes, pressed) in [
        ("aZ?ž日-", "a Z ? ž 日 minus"),
        ("\r\n\t\x7f\x08\0", "enter ctrl-j tab backspace backspace ctrl-space"),
        ("\x01\x10\x1a\x1c\x1d\x1e\x1f", "ctrl-a ctrl-p ctrl-z ctrl-\\ ctrl-] ctrl-^ ctrl-_"),
        ("\x1b", "esc"),
        ("\x1b\x1b", "esc esc"),
        ("\x1ba\x1bA\x1bž\x1b\r\x1b\x7f\x1b]", "alt-a alt-A alt-ž alt-enter alt-backspace alt-]"),
        // xterm, in both modes of its cursor keys.
        ("\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[Z", "up down right left home end shift-tab"),
        ("\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF\x1bOP\x1bOS\x1bOM", "up down right left home end f1 f4 enter"),
        ("\x1b[2~\x1b[3~\x1b[5~\x1b[6~", "insert delete page-up page-down"),
        ("\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~\x1b[34~", "f5 f6 f10 f11 f12 f20"),
        (
            "\x1b[1;5D\x1b[1;2A\x1b[1;3C\x1b[3;5~\x1b[1;2P\x1b[15;5~",
            "ctrl-left shift-up alt-right ctrl-delete shift-f1 ctrl-f5",
        ),
        ("\x1b[27;5;13~\x1b[27;2;65~\x1b[27;6;80~", "ctrl-enter A ctrl-p"),
        // rxvt, the Linux console.
        ("\x1b[7~\x1b[8~\x1b[11~\x1b[[A\x1b[[E\x1b[1~\x1b[4~", "home end f1 f1 f5 home end"),
        // kitty.
        ("\x1b[97u\x1b[97;2u\x1b[97;5u\x1b[105;5u\x1b[27u\x1b[13;3u", "a A ctrl-a tab esc alt-enter"),
        ("\x1b[97:65;2u\x1b[97;1:1u\x1b[97;1:3u\x1b[1;1:3A", "A a"),
        ("\x1b[97;9u\x1b[57358u", ""),
        ("\x1b[I\x1b[O", "in out"),
        ("a\x1b[200~b\x1b[A\rc\x1b[201~d", "a \"b\\u{1b}[A\\rc\" d"),
    ] {
        assert_eq!(keys(bytes.as_bytes()), pressed, "{bytes:?}");
    }
}

#[test]
fn the_terminals_answer_about_its_background_is_no_key() {
    for (pieces, said) in [
        (&[b"\x1b]11;rgb:ffff/ffff/dddd\x1b\\x".as_slice()][..], "light x"),
        (&[b"\x1b]11;rgb:0000/0000/0000\x07x"], "dark x"),
        (&[b"\x1b]11;", b"#ffffff\x1b", b"\\x"], "light x"),
        (&[b"\x1b]", b"11;#ffffff", b"\x07x"], "light x"),
        // It was cut after its Esc: that is a key to whoever sees it alone.
        (&[b"\x1b", b"]11;#ffffff\x07x"], "esc light x"),
        // What is no colour, what has no end, what is too long.
        (&[b"\x1b]11;?\x07x"], "x"),
        (&[b"\x1b]11;rgb:ffff/ff\r", b"x"], "x"),
        (&[b"\x1b]11;rgb:ff/ff/ff\x1b[Ax"], "light up x"),
        (&[b"\x1b]11;rgb:ff/ff/ff\x1b", b"x"], "light alt-x"),
        // Somebody types meanwhile.
        (&[b"\x1b]", b"a"], "alt-] a"),
        (&[b"\x1b]1x"], "alt-] 1 x"),
        (&[b"\x1b", b"]", b"x"], "esc ] x"),
        (&[b"\x1b", b"x"], "esc x"),
        (&[b"\x1b]\x1b[A"], "alt-] up"),
        (&[b"\x1b]\x1b]11;#fff\x07"], "alt-] light"),
        // It answers what was asked last, and so nothing else any more.
        (&[b"\x1b[0n", b"\x1b]"], "alt-]"),
        (&[b"\x1b]11;#fff\x07\x1b[0n", b"\x1b]", b"x"], "light alt-] x"),
        (&[b"\x1b[0n", b"\x1b", b"]x"], "esc ] x"),
        // It is asked once.
        (&[b"\x1b]11;#fff\x07\x1b]x"], "light alt-] x"),
    ] {
        assert_eq!(answered(pieces), said, "{pieces:?}");
    }
    let long = format!("\x1b]11;rgb:{}\x07x", "f".repeat(100_000));
    assert_eq!(answered(&[long.as_bytes()]), "x");
    assert_eq!(keys(b"\x1b[?997;2n\x1b[?997;1nx\x1b[?997;3n"), "light dark x", "it is told unasked");
}

#[test]
fn what_means_nothing_is_swallowed_whole() {
    for bytes in [
        "\x1b[<0;33;7M",
        "\x1b[<0;33;7m",
        "\x1b[M !!",
        "\x1b[32;33;7M",
        "\x1b[?64;1;2c",
        "\x1b[12;40R",
        "\x1b[?1u",
        "\x1b[0n",
        "\x1b[999999999999~",
        "\x1b[1;0A",
        "\x1bOx",
        "\x1b[[Z",
        "\u{80}\u{9b}",
    ] {
        assert_eq!(keys(format!("{bytes}x").as_bytes()), "x", "{bytes:?}");
    }
    assert_eq!(keys(format!("\x1b[{}Ax", "1;".repeat(1000)).as_bytes()), "x");
    assert_eq!(keys(b"\xff\xc3(\xe6\x97x\xe6\xc5\xbe"), "( x ž", "what is no letter breaks none");
    assert_eq!(keys(b"\x1b[1;\x1b[A\x1bO\x1b[B"), "up down", "what was begun is given up");
}

#[test]
fn pasted_text_has_a_bound_and_an_end() {
    let text = "ž".repeat(PASTED);
    let typed = Keyboard::default().parse(format!("\x1b[200~{text}\x1b[201~x").as_bytes());
    let [Typed::Paste(pasted), Typed::Key(key)] = typed.as_slice() else { panic!("{} things", typed.len()) };
    assert!(pasted.len() == PASTED && text.starts_with(pasted));
    assert_eq!(*key, Key::char('x'));
}

/// Everything but an Esc at the end of a piece.
fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let piece = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..12),
        Just(b"\x1b[1;5D".to_vec()),
        Just(b"\x1b[200~".to_vec()),
        Just(b"\x1b[201~".to_vec()),
        Just("日".as_bytes().to_vec()),
        Just(b"\x1b]11;rgb:ff/ff/ff".to_vec()),
        Just(b"\x1b\\".to_vec()),
        Just(b"\x1b[0n".to_vec()),
    ];
    prop::collection::vec(piece, 0..12)
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_are_the_same_keys(pieces in pieces(), awaits in any::<bool>()) {
        let whole: Vec<u8> = pieces.concat();
        let mut at_once = Keyboard { awaits, ..Keyboard::default() };
        let expected = at_once.parse(&whole);
        let mut keyboard = Keyboard { awaits, ..Keyboard::default() };
        let mut found = Vec::new();
        let mut piece = Vec::new();
        for byte in &whole {
            piece.push(*byte);
            if *byte != ESC {
                found.extend(keyboard.parse(&piece));
                piece.clear();
            }
        }
        found.extend(keyboard.parse(&piece));
        prop_assert_eq!(found, expected);
    }
}
