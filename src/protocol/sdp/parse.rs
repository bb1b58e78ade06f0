//! Bytes to a [`Description`] (RFC 8866 §9), totally: any bytes give a description or a [`Fault`], in one pass.
//!
//! Lines may end with CRLF or LF. Unknown letters and lines out of place are skipped, as phones in the field need it.
//! What is bounded: bytes, lines of media, attributes. Bytes that are not UTF-8 become U+FFFD.
#![deny(clippy::indexing_slicing)]

use super::description::{Attribute, Connection, Description, Media, Origin};
use std::net::IpAddr;

/// The longest body that is read. Offers with every codec, ICE candidate and key of today stay below 8 KiB.
pub const LONGEST: usize = 64 * 1024;
/// The most `m=` lines.
pub const MOST_MEDIA: usize = 64;
/// The most attributes of the session or of one stream.
pub const MOST_ATTRIBUTES: usize = 512;

/// Why bytes are no description that we can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Beyond [`LONGEST`].
    #[error("it is longer than {LONGEST} bytes")]
    TooLong,
    /// The first line is not `v=0`.
    #[error("it does not begin with “v=0”")]
    NotVersionZero,
    /// An `m=` line that cannot be read: it could not be answered in its place.
    #[error("it has an “m=” line that cannot be read")]
    MediaLine,
    /// Beyond [`MOST_MEDIA`].
    #[error("it has more than {MOST_MEDIA} “m=” lines")]
    TooManyMedia,
    /// Beyond [`MOST_ATTRIBUTES`].
    #[error("it has more than {MOST_ATTRIBUTES} attributes in one place")]
    TooManyAttributes,
    /// The answer does not have the streams that were offered.
    #[error("its “m=” lines are not those of the offer")]
    OtherMedia,
    /// An answer came, but nothing was offered.
    #[error("it answers no offer")]
    NoOffer,
}

/// Reads a description.
///
/// # Errors
/// The first [`Fault`].
pub fn parse(body: &[u8]) -> Result<Description, Fault> {
    if body.len() > LONGEST {
        return Err(Fault::TooLong);
    }
    let text = String::from_utf8_lossy(body);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).filter(|line| !line.is_empty());
    if lines.next().map(str::trim_end) != Some("v=0") {
        return Err(Fault::NotVersionZero);
    }
    let mut description = Description::default();
    for line in lines {
        if let Some((letter, value)) = line.split_once('=') {
            take(&mut description, letter, value)?;
        }
    }
    Ok(description)
}

fn take(description: &mut Description, letter: &str, value: &str) -> Result<(), Fault> {
    match letter {
        "m" => {
            if description.media.len() >= MOST_MEDIA {
                return Err(Fault::TooManyMedia);
            }
            description.media.push(media(value).ok_or(Fault::MediaLine)?);
        }
        "a" => {
            let place = match description.media.last_mut() {
                Some(media) => &mut media.attributes,
                None => &mut description.attributes,
            };
            if place.len() >= MOST_ATTRIBUTES {
                return Err(Fault::TooManyAttributes);
            }
            place.push(attribute(value));
        }
        "c" => {
            let place = match description.media.last_mut() {
                Some(media) => &mut media.connection,
                None => &mut description.connection,
            };
            // A stream may have several for layered multicast (RFC 8866 §5.7): the first is the one.
            place.get_or_insert_with(|| connection(value));
        }
        "o" if description.media.is_empty() => description.origin = origin(value),
        "s" if description.media.is_empty() => description.name = value.to_owned(),
        "t" if description.timing.is_empty() => description.timing = value.to_owned(),
        _ => {}
    }
    Ok(())
}

/// `audio 49170/2 RTP/AVP 0 8`
fn media(value: &str) -> Option<Media> {
    let mut words = value.split_ascii_whitespace().map(str::to_owned);
    let (kind, port, profile) = (words.next()?, words.next()?, words.next()?);
    let formats: Vec<String> = words.collect();
    let plain = |word: &String| !word.chars().any(char::is_control);
    if !plain(&kind) || !plain(&profile) || !formats.iter().all(plain) || formats.is_empty() {
        return None;
    }
    let port = port.split_once('/').map_or(port.as_str(), |(first, _)| first).parse().ok()?;
    Some(Media { kind, port, profile, formats, connection: None, attributes: Vec::new() })
}

fn attribute(value: &str) -> Attribute {
    match value.split_once(':') {
        Some((name, value)) => Attribute { name: name.to_owned(), value: Some(value.to_owned()) },
        None => Attribute { name: value.trim_end().to_owned(), value: None },
    }
}

