//! Documents of Cisco's servers, files of an administrator, and TFTP: what is read is written as something that is read as
//! the same again, and what is refused is refused in one visible line.

use super::{Reader, Row};
use offhook::protocol::cisco::connection::{Folders, Format, Mailbox, Messages, Refusal, VoiceMessage};
use offhook::protocol::cisco::uds::{ClusterUser, Device, DeviceList, Servers, User, Users, Version};
use offhook::protocol::cisco::{
    Bootstrap, ClientConfig, DeviceConfig, PhotoUri, Provision, ServiceProfile, Unreadable, ccmcip, epas,
};
use offhook::protocol::picture::Picture;
use offhook::protocol::tftp::Packet;

/// The rows of Cisco's documents.
pub fn rows() -> Vec<Row> {
    vec![
        document("clusterUser", CLUSTER_USER, ClusterUser::parse, |value| value.write()),
        document("servers", SERVERS, Servers::parse, |value| value.write()),
        document("user", USER, User::parse, |value| value.write()),
        document("users", USERS, Users::parse, |value| value.write()),
        document("devices", DEVICES, DeviceList::parse, |value| value.write()),
        document("device", DEVICE, Device::parse, |value| value.write()),
        document("UDS version", VERSION, Version::parse, |value| value.write()),
        document("service profile", PROFILE, ServiceProfile::parse, |value| value.write()),
        document("jabber-config.xml", CLIENT, ClientConfig::parse, |value| value.write()),
        document("device configuration", PHONE, DeviceConfig::parse, |value| value.write()),
        document("EPAS request", EPAS_REQUESTS, epas::Call::parse, |value| value.write()),
        document("EPAS login", EPAS_LOGINS, epas::Login::parse, epas::Login::write),
        document("EPAS configuration", EPAS_CONFIGS, epas::Config::parse, epas::Config::write),
        document("EPAS one-time password", EPAS_ONCE, epas::OneTimePassword::parse, epas::OneTimePassword::write),
        document("CCMCIP request", CCMCIP_REQUESTS, ccmcip::GetDevices::parse, |value| value.write()),
        document("CCMCIP devices", CCMCIP, ccmcip::Listing::parse, |value| value.write()),
        document("mailbox", MAILBOX, Mailbox::parse, |value| value.write(Format::Json)),
        document("folders", FOLDERS, Folders::parse, |value| value.write(Format::Xml)),
        document("voice messages", MESSAGES, Messages::parse, |value| value.write(Format::Json)),
        document("voice message", MESSAGE, VoiceMessage::parse, |value| value.write(Format::Xml)),
        Row { name: "refusal", honest: honest(REFUSALS), read: Box::new(refusal) },
        Row { name: "photo template", honest: honest(PHOTOS), read: Box::new(photos) },
        Row { name: "picture", honest: PICTURES.iter().map(|bytes| bytes.to_vec()).collect(), read: Box::new(picture) },
        Row { name: "bootstrap file", honest: honest(BOOTSTRAP), read: Box::new(bootstrap) },
        Row { name: "installer arguments", honest: honest(ARGUMENTS), read: Box::new(arguments) },
        Row { name: "provisioning link", honest: honest(LINKS), read: Box::new(link) },
        Row { name: "TFTP packet", honest: PACKETS.iter().map(|bytes| bytes.to_vec()).collect(), read: Box::new(packet) },
    ]
}

fn honest(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn visible(line: &str) {
    assert!(!line.chars().any(char::is_control), "{line:?} can act on a terminal");
}

fn document<T: PartialEq + std::fmt::Debug + 'static>(
    name: &'static str,
    texts: &[&str],
    parse: fn(&[u8]) -> Result<T, Unreadable>,
    write: fn(&T) -> Vec<u8>,
) -> Row {
    let read: Reader = Box::new(move |bytes| match parse(bytes) {
        Ok(value) => {
            assert_eq!(parse(&write(&value)), Ok(value));
            true
        }
        Err(why) => {
            visible(&why.to_string());
            false
        }
    });
    Row { name, honest: honest(texts), read }
}

