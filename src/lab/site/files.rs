//! Configuration files: how they are given out (fact sheet §5), and what they say (§5, §6, §7).

use super::answers::Answers;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How configuration files are given out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Files {
    /// Port 6972.
    pub https: Answers,
    /// Port 6970.
    pub http: Answers,
    /// UDP port 69.
    pub tftp: Answers,
    /// Names of files that are not there.
    pub missing: Vec<String>,
    /// Whether device configurations are there as `.cnf.xml.sgn` too. That name is from memory (fact sheet §5).
    pub signed: bool,
}

/// What device configurations say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Device {
    /// `transportLayerProtocol`: 4 is TCP, 2 is UDP; 1 and 3 are from memory (fact sheet §5).
    pub transport: u8,
    /// Whether `deviceSecurityMode` is a word instead of a number ("none must be tolerated", fact sheet §5).
    pub security_in_words: bool,
    /// Whether the line has a `contact` of its own; without one, the number stands in its place (fact sheet §5).
    pub contact: bool,
    /// Whether the phones answer to a digest challenge: `authName` is there (fact sheet §12.1, inferred).
    pub digest: bool,
    /// Whether there is a key that shows a colleague's line: `featureID` 21 is from memory (fact sheet §5).
    pub blf: bool,
    /// The number that leads to voicemail.
    pub voicemail_pilot: String,
    /// Elements that are left out, by name.
    pub without: Vec<String>,
}

impl Default for Device {
    fn default() -> Device {
        Device {
            transport: 4,
            security_in_words: false,
            contact: true,
            digest: true,
            blf: false,
            voicemail_pilot: "5000".into(),
            without: Vec::new(),
        }
    }
}

/// The service profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Who gives chat and presence.
    pub presence: PresenceProduct,
    /// Whether there is voicemail.
    pub voicemail: bool,
    /// Whether a CTI server is named.
    pub cti: bool,
    /// How elements are nested: from memory (fact sheet §7; §16 lists it among the gaps).
    pub nesting: Nesting,
    /// Elements that are left out, by name.
    pub without: Vec<String>,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile {
            presence: PresenceProduct::UnifiedCm,
            voicemail: true,
            cti: false,
            nesting: Nesting::Remembered,
            without: Vec::new(),
        }
    }
}

/// Who gives chat and presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceProduct {
    /// "Unified CM (IM and Presence)".
    UnifiedCm,
    /// "Webex (IM and Presence)".
    Webex,
    /// Nobody: phone mode.
    None,
}

/// How the elements of a service profile are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nesting {
    /// `IMandPresence/Primary/Address`, as remembered.
    Remembered,
    /// The services below one element more, in another order.
    Deeper,
    /// In a namespace, with a prefix.
    Prefixed,
}

/// `jabber-config.xml`: its sections and their keys, as they are written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ClientConfig(
    /// Section, key, value.
    pub BTreeMap<String, BTreeMap<String, String>>,
);

impl Default for ClientConfig {
    fn default() -> ClientConfig {
        let section = |name: &str, keys: &[(&str, &str)]| {
            (name.to_owned(), keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
        };
        ClientConfig(BTreeMap::from([
            section("Directory", &[("DirectoryServerType", "UDS")]),
            section("Options", &[("StartCallWithVideo", "false")]),
            section("Policies", &[("ServicesDomainSsoEmailPrompt", "OFF"), ("EnableSIPURIDialling", "true")]),
        ]))
    }
}
