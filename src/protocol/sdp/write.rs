//! A [`Description`] to bytes (RFC 8866 §9), with CRLF. Nothing that it is given can begin a line of its own.

use super::description::{Attribute, Connection, Description, Media};
use std::net::IpAddr;

/// Writes the description.
#[must_use]
pub fn write(description: &Description) -> Vec<u8> {
    let mut text = String::with_capacity(512);
    line(&mut text, 'v', "0");
    if let Some(origin) = &description.origin {
        line(&mut text, 'o', &format!("- {} {} {}", origin.session, origin.version, network(origin.address)));
    }
    line(&mut text, 's', if description.name.is_empty() { "-" } else { &description.name });
    connection(&mut text, description.connection.as_ref());
    line(&mut text, 't', if description.timing.is_empty() { "0 0" } else { &description.timing });
    attributes(&mut text, &description.attributes);
    for stream in &description.media {
        media(&mut text, stream);
    }
    text.into_bytes()
}

fn media(text: &mut String, media: &Media) {
    line(text, 'm', &format!("{} {} {} {}", media.kind, media.port, media.profile, media.formats.join(" ")));
    connection(text, media.connection.as_ref());
    attributes(text, &media.attributes);
}

fn connection(text: &mut String, connection: Option<&Connection>) {
    match connection {
        Some(Connection::Address(address)) => line(text, 'c', &network(*address)),
        Some(Connection::Elsewhere(value)) => line(text, 'c', value),
        None => {}
    }
}

fn attributes(text: &mut String, attributes: &[Attribute]) {
    for attribute in attributes {
        match &attribute.value {
            Some(value) => line(text, 'a', &format!("{}:{value}", attribute.name)),
            None => line(text, 'a', &attribute.name),
        }
    }
}

fn network(address: IpAddr) -> String {
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    format!("IN {family} {address}")
}

fn line(text: &mut String, letter: char, value: &str) {
    text.push(letter);
    text.push('=');
    text.extend(value.chars().filter(|letter| !matches!(letter, '\r' | '\n' | '\0')));
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, parse::parse};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_can_begin_a_line_of_its_own() {
        let evil = Description {
            name: "x\r\na=evil".into(),
            attributes: vec![Attribute::with("a", "b\nm=audio 1 RTP/AVP 0\0".into())],
            ..Description::default()
        };
        let text = String::from_utf8(write(&evil)).unwrap();
        assert_eq!(text, "v=0\r\ns=xa=evil\r\nt=0 0\r\na=a:bm=audio 1 RTP/AVP 0\r\n");
    }

    fn word() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9/_.+-]{1,8}"
    }

    prop_compose! {
        fn any_connection()(v4 in any::<[u8; 4]>(), v6 in any::<[u8; 16]>(), kind in 0..3_u8) -> Option<Connection> {
            let address: IpAddr = if kind == 0 { v4.into() } else { IpAddr::from(v6).to_canonical() };
            (kind < 2 && !address.is_multicast()).then_some(Connection::Address(address))
        }
    }

    prop_compose! {
        fn any_attribute()(name in word(), value in proptest::option::of("[ -~]{0,40}")) -> Attribute {
            Attribute { name, value }
        }
    }

    prop_compose! {
        fn any_media()(
            kind in word(), port in any::<u16>(), profile in word(), formats in prop::collection::vec(word(), 1..5),
            connection in any_connection(), attributes in prop::collection::vec(any_attribute(), 0..5),
        ) -> Media {
            Media { kind, port, profile, formats, connection, attributes }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(
            name in "[ -~]{1,20}", timing in "[0-9]{1,9} [0-9]{1,9}", connection in any_connection(),
            numbers in any::<(u64, u64, [u8; 4])>(),
            attributes in prop::collection::vec(any_attribute(), 0..5), media in prop::collection::vec(any_media(), 0..5),
        ) {
            let (session, version, address) = numbers;
            let origin = Some(Origin { session, version, address: address.into() });
            let description = Description { origin, name, connection, timing, attributes, media };
            prop_assert_eq!(parse(&write(&description)), Ok(description));
        }
    }
}
