//! `man/` in the tree is what `offhook man` writes. To write it anew: `OFFHOOK_REGENERATE=1 cargo test --test man`.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn pages(directory: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn the_man_pages_in_the_tree_are_those_of_the_definition() {
    let scratch = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_offhook")).arg("man").arg(scratch.path()).output().unwrap();
    assert!(made.status.success() && made.stderr.is_empty(), "{}", String::from_utf8_lossy(&made.stderr));
    let generated = pages(scratch.path());
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    if std::env::var_os("OFFHOOK_REGENERATE").is_some() {
        std::fs::create_dir_all(&tree).unwrap();
        pages(&tree).keys().for_each(|name| std::fs::remove_file(tree.join(name)).unwrap());
        generated.iter().for_each(|(name, text)| std::fs::write(tree.join(name), text).unwrap());
    }
    let found = pages(&tree);
    assert_eq!(found.keys().collect::<Vec<_>>(), generated.keys().collect::<Vec<_>>(), "run with OFFHOOK_REGENERATE=1");
    for (name, text) in &generated {
        assert!(found.get(name) == Some(text), "man/{name} is out of date: run with OFFHOOK_REGENERATE=1");
    }
    for name in [
        "offhook.1",
        "offhook-account-add.1",
        "offhook-trust-list.1",
        "offhook-call.1",
        "offhook-outbox-resend.1",
        "offhook-keys.7",
        "offhook-config.5",
    ] {
        assert!(generated.contains_key(name), "{name} is missing: {:?}", generated.keys());
    }
}
