//! Whom a conversation is with, and what to call them.

pub use crate::engine::event::address_of_uri;
use crate::engine::event::{AccountName, Contact, bare, dialled};
use crate::engine::state::{AccountState, State};
use crate::machine::{RemoteText, visible_line};

/// A conversation partner: an address, as one account knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whom {
    /// Which account.
    pub account: AccountName,
    /// Bare address.
    pub with: String,
}

impl Whom {
    /// `with` as `account` knows it.
    #[must_use]
    pub fn new(account: &AccountName, with: &str) -> Whom {
        Whom { account: account.clone(), with: bare(with).to_owned() }
    }

    /// What the user calls them: the roster's name, else the address. Fit for a terminal.
    #[must_use]
    pub fn name(&self, state: &State) -> String {
        called(state.accounts.get(&self.account).and_then(|account| account.contacts.get(&self.with)), &self.with)
    }
}

/// What the user calls this contact, or whoever has this address. Fit for a terminal.
#[must_use]
pub fn called(contact: Option<&Contact>, with: &str) -> String {
    contact.and_then(own_name).unwrap_or_else(|| visible_line(with))
}

fn own_name(contact: &Contact) -> Option<String> {
    Some(&contact.name).filter(|name| !name.is_empty()).map(ToString::to_string)
}

fn name_of(account: &AccountState, jid: &str) -> Option<String> {
    account.contacts.get(jid).and_then(own_name)
}

/// The first word of a name, for the narrow column of a conversation.
#[must_use]
pub fn first_name(name: &str) -> &str {
    let first = name.split_whitespace().next().unwrap_or(name);
    first.split_once('@').map_or(first, |(local, _)| local)
}

/// What the user calls the far side of a call: the contact that it is, else what it calls itself, else its number or
/// address. Fit for a terminal.
#[must_use]
pub fn name_of_caller(state: &State, account: &AccountName, peer: &RemoteText, name: &RemoteText) -> String {
    let whom = of_caller(state, account, peer, name);
    let known = state.accounts.get(&whom.account).into_iter().chain(state.accounts.values());
    if let Some(name) = known.filter_map(|account| name_of(account, &whom.with)).next() {
        return name;
    }
    let address = address_of_uri(peer.raw());
    let number = number(&address);
    if !name.is_empty() && name.raw() != number {
        return name.to_string();
    }
    // Who says nothing of themselves is called what the directory calls them.
    let directory = state.accounts.get(account).map(|account| &account.directory.names);
    let dialled = address.split_once('@').and_then(|(user, _)| dialled(user));
    directory.and_then(|names| names.get(&dialled?)).map_or(number, ToString::to_string)
}

/// Whom a call is with.
#[must_use]
pub fn of_caller(state: &State, account: &AccountName, peer: &RemoteText, name: &RemoteText) -> Whom {
    let with = state.partner_of(account, peer, name).unwrap_or_else(|| address_of_uri(peer.raw()));
    Whom::new(account, &with)
}

