//! What the user types for accounts and servers, checked and brought into one form; each error says the right form.
//!
//! It refuses to know whether any of it exists: that is for the DNS and for the servers to say.
#![deny(clippy::indexing_slicing)]

use super::event::AccountName;
use super::settings::XmppServer;
use crate::machine::visible_line;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use url::Url;
use xmpp_parsers::jid::{BareJid, Jid};

/// The longest account name: it is a file name with an ending.
const NAME: usize = 64;

/// No user is longer, in bytes.
const LONGEST_USER: usize = 512;

/// Reads an account name. It is also a file name, so it can neither hide nor climb nor look like a flag.
///
/// # Errors
/// A sentence that says the right form.
pub fn account_name(text: &str) -> Result<AccountName, String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !plain || text.len() > NAME || !text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Err(format!(
            "“{}” cannot name an account: take up to {NAME} ASCII letters, digits, “-”, “_” and “.”, a letter or digit first, as in work.",
            visible_line(text)
        ));
    }
    Ok(AccountName(text.to_owned()))
}

/// Reads the address of an XMPP account: a bare JID with its local part (RFC 7622), normalised.
///
/// # Errors
/// A sentence that says the right form.
pub fn bare_jid(text: &str) -> Result<String, String> {
    let shown = visible_line(text);
    let jid = Jid::new(text).map_err(|why| format!("“{shown}” is no JID: {why}. Write it as in alice@example.test."))?;
    if let Some(resource) = jid.resource() {
        return Err(format!(
            "“{shown}” has a resource: leave out “/{}”. Each run of offhook takes a resource of its own.",
            visible_line(resource.as_str())
        ));
    }
    let bare: BareJid = jid.to_bare();
    if bare.node().is_none() {
        return Err(format!(
            "“{shown}” names a server and nobody on it: write it as in alice@{}.",
            visible_line(bare.as_str())
        ));
    }
    Ok(bare.to_string())
}

/// Reads the address that discovery begins with, `USER@DOMAIN`: the user as it was typed, the domain in lower case.
///
/// # Errors
/// A sentence that says the right form.
pub fn user_at_domain(text: &str) -> Result<(String, String), String> {
    const FORM: &str = "Write it as in alice@example.test.";
    let shown = visible_line(text);
    let Some((user, domain)) = text.trim().rsplit_once('@') else {
        return Err(format!("“{shown}” names no user at a domain. {FORM}"));
    };
    let odd = |letter: char| letter.is_control() || letter.is_whitespace();
    if user.is_empty() || user.len() > LONGEST_USER || user.contains(odd) {
        return Err(format!("“{}” is no user. {FORM}", visible_line(user)));
    }
    let domain = host_name(domain).filter(|domain| domain.parse::<IpAddr>().is_err());
    let domain = domain.ok_or_else(|| format!("“{shown}” names no domain. {FORM}"))?;
    Ok((user.to_owned(), domain))
}

/// Reads a name server: its address, and its port unless that is 53.
///
/// # Errors
/// A sentence that says the right form.
pub fn name_server(text: &str) -> Result<SocketAddr, String> {
    const FORM: &str = "Write the address of a name server, as in 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53.";
    if let Ok(address) = text.trim().parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, 53));
    }
    let (host, port) = host_and_port(text.trim()).map_err(|why| format!("{why} {FORM}"))?;
    let host = if host == "localhost" { "127.0.0.1" } else { &host };
    let address = host.parse::<IpAddr>().map_err(|_| format!("“{}” is no address. {FORM}", visible_line(host)))?;
    Ok(SocketAddr::new(address, port.unwrap_or(53)))
}

/// Reads where CAS is asked: an http or https URL without a user in it.
///
/// # Errors
/// A sentence that says the right form.
pub fn cas(text: &str) -> Result<Url, String> {
    const FORM: &str = "Write it as in https://cas.example.test/cas/FederatedSSO.";
    let shown = visible_line(text);
    let url = Url::parse(text.trim()).map_err(|why| format!("“{shown}” is no URL: {why}. {FORM}"))?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || has_user {
        return Err(format!("“{shown}” is not where CAS can be asked. {FORM}"));
    }
    Ok(url)
}

