//! Servers that answer as they are told, each question after a while.

use crate::engine::signin::{Answer, Question};
use crate::protocol::cisco::device_config::{CallManager, DeviceSecurity, Line, TransportLayer};
use crate::protocol::cisco::service_profile::{UcAddress, UcService};
use crate::protocol::cisco::uds::{ClusterUser, Device, DeviceList, PrimaryExtension, Servers, User};
use crate::protocol::cisco::{ClientConfig, DeviceConfig, ServiceProfile};
use crate::protocol::http::{Failure, Response};
use std::collections::BTreeMap;
use std::time::Duration;

/// Each answer takes so long unless told otherwise: the time of a run counts the questions that follow each other.
pub const ROUND: Duration = Duration::from_millis(10);

pub const C1: &str = "https://cucm1.lab.example:8443/cucm-uds";
pub const C2: &str = "https://cucm2.lab.example:8443/cucm-uds";
pub const HOME: &str = "https://cucm1.lab.example:8443/cucm-uds/clusterUser?username=ana";
pub const NODES: &str = "https://cucm1.lab.example:8443/cucm-uds/servers";
pub const USER: &str = "https://cucm1.lab.example:8443/cucm-uds/user/ana";
pub const DEVICES: &str = "https://cucm1.lab.example:8443/cucm-uds/user/ana/devices";
pub const PROFILE: &str = "https://cucm1.lab.example:6972/SPDefault.cnf.xml";
pub const CONFIG: &str = "https://cucm1.lab.example:6972/jabber-config.xml";
pub const PHONE: &str = "https://cucm1.lab.example:6972/CSFANA.cnf.xml";

