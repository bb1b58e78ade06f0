//! What the last sign-in of an account has found ⇄ its table in `discovery.toml`. No secret stands in it: where the services
//! are, and what the user is called there. The user's password is the keyring's, and nothing that a server gave in
//! confidence is remembered.

#![deny(clippy::indexing_slicing)]

use crate::engine::addresses::{account_name, bare_jid, sip_address};
use crate::engine::event::{AccountName, Authenticator, ProductMode};
use crate::engine::signin::cup::Window;
use crate::engine::signin::uds::{ChatService, DevicePhone, Directory, PhoneSecurity, Registrar, SignedIn, VoicemailService};
use crate::engine::signin::{Known, Remembered, Server};
use crate::machine::RemoteText;
use crate::protocol::cisco::{PhotoUri, ServiceProfile};
use crate::protocol::dns::{self, Naptr, Srv};
use crate::protocol::sip::flow::Transport;
use serde::{Deserialize, Serialize};

const MODES: [ProductMode; 5] =
    [ProductMode::Default, ProductMode::FullUc, ProductMode::ImOnly, ProductMode::Phone, ProductMode::PhoneWithContacts];
const AUTHENTICATORS: [Authenticator; 3] = [Authenticator::Cucm, Authenticator::Cup, Authenticator::WebexMessenger];
const DECIDED: [Authenticator; 3] = [Authenticator::Cucm, Authenticator::Cup, Authenticator::Standard];
const SECURITIES: [(PhoneSecurity, &str); 3] =
    [(PhoneSecurity::Clear, "clear"), (PhoneSecurity::Authenticated, "authenticated"), (PhoneSecurity::Encrypted, "encrypted")];
const TRANSPORTS: [(Transport, &str); 3] = [(Transport::Udp, "udp"), (Transport::Tcp, "tcp"), (Transport::Tls, "tls")];

/// Names, and records of a name, beyond these are not kept.
const NAMES: usize = 16;
const RECORDS: usize = 64;

/// One account's.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct WrittenServices {
    account: String,
    address: String,
    /// Who was decided on; earlier releases remembered Communications Manager alone.
    decided: Option<String>,
    targets: Vec<String>,
    #[serde(flatten)]
    deployment: Option<WrittenDeployment>,
    standard: Option<WrittenStandard>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenDeployment {
    product_mode: String,
    authenticator: String,
    display_name: String,
    directory: Vec<String>,
    #[serde(default)]
    directory_is_home: bool,
    shortest_search: Option<u8>,
    photos: Option<String>,
    chat: Option<WrittenChat>,
    phone: Option<WrittenPhone>,
    voicemail: Option<WrittenVoicemail>,
}

/// Open standards.
#[derive(Serialize, Deserialize)]
struct WrittenStandard {
    phone: Vec<String>,
    #[serde(default)]
    names: Vec<WrittenName>,
}

