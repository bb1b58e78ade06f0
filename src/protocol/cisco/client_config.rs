//! `jabber-config.xml`: one level of sections, one level of keys (fact sheet §6). All keys are kept; those that are used
//! here are read as typed values with their documented defaults.

use super::excluded::ExcludedServices;
use super::photo_uri::PhotoUri;
use super::xml::{Node, Unreadable, flag, parse};
use std::collections::BTreeMap;

/// Keys beyond this many are not read.
const MOST: usize = 4_096;

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientConfig {
    /// Keys with text by section, as they were written. A key that stands twice in a section has its last value.
    pub sections: BTreeMap<String, BTreeMap<String, String>>,
}

/// Which phone is chosen at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhoneSelection {
    /// The softphone.
    #[default]
    Softphone,
    /// The desk phone.
    Deskphone,
}

/// What a directory is asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryKind {
    /// User Data Services.
    Uds,
    /// LDAP: `BDI`, `EDI` or `CDI`.
    Ldap,
}

impl ClientConfig {
    /// Reads a file. Keys that stand outside of any section are kept under the section without a name.
    ///
    /// # Errors
    /// What came is no such file.
    pub fn parse(bytes: &[u8]) -> Result<ClientConfig, Unreadable> {
        let root = parse(bytes, "config", "jabber-config.xml")?;
        let mut config = ClientConfig::default();
        let mut kept = 0;
        let mut keep = |section: &str, node: &Node| {
            if let Some(text) = node.text().filter(|_| kept < MOST) {
                kept += 1;
                config.sections.entry(section.to_owned()).or_default().insert(node.name().to_owned(), text.to_owned());
            }
        };
        for section in root.children() {
            if section.children().is_empty() {
                keep("", section);
            }
            for key in section.children() {
                keep(section.name(), key);
            }
        }
        Ok(config)
    }

