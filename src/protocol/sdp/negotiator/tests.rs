//! Offer and answer, as tables of what others send and as properties of any two ends.

mod exchanges;
mod offers;
mod properties;
mod sessions;

use super::*;

/// A negotiator at 192.0.2.1 with every codec.
fn negotiator(port: u16, security: Security) -> Negotiator {
    Negotiator::new(([192, 0, 2, 1], port).into(), security, Vec::new(), Chance::seeded(u64::from(port)))
}

/// A body of CRLF lines from lines written below each other.
fn body(lines: &str) -> Vec<u8> {
    lines
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .flat_map(|line| [line, "\r\n"])
        .collect::<String>()
        .into_bytes()
}

/// An offer of one audio line by 198.51.100.7, with these lines behind it.
fn audio(line: &str, attributes: &str) -> Vec<u8> {
    body(&format!("v=0\no=- 1 1 IN IP4 198.51.100.7\ns=-\nc=IN IP4 198.51.100.7\nt=0 0\nm=audio {line}\n{attributes}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The `m=` lines of a body.
fn media_lines(bytes: &[u8]) -> Vec<String> {
    text(bytes).lines().filter_map(|line| line.strip_prefix("m=").map(str::to_owned)).collect()
}

fn version(bytes: &[u8]) -> u64 {
    parse(bytes).unwrap().origin.unwrap().version
}
