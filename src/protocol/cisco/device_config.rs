//! `<DEVICE>.cnf.xml`: where a device registers, as whom, and how securely (fact sheet §5).
//!
//! Every element may be missing; what then holds is said where it is read.

use super::xml::{Node, Unreadable, flag, parse};

/// Call managers and lines beyond these are not read.
const CALL_MANAGERS: usize = 32;
const BUTTONS: usize = 256;

/// The file. `write` writes what `parse` reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceConfig {
    /// As in `SIP`.
    pub protocol: Option<String>,
    /// Where to register, in the order to try.
    pub call_managers: Vec<CallManager>,
    /// How the device must register.
    pub security: DeviceSecurity,
    /// Over what, where security leaves it open.
    pub transport: Option<TransportLayer>,
    /// Registration is with a token, over TLS to a port of its own.
    pub sip_oauth: bool,
    /// Lines, in the order of their buttons.
    pub lines: Vec<Line>,
    /// Speed dials, in the order of their buttons.
    pub speed_dials: Vec<SpeedDial>,
    /// Changes with the file.
    pub version_stamp: Option<String>,
    /// Lowest and highest port for RTP.
    pub media_ports: Option<(u16, u16)>,
    /// Byte of the type of service for sound: 184 is EF.
    pub audio_tos: Option<u8>,
    /// Byte of the type of service for video: 136 is AF41.
    pub video_tos: Option<u8>,
    /// Byte of the type of service for signalling: 96 is CS3.
    pub signalling_tos: Option<u8>,
    /// `timerRegisterExpires`, in seconds.
    pub register_expires: Option<u32>,
    /// `timerKeepAliveExpires`, in seconds.
    pub keep_alive_expires: Option<u32>,
    /// RTP payload type of DTMF (RFC 4733).
    pub dtmf_payload: Option<u8>,
    /// `organizationTopLevelDomain`
    pub domain: Option<String>,
    /// Whose it is.
    pub user: Option<String>,
    /// Name of the file of that user's service profile.
    pub service_profile_file: Option<String>,
    /// Where the directory is searched over TLS.
    pub secure_users_url: Option<String>,
    /// The files of the device are encrypted.
    pub encrypted_files: bool,
    /// URIs of the call services by the name of their element, as in `callPickupURI`.
    pub services: std::collections::BTreeMap<String, String>,
}

/// One node that the device may register with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallManager {
    /// `processNodeName`: name or address.
    pub host: String,
    /// For SIP in clear (5060).
    pub sip_port: Option<u16>,
    /// For SIP over TLS (5061).
    pub secure_port: Option<u16>,
    /// For SIP over TLS with a token (5090).
    pub oauth_port: Option<u16>,
}

impl CallManager {
    /// The port for a way to register: what the file says, else the documented one.
    #[must_use]
    pub fn port(&self, security: &DeviceSecurity, oauth: bool) -> u16 {
        match (oauth, security.is_tls()) {
            (true, _) => self.oauth_port.unwrap_or(5090),
            (false, true) => self.secure_port.unwrap_or(5061),
            (false, false) => self.sip_port.unwrap_or(5060),
        }
    }
}

/// `deviceSecurityMode`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceSecurity {
    /// The file does not say: as [`DeviceSecurity::None`].
    #[default]
    Unsaid,
    /// 1, `none`: in clear.
    None,
    /// 2, `authenticated`: signalling over TLS, media in clear.
    Authenticated,
    /// 3, `encrypted`: signalling over TLS, media over SRTP.
    Encrypted,
    /// Something else. It is taken for [`DeviceSecurity::Encrypted`]: the other way round would be unsafe.
    Unknown(String),
}

impl DeviceSecurity {
    fn parse(text: &str) -> DeviceSecurity {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match plain.as_str() {
            "" => DeviceSecurity::Unsaid,
            "1" | "none" | "nonsecure" | "unsecure" | "unauthenticated" | "noauthentication" => DeviceSecurity::None,
            "2" | "authenticated" | "authentication" => DeviceSecurity::Authenticated,
            "3" | "encrypted" | "encryption" | "secure" => DeviceSecurity::Encrypted,
            _ => DeviceSecurity::Unknown(text.to_owned()),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            DeviceSecurity::Unsaid => None,
            DeviceSecurity::None => Some("1"),
            DeviceSecurity::Authenticated => Some("2"),
            DeviceSecurity::Encrypted => Some("3"),
            DeviceSecurity::Unknown(text) => Some(text),
        }
    }

    /// Signalling goes over TLS.
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        !matches!(self, DeviceSecurity::Unsaid | DeviceSecurity::None)
    }

    /// Media goes over SRTP.
    #[must_use]
    pub const fn is_srtp(&self) -> bool {
        matches!(self, DeviceSecurity::Encrypted | DeviceSecurity::Unknown(_))
    }
}