/// The part of an address that people dial: the number where the user part is one, else the whole. Fit for a terminal.
#[must_use]
pub fn number(address: &str) -> String {
    let user = address.split_once('@').map_or(address, |(user, _)| user);
    let dialled = !user.is_empty() && user.bytes().all(|c| c.is_ascii_digit() || b"+*#-.".contains(&c));
    visible_line(if dialled { user } else { address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_a_uri() {
        for (uri, address) in [
            ("sip:bo@Example.test", "bo@example.test"),
            ("\"Bo\" <sips:bo@example.test:5061;transport=tls>;tag=1", "bo@example.test"),
            ("tel:+46855501", "+46855501"),
            ("sip:1002@lab.example;user=phone", "1002@lab.example"),
            ("1002", "1002"),
        ] {
            assert_eq!(address_of_uri(uri), address);
        }
        assert_eq!(number("1002@lab.example"), "1002");
        assert_eq!(number("bo@lab.example"), "bo@lab.example");
    }

    #[test]
    fn a_number_of_our_own_system_is_the_contact_whose_name_it_came_with() {
        use crate::engine::event::{CallChange, CallId, Contact, Event, Identity};
        let (mut state, work) = (State::default(), AccountName("work".into()));
        let sip = Some("sip:1001@lab.example".to_owned());
        state.apply(&Event::Account { account: work.clone(), identity: Identity { sip, ..Identity::default() } });
        let contact = |jid: &str, name: &str| Event::Contact {
            account: work.clone(),
            contact: Contact {
                jid: jid.into(),
                name: name.into(),
                we_see_them: true,
                they_see_us: true,
                asked: false,
                groups: Vec::new(),
            },
        };
        state.apply(&contact("dora@lab.example", "Dora Lind"));
        let of = |state: &State, peer: &str, name: &str| of_caller(state, &work, &peer.into(), &name.into()).with;
        assert_eq!(of(&state, "sip:1004@lab.example", "dora lind"), "dora@lab.example");
        assert_eq!(of(&state, "sip:1004@lab.example", ""), "1004@lab.example", "nobody has said whose it is");
        assert_eq!(of(&state, "sip:1004@evil.example", "Dora Lind"), "1004@evil.example", "others say what they like");
        let began = CallChange::Began {
            account: work.clone(),
            incoming: true,
            peer: "sip:1004@lab.example".into(),
            name: "Dora Lind".into(),
            ticket: None,
            at: crate::machine::Stamp::from_micros(0),
        };
        state.apply(&Event::Call { call: CallId(1), change: began });
        assert_eq!(of(&state, "sip:1004@lab.example;user=phone", ""), "dora@lab.example", "it has called before");
        let name = name_of_caller(&state, &work, &"sip:1004@lab.example".into(), &RemoteText::default());
        assert_eq!(name, "Dora Lind");
        state.apply(&contact("dora2@lab.example", "Dora Lind"));
        assert_eq!(of(&state, "sip:1004@lab.example", "Dora Lind"), "1004@lab.example", "which of the two nobody knows");
    }

    #[test]
    fn a_narrow_name_is_the_first() {
        assert_eq!(first_name("Bo Lindqvist"), "Bo");
        assert_eq!(first_name("bo@lab.example"), "bo");
    }

    #[test]
    fn what_is_no_uri_is_taken_as_it_is_and_never_panics() {
        for (odd, address) in [
            ("", ""),
            ("<", ""),
            ("sip:", ""),
            ("@", "@"),
            ("sip:a@b@c", "a@b@c"),
            ("sip:bo@[2001:db8::1]:5060", "bo@[2001:db8::1]"),
            ("sip:bo@host:port", "bo@host:port"),
        ] {
            assert_eq!(address_of_uri(odd), address, "{odd}");
        }
        assert_eq!((number(""), number("@x"), number("+46-8@x")), (String::new(), "@x".to_owned(), "+46-8".to_owned()));
        assert!(!number("\u{1b}[2J@x").contains('\u{1b}'));
        assert_eq!((first_name(""), first_name("  "), first_name("@x")), ("", "  ", ""));
    }

    #[test]
    fn a_caller_is_a_contact_else_what_it_calls_itself_else_its_number() {
        use crate::engine::event::{Contact, Event};
        let (mut state, work) = (State::default(), AccountName("work".into()));
        let other = AccountName("other".into());
        let name = |state: &State, peer: &str, says: &str| name_of_caller(state, &work, &peer.into(), &says.into());
        assert_eq!(name(&state, "sip:bo@example.test", ""), "bo@example.test");
        assert_eq!(name(&state, "sip:1002@example.test", ""), "1002");
        assert_eq!(name(&state, "sip:1002@example.test", "The Bank"), "The Bank");
        let contact = |name: &str| Contact {
            jid: "bo@example.test".into(),
            name: name.into(),
            we_see_them: true,
            they_see_us: true,
            asked: false,
            groups: Vec::new(),
        };
        // Another account's contact is known too, and the call's own account knows best.
        state.apply(&Event::Contact { account: other, contact: contact("Bo from elsewhere") });
        assert_eq!(name(&state, "\"The Bank\" <sip:bo@example.test:5061>", "The Bank"), "Bo from elsewhere");
        state.apply(&Event::Contact { account: work.clone(), contact: contact("Bo Lindqvist") });
        assert_eq!(name(&state, "sip:bo@example.test", "The Bank"), "Bo Lindqvist");
    }
}
