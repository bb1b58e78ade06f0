//! What the themes say that come with the program, and what is said about files that are wrong.

use super::*;
use proptest::prelude::*;
use ratatui::style::Color;
use ratatui::style::Style;

/// Meanings that stand beside each other on the screen, and must not look the same in any theme at any depth.
const TOLD_APART: [(Role, Role); 13] = [
    (Role::Selected, Role::Text),
    (Role::Selected, Role::SelectedElsewhere),
    (Role::SelectedElsewhere, Role::Text),
    (Role::Focus, Role::Title),
    (Role::Title, Role::Text),
    (Role::Unread, Role::Text),
    (Role::SearchHit, Role::Text),
    (Role::Link, Role::Text),
    (Role::Failed, Role::Delivered),
    (Role::Ringing, Role::Strip),
    (Role::Strip, Role::Text),
    (Role::Error, Role::Text),
    (Role::Own, Role::Theirs),
];

const DEPTHS: [Depth; 4] = [Depth::Attributes, Depth::Sixteen, Depth::Indexed, Depth::True];

#[test]
fn the_themes_of_the_program_are_right_and_lose_nothing_at_any_depth() {
    for (name, text) in THEMES {
        for depth in DEPTHS {
            let theme = match Theme::parse(text, depth) {
                Ok(theme) => theme,
                Err(said) => panic!("{}", said.iter().map(|one| one.written(name)).collect::<Vec<_>>().join("\n")),
            };
            for (one, other) in TOLD_APART {
                assert_ne!(theme.style(one), theme.style(other), "{name} at {depth:?}: {one:?} and {other:?}");
            }
            for row in ROLES {
                let style = theme.style(row.role);
                assert!(style.fg.is_none() || style.fg != style.bg, "{name} at {depth:?}: {} is unreadable", row.name);
                if depth == Depth::Attributes {
                    assert_eq!((style.fg, style.bg), (None, None), "{name}: {}", row.name);
                }
            }
        }
    }
}

#[test]
fn every_role_is_named_in_every_theme_that_has_colours() {
    for (name, text) in THEMES.into_iter().filter(|(name, _)| *name != "mono") {
        let sheet = Sheet::parse(text).unwrap();
        for row in ROLES {
            assert!(sheet.roles.contains_key(&row.role), "{name} says nothing of {}", row.name);
        }
    }
}

#[test]
fn a_file_changes_what_it_names_and_keeps_the_rest() {
    let text = "base = 'dark'\n[palette]\naccent = '#010203'\nmine = 208\n[roles]\ndim = { bg = 'mine', italic = true }\nunread = { bold = false }\n";
    let (theme, dark) = (Theme::parse(text, Depth::True).unwrap(), Theme::named("dark", Depth::True).unwrap());
    assert_eq!(theme.style(Role::Accent).fg, Some(Color::Rgb(1, 2, 3)), "the base's palette is changed where it is used");
    assert_eq!(theme.style(Role::Dim).bg, Some(Color::Indexed(208)));
    assert_eq!(theme.style(Role::Dim).fg, dark.style(Role::Dim).fg);
    assert!(dark.style(Role::Unread).add_modifier.contains(Modifier::BOLD));
    assert!(!theme.style(Role::Unread).add_modifier.contains(Modifier::BOLD));
    assert_eq!(theme.style(Role::Error), dark.style(Role::Error));
    assert_eq!(Theme::parse("", Depth::True).unwrap().style(Role::Error), Style::new());
}

#[test]
fn a_row_that_is_told_by_its_background_is_told_in_sixteen_colours_too() {
    let theme = Theme::parse("[roles]\nselected = { bg = '#22262e' }\nstatus = { bg = 'blue' }", Depth::Sixteen).unwrap();
    assert_eq!(theme.style(Role::Selected), Style::new().add_modifier(Modifier::REVERSED));
    assert_eq!(theme.style(Role::Status).bg, Some(Color::Blue), "who names one of the sixteen means it");
}

#[test]
fn who_sets_a_background_sets_the_letters_on_it() {
    for (name, _) in THEMES {
        let theme = Theme::named(name, Depth::True).unwrap();
        for row in ROLES {
            let style = theme.style(row.role);
            assert!(style.bg.is_none() || style.fg.is_some(), "{} of {name}", row.name);
        }
    }
}