/// A question of the DNS with its answer.
#[derive(Serialize, Deserialize)]
struct WrittenName {
    /// As in `SRV _xmpp-client._tcp.lab.example`.
    question: String,
    /// As in `10 5 5222 imp1.lab.example`, and as in `50 60 "s" "SIPS+D2T" _sips._tcp.lab.example`.
    records: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct WrittenChat {
    jid: String,
    servers: Vec<String>,
    messages: bool,
    /// EPAS, where XMPP takes one-time passwords.
    #[serde(default)]
    logins: Vec<String>,
    /// The re-login window, in seconds.
    window: Option<(u64, u64)>,
    #[serde(default)]
    domains: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenPhone {
    device: String,
    model: u32,
    address: String,
    number: String,
    display_name: String,
    contact: String,
    auth_name: String,
    /// As in `tls cucm1.lab.example:5061`.
    registrars: Vec<String>,
    security: String,
    media_ports: (u16, u16),
    audio_tos: u8,
    signalling_tos: u8,
    register_expires: u32,
    dtmf_payload: u8,
    voicemail_pilot: Option<String>,
    version_stamp: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct WrittenVoicemail {
    servers: Vec<String>,
    credentials_source: Option<String>,
}

impl WrittenServices {
    pub(super) fn of((account, remembered): (&AccountName, &Remembered)) -> WrittenServices {
        let Remembered { address, decided, targets, found } = remembered;
        let (deployment, standard) = match found {
            Known::Deployment(signed_in) => (Some(WrittenDeployment::of(signed_in)), None),
            Known::Standard { phone, names } => {
                let names = names.iter().filter_map(WrittenName::of).take(NAMES).collect();
                (None, Some(WrittenStandard { phone: written(phone), names }))
            }
        };
        let decided = Some(decided.name().to_owned());
        WrittenServices {
            account: account.0.clone(),
            address: address.clone(),
            decided,
            targets: written(targets),
            deployment,
            standard,
        }
    }

    /// What it says; none where any of it makes no sense.
    pub(super) fn read(self) -> Option<(AccountName, Remembered)> {
        let named = |name: String| DECIDED.into_iter().find(|known| known.name() == name);
        let decided = self.decided.map_or(Some(Authenticator::Cucm), named)?;
        let found = match (decided, self.deployment, self.standard) {
            (Authenticator::Standard, _, Some(WrittenStandard { phone, names })) => {
                let names = names.into_iter().take(NAMES).map(WrittenName::read).collect::<Option<_>>()?;
                Known::Standard { phone: servers(&phone)?, names }
            }
            (Authenticator::Cucm | Authenticator::Cup, Some(deployment), _) => Known::Deployment(Box::new(deployment.read()?)),
            _ => return None,
        };
        let account = account_name(&self.account).ok()?;
        Some((account, Remembered { address: self.address, decided, targets: servers(&self.targets)?, found }))
    }
}

impl WrittenDeployment {
    fn of(signed_in: &SignedIn) -> WrittenDeployment {
        let chat = signed_in.chat.as_ref().map(|chat| WrittenChat {
            jid: chat.jid.clone(),
            servers: written(&chat.servers),
            messages: chat.messages,
            logins: written(&chat.logins),
            window: Some(chat.window.limits()),
            domains: chat.domains.clone(),
        });
        let voicemail = signed_in.voicemail.as_ref().map(|voicemail| WrittenVoicemail {
            servers: written(&voicemail.servers),
            credentials_source: voicemail.credentials_source.as_ref().map(|source| source.raw().to_owned()),
        });
        WrittenDeployment {
            product_mode: signed_in.product_mode.name().to_owned(),
            authenticator: signed_in.authenticator.name().to_owned(),
            display_name: signed_in.display_name.raw().to_owned(),
            directory: written(&signed_in.directory.uds),
            directory_is_home: signed_in.directory.is_home,
            shortest_search: Some(signed_in.directory.shortest),
            photos: signed_in.directory.photos.as_ref().map(|photos| photos.as_str().to_owned()),
            chat,
            phone: signed_in.phone.as_ref().map(WrittenPhone::of),
            voicemail,
        }
    }

    fn read(self) -> Option<SignedIn> {
        let chat = match self.chat {
            Some(WrittenChat { jid, servers: at, messages, logins, window, domains }) => {
                let window = window.and_then(|(lower, upper)| Window::said(Some(lower), Some(upper)));
                let chat = ChatService::new(bare_jid(&jid).ok()?, servers(&at)?, messages);
                Some(ChatService { logins: servers(&logins)?, window: window.unwrap_or_default(), domains, ..chat })
            }
            None => None,
        };
        let voicemail = match self.voicemail {
            Some(WrittenVoicemail { servers: at, credentials_source }) => {
                Some(VoicemailService { servers: servers(&at)?, credentials_source: credentials_source.map(RemoteText::new) })
            }
            None => None,
        };
        let phone = match self.phone {
            Some(phone) => Some(phone.read()?),
            None => None,
        };
        Some(SignedIn {
            product_mode: MODES.into_iter().find(|mode| mode.name() == self.product_mode)?,
            authenticator: AUTHENTICATORS.into_iter().find(|known| known.name() == self.authenticator)?,
            display_name: RemoteText::new(self.display_name),
            chat,
            phone,
            voicemail,
            directory: Directory {
                uds: servers(&self.directory)?,
                is_home: self.directory_is_home,
                shortest: self.shortest_search.unwrap_or(Directory::default().shortest),
                photos: self.photos.as_deref().and_then(PhotoUri::parse),
            },
            client_config: None,
            service_profile: ServiceProfile::default(),
            settled: Vec::new(),
        })
    }
}

impl WrittenName {
    fn of((question, answer): &(dns::Question, dns::Answer)) -> Option<WrittenName> {
        let srv = |srv: &Srv| format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target);
        let naptr = |of: &Naptr| format!("{} {} {:?} {:?} {}", of.order, of.preference, of.flags, of.service, of.replacement);
        let (kind, name, records) = match (question, answer) {
            (dns::Question::Srv(name), dns::Answer::Srv(all)) => {
                ("SRV", name, all.iter().take(RECORDS).map(srv).collect::<Vec<_>>())
            }
            (dns::Question::Naptr(name), dns::Answer::Naptr(all)) => {
                ("NAPTR", name, all.iter().take(RECORDS).map(naptr).collect())
            }
            _ => return None,
        };
        Some(WrittenName { question: format!("{kind} {name}"), records })
    }

    fn read(self) -> Option<(dns::Question, dns::Answer)> {
        let (kind, name) = self.question.split_once(' ')?;
        let fields = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let records = self.records.iter().take(RECORDS).map(|record| fields(record));
        match kind {
            "SRV" => {
                let srv = |fields: Vec<String>| {
                    let mut fields = fields.into_iter();
                    let mut number = || fields.next()?.parse::<u16>().ok();
                    let (priority, weight, port) = (number()?, number()?, number()?);
                    // The target “.” is none.
                    Some(Srv { priority, weight, port, target: fields.next().unwrap_or_default() })
                };
                let all = records.map(srv).collect::<Option<_>>()?;
                Some((dns::Question::Srv(name.to_owned()), dns::Answer::Srv(all)))
            }
            "NAPTR" => {
                let unquoted = |text: String| text.trim_matches('"').to_owned();
                let naptr = |fields: Vec<String>| {
                    let mut fields = fields.into_iter();
                    let (order, preference) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
                    let (flags, service) = (unquoted(fields.next()?), unquoted(fields.next()?));
                    Some(Naptr { order, preference, flags, service, replacement: fields.next().unwrap_or_default() })
                };
                let all = records.map(naptr).collect::<Option<_>>()?;
                Some((dns::Question::Naptr(name.to_owned()), dns::Answer::Naptr(all)))
            }
            _ => None,
        }
    }
}

impl WrittenPhone {
    fn of(phone: &DevicePhone) -> WrittenPhone {
        let transport = |wanted| TRANSPORTS.iter().find(|(known, _)| *known == wanted).map_or("tls", |(_, name)| *name);
        let registrar = |registrar: &Registrar| format!("{} {}", transport(registrar.transport), registrar.server);
        let security = SECURITIES.iter().find(|(known, _)| *known == phone.security).map_or("encrypted", |(_, name)| *name);
        WrittenPhone {
            device: phone.device.clone(),
            model: phone.model,
            address: phone.address.clone(),
            number: phone.number.clone(),
            display_name: phone.display_name.raw().to_owned(),
            contact: phone.contact.clone(),
            auth_name: phone.auth_name.clone(),
            registrars: phone.registrars.iter().map(registrar).collect(),
            security: security.to_owned(),
            media_ports: phone.media_ports,
            audio_tos: phone.audio_tos,
            signalling_tos: phone.signalling_tos,
            register_expires: phone.register_expires,
            dtmf_payload: phone.dtmf_payload,
            voicemail_pilot: phone.voicemail_pilot.clone(),
            version_stamp: phone.version_stamp.clone(),
        }
    }

    fn read(self) -> Option<DevicePhone> {
        let registrar = |text: &String| {
            let (transport, server) = text.split_once(' ')?;
            let (transport, _) = TRANSPORTS.into_iter().find(|(_, name)| *name == transport)?;
            Some(Registrar { server: Server::parse(server, 5061)?, transport })
        };
        let registrars: Vec<Registrar> = self.registrars.iter().map(registrar).collect::<Option<_>>()?;
        Some(DevicePhone {
            device: self.device,
            model: self.model,
            address: sip_address(&self.address).ok()?,
            number: self.number,
            display_name: RemoteText::new(self.display_name),
            contact: self.contact,
            auth_name: self.auth_name,
            registrars: Some(registrars).filter(|registrars| !registrars.is_empty())?,
            security: SECURITIES.into_iter().find(|(_, name)| *name == self.security)?.0,
            media_ports: self.media_ports,
            audio_tos: self.audio_tos,
            signalling_tos: self.signalling_tos,
            register_expires: self.register_expires,
            dtmf_payload: self.dtmf_payload,
            voicemail_pilot: self.voicemail_pilot,
            version_stamp: self.version_stamp,
        })
    }
}

fn written(servers: &[Server]) -> Vec<String> {
    servers.iter().map(ToString::to_string).collect()
}

fn servers(written: &[String]) -> Option<Vec<Server>> {
    // Each has its port.
    written.iter().map(|text| Server::parse(text, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::signin::CacheChange;
    use crate::io::discovery::DiscoveryFiles;
    use crate::io::discovery::found::Found;
    use crate::io::paths::Paths;

    fn remembered() -> Remembered {
        let server = |text: &str| Server::parse(text, 0).unwrap();
        let phone = DevicePhone {
            device: "CSFANA".into(),
            model: 503,
            address: "sip:1001@cucm1.lab.example".into(),
            number: "1001".into(),
            display_name: RemoteText::new("Ana \u{1b}[2J \"Žáková\""),
            contact: "a-b-c".into(),
            auth_name: "ana".into(),
            registrars: vec![
                Registrar { server: server("cucm1.lab.example:5061"), transport: Transport::Tls },
                Registrar { server: server("[2001:db8::1]:5060"), transport: Transport::Tcp },
            ],
            security: PhoneSecurity::Encrypted,
            media_ports: (16_384, 32_766),
            audio_tos: 184,
            signalling_tos: 96,
            register_expires: 3_600,
            dtmf_payload: 101,
            voicemail_pilot: Some("8000".into()),
            version_stamp: None,
        };
        let signed_in = SignedIn {
            product_mode: ProductMode::FullUc,
            authenticator: Authenticator::Cup,
            display_name: RemoteText::new("Ana Ruiz"),
            chat: Some(ChatService::new("ana@lab.example".into(), vec![server("imp1.lab.example:5222")], true)),
            phone: Some(phone),
            voicemail: Some(VoicemailService { servers: vec![server("cuc1.lab.example:443")], credentials_source: None }),
            directory: Directory {
                uds: vec![server("cucm1.lab.example:8443")],
                is_home: true,
                shortest: 2,
                photos: PhotoUri::parse("https://photos.lab.example/%%uid%%.jpg"),
            },
            client_config: None,
            service_profile: ServiceProfile::default(),
            settled: Vec::new(),
        };
        Remembered {
            address: "ana@lab.example".into(),
            decided: Authenticator::Cucm,
            targets: vec![server("cucm1.lab.example:8443")],
            found: Known::Deployment(Box::new(signed_in)),
        }
    }

    /// The same with other chat.
    fn with_chat(chat: Option<ChatService>) -> Remembered {
        let remembered = remembered();
        let signed_in = SignedIn { chat, ..remembered.signed_in().unwrap().clone() };
        Remembered { decided: Authenticator::Cup, found: Known::Deployment(Box::new(signed_in)), ..remembered }
    }

    fn standard() -> Remembered {
        let server = |text: &str| Server::parse(text, 0).unwrap();
        let srv = |target: &str| Srv { priority: 10, weight: 5, port: 5222, target: target.into() };
        let naptr = Naptr {
            order: 50,
            preference: 60,
            flags: "s".into(),
            service: "SIPS+D2T".into(),
            replacement: "_sips._tcp.lab.example".into(),
        };
        let names = vec![
            (
                dns::Question::Srv("_xmpp-client._tcp.lab.example".into()),
                dns::Answer::Srv(vec![srv("imp1.lab.example"), srv("")]),
            ),
            (dns::Question::Srv("_sip._udp.lab.example".into()), dns::Answer::Srv(vec![])),
            (dns::Question::Naptr("lab.example".into()), dns::Answer::Naptr(vec![naptr])),
        ];
        Remembered {
            address: "ana@lab.example".into(),
            decided: Authenticator::Standard,
            targets: vec![server("imp1.lab.example:5222")],
            found: Known::Standard { phone: vec![server("cucm1.lab.example:5061")], names },
        }
    }

    fn kept(remembered: Remembered) -> Found {
        let mut found = Found { launches: 2, ..Found::default() };
        let account = AccountName("work".into());
        found.apply(&CacheChange::KeepServices { account, services: Box::new(remembered) });
        found
    }

    #[test]
    fn what_is_remembered_is_written_as_it_is_read() {
        let found = kept(remembered());
        assert_eq!(Found::parse(&found.write().unwrap()), Ok(found));
        let server = |text: &str| Server::parse(text, 0).unwrap();
        let once = ChatService {
            logins: vec![server("imp1.lab.example:8443"), server("imp2.lab.example:8443")],
            window: Window::said(Some(60), Some(90)).unwrap(),
            domains: vec!["lab.example".into()],
            ..ChatService::new("ana@lab.example".into(), vec![server("imp1.lab.example:5222")], true)
        };
        for remembered in [with_chat(Some(once)), with_chat(None), standard()] {
            let found = kept(remembered);
            assert_eq!(Found::parse(&found.write().unwrap()), Ok(found));
        }
        let signed_in = remembered().signed_in().unwrap().clone();
        let least = SignedIn { chat: None, phone: None, voicemail: None, ..signed_in };
        let mut found = kept(Remembered { found: Known::Deployment(Box::new(least)), ..remembered() });
        assert_eq!(Found::parse(&found.write().unwrap()), Ok(found.clone()));
        found.apply(&CacheChange::ForgetServices { account: AccountName("work".into()) });
        assert!(found.cache.services.is_empty());
    }

    #[test]
    fn what_is_remembered_is_forgotten_with_its_account_and_when_discovery_begins_afresh() {
        let home = tempfile::tempdir().unwrap();
        let files = DiscoveryFiles::open(&Paths::below(home.path())).unwrap();
        let count = || files.known().unwrap().found.cache.services.len();
        let keep = |account: &str| {
            let account = AccountName(account.into());
            files.keep(&CacheChange::KeepServices { account, services: Box::new(remembered()) }).unwrap();
        };
        keep("work");
        keep("other");
        files.forget_services("bob@lab.example").unwrap();
        assert_eq!(count(), 2);
        files.forget(&AccountName("work".into())).unwrap();
        assert_eq!(count(), 1);
        files.forget_services("ana@lab.example").unwrap();
        assert_eq!(count(), 0);
    }

    #[test]
    fn what_an_earlier_release_has_written_is_read() {
        let found = kept(remembered());
        let text = found.write().unwrap();
        let earlier: String =
            text.lines().filter(|line| !line.starts_with("decided")).map(|line| format!("{line}\n")).collect();
        assert_ne!(earlier, text);
        assert_eq!(Found::parse(&earlier), Ok(found));
    }

    #[test]
    fn what_makes_no_sense_is_asked_anew_and_the_rest_is_kept() {
        let text = kept(remembered()).write().unwrap();
        for (sound, damaged) in [
            ("tls cucm1.lab.example:5061", "quic cucm1.lab.example:5061"),
            ("security = \"encrypted\"", "security = \"maybe\""),
            ("jid = \"ana@lab.example\"", "jid = \"@\""),
            ("\"cucm1.lab.example:8443\"", "\"a b\""),
            ("address = \"sip:1001@cucm1.lab.example\"", "address = \"tel:1\""),
            ("account = \"work\"", "account = \"../work\""),
        ] {
            assert!(text.contains(sound), "{sound} in {text}");
            let read = Found::parse(&text.replace(sound, damaged)).unwrap();
            assert_eq!((read.launches, read.cache.services.len()), (2, 0), "{damaged}");
        }
    }
}
