//! What follows from all that was read: product mode, authenticator, and each service with its servers. For every parameter
//! the service profile goes before `jabber-config.xml`, and that before the default. Whatever is missing has a defined result.

use super::judge::shown;
use super::names::qualified;
use super::signed_in::{ChatService, DevicePhone, Directory, PhoneSecurity, Registrar, Settled, SignedIn, VoicemailService};
use crate::engine::addresses::{bare_jid, sip_address};
use crate::engine::event::{Authenticator, NoticeLevel, Problem, ProblemKind, ProductMode};
use crate::engine::signin::Server;
use crate::machine::RemoteText;
use crate::protocol::cisco::device_config::{DeviceSecurity, TransportLayer};
use crate::protocol::cisco::precedence::{Parameter, chosen, chosen_if_any};
use crate::protocol::cisco::service_profile::{PresenceProduct, UcService};
use crate::protocol::cisco::uds::User;
use crate::protocol::cisco::{ClientConfig, DeviceConfig, PhotoUri, ServiceProfile};
use crate::protocol::sip::flow::Transport;

/// Ports where none is named.
const XMPP: u16 = 5222;
const REST: u16 = 443;

/// All that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// As they sign in.
    pub user_name: String,
    /// Services domain.
    pub domain: String,
    /// No device was looked for.
    pub without_phone: bool,
    /// Nodes of the home cluster, in the order to try.
    pub nodes: Vec<Server>,
    /// `/user/U`
    pub user: User,
    /// The service profile; none where it could not be had.
    pub profile: Option<ServiceProfile>,
    /// `jabber-config.xml`, empty where there is none; none where it could not be had.
    pub client_config: Option<ClientConfig>,
    /// The softphone and its configuration, where the user has one.
    pub device: Option<(String, DeviceConfig)>,
}

impl Gathered {
    /// What `jabber-config.xml` says: nothing where it could not be had.
    pub(in crate::engine::signin) fn config(&self) -> ClientConfig {
        self.client_config.clone().unwrap_or_default()
    }
}

/// What follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Conclusion {
    /// The result.
    pub signed_in: SignedIn,
    /// What the user should know.
    pub notices: Vec<(NoticeLevel, Problem)>,
}

/// The guides' table: no IM and Presence is phone mode; with it, a device makes full UC, none makes IM only, and with
/// messages switched off it is phone mode with contacts.
#[must_use]
pub const fn product_mode(presence: bool, device: bool, messages: bool) -> ProductMode {
    match (presence, messages, device) {
        (false, _, _) => ProductMode::Phone,
        (true, false, _) => ProductMode::PhoneWithContacts,
        (true, true, true) => ProductMode::FullUc,
        (true, true, false) => ProductMode::ImOnly,
    }
}

