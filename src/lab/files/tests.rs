//! What configuration files say, read with the readers of our client; and the files over TFTP.

use super::super::site::Site;
use super::super::wire::{Door, Node, Places, WireIn, WireOut};
use super::{Files, TftpServer};
use crate::machine::{Machine, Moment};
use crate::protocol::cisco::device_config::DeviceSecurity;
use crate::protocol::cisco::service_profile::PresenceProduct;
use crate::protocol::cisco::{ClientConfig, DeviceConfig, ServiceProfile};
use crate::protocol::tftp::packet::{ErrorCode, Packet, ReadRequest};
use std::net::SocketAddr;
use std::time::Duration;

fn files(text: &str) -> Files {
    Files::new(Site::parse(text).unwrap(), Places::default(), 1)
}

fn device(text: &str) -> DeviceConfig {
    DeviceConfig::parse(files(text).read("CSFANA.cnf.xml").unwrap().as_bytes()).unwrap()
}

#[test]
fn a_phone_is_told_where_to_register_and_as_what() {
    let phone = device("nodes = 2");
    let servers: Vec<(&str, Option<u16>, Option<u16>)> =
        phone.call_managers.iter().map(|server| (server.host.as_str(), server.sip_port, server.secure_port)).collect();
    assert_eq!(servers, [("cucm1.lab.example", Some(5060), Some(5061)), ("cucm2.lab.example", Some(5060), Some(5061))]);
    assert!(phone.security.is_tls() && phone.security.is_srtp());
    let line = &phone.lines[0];
    assert_eq!((line.number.as_deref(), line.auth_name.as_deref()), (Some("1001"), Some("ana")));
    assert_eq!((line.display_name.as_deref(), line.voicemail_pilot.as_deref()), (Some("Ana Ruiz"), Some("5000")));
    assert_eq!(line.contact.as_ref().map(String::len), Some(36));
    assert_eq!(phone.speed_dials[0].number, "1002");
    assert_eq!((phone.user.as_deref(), phone.service_profile_file.as_deref()), (Some("ana"), Some("SPDefault.cnf.xml")));
    assert_eq!((phone.dtmf_payload, phone.media_ports), (Some(101), Some((16384, 32766))));
    assert!(!phone.speed_dials[0].watched && device("device.blf = true").speed_dials[0].watched);
}

#[test]
fn security_is_said_in_numbers_or_in_words() {
    for words in [false, true] {
        let said = |encrypted: bool| device(&format!("encrypted = {encrypted}\ndevice.security-in-words = {words}")).security;
        assert!(matches!(said(true), DeviceSecurity::Encrypted), "{words}");
        assert!(!said(false).is_tls() && !said(false).is_srtp(), "{words}");
    }
}

#[test]
fn every_element_can_be_missing() {
    let whole = files("").read("CSFANA.cnf.xml").unwrap();
    let left = files("device.without = [\"members\", \"contact\", \"deviceSecurityMode\"]").read("CSFANA.cnf.xml").unwrap();
    for name in ["members", "contact", "deviceSecurityMode"] {
        assert!(whole.contains(&format!("<{name}>")) && !left.contains(&format!("<{name}")), "{name}");
    }
    assert!(DeviceConfig::parse(left.as_bytes()).unwrap().call_managers.is_empty());
    let profile = files("profile.without = [\"IMandPresence\"]").read("SPDefault.cnf.xml").unwrap();
    assert_eq!(ServiceProfile::parse(profile.as_bytes()).unwrap().presence, None);
}

#[test]
fn the_profile_says_the_same_however_it_is_nested() {
    let profile = |text: &str| ServiceProfile::parse(files(text).read("SPDefault.cnf.xml").unwrap().as_bytes()).unwrap();
    for nesting in ["remembered", "deeper", "prefixed"] {
        let told = profile(&format!("profile.nesting = {nesting:?}"));
        let presence = told.presence.unwrap();
        assert_eq!(presence.presence_product(), PresenceProduct::OnPremises);
        assert_eq!(presence.servers[0].host, "imp1.lab.example", "{nesting}");
        let voicemail = &told.voicemail.unwrap().servers[0];
        assert_eq!((voicemail.host.as_str(), voicemail.port), ("cuc1.lab.example", Some(443)), "{nesting}");
    }
    assert_eq!(profile("profile.presence = \"none\"").presence, None);
    let webex = profile("profile.presence = \"webex\"").presence.unwrap();
    assert_eq!(webex.presence_product(), PresenceProduct::Webex);
}