/// What a server does when it is asked.
#[derive(Clone, Debug)]
pub enum Does {
    Say(u16, Vec<u8>),
    Point(u16, &'static str),
    Fail(Failure),
    Refuse(&'static str),
    /// Says it after so long, or not at all when that is too long.
    Slowly(Duration, Vec<u8>),
    /// The question is lost, and whoever carries it as well.
    Forget,
}

/// Servers, by what they are asked.
#[derive(Clone, Debug, Default)]
pub struct Site(pub BTreeMap<String, Does>);

impl Site {
    pub fn set(mut self, key: &str, does: Does) -> Site {
        self.0.insert(key.to_owned(), does);
        self
    }

    pub fn say(self, key: &str, body: Vec<u8>) -> Site {
        self.set(key, Does::Say(200, body))
    }

    pub fn without(mut self, key: &str) -> Site {
        self.0.remove(key);
        self
    }

    /// The answer and when it comes; none for never.
    pub fn answer(&self, question: &Question) -> Option<(Duration, Answer)> {
        let (key, deadline, tftp) = key(question);
        let http = |answer| Answer::Http { answer, certificate: None };
        let gone = if tftp {
            Answer::Tftp(Err("no such file".into()))
        } else {
            http(Err(Failure::Unreachable("connection refused".into())))
        };
        let said = |body: &Vec<u8>, status| {
            let response = Response { status, headers: vec![], body: body.clone() };
            if tftp { Answer::Tftp(Ok(body.clone())) } else { http(Ok(response)) }
        };
        Some(match self.0.get(&key) {
            None => (ROUND, gone),
            Some(Does::Say(status, body)) => (ROUND, said(body, *status)),
            Some(Does::Point(status, to)) => {
                let headers = vec![("Location".to_owned(), (*to).to_owned())];
                (ROUND, http(Ok(Response { status: *status, headers, body: vec![] })))
            }
            Some(Does::Fail(Failure::Timeout)) => (deadline, http(Err(Failure::Timeout))),
            Some(Does::Fail(failure)) => (ROUND, http(Err(failure.clone()))),
            Some(Does::Refuse(why)) => (ROUND, Answer::Tftp(Err((*why).to_owned()))),
            Some(Does::Slowly(after, body)) if *after < deadline => (*after, said(body, 200)),
            Some(Does::Slowly(..)) => (deadline, http(Err(Failure::Timeout))),
            Some(Does::Forget) => return None,
        })
    }
}

/// What a question asks for, as the keys of a site are written, its deadline, and whether it goes over TFTP.
pub fn key(question: &Question) -> (String, Duration, bool) {
    match question {
        Question::Http(request) => (request.url.to_string(), request.deadline, false),
        Question::Tftp { server, port, file, deadline, .. } => (format!("tftp://{server}:{port}/{file}"), *deadline, true),
        Question::Dns { .. } => panic!("the DNS is not asked here"),
    }
}

pub fn home(found: bool, servers: &str) -> Vec<u8> {
    let servers = Some(servers.to_owned()).filter(|text| !text.is_empty());
    ClusterUser { found, servers, ..ClusterUser::default() }.write()
}

pub fn user() -> User {
    User {
        user_name: Some("ana".into()),
        display_name: Some("Ana Ruiz".into()),
        home_cluster: Some(true),
        im_and_presence: Some(true),
        primary: Some(PrimaryExtension {
            number: Some("1001".into()),
            voicemail_pilot: Some("5000".into()),
            forward_all: None,
        }),
        service_profile: Some("http://cucm1.lab.example:6970/SPDefault.cnf.xml".into()),
        ..User::default()
    }
}

pub fn service(host: &str, port: Option<u16>) -> Option<UcService> {
    let server = UcAddress { host: host.into(), port, protocol: None };
    Some(UcService { product: None, servers: vec![server] })
}

pub fn profile() -> ServiceProfile {
    ServiceProfile {
        presence: service("imp.lab.example", None),
        voicemail: service("cuc.lab.example", Some(443)),
        ..ServiceProfile::default()
    }
}

pub fn config(keys: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::default();
    let section = config.sections.entry("Policies".into()).or_default();
    section.extend(keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    config
}

pub fn device(name: &str) -> Device {
    Device {
        id: Some(format!("id-{name}")),
        name: name.into(),
        kind: Some(503),
        protocol: Some("SIP".into()),
        description: Some(format!("{name} of Ana")),
        provision: Some(format!("http://cucm1.lab.example:6970/{name}.cnf.xml")),
        ..Device::default()
    }
}

pub fn devices(devices: Vec<Device>) -> Vec<u8> {
    DeviceList { devices }.write()
}

pub fn phone() -> DeviceConfig {
    let node = |host: &str| CallManager { host: host.into(), ..CallManager::default() };
    DeviceConfig {
        protocol: Some("SIP".into()),
        call_managers: vec![node("cucm1.lab.example"), node("cucm2.lab.example")],
        security: DeviceSecurity::Encrypted,
        transport: Some(TransportLayer::Tcp),
        version_stamp: Some("17-abc".into()),
        media_ports: Some((20_000, 20_100)),
        audio_tos: Some(160),
        signalling_tos: Some(104),
        register_expires: Some(600),
        dtmf_payload: Some(97),
        lines: vec![Line {
            number: Some("1001".into()),
            display_name: Some("Ana Ruiz".into()),
            auth_name: Some("ana".into()),
            contact: Some("a8ae9f92".into()),
            voicemail_pilot: Some("5000".into()),
            ..Line::default()
        }],
        ..DeviceConfig::default()
    }
}

/// Two nodes, everything encrypted, everything there.
pub fn site() -> Site {
    let nodes = Servers { hosts: vec!["cucm2.lab.example".into(), "cucm1".into()] };
    Site::default()
        .say(HOME, home(true, NODES))
        .say(NODES, nodes.write())
        .say(USER, user().write())
        .say(DEVICES, devices(vec![device("CSFANA")]))
        .say(PROFILE, profile().write())
        .say(CONFIG, config(&[("Future", "1")]).write())
        .say(PHONE, phone().write())
}

/// The second node as the first, for failing over.
pub fn second(site: Site) -> Site {
    let copies: Vec<_> = site
        .0
        .iter()
        .filter(|(key, _)| key.starts_with(C1))
        .map(|(key, does)| (key.replace("cucm1", "cucm2"), does.clone()))
        .collect();
    copies.into_iter().fold(site, |site, (key, does)| site.set(&key, does))
}
