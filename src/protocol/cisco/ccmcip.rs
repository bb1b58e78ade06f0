//! CCMCIP: which devices a user has, at Communications Manager 8.x (fact sheet §4).
//!
//! The password is encoded in base64 before it goes into Basic authentication. Old servers say 401 in a page with status 200.
#![deny(clippy::indexing_slicing)]

use super::xml::{Node, Unreadable, parse};
use crate::machine::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Where the service is.
pub const PATH: &str = "/ccmcip/Personalization";

/// Devices beyond this many are not read.
const MOST: usize = 256;
/// A refusal says so within so many bytes.
const HEAD: usize = 16 << 10;

/// The question for a user's devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetDevices {
    /// The user.
    pub user: String,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// The devices, in the order of the server.
    Devices(Vec<ListedDevice>),
    /// The password was refused, in a page for people.
    Refused,
}

/// One device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedDevice {
    /// Its name, as in `CSFANA`.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// As in `Cisco Unified Client Services Framework`.
    pub model: Option<String>,
}

/// The password as it stands in Basic authentication.
#[must_use]
pub fn password(password: &Secret) -> Secret {
    Secret::new(STANDARD.encode(password.expose()))
}

impl GetDevices {
    /// The request.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        Node::new("getDevices").with_leaf("user", &self.user).write()
    }

    /// Reads a request.
    ///
    /// # Errors
    /// What came is none.
    pub fn parse(bytes: &[u8]) -> Result<GetDevices, Unreadable> {
        const EXPECTED: &str = "a request for devices";
        let root = parse(bytes, "getDevices", EXPECTED)?;
        let lacks = || Unreadable { expected: EXPECTED, found: "a request without a user".into() };
        root.string_of("user").map(|user| GetDevices { user }).ok_or_else(lacks)
    }
}

impl Listing {
    /// Reads an answer. Devices without a name are left out.
    ///
    /// # Errors
    /// What came is none.
    pub fn parse(bytes: &[u8]) -> Result<Listing, Unreadable> {
        let device = |node: &Node| {
            Some(ListedDevice {
                name: node.string_of("name")?,
                description: node.string_of("description"),
                model: node.string_of("model"),
            })
        };
        match parse(bytes, "devices", "the list of devices") {
            Ok(root) => Ok(Listing::Devices(root.all("device").into_iter().filter_map(device).take(MOST).collect())),
            Err(_) if says_401(bytes) => Ok(Listing::Refused),
            Err(why) => Err(why),
        }
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let device = |device: &ListedDevice| {
            Node::new("device")
                .with_leaf("name", &device.name)
                .with_optional("description", device.description.as_ref())
                .with_optional("model", device.model.as_ref())
        };
        match self {
            Listing::Devices(devices) => Node::new("devices").with_all(devices.iter().map(device)).write(),
            Listing::Refused => b"<html><head><title>HTTP Status 401</title></head><body></body></html>".to_vec(),
        }
    }
}

fn says_401(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD.min(bytes.len())).unwrap_or_default();
    String::from_utf8_lossy(head).to_ascii_lowercase().contains("http status 401")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_written_as_they_are_read() {
        let ask = GetDevices { user: "ana & co".into() };
        assert_eq!(
            ask.write(),
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><getDevices><user>ana &amp; co</user></getDevices>"
        );
        assert_eq!(GetDevices::parse(&ask.write()), Ok(ask));
        assert!(GetDevices::parse(b"<getDevices/>").is_err());
        let listed = ListedDevice { name: "CSFANA".into(), description: Some("Ana's <soft>".into()), model: None };
        let bare = ListedDevice { name: "SEP001122334455".into(), ..ListedDevice::default() };
        for listing in [Listing::Devices(vec![listed, bare]), Listing::Devices(vec![]), Listing::Refused] {
            assert_eq!(Listing::parse(&listing.write()), Ok(listing));
        }
        assert_eq!(Listing::parse(b"<devices><device><model>m</model></device></devices>"), Ok(Listing::Devices(vec![])));
    }

    #[test]
    fn a_page_that_says_401_is_a_refusal_and_other_pages_are_none() {
        let page = |says: &str| Listing::parse(format!("<html><title>Apache - HTTP Status {says}</title></html>").as_bytes());
        assert_eq!(page("401 - Unauthorized"), Ok(Listing::Refused));
        assert!(page("404").unwrap_err().to_string().contains("HTML"));
        assert_eq!(password(&Secret::new("ana-demo".into())).expose(), "YW5hLWRlbW8=");
    }
}