/// Reads the name of a device at Communications Manager.
///
/// # Errors
/// A sentence that says the right form.
pub fn device(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match !text.is_empty() && text.len() <= 128 && text.bytes().all(plain) {
        true => Ok(text.to_owned()),
        false => Err(format!("“{}” is no device. Its name is as in CSFANA.", visible_line(text))),
    }
}

/// Reads to whom a message goes: a bare or full JID, normalised.
///
/// # Errors
/// A sentence that says the right form.
pub fn recipient(text: &str) -> Result<String, String> {
    let jid =
        Jid::new(text).map_err(|why| format!("“{}” is no JID: {why}. Write it as in bob@example.test.", visible_line(text)))?;
    Ok(jid.to_string())
}

/// Reads `HOST:PORT[;tls=direct]`.
///
/// # Errors
/// A sentence that says the right form.
pub fn xmpp_server(text: &str) -> Result<XmppServer, String> {
    const FORM: &str = "Write HOST:PORT as in xmpp.example.test:5222 or [2001:db8::1]:5222, \
                        and HOST:PORT;tls=direct where TLS begins with the first byte.";
    let (place, direct_tls) = match text.split_once(';') {
        None => (text, false),
        Some((place, "tls=direct")) => (place, true),
        Some((_, other)) => return Err(format!("“;{}” is not known here. {FORM}", visible_line(other))),
    };
    let (host, port) = host_port(place).map_err(|why| format!("{why} {FORM}"))?;
    Ok(XmppServer { host, port, direct_tls })
}

/// Reads `HOST:PORT`: a name, an IPv4 address, or an IPv6 address in brackets, which are taken off.
///
/// # Errors
/// A sentence without the right form, which differs by what it is for.
pub fn host_port(text: &str) -> Result<(String, u16), String> {
    match host_and_port(text)? {
        (host, Some(port)) => Ok((host, port)),
        (_, None) => Err(format!("“{}” names no port.", visible_line(text))),
    }
}

/// Reads an address of record, with or without its scheme; it is written back with it.
///
/// # Errors
/// A sentence that says the right form.
pub fn sip_address(text: &str) -> Result<String, String> {
    const FORM: &str = "Write it as in sip:alice@example.test.";
    let (scheme, rest) = sip_scheme(text);
    let Some((user, place)) = rest.rsplit_once('@').filter(|(user, _)| is_user(user)) else {
        return Err(format!("“{}” names no user at a host. {FORM}", visible_line(text)));
    };
    if place.contains([';', '?']) {
        return Err(format!(
            "“{}” has parameters, and an address of record has none. {FORM} A server goes to --sip-proxy.",
            visible_line(text)
        ));
    }
    let (host, port) = host_and_port(place).map_err(|why| format!("{why} {FORM}"))?;
    Ok(format!("{scheme}:{user}@{}", written(&host, port)))
}

/// Reads an outbound proxy: `sip:HOST[:PORT][;transport=udp|tcp|tls]`, with or without its scheme.
///
/// # Errors
/// A sentence that says the right form.
pub fn sip_proxy(text: &str) -> Result<String, String> {
    const FORM: &str = "Write it as in 'sip:proxy.example.test:5061;transport=tls'; transport is udp, tcp or tls.";
    let (scheme, rest) = sip_scheme(text);
    let (place, parameters) = rest.split_once(';').map_or((rest, None), |(place, rest)| (place, Some(rest)));
    if place.contains('@') {
        return Err(format!("“{}” names a user, and a proxy has none. {FORM}", visible_line(text)));
    }
    let (host, port) = host_and_port(place).map_err(|why| format!("{why} {FORM}"))?;
    let mut proxy = format!("{scheme}:{}", written(&host, port));
    for parameter in parameters.iter().flat_map(|all| all.split(';')) {
        match parameter.to_ascii_lowercase().as_str() {
            "transport=udp" | "transport=tcp" if scheme == "sips" => {
                return Err(format!("sips: is TLS, and “;{}” is not. {FORM}", visible_line(parameter)));
            }
            known @ ("transport=udp" | "transport=tcp" | "transport=tls") if !proxy.contains(";transport=") => {
                proxy.push_str(&format!(";{known}"));
            }
            // Every proxy of today routes loosely (RFC 3261 §16.12), so it goes without saying.
            "lr" => {}
            _ => return Err(format!("“;{}” is not known here. {FORM}", visible_line(parameter))),
        }
    }
    Ok(proxy)
}

