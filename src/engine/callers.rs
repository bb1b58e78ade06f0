//! Whom a call is with: the one among the user's people whose number it is, so that a call stands in their conversation
//! whichever way it was dialled.

use super::event::{AccountName, Contact, address_of_uri, dialled};
use super::state::{AccountState, CallState, State};
use crate::machine::RemoteText;

impl State {
    /// The contact whom a call with a number of our own system is with: the one whose name the number came with, now or
    /// before, where only one has that name. None where it is not such a number, or nobody has said whose it is.
    #[must_use]
    pub fn partner_of(&self, account: &AccountName, peer: &RemoteText, name: &RemoteText) -> Option<String> {
        let address = address_of_uri(peer.raw());
        let own = self.accounts.get(account).filter(|own| is_number_of(&address, own))?;
        if own.contacts.contains_key(&address) {
            return None;
        }
        let called = |call: &&CallState| call.account == *account && address_of_uri(call.peer.raw()) == address;
        let earlier = self.calls.values().filter(called).map(|call| call.name.to_string());
        let listed = address.split_once('@').and_then(|(number, _)| own.directory.names.get(&dialled(number)?));
        let listed = listed.map(ToString::to_string);
        let mut names = std::iter::once(name.to_string()).chain(listed).chain(earlier).filter(|name| !name.is_empty());
        names.find_map(|name| only_one_named(own, &name)).map(str::to_owned)
    }
}

/// It is a number at the host of the account's own phone: others may call themselves what they like.
fn is_number_of(address: &str, own: &AccountState) -> bool {
    let home = own.identity.sip.as_deref().map(address_of_uri);
    let home = home.as_deref().and_then(|home| home.split_once('@'));
    address.split_once('@').is_some_and(|(user, host)| {
        let is_number = !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit() || b"+*#-.".contains(&byte));
        is_number && home.is_some_and(|(_, home)| home == host)
    })
}

fn only_one_named<'a>(account: &'a AccountState, name: &str) -> Option<&'a str> {
    let name = name.to_lowercase();
    let named = |contact: &&Contact| contact.name.to_string().to_lowercase() == name;
    let mut all = account.contacts.values().filter(named);
    all.next().filter(|_| all.next().is_none()).map(|contact| contact.jid.as_str())
}
