//! The name of an account that the user gave none: taken from its address.

use crate::engine::addresses::account_name;
use crate::engine::command::NewAccount;
use crate::engine::event::AccountName;

/// Characters of an address that a name takes at most: an account name has room for more, and a number may follow.
const LONGEST: usize = 48;

/// A name that nobody has: the domain of the address, else its local part, else the domain with a number.
#[must_use]
pub fn free_name(new: &NewAccount, taken: &[AccountName]) -> AccountName {
    let given = [&new.address, &new.jid, &new.sip].map(|address| address.trim());
    let address = given.into_iter().find(|address| !address.is_empty()).unwrap_or_default();
    let address = address.split_once(':').filter(|(scheme, _)| scheme.starts_with("sip")).map_or(address, |(_, rest)| rest);
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, address));
    let (local, domain) = (tidy(local), tidy(domain.split([':', '/', ';']).next().unwrap_or_default()));
    let numbered = (2_u32..).map(|number| format!("{domain}-{number}"));
    let mut names = [domain.clone(), local].into_iter().chain(numbered).map(AccountName);
    // Numbers do not end before names do.
    names.find(|name| !taken.contains(name)).unwrap_or(AccountName(domain))
}

/// As much of it as can name an account.
fn tidy(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let text: String = text.chars().map(|letter| if plain(letter) { letter } else { '-' }).take(LONGEST).collect();
    let text = text.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    account_name(text).map_or_else(|_| "account".to_owned(), |name| name.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(jid: &str, sip: &str, taken: &[&str]) -> String {
        let taken: Vec<AccountName> = taken.iter().map(|name| AccountName((*name).to_owned())).collect();
        free_name(&NewAccount { jid: jid.into(), sip: sip.into(), ..NewAccount::default() }, &taken).0
    }

    #[test]
    fn the_domain_comes_first_then_the_local_part_then_numbers() {
        assert_eq!(named("alice@example.test", "sip:a@sip.test", &[]), "example.test");
        assert_eq!(named("alice@example.test", "", &["example.test"]), "alice");
        assert_eq!(named("alice@example.test", "", &["example.test", "alice"]), "example.test-2");
        assert_eq!(named("alice@example.test", "", &["example.test", "alice", "example.test-2"]), "example.test-3");
        assert_eq!(named("", "sips:+4930123@sip.test:5061", &[]), "sip.test");
        assert_eq!(named("", "+4930123@[2001:db8::1]", &[]), "2001");
        assert_eq!(named("ž@ž", "", &[]), "account");
    }

    proptest! {
        #[test]
        fn any_address_gives_a_name(jid in "\\PC{0,90}", sip in "\\PC{0,90}") {
            let first = named(&jid, &sip, &[]);
            prop_assert!(account_name(&first).is_ok(), "{}", first);
            let second = named(&jid, &sip, &[&first]);
            prop_assert!(account_name(&second).is_ok() && second != first, "{}", second);
        }
    }
}