/// Draws the conclusion.
#[must_use]
pub fn conclude(gathered: Gathered) -> Conclusion {
    let mut notices = Vec::new();
    let profile = gathered.profile.clone().unwrap_or_default();
    let config = gathered.config();
    let mut settled = Vec::new();
    let mut flag = |name: &'static str| {
        let Parameter { value, origin } = chosen(profile.flag(name), config.flag(name), true);
        settled.push(Settled { name, value: RemoteText::new(value.to_string()), origin });
        value
    };
    let messages = flag("IM_Enabled");
    let telephony = flag("Telephony_Enabled");
    let voicemail_enabled = flag("Voicemail_Enabled");
    let mut text = |name: &'static str| {
        let owned = |text: &str| text.to_owned();
        let found = chosen_if_any(profile.parameter(name).map(owned), config.text(name).map(owned))?;
        settled.push(Settled { name, value: RemoteText::new(found.value.clone()), origin: found.origin });
        Some(found.value)
    };
    let presence_domain = text("PresenceDomain").unwrap_or_else(|| gathered.domain.clone());
    let uds_server = text("UdsServer");
    text("DirectoryServerType");
    let photos = text("UdsPhotoUriWithToken").and_then(|template| PhotoUri::parse(&template));
    let shortest = text("MinimumCharacterQuery").and_then(|letters| letters.parse().ok());

    let (authenticator, presence) = presence(&gathered, &profile, &mut notices);
    let chat = match (authenticator, presence) {
        (Authenticator::Cup, Some(servers)) => match bare_jid(&format!("{}@{presence_domain}", gathered.user_name)) {
            Ok(jid) => Some(ChatService::new(jid, servers, messages)),
            Err(why) => {
                let next = "The administrator must correct the presence domain.";
                notices.push((NoticeLevel::Error, Problem::new(ProblemKind::Protocol, why, next)));
                None
            }
        },
        _ => None,
    };
    let phone = match &gathered.device {
        Some((name, device)) if telephony => phone(name, device, &gathered, &mut notices),
        _ => None,
    };
    if chat.is_none() && phone.is_none() && !gathered.without_phone && authenticator != Authenticator::WebexMessenger {
        let what = "The service profile names no presence server, and there is no softphone that can be used: people can be searched for, no more.";
        let next = "Ask the administrator for a device, or set the servers by hand in the settings of the account.";
        notices.push((NoticeLevel::Error, Problem::new(ProblemKind::Refused, what, next)));
    }
    let voicemail = profile.voicemail.as_ref().filter(|_| voicemail_enabled).map(|service| VoicemailService {
        servers: within(service, REST, gathered.nodes.first()),
        credentials_source: profile.parameter("VoicemailServiceCredentialsSource").map(RemoteText::from),
    });
    let own = uds_server.and_then(|host| Server::parse(&host, crate::protocol::cisco::uds::address::PORT));
    let is_home = own.as_ref().is_none_or(|own| gathered.nodes.contains(own));
    let directory = Directory {
        uds: own.map_or_else(|| gathered.nodes.clone(), |server| vec![server]),
        is_home,
        shortest: shortest.unwrap_or(Directory::default().shortest),
        photos,
    };
    let name = [&gathered.user.display_name, &gathered.user.user_name].into_iter().flatten().next();
    let signed_in = SignedIn {
        product_mode: product_mode(authenticator != Authenticator::Cucm, phone.is_some(), messages),
        authenticator,
        display_name: RemoteText::new(name.unwrap_or(&gathered.user_name).clone()),
        chat,
        phone,
        voicemail: voicemail.filter(|service| !service.servers.is_empty()),
        directory,
        client_config: gathered.client_config,
        service_profile: profile,
        settled,
    };
    Conclusion { signed_in, notices }
}

/// Who signs the user in, and the presence servers where the site has its own.
fn presence(
    gathered: &Gathered,
    profile: &ServiceProfile,
    notices: &mut Vec<(NoticeLevel, Problem)>,
) -> (Authenticator, Option<Vec<Server>>) {
    let from_user = || gathered.user.presence_servers.iter().filter_map(|host| Server::parse(host, XMPP)).collect::<Vec<_>>();
    if gathered.user.im_and_presence == Some(false) {
        notices.push(phone_mode("The administrator has not enabled IM and Presence for this user: calls only."));
        return (Authenticator::Cucm, None);
    }
    match &profile.presence {
        Some(service) if service.presence_product() == PresenceProduct::Webex => {
            let what = "The service profile names Webex Messenger for chat and presence.";
            notices.push((
                NoticeLevel::Warning,
                Problem::new(ProblemKind::Refused, what, "Sign-in through Webex is not available yet."),
            ));
            (Authenticator::WebexMessenger, None)
        }
        Some(service) => {
            let mut servers = servers(service, XMPP);
            if servers.is_empty() {
                servers = from_user();
            }
            (Authenticator::Cup, Some(servers))
        }
        // The profile decides; only where it could not be had does the user's own resource stand in.
        None if gathered.profile.is_none() && !from_user().is_empty() => (Authenticator::Cup, Some(from_user())),
        None => {
            if gathered.profile.is_some() {
                notices.push(phone_mode("The service profile names no IM and Presence service: calls only."));
            }
            (Authenticator::Cucm, None)
        }
    }
}

fn phone_mode(what: &str) -> (NoticeLevel, Problem) {
    (NoticeLevel::Info, Problem::new(ProblemKind::Refused, what, "If there should be chat, ask the administrator."))
}

/// Ports of other protocols (EPAS, IMAP) may stand in a profile; the presence server's is XMPP's own where it names none.
fn servers(service: &UcService, port: u16) -> Vec<Server> {
    service.servers.iter().filter_map(|server| Server::parse(&server.host, server.port.unwrap_or(port))).collect()
}

/// As [`servers`]; names without a dot are meant as the node means them that has named them.
fn within(service: &UcService, port: u16, node: Option<&Server>) -> Vec<Server> {
    let whole = |host: &str| node.map_or_else(|| host.to_owned(), |node| qualified(host, node));
    service.servers.iter().filter_map(|server| Server::parse(&whole(&server.host), server.port.unwrap_or(port))).collect()
}

