//! Where passwords are kept: what each place did with an entry that was written, read and deleted for a trial.

use super::finding::{Finding, Part};
use crate::machine::visible_line;

/// What came of trying a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// What was written was read and deleted.
    Works,
    /// It is not there; why, where that is known.
    Absent(String),
    /// It is there, and does not work: a sentence.
    Fails(String),
    /// It is a sealed file that this process has no passphrase for.
    Sealed(String),
}

/// A place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is called.
    pub name: &'static str,
    /// The choice of the user looks into it.
    pub chosen: bool,
    /// What came of it.
    pub tried: Tried,
}

/// What is to be said of them; `choice` is what the user has chosen.
#[must_use]
pub fn judge(choice: &str, places: &[Place]) -> Vec<Finding> {
    const PART: Part = Part::Keyring;
    let mut found: Vec<Finding> = places.iter().filter_map(place).collect();
    let kept = places.iter().find(|place| place.chosen && matches!(place.tried, Tried::Works | Tried::Sealed(_)));
    found.push(match (choice, kept) {
        ("none", _) => Finding::works(PART, "Passwords are kept nowhere, as you have chosen."),
        (_, Some(Place { name, .. })) => {
            Finding::works(PART, format!("Passwords are kept in the {name}, by your choice “{choice}”."))
        }
        (_, None) => Finding::fails(
            PART,
            format!("Passwords are kept nowhere: no place that you have chosen ({choice}) works."),
            "Have them sealed with a passphrase: offhook settings passwords file; or give accounts a --password-command",
        ),
    });
    found
}

fn place(Place { name, chosen, tried }: &Place) -> Option<Finding> {
    const PART: Part = Part::Keyring;
    let sentence = |why: &str| format!("{}.", visible_line(why).trim_end_matches('.'));
    Some(match tried {
        Tried::Works => Finding::works(PART, format!("The {name} keeps, tells and forgets a password.")),
        Tried::Sealed(path) => {
            let next = "It is asked for at the next sign-in.";
            Finding::unchecked(
                PART,
                format!("The {name} {} is sound; its passphrase was not asked for.", visible_line(path)),
                next,
            )
        }
        Tried::Absent(why) if why.is_empty() => {
            return chosen.then(|| Finding::unchecked(PART, format!("There is no {name} here."), ""));
        }
        Tried::Absent(why) => Finding::unchecked(PART, sentence(why), ""),
        Tried::Fails(why) => {
            Finding::fails(PART, sentence(why), "Unlock it, or choose another place: offhook settings passwords")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Verdict::{Fails, Unchecked, Works};
    use super::super::finding::tests::check;
    use super::*;

    #[test]
    fn each_fault_is_said_with_what_to_do() {
        let place = |name, chosen, tried| Place { name, chosen, tried };
        let absent = || Tried::Absent(String::new());
        for (case, choice, places, wanted) in [
            (
                "works",
                "automatic",
                vec![place("Secret Service", true, Tried::Works)],
                vec![(Works, "tells and forgets"), (Works, "kept in the Secret Service, by")],
            ),
            (
                "next",
                "automatic",
                vec![place("Secret Service", true, absent()), place("kernel keyring", true, Tried::Works)],
                vec![(Unchecked, "no Secret Service"), (Works, "kept in the kernel keyring, by your choice “automatic”")],
            ),
            (
                "locked",
                "secret-service",
                vec![place("it", true, Tried::Fails("it is locked".into()))],
                vec![(Fails, "it is locked."), (Fails, "kept nowhere")],
            ),
            ("not chosen", "none", vec![place("it", false, Tried::Works)], vec![(Works, "nowhere, as you have chosen")]),
            ("none", "automatic", vec![], vec![(Fails, "passwords file")]),
            (
                "sealed",
                "file",
                vec![place("sealed file", true, Tried::Sealed("/x".into()))],
                vec![(Unchecked, "was not asked"), (Works, "kept in the sealed file")],
            ),
        ] {
            check(case, &judge(choice, &places), &wanted);
        }
    }
}
