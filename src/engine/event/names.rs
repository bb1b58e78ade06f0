//! The names by which the screen and the engine speak of the same thing.

/// The name the user gave an account: also the name of its file, so it is ASCII letters, digits, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(pub String);

impl std::fmt::Display for AccountName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// A call of this run of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// A number that the sender of a command chooses and finds again in the event that answers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A message in the store: for one that we wrote its origin id (XEP-0359), for one that came the id that the archive
/// gave it, else one that we made up. Unique within an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub String);

/// The bare part of an address: what stands before the resource. A conversation is with a bare address.
#[must_use]
pub fn bare(address: &str) -> &str {
    address.split_once('/').map_or(address, |(bare, _)| bare)
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