fn phone(
    name: &str,
    device: &DeviceConfig,
    gathered: &Gathered,
    notices: &mut Vec<(NoticeLevel, Problem)>,
) -> Option<DevicePhone> {
    let mut tell = |level, what: String, next: &str| {
        notices.push((level, Problem::new(ProblemKind::Protocol, what, next)));
        None::<DevicePhone>
    };
    const ASK: &str = "Ask the administrator to correct the device.";
    if let Some(protocol) = device.protocol.as_ref().filter(|protocol| !protocol.eq_ignore_ascii_case("SIP")) {
        return tell(NoticeLevel::Error, format!("{name} speaks {}, not SIP: there is no phone.", shown(protocol)), ASK);
    }
    if device.sip_oauth {
        let what = format!("{name} registers with a token (SIP OAuth), which is not available yet: there is no phone.");
        return tell(NoticeLevel::Error, what, "Ask the administrator for a security profile without it.");
    }
    if let DeviceSecurity::Unknown(text) = &device.security {
        let what = format!("{name} has a security mode that is not known ({}): it is taken for encrypted.", shown(text));
        tell(NoticeLevel::Warning, what, ASK);
    }
    let line = device.lines.iter().find(|line| line.number.is_some()).or(device.lines.first());
    let user = &gathered.user;
    let primary = user.primary.clone().unwrap_or_default();
    let number = line.and_then(|line| line.number.clone()).or(primary.number);
    let Some(number) = number else {
        return tell(NoticeLevel::Error, format!("{name} has no line with a number: there is no phone."), ASK);
    };
    let transport = transport(device);
    let tls = transport == Transport::Tls;
    let port_of = if tls { DeviceSecurity::Encrypted } else { DeviceSecurity::None };
    let mut registrars: Vec<Registrar> = device
        .call_managers
        .iter()
        .filter_map(|node| Server::parse(&node.host, node.port(&port_of, false)))
        .map(|server| Registrar { server, transport })
        .collect();
    if registrars.is_empty() {
        let what = format!("The configuration of {name} names no server to register with: the nodes of the cluster are tried.");
        tell(NoticeLevel::Warning, what, ASK);
        let port = if tls { 5061 } else { 5060 };
        registrars = gathered.nodes.iter().map(|node| Registrar { server: Server::new(&node.host, port), transport }).collect();
    }
    let address = match address(&number, registrars.first().map(|first| &first.server)?) {
        Ok(address) => address,
        Err(why) => return tell(NoticeLevel::Error, why, ASK),
    };
    let filled = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let own = |part: fn(&crate::protocol::cisco::device_config::Line) -> &Option<String>| {
        filled(line.and_then(|line| part(line).as_ref()))
    };
    Some(DevicePhone {
        device: name.to_owned(),
        model: super::choice::SOFTPHONE,
        address,
        display_name: RemoteText::new(
            own(|line| &line.display_name).or(user.display_name.clone()).unwrap_or_else(|| number.clone()),
        ),
        contact: escaped(&own(|line| &line.contact).unwrap_or_else(|| number.clone())),
        auth_name: own(|line| &line.auth_name).or(device.user.clone()).unwrap_or_else(|| gathered.user_name.clone()),
        number,
        registrars,
        security: match (tls, device.security.is_srtp()) {
            (true, true) => PhoneSecurity::Encrypted,
            (true, false) => PhoneSecurity::Authenticated,
            (false, _) => PhoneSecurity::Clear,
        },
        media_ports: device.media_ports.unwrap_or((16_384, 32_766)),
        audio_tos: device.audio_tos.unwrap_or(184),
        signalling_tos: device.signalling_tos.unwrap_or(96),
        register_expires: device.register_expires.unwrap_or(3_600),
        dtmf_payload: device.dtmf_payload.unwrap_or(101),
        voicemail_pilot: own(|line| &line.voicemail_pilot).or(primary.voicemail_pilot),
        version_stamp: device.version_stamp.clone(),
    })
}

/// Address of record: the number at the node that it registers with.
pub(super) fn address(number: &str, node: &Server) -> Result<String, String> {
    let (open, close) = if node.host.contains(':') { ("[", "]") } else { ("", "") };
    sip_address(&format!("sip:{}@{open}{}{close}", escaped(number), node.host))
}

/// Security decides; what it leaves open the file says, and TCP where it does not.
fn transport(device: &DeviceConfig) -> Transport {
    match (device.security.is_tls(), device.transport) {
        (true, _) | (false, Some(TransportLayer::Tls)) => Transport::Tls,
        (false, Some(TransportLayer::Udp)) => Transport::Udp,
        (false, Some(TransportLayer::Tcp) | None) => Transport::Tcp,
    }
}

/// The user part of a SIP URI (RFC 3261 §25.1): what may not stand in it is escaped.
fn escaped(user: &str) -> String {
    let mut written = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}
