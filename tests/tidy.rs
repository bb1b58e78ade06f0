//! Holds the house to its plan (`src/lib.rs`): who may import whom, what stands where, how long a file may be, and that
//! no two files import each other, straight or round about.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The import table: a room, and what it may import. Everything that is not listed is forbidden.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("machine", &[]),
    ("protocol", &["machine"]),
    ("media", &["machine", "protocol::rtp"]),
    ("engine contract", &["machine", "engine contract"]),
    ("engine", &["machine", "protocol", "engine contract"]),
    ("lab", &["machine", "protocol", "media"]),
    ("io", &["machine", "protocol", "media", "engine contract", "engine"]),
    ("tui", &["machine", "engine contract"]),
    ("app", &["machine", "protocol", "media", "engine contract", "engine", "io", "tui", "lab", "cli"]),
    ("cli", &["machine", "protocol", "media", "engine contract", "engine", "io", "tui", "lab", "app"]),
];

/// The files of the engine that the screen may know.
const CONTRACT: &[&str] = &["engine/command.rs", "engine/event/", "engine/state.rs"];

/// What only some rooms may name: the text, and the path prefixes where it may stand.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("tokio::", &["io/", "app", "cli/"]),
    ("std::fs", &["io/", "app", "cli/"]),
    ("std::thread", &["io/", "app", "cli/"]),
    ("std::process", &["io/", "app", "cli/", "main.rs"]),
    ("std::env", &["io/", "app", "cli/"]),
    ("Instant::now", &["io/"]),
    ("SystemTime::now", &["io/"]),
    ("UdpSocket", &["io/", "app/lab/"]),
    ("TcpStream", &["io/", "app/lab/"]),
    ("TcpListener", &["io/", "app/lab/"]),
    ("rustls", &["io/", "app"]),
    ("hickory_resolver", &["io/"]),
    ("rusqlite", &["io/store/"]),
    ("keyring_core::", &["io/secrets/"]),
    ("zbus_secret_service_keyring_store", &["io/secrets/"]),
    ("linux_keyutils", &["io/secrets/"]),
    ("argon2::", &["io/secrets/sealed/"]),
    ("chacha20poly1305::", &["io/secrets/sealed/"]),
    ("tokio_xmpp", &["io/"]),
    ("hound::", &["io/"]),
    ("ratatui", &["tui/", "app"]),
    ("crossterm", &["tui/", "app"]),
    ("rsip::", &["protocol/sip/message/"]),
    ("rand::", &[]),
    ("thread_rng", &[]),
    ("getrandom", &["io/"]),
];

/// Lines that a file may have.
const LONGEST: usize = 500;

/// Long tables that are one thing: the file, and its bound.
const LONG_TABLES: &[(&str, usize)] = &[];

/// Words that name no thing of the field.
const NO_NAMES: &[&str] = &["manager", "helper", "common", "util", "utils", "misc", "process"];

