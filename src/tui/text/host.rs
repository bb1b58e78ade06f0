//! The host of a link as a person may read it: in its own letters when they cannot be taken for others, else in ASCII
//! (UTS #46, with the single-script rule of UTS #39). It refuses to know whether the host is good.

use std::net::Ipv6Addr;

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};

/// `host` to be shown; `None` when it can be no host.
#[must_use]
pub fn shown(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    let (shown, valid) =
        Uts46::new().to_user_interface(host.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, |label, _, _| is_one_script(label));
    (valid.is_ok() && shown.chars().any(char::is_alphanumeric)).then(|| shown.into_owned())
}

/// The scripts whose letters look like those of others are never mixed, and those that look like Latin (Cyrillic and
/// Greek) are never shown in their own letters: a whole word of them can read as a Latin one.
fn is_one_script(label: &[char]) -> bool {
    let mut script = None;
    label.iter().filter(|letter| !letter.is_ascii_digit() && **letter != '-').all(|letter| match Script::of(*letter) {
        Script::Unsure => false,
        other => *script.get_or_insert(other) == other,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Hebrew,
    Arabic,
    Devanagari,
    Thai,
    EastAsian,
    Hangul,
    /// Taken for others, or not known.
    Unsure,
}

impl Script {
    fn of(letter: char) -> Script {
        match u32::from(letter) {
            // Without the letters that look like punctuation (ǀ, ǃ) or like plain ones (ı, ɑ).
            0x61..=0x7a | 0xdf..=0xf6 | 0xf8..=0x130 | 0x132..=0x17f => Script::Latin,
            0x5d0..=0x5ea => Script::Hebrew,
            0x620..=0x64a | 0x660..=0x669 | 0x671..=0x6d3 => Script::Arabic,
            0x900..=0x97f => Script::Devanagari,
            0xe01..=0xe3a | 0xe40..=0xe4e => Script::Thai,
            0x3005 | 0x3041..=0x3096 | 0x30a1..=0x30fa | 0x30fc | 0x4e00..=0x9fff => Script::EastAsian,
            0xac00..=0xd7a3 => Script::Hangul,
            _ => Script::Unsure,
        }
    }
}