#[test]
fn without_colours_every_theme_tells_what_mono_tells() {
    let mono = Theme::named("mono", Depth::Attributes).unwrap();
    for (name, _) in THEMES {
        let theme = Theme::named(name, Depth::Attributes).unwrap();
        for row in ROLES {
            let (told, of_mono) = (theme.style(row.role).add_modifier, mono.style(row.role).add_modifier);
            assert!(told.contains(of_mono), "{} of {name}: {told:?} without {of_mono:?}", row.name);
        }
    }
    let own = Theme::parse("[roles]\nselected = { underline = true }", Depth::Attributes).unwrap();
    assert_eq!(own.style(Role::Selected).add_modifier, Modifier::UNDERLINED, "who wants no colours says how it looks");
}

#[test]
fn mistakes_name_line_column_and_the_right_form() {
    for (text, place, what) in [
        ("[rolls]\n", "t:1:2: ", "did you mean “roles”?"),
        ("[roles]\nunred = { fg = 'red' }", "t:2:1: ", "did you mean “unread”?"),
        ("[roles]\n unread = { fg = 'rde' }", "t:2:18: ", "did you mean “red”?"),
        ("[palette]\nmoss = '#123456'\n[roles]\ntext = { bg = 'mos' }", "t:4:15: ", "did you mean “moss”?"),
        ("[roles]\ntext = { blod = true }", "t:2:10: ", "did you mean “bold”?"),
        ("[roles]\ntext = { bold = 1 }", "t:2:17: ", "true or false"),
        ("[roles]\ntext = 'red'", "t:2:8: ", "{ fg = \"red\", bold = true }"),
        ("[palette]\n'ž' = '#12'", "t:2:7: ", "#rrggbb"),
        ("[palette]\na = 256", "t:2:5: ", "0 to 255"),
        ("[palette]\na = true", "t:2:5: ", "of type boolean"),
        ("base = 'drak'", "t:1:8: ", "did you mean “dark”?"),
        ("base = 1", "t:1:8: ", "in quotes"),
        ("roles = 3", "t:1:9: ", "[roles]"),
        ("[roles\n", "t:1:", ""),
    ] {
        let said = Theme::parse(text, Depth::True).unwrap_err();
        let written: Vec<String> = said.iter().map(|mistake| mistake.written("t")).collect();
        assert!(written.iter().any(|line| line.starts_with(place) && line.contains(what)), "{text:?} gives {written:#?}");
    }
}

/// How much lighter one is than the other (WCAG 2.2, contrast ratio).
fn contrast(one: Color, other: Color) -> f64 {
    let light = |colour| {
        let Color::Rgb(red, green, blue) = colour else { panic!("{colour:?} is none of 24 bits") };
        let part = |part: u8| match f64::from(part) / 255.0 {
            part if part <= 0.04045 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue) + 0.05
    };
    let (one, other) = (light(one), light(other));
    if one > other { one / other } else { other / one }
}

#[test]
fn words_can_be_read_on_the_usual_backgrounds_and_on_a_panel() {
    for (name, usual) in [("dark", [Color::Rgb(0, 0, 0), Color::Rgb(30, 30, 30)]), ("light", [Color::Rgb(255, 255, 255); 2])] {
        let theme = Theme::named(name, Depth::True).unwrap();
        for row in ROLES {
            let style = theme.style(row.role);
            let Some(fg) = style.fg else { continue };
            // Lines and signs are no words.
            let enough = if matches!(row.role, Role::Rule | Role::Offline) { 3.0 } else { 4.5 };
            for on in style.bg.map_or(usual, |bg| [bg; 2]) {
                assert!(contrast(fg, on) >= enough, "{name}: {} has {:.1}:1 on {on:?}", row.name, contrast(fg, on));
            }
        }
        let panel = theme.style(Role::Panel).bg.unwrap();
        for role in [Role::Dim, Role::Placeholder, Role::Key, Role::Title] {
            assert!(contrast(theme.style(role).fg.unwrap(), panel) >= 4.5, "{name}: {role:?} on a panel");
        }
    }
}

proptest! {
    #[test]
    fn any_text_gives_a_theme_or_mistakes(text in "(\\[(roles|palette|x)\\]\n|(text|dim|a) = (\\{ fg = '(red|#[0-9a-f]{5,7}|a)', bold = (true|1) \\}|'#[0-9a-f]{6}'|[0-9]{1,4})\n|\\PC{0,6}){0,10}") {
        let _ = Theme::parse(&text, Depth::Sixteen);
    }
}
