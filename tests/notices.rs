//! THIRD-PARTY.md lists every crate that is built into offhook, with its licence; `OFFHOOK_REGENERATE=1` writes it anew.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Licences that this project's own allow to be built in. Everything here is permissive or MPL-2.0 (by file).
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn third_party_notices_are_fresh() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("THIRD-PARTY.md");
    let written = write(&crates());
    if std::env::var_os("OFFHOOK_REGENERATE").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!(kept, written, "run: OFFHOOK_REGENERATE=1 cargo test --test notices");
}

#[test]
fn every_licence_is_one_that_we_may_build_in() {
    for ((name, version), licence) in crates() {
        assert!(acceptable(&licence), "{name} {version}: {licence}");
    }
    assert!(!acceptable("GPL-3.0-only"));
    assert!(acceptable("(MIT OR GPL-2.0) AND Zlib"));
}

/// Whether one way to read the SPDX expression is allowed: every `AND` part has an `OR` part that is.
fn acceptable(licence: &str) -> bool {
    let plain = licence.replace(['(', ')'], "").replace(" WITH LLVM-exception", "").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|one| ALLOWED.contains(&one.trim())))
}

/// Name and version → licence, of all that is built in on Linux: as cargo builds it, not as the lock file lists what
/// features that nobody asked for would bring.
fn crates() -> BTreeMap<(String, String), String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,build", "--target", "x86_64-unknown-linux-gnu"])
        .args(["--prefix", "none", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).unwrap();
    // Two that name a file instead: read on 2026-11-22, it is the MIT licence.
    let read = |name: &str| if name.starts_with("rsip") { "MIT" } else { "unknown" };
    let mut crates = BTreeMap::new();
    for line in listed.lines().filter(|line| !line.starts_with("offhook ") && !line.is_empty()) {
        let (package, licence) = line.split_once('|').unwrap();
        let licence = licence.trim_end_matches(" (*)");
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap(), words.next().unwrap().trim_start_matches('v'));
        let licence = if licence.is_empty() { read(name) } else { licence };
        crates.insert((name.to_owned(), version.to_owned()), licence.to_owned());
    }
    assert!(crates.len() > 100, "the list is cut off");
    crates
}

fn write(crates: &BTreeMap<(String, String), String>) -> String {
    let mut text = String::from(
        "# Third-party notices\n\noffhook is built from these crates; each stands under its own licence, whose text is in its source.\n\
         The `opus` crate builds in libopus 1.6.1 (Xiph.Org and others, BSD-3-Clause), `rusqlite` SQLite (public domain), `ring`\n\
         parts of BoringSSL (Apache-2.0, ISC). The crates under MPL-2.0 are used unchanged.\n\n| crate | version | licence |\n|---|---|---|\n",
    );
    for ((name, version), licence) in crates {
        text.push_str(&format!("| {name} | {version} | {licence} |\n"));
    }
    text
}
