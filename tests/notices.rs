//! THIRD-PARTY.md lists every crate that is built into offhook, with its licence; `OFFHOOK_REGENERATE=1` writes it anew.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// Name and version → licence, of all that is built in on Linux.
fn crates() -> BTreeMap<(String, String), String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes: BTreeMap<&str, &Value> =
        metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|node| (node["id"].as_str().unwrap(), node)).collect();
    let root = metadata["resolve"]["root"].as_str().unwrap();
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![root]);
    while let Some(id) = waiting.pop() {
        if !reached.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let built_in = dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"] != "dev");
            if built_in {
                waiting.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    // Two that name a file instead: read on 2026-11-22, it is the MIT licence.
    let read = |name: &str| name.starts_with("rsip").then(|| "MIT".to_owned());
    let of = |package: &Value, key: &str| package[key].as_str().unwrap_or("unknown").to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["id"] != root && reached.contains(package["id"].as_str().unwrap()))
        .map(|package| {
            let (name, licence) = (of(package, "name"), package["license"].as_str().map(str::to_owned));
            let licence = licence.or_else(|| read(&name)).unwrap_or_else(|| "unknown".to_owned());
            ((name, of(package, "version")), licence)
        })
        .collect()
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
