//! Colleagues whom the directory knows and nobody plays: made from the seed, always the same ones.

use crate::lab::site::Site;
use crate::machine::Chance;
use std::collections::BTreeSet;

/// The first number of theirs; nobody else in the lab has one like it.
const FIRST_NUMBER: u32 = 3_000;

/// First names, and how user names write them.
const FIRST: [(&str, &str); 36] = [
    ("Aino", "aino"),
    ("Amadou", "amadou"),
    ("Astrid", "astrid"),
    ("Björn", "bjorn"),
    ("Carmen", "carmen"),
    ("Cyra", "cyra"),
    ("Daniel", "daniel"),
    ("Eszter", "eszter"),
    ("Fatima", "fatima"),
    ("Fay", "fay"),
    ("Giulia", "giulia"),
    ("Hana", "hana"),
    ("Henrik", "henrik"),
    ("Ines", "ines"),
    ("Ivan", "ivan"),
    ("Jana", "jana"),
    ("Jürgen", "jurgen"),
    ("Kofi", "kofi"),
    ("Lena", "lena"),
    ("Liam", "liam"),
    ("Maja", "maja"),
    ("Marek", "marek"),
    ("Mei", "mei"),
    ("Nadia", "nadia"),
    ("Noah", "noah"),
    ("Olga", "olga"),
    ("Pavel", "pavel"),
    ("Priya", "priya"),
    ("Rosa", "rosa"),
    ("Samir", "samir"),
    ("Sofía", "sofia"),
    ("Tomás", "tomas"),
    ("Uma", "uma"),
    ("Viktor", "viktor"),
    ("Wanda", "wanda"),
    ("Yusuf", "yusuf"),
];

/// Last names, and how user names write them.
const LAST: [(&str, &str); 32] = [
    ("Alvarez", "alvarez"),
    ("Berg", "berg"),
    ("Castillo", "castillo"),
    ("Dubois", "dubois"),
    ("Eriksen", "eriksen"),
    ("Fischer", "fischer"),
    ("García", "garcia"),
    ("Haddad", "haddad"),
    ("Hoang", "hoang"),
    ("Ito", "ito"),
    ("Jansen", "jansen"),
    ("Kowalska", "kowalska"),
    ("Kumar", "kumar"),
    ("Larsen", "larsen"),
    ("Mensah", "mensah"),
    ("Moreau", "moreau"),
    ("Nagy", "nagy"),
    ("Novák", "novak"),
    ("Osei", "osei"),
    ("Papadaki", "papadaki"),
    ("Petrov", "petrov"),
    ("Quinn", "quinn"),
    ("Rossi", "rossi"),
    ("Santos", "santos"),
    ("Schmidt", "schmidt"),
    ("Silva", "silva"),
    ("Tanaka", "tanaka"),
    ("Vance", "vance"),
    ("Virtanen", "virtanen"),
    ("Wagner", "wagner"),
    ("Yılmaz", "yilmaz"),
    ("Zhou", "zhou"),
];

/// Departments, and what people are there.
const WORK: [(&str, [&str; 3]); 6] = [
    ("Engineering", ["Engineer", "Senior engineer", "Test engineer"]),
    ("Finance", ["Accountant", "Controller", "Buyer"]),
    ("Logistics", ["Planner", "Dispatcher", "Warehouse lead"]),
    ("Reception", ["Receptionist", "Office manager", "Switchboard"]),
    ("Sales", ["Account manager", "Sales engineer", "Key accounts"]),
    ("Support", ["Support engineer", "Team lead", "Duty manager"]),
];

/// A colleague.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Colleague {
    pub(super) user: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) number: String,
    /// Some have none.
    pub(super) mobile: String,
    pub(super) department: &'static str,
    pub(super) title: &'static str,
}

/// The colleagues of a site.
pub(super) fn colleagues(site: &Site, seed: u64) -> Vec<Colleague> {
    let mut chance = Chance::seeded(seed ^ 0x0d1e_c702);
    let mut taken: BTreeSet<String> = site.people.iter().map(|person| person.user().to_owned()).collect();
    let mut made = Vec::new();
    for at in 0..u32::from(site.directory.colleagues) {
        let (Some((first, plain)), Some((last, plain_last))) = (one_of(&mut chance, &FIRST), one_of(&mut chance, &LAST)) else {
            break;
        };
        let whole = format!("{plain}.{plain_last}");
        let others = (2..).map(|number: u32| format!("{whole}{number}"));
        let user = std::iter::once(whole.clone()).chain(others).find(|user| taken.insert(user.clone()));
        let work = one_of(&mut chance, &WORK);
        let (department, title) =
            work.map_or(("", ""), |(of, titles)| (*of, one_of(&mut chance, titles).copied().unwrap_or("")));
        let has_mobile = chance.happens(600);
        let called = site.directory.first_name.as_ref().filter(|_| at == 0);
        made.push(Colleague {
            user: user.unwrap_or(whole),
            first_name: called.cloned().unwrap_or_else(|| (*first).to_owned()),
            last_name: (*last).to_owned(),
            number: (FIRST_NUMBER + at).to_string(),
            mobile: if has_mobile { format!("+46 70 555 {:02} {:02}", at / 100, at % 100) } else { String::new() },
            department,
            title,
        });
    }
    made
}

fn one_of<'a, T>(chance: &mut Chance, all: &'a [T]) -> Option<&'a T> {
    all.get(usize::try_from(chance.below(all.len() as u64)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_colleagues_and_no_two_are_one() {
        let site = Site::parse("").unwrap();
        let (one, other) = (colleagues(&site, 1), colleagues(&site, 2));
        assert_eq!((one.len(), one == colleagues(&site, 1), one == other), (300, true, false));
        let users: BTreeSet<&str> = one.iter().map(|colleague| colleague.user.as_str()).collect();
        assert_eq!(users.len(), 300);
        assert!(users.iter().all(|user| user.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'.')));
        assert!(colleagues(&Site::parse("directory.colleagues = 0").unwrap(), 1).is_empty());
    }
}