/// `IN IP4 192.0.2.1`, for multicast with `/ttl` behind it.
fn connection(value: &str) -> Connection {
    let mut words = value.split_ascii_whitespace();
    let (net, family, address) = (words.next(), words.next(), words.next());
    let known = net == Some("IN") && matches!(family, Some("IP4" | "IP6"));
    match address.map(str::parse::<IpAddr>) {
        Some(Ok(address)) if known && !address.is_multicast() => Connection::Address(address.to_canonical()),
        _ => Connection::Elsewhere(value.to_owned()),
    }
}

/// `- 2890844526 2890842807 IN IP4 192.0.2.1`
fn origin(value: &str) -> Option<Origin> {
    let mut words = value.split_ascii_whitespace().skip(1);
    let (session, version) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let address = words.nth(2)?.parse().ok()?;
    Some(Origin { session, version, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_may_be_crlf_or_lf_and_strange_lines_are_skipped() {
        let crlf = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nx=strange\r\nno equals\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                    a=sendonly\r\nm=audio 4000/2 RTP/AVP 0 8\r\ni=what\r\nb=AS:64\r\na=rtpmap:0 PCMU/8000\r\n\r\n";
        let description = parse(crlf.as_bytes()).unwrap();
        assert_eq!(parse(crlf.replace("\r\n", "\n").as_bytes()).as_ref(), Ok(&description));
        assert_eq!(description.origin, Some(Origin { session: 1, version: 2, address: [192, 0, 2, 1].into() }));
        assert_eq!(description.attributes, [Attribute::flag("sendonly")]);
        let media = &description.media[0];
        assert_eq!((media.kind.as_str(), media.port, media.formats.len()), ("audio", 4000, 2));
        assert_eq!(media.attributes, [Attribute::with("rtpmap", "0 PCMU/8000".into())]);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let table: [(&[u8], Fault); 8] = [
            (b"", Fault::NotVersionZero),
            (b"v=1\r\n", Fault::NotVersionZero),
            (b"o=- 1 1 IN IP4 1.2.3.4\r\nv=0\r\n", Fault::NotVersionZero),
            (b"v=0\r\nm=audio\r\n", Fault::MediaLine),
            (b"v=0\r\nm=audio 70000 RTP/AVP 0\r\n", Fault::MediaLine),
            (b"v=0\r\nm=audio -1 RTP/AVP 0\r\n", Fault::MediaLine),
            (b"v=0\r\nm=audio 1 RTP/AVP\r\n", Fault::MediaLine),
            (b"v=0\r\nm=audio 1 RTP/AVP 0\x00\r\n", Fault::MediaLine),
        ];
        for (body, fault) in table {
            assert_eq!(parse(body), Err(fault), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn everything_is_bounded() {
        let media = format!("v=0\r\n{}", "m=a 1 b 0\n".repeat(6_000));
        assert_eq!(parse(media.as_bytes()), Err(Fault::TooManyMedia));
        let ten_thousand = format!("v=0\r\n{}", "m=audio 1 RTP/AVP 0\r\n".repeat(10_000));
        assert_eq!(parse(ten_thousand.as_bytes()), Err(Fault::TooLong));
        let attributes = format!("v=0\r\n{}", "a=x\n".repeat(10_000));
        assert_eq!(parse(attributes.as_bytes()), Err(Fault::TooManyAttributes));
    }

    #[test]
    fn a_nul_in_an_attribute_stays_data() {
        let description = parse(b"v=0\nm=audio 1 RTP/AVP 96\na=fmtp:96 useinbandfec=1\0;x\n").unwrap();
        assert_eq!(description.media[0].attributes[0].value.as_deref(), Some("96 useinbandfec=1\0;x"));
    }

    #[test]
    fn addresses_that_cannot_be_sent_to_are_told_apart() {
        let elsewhere = ["IN IP4 224.2.1.1/127/3", "IN IP4 host.example", "IN IP6 ff02::1", "ATM NSAP 47.0091", "", "IN IP4"];
        for value in elsewhere {
            assert_eq!(connection(value), Connection::Elsewhere(value.into()));
        }
        assert_eq!(connection("IN IP6 2001:db8::1"), Connection::Address("2001:db8::1".parse().unwrap()));
        assert_eq!(connection("IN IP6 ::ffff:192.0.2.1"), Connection::Address([192, 0, 2, 1].into()));
        assert_eq!(connection("IN IP4 0.0.0.0"), Connection::Address([0, 0, 0, 0].into()));
    }
}