fn refusal(bytes: &[u8]) -> bool {
    let Some(refusal) = Refusal::parse(bytes) else { return false };
    assert_eq!(Refusal::parse(&refusal.write(Format::Json)), Some(refusal));
    true
}

/// Whoever stands in the template, the same host is asked.
fn photos(bytes: &[u8]) -> bool {
    let Some(template) = PhotoUri::parse(&String::from_utf8_lossy(bytes)) else { return false };
    assert_eq!(PhotoUri::parse(template.as_str()), Some(template.clone()));
    let host = template.of("ana").unwrap().host_str().map(str::to_owned);
    for user in ["@evil.test", "../..", "#", "?x=", "a b", ":1", "\\evil.test", "%2e%2e"] {
        assert_eq!(template.of(user).unwrap().host_str().map(str::to_owned), host, "{user}");
    }
    true
}

fn picture(bytes: &[u8]) -> bool {
    match Picture::parse(bytes) {
        Ok(picture) => {
            assert!(picture.width.max(picture.height) <= 4_096 && picture.width.min(picture.height) > 0);
            true
        }
        Err(why) => {
            visible(&why.to_string());
            false
        }
    }
}

fn bootstrap(bytes: &[u8]) -> bool {
    let bootstrap = Bootstrap::parse(&String::from_utf8_lossy(bytes));
    assert_eq!(Bootstrap::parse(&bootstrap.write()), bootstrap);
    let _ = (bootstrap.authenticator(), bootstrap.excluded_services(), bootstrap.is_phone_mode());
    !bootstrap.is_empty()
}

fn arguments(bytes: &[u8]) -> bool {
    let lines: Vec<String> = String::from_utf8_lossy(bytes).split('\n').map(ToOwned::to_owned).collect();
    let mut bootstrap = Bootstrap::default();
    match bootstrap.take_arguments(&lines) {
        Ok(remarks) => {
            remarks.iter().for_each(|remark| visible(remark));
            assert_eq!(Bootstrap::parse(&bootstrap.write()), bootstrap);
            true
        }
        Err(why) => {
            visible(&why);
            assert!(bootstrap.is_empty());
            false
        }
    }
}

fn link(bytes: &[u8]) -> bool {
    match Provision::parse(&String::from_utf8_lossy(bytes)) {
        Ok(provision) => {
            assert_eq!(Provision::parse(&provision.write()), Ok(provision));
            true
        }
        Err(why) => {
            visible(&why);
            false
        }
    }
}

fn packet(bytes: &[u8]) -> bool {
    let Ok(packet) = Packet::parse(bytes) else { return false };
    assert_eq!(Packet::parse(&packet.write()), Ok(packet));
    true
}

