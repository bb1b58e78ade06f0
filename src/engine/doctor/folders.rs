//! Our folders: whether they are ours alone, whether there is room, and whether what is in them is sound.

use super::finding::{Finding, Part};
use crate::machine::visible_line;

/// A folder of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// What it is for.
    pub what: &'static str,
    /// Where it is.
    pub path: String,
    /// How it stands.
    pub standing: Standing,
}

/// How a folder stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not there yet.
    Absent,
    /// It is ours: its mode, and the bytes that are free there.
    There {
        /// As of `chmod`.
        mode: u32,
        /// What we may still write.
        free: Option<u64>,
    },
    /// It cannot be used: why, and what to do.
    Wrong(String, String),
}

/// A file that is looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What it is, as in “the history”.
    pub what: &'static str,
    /// Whether it is sound: why not, and what to do.
    pub sound: Result<(), (String, String)>,
}

/// Less is little.
const LITTLE: u64 = 100 << 20;

/// What is to be said of them.
#[must_use]
pub fn judge(folders: &[Folder], contents: &[Content]) -> Vec<Finding> {
    const PART: Part = Part::Folders;
    let mut found: Vec<Finding> = folders.iter().map(folder).collect();
    found.extend(contents.iter().map(|Content { what, sound }| match sound {
        Ok(()) => Finding::works(PART, format!("{what} is sound.")),
        Err((why, next)) => Finding::fails(PART, format!("{}.", visible_line(why).trim_end_matches('.')), next.clone()),
    }));
    found
}

fn folder(Folder { what, path, standing }: &Folder) -> Finding {
    const PART: Part = Part::Folders;
    let place = format!("{} ({what})", visible_line(path));
    match standing {
        Standing::Absent => Finding::works(PART, format!("{place} is made when it is needed.")),
        Standing::Wrong(why, next) => {
            Finding::fails(PART, format!("{}.", visible_line(why).trim_end_matches('.')), next.clone())
        }
        Standing::There { mode, .. } if mode & 0o077 != 0 => Finding::fails(
            PART,
            format!("{place} can be entered by others (mode {mode:03o})."),
            format!("Run: chmod 700 '{}'", visible_line(path)),
        ),
        Standing::There { free: Some(free), .. } if *free < LITTLE => Finding::fails(
            PART,
            format!("{place} has {} MB left.", free >> 20),
            "Make room on the disk: words go there before they go out.",
        ),
        Standing::There { free, .. } => {
            let room = free.map(|free| format!(", {} MB free", free >> 20)).unwrap_or_default();
            Finding::works(PART, format!("{place} is yours alone{room}."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Works};
    use super::super::finding::tests::check;
    use super::*;

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let wrong = Standing::Wrong("/x is a symbolic link".into(), "Replace the link.".into());
        for (case, standing, wanted) in [
            ("good", Standing::There { mode: 0o700, free: Some(5 << 30) }, (Works, "yours alone, 5120 MB free.")),
            ("absent", Standing::Absent, (Works, "made when")),
            ("open", Standing::There { mode: 0o750, free: None }, (Fails, "chmod 700 '/x'")),
            ("full", Standing::There { mode: 0o700, free: Some(1 << 20) }, (Fails, "has 1 MB left")),
            ("link", wrong, (Fails, "symbolic link.")),
        ] {
            check(case, &judge(&[Folder { what: "history", path: "/x".into(), standing }], &[]), &[wanted]);
        }
        let content = |sound| Content { what: "The history", sound };
        check("sound", &judge(&[], &[content(Ok(()))]), &[(Works, "The history is sound.")]);
        let damaged = Err(("The history is damaged".to_owned(), "Start again.".to_owned()));
        check("damaged", &judge(&[], &[content(damaged)]), &[(Fails, "is damaged.")]);
    }
}