/// `transportLayerProtocol`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportLayer {
    /// 4, and 1 where TCP is preferred.
    Tcp,
    /// 2
    Udp,
    /// 3
    Tls,
}

impl TransportLayer {
    fn parse(text: &str) -> Option<TransportLayer> {
        match text.to_ascii_lowercase().as_str() {
            "1" | "4" | "tcp" => Some(TransportLayer::Tcp),
            "2" | "udp" => Some(TransportLayer::Udp),
            "3" | "tls" => Some(TransportLayer::Tls),
            _ => None,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            TransportLayer::Tcp => "4",
            TransportLayer::Udp => "2",
            TransportLayer::Tls => "3",
        }
    }
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its button.
    pub button: Option<u16>,
    /// For people.
    pub label: Option<String>,
    /// `name`: the directory number, or a URI.
    pub number: Option<String>,
    /// Shown to those who are called.
    pub display_name: Option<String>,
    /// User name for the digest.
    pub auth_name: Option<String>,
    /// User part of the Contact.
    pub contact: Option<String>,
    /// `messagesNumber`: the voicemail's.
    pub voicemail_pilot: Option<String>,
    /// Other phones have it as well.
    pub shared: Option<bool>,
    /// So many calls at most.
    pub most_calls: Option<u16>,
    /// Busy from so many calls on.
    pub busy_trigger: Option<u16>,
}

/// One speed dial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeedDial {
    /// Its button.
    pub button: Option<u16>,
    /// For people.
    pub label: Option<String>,
    /// Whom it dials.
    pub number: String,
    /// It shows whether they are in a call.
    pub watched: bool,
}

impl DeviceConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// What came is no such file.
    pub fn parse(bytes: &[u8]) -> Result<DeviceConfig, Unreadable> {
        let root = parse(bytes, "device", "a device configuration")?;
        let port = |name: &str| root.number_of::<u16>(name).filter(|port| *port != 0);
        let user = root.first("userId");
        let features = root.first("sipCallFeatures").map(Node::children).unwrap_or_default();
        let services = features.iter().filter_map(|node| Some((node.name(), node.text()?)));
        let (lines, speed_dials) = buttons(&root);
        Ok(DeviceConfig {
            protocol: root.string_of("deviceProtocol"),
            call_managers: call_managers(&root),
            security: root.text_of("deviceSecurityMode").map(DeviceSecurity::parse).unwrap_or_default(),
            transport: root.text_of("transportLayerProtocol").and_then(TransportLayer::parse),
            sip_oauth: root.flag_of("sipOAuthMode").unwrap_or(false),
            lines,
            speed_dials,
            version_stamp: root.string_of("versionStamp"),
            media_ports: port("startMediaPort").zip(port("stopMediaPort")).filter(|(low, high)| low < high),
            audio_tos: root.number_of("dscpForAudio"),
            video_tos: root.number_of("dscpVideo"),
            signalling_tos: root.number_of("dscpForCm2Dvce"),
            register_expires: root.number_of("timerRegisterExpires"),
            keep_alive_expires: root.number_of("timerKeepAliveExpires"),
            dtmf_payload: root.number_of("dtmfAvtPayload").filter(|payload| *payload < 128),
            domain: root.string_of("organizationTopLevelDomain"),
            user: user.and_then(Node::text).map(ToOwned::to_owned),
            service_profile_file: user.and_then(|user| user.attribute("serviceProfileFile")).map(ToOwned::to_owned),
            secure_users_url: root.string_of("secureUDSUsersAccessURL"),
            encrypted_files: root.flag_of("encrConfig").unwrap_or(false),
            services: services
                .filter(|(name, _)| name.to_ascii_lowercase().ends_with("uri"))
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .collect(),
        })
    }

    /// Writes a file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let members = self.call_managers.iter().enumerate().map(|(priority, manager)| {
            let ports = Node::new("ports")
                .with_optional("sipPort", manager.sip_port)
                .with_optional("securedSipPort", manager.secure_port)
                .with_optional("sipOAuthPort", manager.oauth_port);
            let manager = Node::new("callManager").with(ports).with_leaf("processNodeName", &manager.host);
            Node::new("member").with_attribute("priority", priority.to_string()).with(manager)
        });
        let group = Node::new("callManagerGroup").with(Node::new("members").with_all(members));
        let features = self.services.iter().map(|(name, uri)| Node::leaf(name, uri));
        let stack = Node::new("sipStack")
            .with_optional("timerRegisterExpires", self.register_expires)
            .with_optional("timerKeepAliveExpires", self.keep_alive_expires);
        let lines = self.lines.iter().map(write_line);
        let dials = self.speed_dials.iter().map(write_speed_dial);
        let profile = Node::new("sipProfile")
            .with(Node::new("sipCallFeatures").with_all(features))
            .with(stack)
            .with_optional("dtmfAvtPayload", self.dtmf_payload)
            .with_optional("startMediaPort", self.media_ports.map(|(low, _)| low))
            .with_optional("stopMediaPort", self.media_ports.map(|(_, high)| high))
            .with_optional("organizationTopLevelDomain", self.domain.as_ref())
            .with(Node::new("sipLines").with_all(lines).with_all(dials))
            .with_optional("dscpForAudio", self.audio_tos)
            .with_optional("dscpVideo", self.video_tos);
        let mut root = Node::new("device")
            .with_optional("deviceProtocol", self.protocol.as_ref())
            .with(Node::new("devicePool").with(group))
            .with(profile)
            .with_optional("versionStamp", self.version_stamp.as_ref())
            .with_optional("deviceSecurityMode", self.security.text())
            .with_optional("secureUDSUsersAccessURL", self.secure_users_url.as_ref())
            .with_optional("dscpForCm2Dvce", self.signalling_tos)
            .with_optional("transportLayerProtocol", self.transport.map(TransportLayer::text))
            .with_leaf("sipOAuthMode", u8::from(self.sip_oauth).to_string())
            .with_leaf("encrConfig", self.encrypted_files.to_string());
        if self.user.is_some() || self.service_profile_file.is_some() {
            let mut user = Node::leaf("userId", self.user.clone().unwrap_or_default());
            if let Some(file) = &self.service_profile_file {
                user = user.with_attribute("serviceProfileFile", file);
            }
            root = root.with(user);
        }
        root.write()
    }
}