    /// Writes a file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut root = Node::new("config").with_attribute("version", "1.0");
        for (section, keys) in &self.sections {
            let leaves = keys.iter().map(|(key, text)| Node::leaf(key, text));
            root = if section.is_empty() { root.with_all(leaves) } else { root.with(Node::new(section).with_all(leaves)) };
        }
        root.write()
    }

    /// A key in whichever section, whatever the case; none where it is blank.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        let keys = self.sections.values().flatten();
        keys.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, text)| text.as_str())
    }

    /// A key as a truth value, whatever the case; none where it is blank or neither true nor false.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.text(key).and_then(flag)
    }

    /// A key as a number; none where it is blank or no number.
    #[must_use]
    pub fn number<N: std::str::FromStr>(&self, key: &str) -> Option<N> {
        self.text(key)?.parse().ok()
    }

    /// `Telephony_Enabled` (true).
    #[must_use]
    pub fn telephony_enabled(&self) -> bool {
        self.flag("Telephony_Enabled").unwrap_or(true)
    }

    /// `Voicemail_Enabled` (true).
    #[must_use]
    pub fn voicemail_enabled(&self) -> bool {
        self.flag("Voicemail_Enabled").unwrap_or(true)
    }

    /// `IM_Enabled` (true): the switch of phone mode with contacts. Which one it is, is not documented in what we have.
    #[must_use]
    pub fn chat_enabled(&self) -> bool {
        self.flag("IM_Enabled").unwrap_or(true)
    }

    /// `Disable_IM_History` (false).
    #[must_use]
    pub fn history_disabled(&self) -> bool {
        self.flag("Disable_IM_History").unwrap_or(false)
    }

    /// `File_Transfer_Enabled` (true).
    #[must_use]
    pub fn file_transfer_enabled(&self) -> bool {
        self.flag("File_Transfer_Enabled").unwrap_or(true)
    }

    /// `EnableSIPURIDialling` (true).
    #[must_use]
    pub fn uri_dialling_enabled(&self) -> bool {
        self.flag("EnableSIPURIDialling").unwrap_or(true)
    }

    /// `EnableDSCPPacketMarking` (true).
    #[must_use]
    pub fn packets_are_marked(&self) -> bool {
        self.flag("EnableDSCPPacketMarking").unwrap_or(true)
    }

    /// `InitialPhoneSelection` (softphone).
    #[must_use]
    pub fn initial_phone(&self) -> PhoneSelection {
        let deskphone = self.text("InitialPhoneSelection").is_some_and(|text| text.eq_ignore_ascii_case("deskphone"));
        if deskphone { PhoneSelection::Deskphone } else { PhoneSelection::Softphone }
    }

    /// `ServiceDiscoveryExcludedServices`; none where it is blank or names a service that is not known.
    #[must_use]
    pub fn excluded_services(&self) -> Option<ExcludedServices> {
        ExcludedServices::parse(self.text("ServiceDiscoveryExcludedServices")?).ok()
    }

    /// `VoiceServicesDomain`
    #[must_use]
    pub fn voice_services_domain(&self) -> Option<&str> {
        self.text("VoiceServicesDomain")
    }

    /// `PresenceDomain`
    #[must_use]
    pub fn presence_domain(&self) -> Option<&str> {
        self.text("PresenceDomain")
    }

    /// `ExcludedDevices`: prefixes of the names of devices that the user does not see.
    #[must_use]
    pub fn excluded_devices(&self) -> Vec<String> {
        let prefixes = self.text("ExcludedDevices").unwrap_or_default().split(',').map(str::trim);
        prefixes.filter(|prefix| !prefix.is_empty()).map(ToOwned::to_owned).collect()
    }

    /// `TftpServer1` and `TftpServer2`, those that are named.
    #[must_use]
    pub fn tftp_servers(&self) -> Vec<String> {
        ["TftpServer1", "TftpServer2"].into_iter().filter_map(|key| self.text(key)).map(ToOwned::to_owned).collect()
    }

    /// `DirectoryServerType`; none where it is blank or not known.
    #[must_use]
    pub fn directory(&self) -> Option<DirectoryKind> {
        match self.text("DirectoryServerType")?.to_ascii_uppercase().as_str() {
            "UDS" => Some(DirectoryKind::Uds),
            "BDI" | "EDI" | "CDI" | "LDAP" => Some(DirectoryKind::Ldap),
            _ => None,
        }
    }

    /// `UdsServer`
    #[must_use]
    pub fn uds_server(&self) -> Option<&str> {
        self.text("UdsServer")
    }

    /// `UdsPhotoUriWithToken`; none where it is blank or no such template.
    #[must_use]
    pub fn photos(&self) -> Option<PhotoUri> {
        PhotoUri::parse(self.text("UdsPhotoUriWithToken")?)
    }

    /// `MinimumCharacterQuery` (3): shorter words are not searched for.
    #[must_use]
    pub fn shortest_search(&self) -> u8 {
        self.number("MinimumCharacterQuery").unwrap_or(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "<?xml version='1.0' encoding='utf-8'?><config version='1.0'>
     <Client/><Options><StartCallWithVideo>true</StartCallWithVideo></Options>
     <Directory><DirectoryServerType>uds</DirectoryServerType><UdsPhotoUriWithToken>http://photos.lab.example/%%uid%%.jpg</UdsPhotoUriWithToken></Directory>
     <Policies><Telephony_Enabled>FALSE</Telephony_Enabled><ServiceDiscoveryExcludedServices>WEBEX,CUP</ServiceDiscoveryExcludedServices>
     <Voicemail_Enabled>maybe</Voicemail_Enabled><Future>1</Future></Policies><Phone><TftpServer1>cucm1</TftpServer1></Phone>
     <ExcludedDevices>SEP, BOT</ExcludedDevices></config>";

    #[test]
    fn keys_are_read_whatever_their_section_and_case() {
        let config = ClientConfig::parse(SAMPLE.as_bytes()).unwrap();
        assert!(!config.telephony_enabled() && config.voicemail_enabled() && config.chat_enabled());
        assert_eq!(config.directory(), Some(DirectoryKind::Uds));
        assert_eq!(config.excluded_services(), Some(ExcludedServices { webex: true, cucm: false, cup: true }));
        assert_eq!(config.tftp_servers(), ["cucm1"]);
        assert_eq!(config.excluded_devices(), ["SEP", "BOT"]);
        assert_eq!(config.text("future"), Some("1"));
        assert_eq!(config.photos().unwrap().of("a/n a").unwrap().as_str(), "http://photos.lab.example/a%2Fn%20a.jpg");
        assert_eq!(ClientConfig::parse(&config.write()), Ok(config));
    }

    #[test]
    fn an_empty_file_has_the_documented_defaults() {
        let config = ClientConfig::parse(b"<config/>").unwrap();
        assert!(config.telephony_enabled() && config.voicemail_enabled() && config.chat_enabled());
        assert!(config.uri_dialling_enabled() && config.packets_are_marked() && config.file_transfer_enabled());
        assert!(!config.history_disabled() && config.excluded_devices().is_empty());
        assert_eq!((config.shortest_search(), config.initial_phone()), (3, PhoneSelection::Softphone));
        assert_eq!((config.directory(), config.excluded_services(), config.photos()), (None, None, None));
        assert!(ClientConfig::parse(b"<device/>").unwrap_err().to_string().contains("an element “device”"));
    }
}
