//! Whom a conversation is with, and what to call them.

use crate::engine::event::{AccountName, bare};
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
        let named = state.accounts.get(&self.account).and_then(|account| name_of(account, &self.with));
        named.unwrap_or_else(|| visible_line(&self.with))
    }
}

fn name_of(account: &AccountState, jid: &str) -> Option<String> {
    account.contacts.get(jid).filter(|contact| !contact.name.is_empty()).map(|contact| contact.name.to_string())
}

/// The first word of a name, for the narrow column of a conversation.
#[must_use]
pub fn first_name(name: &str) -> &str {
    let first = name.split_whitespace().next().unwrap_or(name);
    first.split_once('@').map_or(first, |(local, _)| local)
}

/// The `user@host` of a SIP URI, or what stands in its place: without scheme, display name, port and parameters.
#[must_use]
pub fn address_of_uri(uri: &str) -> String {
    let inner = uri.split_once('<').map_or(uri, |(_, rest)| rest.split('>').next().unwrap_or(rest));
    let rest = ["sip:", "sips:", "tel:"].iter().find_map(|scheme| inner.strip_prefix(scheme)).unwrap_or(inner);
    let address = rest.split([';', '?']).next().unwrap_or(rest);
    match address.rsplit_once('@') {
        Some((user, host)) => {
            let host = host
                .rsplit_once(':')
                .filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()))
                .map_or(host, |(host, _)| host);
            format!("{user}@{}", host.to_ascii_lowercase())
        }
        None => address.to_owned(),
    }
}

/// What the user calls the far side of a call: a contact of that address, else what it calls itself, else its number or
/// address. Fit for a terminal.
#[must_use]
pub fn name_of_caller(state: &State, account: &AccountName, peer: &RemoteText, name: &RemoteText) -> String {
    let address = address_of_uri(peer.raw());
    let known = state.accounts.get(account).into_iter().chain(state.accounts.values());
    if let Some(name) = known.filter_map(|account| name_of(account, &address)).next() {
        return name;
    }
    if name.is_empty() { number(&address) } else { name.to_string() }
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
    fn a_narrow_name_is_the_first() {
        assert_eq!(first_name("Bo Lindqvist"), "Bo");
        assert_eq!(first_name("bo@lab.example"), "bo");
    }
}