/// By the priority of their member where it has one, else as they stand.
fn call_managers(root: &Node) -> Vec<CallManager> {
    let read = |node: &Node| {
        let port = |name: &str| node.number_of::<u16>(name).filter(|port| *port != 0);
        Some(CallManager {
            host: node.string_of("processNodeName")?,
            sip_port: port("sipPort"),
            secure_port: port("securedSipPort"),
            oauth_port: port("sipOAuthPort"),
        })
    };
    let mut members = root.all("member");
    if members.is_empty() {
        members = root.all("callManager");
    }
    let priority = |node: &Node| node.attribute("priority").and_then(|text| text.parse::<u32>().ok()).unwrap_or(u32::MAX);
    members.sort_by_key(|node| priority(node));
    members.into_iter().filter_map(read).take(CALL_MANAGERS).collect()
}

/// `featureID` 9 is a line, and so is a button that does not say but has a name; 2 and 21 are speed dials.
fn buttons(root: &Node) -> (Vec<Line>, Vec<SpeedDial>) {
    let (mut lines, mut dials) = (Vec::new(), Vec::new());
    for node in root.all("line").into_iter().take(BUTTONS) {
        let button = node.attribute("button").and_then(|text| text.parse().ok());
        let label = node.string_of("featureLabel");
        match (node.number_of::<u16>("featureID"), node.string_of("speedDialNumber")) {
            (Some(9), _) | (None, None) => lines.push(Line {
                button,
                label,
                number: node.string_of("name"),
                display_name: node.string_of("displayName"),
                auth_name: node.string_of("authName"),
                contact: node.string_of("contact"),
                voicemail_pilot: node.string_of("messagesNumber"),
                shared: node.text_of("sharedLine").and_then(flag),
                most_calls: node.number_of("maxNumCalls"),
                busy_trigger: node.number_of("busyTrigger"),
            }),
            (feature, Some(number)) => dials.push(SpeedDial { button, label, number, watched: feature == Some(21) }),
            (Some(_), None) => {}
        }
    }
    (lines, dials)
}

fn write_line(line: &Line) -> Node {
    let mut node = Node::new("line");
    if let Some(button) = line.button {
        node = node.with_attribute("button", button.to_string());
    }
    node.with_leaf("featureID", "9")
        .with_optional("featureLabel", line.label.as_ref())
        .with_leaf("proxy", "USECALLMANAGER")
        .with_optional("name", line.number.as_ref())
        .with_optional("displayName", line.display_name.as_ref())
        .with_optional("authName", line.auth_name.as_ref())
        .with_optional("sharedLine", line.shared)
        .with_optional("messagesNumber", line.voicemail_pilot.as_ref())
        .with_optional("contact", line.contact.as_ref())
        .with_optional("maxNumCalls", line.most_calls)
        .with_optional("busyTrigger", line.busy_trigger)
}

fn write_speed_dial(dial: &SpeedDial) -> Node {
    let mut node = Node::new("line");
    if let Some(button) = dial.button {
        node = node.with_attribute("button", button.to_string());
    }
    node.with_leaf("featureID", if dial.watched { "21" } else { "2" })
        .with_optional("featureLabel", dial.label.as_ref())
        .with_leaf("speedDialNumber", &dial.number)
}

#[cfg(test)]
#[path = "device_config_tests.rs"]
mod tests;