/// Whether a proxy as [`sip_proxy`] wrote it names a transport that anybody on the way can read.
#[must_use]
pub fn is_clear_proxy(proxy: &str) -> bool {
    proxy.ends_with(";transport=udp") || proxy.ends_with(";transport=tcp")
}

fn sip_scheme(text: &str) -> (&'static str, &str) {
    for (prefix, scheme) in [("sip:", "sip"), ("sips:", "sips")] {
        if let Some((head, rest)) = text.split_at_checked(prefix.len())
            && head.eq_ignore_ascii_case(prefix)
        {
            return (scheme, rest);
        }
    }
    ("sip", text)
}

/// The user part of RFC 3261 §25.1 without a password; what is outside it must come escaped.
fn is_user(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%".contains(&byte))
}

fn written(host: &str, port: Option<u16>) -> String {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    port.map_or(host.clone(), |port| format!("{host}:{port}"))
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), String> {
    let shown = visible_line(text);
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(|| format!("“{shown}” lacks the closing bracket."))?;
        let host: Ipv6Addr = host.parse().map_err(|_| format!("“{}” is no IPv6 address.", visible_line(host)))?;
        let port = match port {
            "" => None,
            _ => Some(port.strip_prefix(':').ok_or_else(|| format!("“{shown}” goes on after its bracket without “:”."))?),
        };
        (host.to_string(), port)
    } else {
        let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
        if port.is_some_and(|port| port.contains(':')) {
            return Err(format!("“{shown}” looks like an IPv6 address, which needs brackets around it."));
        }
        (host_name(host).ok_or_else(|| format!("“{}” is no host name.", visible_line(host)))?, port)
    };
    let port = match port {
        None => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port != 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(port),
            _ => return Err(format!("“{}” is no port: that is a number from 1 to 65535.", visible_line(digits))),
        },
    };
    Ok((host, port))
}