struct Source {
    /// Relative to `src/`, with slashes.
    path: String,
    /// Without comments, strings and test modules.
    code: String,
    lines: usize,
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut broken = Vec::new();
    for source in sources() {
        let room = room(&source.path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            if !matches!(source.path.as_str(), "main.rs" | "lib.rs") {
                broken.push(format!("{}: in no room of the table", source.path));
            }
            continue;
        };
        for import in imports(&source) {
            let target = room_of_import(&import);
            let same = target == room;
            let listed = allowed.iter().any(|name| *name == target || import.join("::").starts_with(*name));
            if !same && !listed {
                broken.push(format!("{} ({room}) imports {} ({target})", source.path, import.join("::")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_touches_the_world_stands_in_its_room() {
    let mut broken = Vec::new();
    for source in sources() {
        for (word, places) in ONLY_IN {
            if names(&source.code, word) && !places.iter().any(|place| source.path.starts_with(place)) {
                broken.push(format!("{} names {word}", source.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn files_are_short_and_open_with_what_they_are() {
    let mut broken = Vec::new();
    for source in sources() {
        let bound = LONG_TABLES.iter().find(|(path, _)| *path == source.path).map_or(LONGEST, |(_, bound)| *bound);
        if source.lines > bound {
            broken.push(format!("{} has {} lines, {bound} are allowed", source.path, source.lines));
        }
        let text = fs::read_to_string(root().join(&source.path)).unwrap();
        if !text.starts_with("//!") {
            broken.push(format!("{} does not open with a //! paragraph", source.path));
        }
        let stem = Path::new(&source.path).file_stem().unwrap().to_string_lossy().into_owned();
        if NO_NAMES.contains(&stem.as_str()) {
            broken.push(format!("{} is named after no thing of the field", source.path));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_two_files_import_each_other_straight_or_round_about() {
    let sources = sources();
    let files: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let exports: BTreeMap<&str, Vec<Vec<String>>> =
        sources.iter().map(|source| (source.path.as_str(), re_exports(&source.code))).collect();
    let mut arrows: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &sources {
        for import in imports(source) {
            if let Some(target) = file_of(&import, &files, &exports)
                && target != source.path
            {
                arrows.entry(&source.path).or_default().insert(target);
            }
        }
    }
    let mut circles = Vec::new();
    for file in arrows.keys() {
        if let Some(path) = way_back(file, &arrows) {
            circles.push(path.join(" -> "));
        }
    }
    assert!(circles.is_empty(), "circles:\n{}", circles.join("\n"));
}

#[test]
fn nothing_unplanned_stands_at_the_top() {
    let planned = [
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "clippy.toml",
        "src",
        "themes",
        "keymaps",
        "man",
        "docs",
        "tests",
        "benches",
        "README.md",
        "Makefile",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "THIRD-PARTY.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "target",
    ];
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: Vec<String> = fs::read_dir(top)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !planned.contains(&name.as_str()))
        .collect();
    assert!(found.is_empty(), "not in the plan: {found:?}");
}

#[test]
fn the_checks_above_can_fail() {
    let text = "use crate::io::{self, store::Store};\nuse super::x;\n// use crate::lab::World;\nlet s = \"crate::tui\";";
    let source = Source { path: "protocol/sip/dialog.rs".into(), code: bare(text), lines: 4 };
    let found: Vec<String> = imports(&source).iter().map(|import| import.join("::")).collect();
    assert_eq!(found, ["io", "io::store::Store", "protocol::sip::x"]);
    assert!(names("let t = Instant::now();", "Instant::now"));
    assert!(!names("my_tokio::x", "tokio::"));
    let (a, b, c) = ("a.rs", "b.rs", "c.rs");
    let arrows = BTreeMap::from([(a, BTreeSet::from([b])), (b, BTreeSet::from([c])), (c, BTreeSet::from([a]))]);
    assert_eq!(way_back(a, &arrows), Some(vec![a, b, c, a]));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let relative = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                if relative.ends_with("/tests.rs") || relative.contains("/tests/") {
                    continue;
                }
                found.push(Source { path: relative, lines: text.lines().count(), code: bare(&text) });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The room in which a file stands.
fn room(path: &str) -> &str {
    if CONTRACT.iter().any(|part| path.starts_with(part)) {
        return "engine contract";
    }
    match path.split_once('/') {
        Some((room, _)) => room,
        None => path.trim_end_matches(".rs"),
    }
}

fn room_of_import(import: &[String]) -> &str {
    let contract = import.first().is_some_and(|first| first == "engine")
        && import.get(1).is_some_and(|file| {
            let part = format!("engine/{file}");
            CONTRACT.iter().any(|contract| contract.trim_end_matches(".rs").trim_end_matches('/') == part)
        });
    if contract { "engine contract" } else { import.first().map_or("", String::as_str) }
}

/// Everything that is imported with `use crate::…` or `use super::…`, or named as `crate::…`, as paths from the crate's root.
fn imports(source: &Source) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let here = module_of(&source.path);
    let code = source.code.replace("pub(crate)", "").replace("pub(super)", "");
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$') {
            continue;
        }
        expand(&code[at + "crate::".len()..], &[], &mut found);
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") || code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let mut rest = &code[at..];
        let mut base = here.clone();
        while let Some(up) = rest.strip_prefix("super::") {
            base.pop();
            rest = up;
        }
        expand(rest, &base, &mut found);
    }
    found
}

/// `engine/state.rs` is the module `engine::state`, `engine/mod.rs` is `engine`.
fn module_of(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
        parts.pop();
    }
    parts
}

/// Unfolds `a::{b, c::{d, e}}` into its paths.
fn expand(text: &str, base: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = base.to_vec();
    let mut rest = text;
    loop {
        let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
        let word = &rest[..end];
        if !word.is_empty() && word != "self" {
            path.push(word.to_owned());
        }
        rest = rest[end..].trim_start();
        match rest.strip_prefix("::") {
            Some(after) => rest = after.trim_start(),
            None => break,
        }
        if let Some(group) = rest.strip_prefix('{') {
            for part in split_group(group) {
                expand(part.trim(), &path, found);
            }
            return;
        }
    }
    if path.len() > base.len() || text.starts_with("self") {
        found.push(path);
    }
}

/// The parts of a brace group, up to its closing brace.
fn split_group(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&text[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The `pub use child::…` paths of a parent module: importing through them is importing the child.
fn re_exports(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("pub use ") {
        expand(code[at + "pub use ".len()..].trim_start_matches("self::"), &[], &mut found);
    }
    found
}

/// The file that an import ends in: the longest prefix that is a file, seen through its re-exports.
fn file_of<'a>(import: &[String], files: &BTreeSet<&'a str>, exports: &BTreeMap<&str, Vec<Vec<String>>>) -> Option<&'a str> {
    for length in (1..=import.len()).rev() {
        let (base, rest) = import.split_at(length);
        let joined = base.join("/");
        if let Some(file) = files.get(format!("{joined}.rs").as_str()) {
            return Some(file);
        }
        let parent = format!("{joined}/mod.rs");
        if let Some(file) = files.get(parent.as_str()) {
            let export = exports.get(parent.as_str()).into_iter().flatten().find(|path| path.last() == rest.first());
            let through = export.map(|path| base.iter().chain(path).cloned().collect::<Vec<_>>());
            return match through {
                Some(path) if path.as_slice() != import => file_of(&path, files, exports),
                _ => Some(file),
            };
        }
    }
    None
}

/// The shortest way from `file` back to itself.
fn way_back<'a>(file: &'a str, arrows: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut ways = std::collections::VecDeque::from([vec![file]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in arrows.get(way.last()?).into_iter().flatten() {
            let mut longer = way.clone();
            longer.push(next);
            if *next == file {
                return Some(longer);
            }
            if seen.insert(*next) {
                ways.push_back(longer);
            }
        }
    }
    None
}

/// Whether `code` names `word` as a word of its own.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
            && !code[at + word.len()..].starts_with(|after: char| word.ends_with(char::is_alphanumeric) && after == '_')
    })
}

/// `text` without comments, string contents and what stands under `#[cfg(test)]`.
fn bare(text: &str) -> String {
    let text = match text.find("#[cfg(test)]\nmod tests {") {
        Some(at) => &text[..at],
        None => text,
    };
    let mut code = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => while letters.next_if(|letter| *letter != '\n').is_some() {},
            '"' => {
                while let Some(inside) = letters.next() {
                    match inside {
                        '\\' => drop(letters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
                code.push_str("\"\"");
            }
            '\'' => {
                // A character literal holding a quote or a slash must not open a string or comment.
                let mut ahead = letters.clone();
                let (first, second) = (ahead.next(), ahead.next());
                if first == Some('\\') || second == Some('\'') {
                    if first == Some('\\') {
                        letters.next();
                    }
                    letters.next();
                    while letters.next_if(|letter| *letter != '\'').is_some() {}
                    letters.next();
                    code.push_str("' '");
                } else {
                    code.push(letter);
                }
            }
            _ => code.push(letter),
        }
    }
    code
}