const CLUSTER_USER: &[&str] = &[
    "<clusterUser version='12.5.1' uri='u'><result found='true' uri='https://c2:8443/cucm-uds/user/ana' version='12.5.1'/>\
     <homeCluster serversUri='https://c2:8443/cucm-uds/servers'>c2.lab.example</homeCluster></clusterUser>",
    "<clusterUser><result found=\"false\"/></clusterUser>",
];
const SERVERS: &[&str] = &["<servers version='1'><server>c1.lab.example</server><server>c2</server></servers>", "<servers/>"];
const USER: &[&str] = &[
    "<user uri='u'><id>{1}</id><userName>ana</userName><displayName>Ana &lt;R&gt;</displayName><homeCluster enableImAndPresence='true'>true</homeCluster>\
     <imAndPresence><server>imp</server></imAndPresence><primaryExtension><directoryNumber>1001</directoryNumber></primaryExtension>\
     <devices uri='d'/><serviceProfile><uri>http://c:6970/S.cnf.xml</uri></serviceProfile><jabberProfile uri='j'/></user>",
];
const USERS: &[&str] = &[
    "<users start='0' returnedCount='1' totalCount='9'><user uri='u'><userName>bob</userName><title>x &amp; y</title><pager/></user></users>",
];
const DEVICES: &[&str] = &[
    "<devices><device uri='u'><id>1</id><name>CSFANA</name><type>503</type></device><device><name>SEP1</name></device></devices>",
];
const DEVICE: &[&str] = &[
    "<device><name>CSFANA</name><description editable='true'>d</description><provision><uri>http://c/x</uri></provision></device>",
];
const VERSION: &[&str] = &[
    "<versionInformation version='1'><version>12.5</version><capabilities><usersResourceAuthEnabled>true</usersResourceAuthEnabled></capabilities></versionInformation>",
];
const PROFILE: &[&str] = &[
    "<ServiceProfile version='1'><IMandPresence><ProductType>Unified CM (IM and Presence)</ProductType><Primary><Address>imp</Address></Primary></IMandPresence>\
     <Voicemail><Primary><Address>cuc</Address><Port>443</Port><Protocol>HTTPS</Protocol></Primary><Backup1/></Voicemail><X>y</X></ServiceProfile>",
];
const CLIENT: &[&str] = &[
    "<?xml version='1.0'?><config version='1.0'><Client/><Policies><Telephony_Enabled>FALSE</Telephony_Enabled><A.b>c</A.b></Policies><K>v</K></config>",
];
const PHONE: &[&str] = &[
    "<device><deviceProtocol>SIP</deviceProtocol><callManagerGroup><members><member priority='0'><callManager><ports><sipPort>5060</sipPort></ports>\
     <processNodeName>c1</processNodeName></callManager></member></members></callManagerGroup><startMediaPort>16384</startMediaPort>\
     <stopMediaPort>32766</stopMediaPort><line button='1'><featureID>9</featureID><name>1001</name></line><line><featureID>21</featureID>\
     <speedDialNumber>2</speedDialNumber></line><deviceSecurityMode>3</deviceSecurityMode><transportLayerProtocol>4</transportLayerProtocol>\
     <sipCallFeatures><aURI>x</aURI></sipCallFeatures><userId serviceProfileFile='S'>ana</userId></device>",
];
const EPAS_REQUESTS: &[&str] = &[
    "<soap:Envelope xmlns:soap='http://www.w3.org/2003/05/soap-envelope' xmlns:e='urn:cisco:epas:soap'><soap:Body><e:login client-version='1.0' \
     client-type='CUPC' force='true'><e:username>ana</e:username><e:password>p&lt;w</e:password></e:login></soap:Body></soap:Envelope>",
    "<S:Envelope><S:Header><session-key>0f1e</session-key></S:Header><S:Body><get-all-config><system-config/></get-all-config></S:Body></S:Envelope>",
    "<S:Envelope><S:Header><session-key>0f1e</session-key></S:Header><S:Body><get-onetime-password/></S:Body></S:Envelope>",
];
const EPAS_LOGINS: &[&str] = &[
    "<S:Envelope><S:Body><e:login-resp xmlns:e='u'><e:success><e:session-key>0f1e</e:session-key><e:backup-server>imp2</e:backup-server></e:success></e:login-resp></S:Body></S:Envelope>",
    "<S:Envelope><S:Body><S:Fault><S:Code><S:Value>S:Sender</S:Value></S:Code><S:Reason><S:Text>User authentication failed</S:Text></S:Reason></S:Fault></S:Body></S:Envelope>",
    "<Envelope><Body><login-resp><failure><error-code>114</error-code></failure></login-resp></Body></Envelope>",
];
const EPAS_CONFIGS: &[&str] = &[
    "<S:Envelope><S:Body><get-all-config-resp><get-system-config-resp><property name='Presence.Domain'>lab.example</property><property name='TftpServer1' value='c1'/>\
     <property name='Client Re-Login Lower Limit'><value>120</value></property></get-system-config-resp></get-all-config-resp></S:Body></S:Envelope>",
];
const EPAS_ONCE: &[&str] = &[
    "<S:Envelope><S:Body><get-onetime-password-resp><success><password>abc</password></success></get-onetime-password-resp></S:Body></S:Envelope>",
];
const CCMCIP_REQUESTS: &[&str] = &["<?xml version='1.0'?><getDevices><user>ana &amp; co</user></getDevices>"];
const CCMCIP: &[&str] = &[
    "<devices><device><name>CSFANA</name><description>Ana soft</description><model>Cisco Unified Client Services Framework</model></device><device><name>S</name></device></devices>",
    "<html><head><title>HTTP Status 401</title></head><body/></html>",
];
const MAILBOX: &[&str] = &[
    r#"{"DisplayName":"Ana","CurrentSizeInBytes":"7","IsStoreMounted":false}"#,
    "<Mailbox><IsWarningQuotaExceeded>true</IsWarningQuotaExceeded></Mailbox>",
];
const FOLDERS: &[&str] = &[
    r#"{"@total":"1","Folder":{"DisplayName":"inbox","MessageCount":"1","USN":"2"}}"#,
    "<Folders><Folder><DisplayName>sent</DisplayName></Folder></Folders>",
];
const MESSAGES: &[&str] = &[
    r#"{"@total":"1","Message":{"Subject":"s","Read":"false","MsgId":"0:1","From":{"DisplayName":"B"},"CallerId":{"CallerNumber":"1"},"ArrivalTime":"1700000000000","Duration":"3340"}}"#,
    r#"{"@total":"2","Message":[{"MsgId":"0:1","Priority":"Urgent"},{"MsgId":"0:2","Read":true}]}"#,
    "<Messages total='1'><Message><MsgId>0:1</MsgId><Size>9</Size></Message></Messages>",
];
const MESSAGE: &[&str] = &[
    "<Message><MsgId>0:1</MsgId><Attachments><Attachment><URI>/a</URI><contentType>audio/wav</contentType></Attachment></Attachments>\
     <Recipients><Recipient><Type>TO</Type><Address><SmtpAddress>a@b</SmtpAddress></Address></Recipient></Recipients></Message>",
];
const REFUSALS: &[&str] =
    &[r#"{"errors":{"code":"X","message":"y"}}"#, "<ErrorDetails><errors><code>X</code></errors></ErrorDetails>"];
const BOOTSTRAP: &[&str] =
    &["# c\nAuthenticator: CUP\nTftp: NOT_SPECIFIED\nServiceDiscoveryExcludedServices: WEBEX,CUP\nOther: a: b\n"];
const ARGUMENTS: &[&str] =
    &["CLEAR=1\nAUTHENTICATOR=cup\nCUP_ADDRESS=imp", "PRODUCT_MODE=phone_mode\nCLICK2X=DISABLE", "EXCLUDED_SERVICES=WEBEX"];
const LINKS: &[&str] = &[
    "ciscojabber://provision?ServicesDomain=lab.example&VoiceServicesDomain=v.lab.example&ServiceDiscoveryExcludedServices=WEBEX,CUP&X=%20y",
];
const PACKETS: &[&[u8]] = &[
    b"\0\x01CSFANA.cnf.xml\0octet\0blksize\x001392\0tsize\x000\0",
    b"\0\x02x\0octet\0",
    b"\0\x03\0\x01data",
    b"\0\x04\0\x01",
    b"\0\x05\0\x01File not found\0",
    b"\0\x06timeout\x003\0",
];

const PHOTOS: &[&str] = &[
    "http://photos.lab.example/%%uid%%.jpg",
    "https://cucm1.lab.example:8443/photos/%%uid%%.png",
    "https://photos.lab.example/photo?of=%%uid%%&size=s",
];

const PICTURES: &[&[u8]] = &[
    include_bytes!("../../src/lab/photos/portrait.jpg"),
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x30\0\0\0\x40\x08\x02\0\0\0\x01\x02\x03\x04\0\0",
];
