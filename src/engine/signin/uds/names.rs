//! Names without a dot, as administrators give them to nodes: they are meant within the domain of the node that names them.

use crate::engine::signin::Server;
use url::Url;

/// `host` as the node `like` means it. Addresses and names with a dot stay as they are.
#[must_use]
pub fn qualified(host: &str, like: &Server) -> String {
    let short = !host.is_empty() && !host.contains(['.', ':']) && host != "localhost";
    match like.host.split_once('.').filter(|_| short && like.host.parse::<std::net::IpAddr>().is_err()) {
        Some((_, domain)) => format!("{host}.{domain}"),
        None => host.to_owned(),
    }
}

/// The address with its host as the node `like` means it; as it stands where it is no address.
#[must_use]
pub fn qualified_address(address: &str, like: &Server) -> String {
    let Ok(mut url) = Url::parse(address.trim()) else { return address.to_owned() };
    let host = url.host_str().map(|host| qualified(host, like));
    match host.map(|host| url.set_host(Some(&host))) {
        Some(Ok(())) => url.into(),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_meant_within_the_domain_of_who_says_them() {
        let node = Server::new("cucm1.lab.example", 8443);
        assert_eq!(qualified("cucm2", &node), "cucm2.lab.example");
        for whole in ["cucm2.voice.example", "192.0.2.1", "2001:db8::1", "", "localhost"] {
            assert_eq!(qualified(whole, &node), whole);
        }
        assert_eq!(qualified("cucm2", &Server::new("192.0.2.7", 1)), "cucm2");
        assert_eq!(qualified("cucm2", &Server::new("cucm1", 1)), "cucm2");
        assert_eq!(qualified_address("http://cucm:6970/a/b", &node), "http://cucm.lab.example:6970/a/b");
        assert_eq!(qualified_address("no address", &node), "no address");
        assert_eq!(qualified_address("http://192.0.2.1/x", &node), "http://192.0.2.1/x");
    }
}