#[test]
fn the_client_is_configured_as_the_site_says() {
    let config = |text: &str| ClientConfig::parse(files(text).read("jabber-config.xml").unwrap().as_bytes()).unwrap();
    assert_eq!(config("").text("DirectoryServerType"), Some("UDS"));
    assert!(config("").chat_enabled() && !config("uds.chat-off = \"policy\"").chat_enabled());
    let own = config("[client-config.Policies]\nTelephony_Enabled = \"FALSE\"\nx = \"<&\"\n");
    assert!(!own.telephony_enabled());
    assert_eq!((own.text("x"), own.text("DirectoryServerType")), (Some("<&"), None));
    assert_eq!(config("voice-domain = \"voice.example\"").voice_services_domain(), Some("voice.example"));
}

#[test]
fn what_is_not_there_is_not_there() {
    let here = |text: &str, name: &str| files(text).read(name).is_some();
    assert!(here("", "global-settings.xml"));
    assert!(!here("", "CSFNOBODY.cnf.xml") && !here("", "JAB_1.cnf.xml") && !here("", "../etc/passwd"));
    assert!(!here("files.missing = [\"jabber-config.xml\"]", "jabber-config.xml"));
    assert!(!here("", "CSFANA.cnf.xml.sgn") && here("files.signed = true", "CSFANA.cnf.xml.sgn"));
}

/// Reads a file as a client with blocks of 512 bytes would.
fn fetch(text: &str, name: &str) -> Result<Vec<u8>, ErrorCode> {
    let reader: SocketAddr = ([127, 0, 0, 9], 4000).into();
    let mut server = TftpServer::new(files(text));
    let (mut now, mut file, mut block) = (Moment::START, Vec::new(), 1);
    let hear = |server: &mut TftpServer, now, packet: Packet| {
        server.handle(now, WireIn::Datagram(Door::Tftp, Node::First, reader, packet.write()));
    };
    hear(&mut server, now, Packet::Read(ReadRequest { file: name.into(), options: Default::default() }));
    loop {
        match server.poll() {
            Some(WireOut::Datagram(Door::Tftp, Node::First, to, bytes)) if to == reader => match Packet::parse(&bytes).unwrap()
            {
                Packet::Data(number, bytes) => {
                    if number == block {
                        block += 1;
                        file.extend_from_slice(&bytes);
                    }
                    hear(&mut server, now, Packet::Ack(number));
                    if bytes.len() < 512 {
                        return Ok(file);
                    }
                }
                Packet::Error(code, _) => return Err(code),
                other => panic!("{other:?}"),
            },
            Some(other) => panic!("{other:?}"),
            None => {
                now = server.wake().expect("the server has given up").at;
                assert!(now.since_start() < Duration::from_secs(10), "it never ends");
                server.expire(now);
            }
        }
    }
}

#[test]
fn files_are_the_same_over_tftp() {
    let whole = files("").read("CSFANA.cnf.xml").unwrap();
    assert!(whole.len() > 2000);
    assert_eq!(fetch("", "CSFANA.cnf.xml"), Ok(whole.clone().into_bytes()));
    assert_eq!(fetch("files.tftp.delay-ms = 30", "CSFANA.cnf.xml"), Ok(whole.into_bytes()));
    assert_eq!(fetch("", "none.cnf.xml"), Err(ErrorCode::NOT_FOUND));
}

#[test]
fn values_and_datagrams_tell_the_same() {
    let declared = |text: &str| files(text).declared("CSFANA.cnf.xml", Duration::from_secs(2), 1 << 20);
    let broken = declared("files.tftp.fault = \"malformed\"").1.unwrap();
    assert_eq!(Ok(broken), fetch("files.tftp.fault = \"malformed\"", "CSFANA.cnf.xml"));
    assert_eq!(declared("files.tftp.fault = \"silent\"").0, Duration::from_secs(2));
    assert!(declared("files.missing = [\"CSFANA.cnf.xml\"]").1.is_err());
    assert_eq!(declared("files.tftp.delay-ms = 30").0, Duration::from_millis(30));
}