/// A host name (RFC 1123 §2.1, with `_` as it is met in private networks) or IPv4 address, in lower case, without a
/// final dot; names beyond ASCII come out as the DNS writes them (A-labels are the resolver's matter).
fn host_name(text: &str) -> Option<String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_lowercase();
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && label.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    };
    // Digits and dots alone are an IPv4 address or a slip.
    let numeric = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numeric {
        return name.parse::<IpAddr>().ok().map(|address| address.to_string());
    }
    (name.len() <= 253 && name.split('.').all(is_label)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_name_can_neither_hide_nor_climb() {
        for good in ["work", "A1", "me.at-home_2", &"x".repeat(64)] {
            assert_eq!(account_name(good).unwrap().0, good);
        }
        for bad in ["", ".", "..", ".hidden", "-x", "a/b", "a b", "ä", "a\u{1b}[2J", &"x".repeat(65)] {
            let why = account_name(bad).unwrap_err();
            assert!(why.contains("as in work") && !why.contains('\u{1b}'), "{why}");
        }
    }

    #[test]
    fn a_jid_is_bare_and_normalised() {
        assert_eq!(bare_jid("Alice@Example.TEST").unwrap(), "alice@example.test");
        assert!(bare_jid("alice@example.test/phone").unwrap_err().contains("leave out “/phone”"));
        assert!(bare_jid("example.test").unwrap_err().contains("alice@example.test"));
        assert!(bare_jid("@").unwrap_err().contains("is no JID"));
        assert_eq!(recipient("Bob@example.test/Desk").unwrap(), "bob@example.test/Desk");
        assert!(recipient("bob at example").unwrap_err().contains("bob@example.test"));
    }

    #[test]
    fn what_discovery_begins_with_is_checked() {
        let address = |text: &str| user_at_domain(text).unwrap();
        assert_eq!(address("Ana.Ruiz@LAB.Example."), ("Ana.Ruiz".into(), "lab.example".into()));
        assert_eq!(address("ana@lab.example@voice.example"), ("ana@lab.example".into(), "voice.example".into()));
        for bad in ["", "lab.example", "@lab.example", "a b@lab.example", "ana@", "ana@192.0.2.1", "a\u{1b}@lab.example"] {
            let said = user_at_domain(bad).unwrap_err();
            assert!(said.contains("alice@example.test") && !said.contains('\u{1b}'), "{bad}: {said}");
        }
        for (text, server) in [
            ("192.0.2.53", "192.0.2.53:53"),
            ("127.1.2.3:5353", "127.1.2.3:5353"),
            ("::1", "[::1]:53"),
            ("[::1]:54", "[::1]:54"),
            ("localhost:5300", "127.0.0.1:5300"),
        ] {
            assert_eq!(name_server(text).unwrap().to_string(), server);
        }
        for bad in ["", "ns.example.test", "192.0.2.53:0", "192.0.2.53:99999", "1.2.3"] {
            assert!(name_server(bad).unwrap_err().contains("192.0.2.53:5353"), "{bad}");
        }
        assert_eq!(cas("http://127.0.0.1:8080").unwrap().as_str(), "http://127.0.0.1:8080/");
        for bad in ["", "cas.example.test", "ftp://cas.example.test", "https://a:b@cas.example.test/", "file:///etc"] {
            assert!(cas(bad).unwrap_err().contains("https://cas.example.test"), "{bad}");
        }
    }

    #[test]
    fn a_server_is_written_as_it_is_read() {
        for text in ["xmpp.example.test:5222", "[2001:db8::1]:5223;tls=direct", "192.0.2.7:5222"] {
            assert_eq!(xmpp_server(text).unwrap().to_string(), text);
        }
        for (bad, why) in [
            ("xmpp.example.test", "names no port"),
            ("2001:db8::1:5222", "needs brackets"),
            ("[2001:db8::1]", "names no port"),
            ("[2001:db8::1", "closing bracket"),
            ("[2001:db8::1]5222", "without “:”"),
            ("host:0", "1 to 65535"),
            ("host:65536", "1 to 65535"),
            ("host:+52", "1 to 65535"),
            ("ho st:5222", "no host name"),
            (":5222", "no host name"),
            ("1.2.3:5222", "no host name"),
            ("host:5222;tls=maybe", "is not known here"),
        ] {
            let said = xmpp_server(bad).unwrap_err();
            assert!(said.contains(why) && said.contains("HOST:PORT"), "{bad}: {said}");
        }
    }

    #[test]
    fn a_sip_address_gets_its_scheme_and_has_no_parameters() {
        assert_eq!(sip_address("alice@Example.test").unwrap(), "sip:alice@example.test");
        assert_eq!(sip_address("SIPS:+4930123@[2001:db8::1]:5061").unwrap(), "sips:+4930123@[2001:db8::1]:5061");
        for bad in ["sip:example.test", "sip:@example.test", "sip:a b@example.test", "tel:+4930123", "sip:a@h;transport=tcp"] {
            let said = sip_address(bad).unwrap_err();
            assert!(said.contains("sip:alice@example.test"), "{bad}: {said}");
        }
    }

    #[test]
    fn a_proxy_names_a_transport_that_we_have() {
        assert_eq!(sip_proxy("sip:Proxy.test:5061;Transport=TLS;lr").unwrap(), "sip:proxy.test:5061;transport=tls");
        assert_eq!(sip_proxy("proxy.test").unwrap(), "sip:proxy.test");
        assert!(is_clear_proxy(&sip_proxy("sip:[::1]:5060;transport=udp").unwrap()));
        assert!(!is_clear_proxy(&sip_proxy("sips:proxy.test").unwrap()));
        for bad in ["sip:a@proxy.test", "sip:proxy.test;transport=sctp", "sips:proxy.test;transport=tcp", "sip:p;x", "sip:"] {
            assert!(sip_proxy(bad).unwrap_err().contains("transport is udp, tcp or tls"), "{bad}");
        }
    }
}
