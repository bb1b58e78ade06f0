//! A file as the fact sheet has it, its faults, and each of its elements missing in turn.

use super::*;

const SAMPLE: &str = r#"<device xmlns:xsi="x" xmlns:axl="y" xsi:type="axl:XIPPhone" ctiid="24" uuid="{1}"><fullConfig>true</fullConfig>
 <deviceProtocol>SIP</deviceProtocol><devicePool><name>Default</name><callManagerGroup><members>
 <member priority="1"><callManager><name>cucm2</name><processNodeName>cucm2.lab.example</processNodeName></callManager></member>
 <member priority="0"><callManager><name>cucm1</name><ports><ethernetPhonePort>2000</ethernetPhonePort><sipPort>5062</sipPort>
 <securedSipPort>5063</securedSipPort><sipOAuthPort>5091</sipOAuthPort></ports><processNodeName>cucm1.lab.example</processNodeName></callManager></member>
 </members></callManagerGroup></devicePool><sipProfile><sipCallFeatures><cnfJoinEnabled>true</cnfJoinEnabled>
 <callPickupURI>x-cisco-serviceuri-pickup</callPickupURI></sipCallFeatures><sipStack><timerRegisterExpires>3600</timerRegisterExpires>
 <timerKeepAliveExpires>120</timerKeepAliveExpires></sipStack><dtmfAvtPayload>101</dtmfAvtPayload><startMediaPort>16384</startMediaPort>
 <stopMediaPort>32766</stopMediaPort><organizationTopLevelDomain>lab.example</organizationTopLevelDomain><sipLines>
 <line button="1" lineIndex="1"><featureID>9</featureID><featureLabel>1001</featureLabel><proxy>USECALLMANAGER</proxy><port>5060</port><name>1001</name>
 <displayName>Ana Ruiz</displayName><authName>ana</authName><authPassword/><sharedLine>false</sharedLine><messagesNumber>5000</messagesNumber>
 <contact>a8ae9f92</contact><maxNumCalls>4</maxNumCalls><busyTrigger>2</busyTrigger></line>
 <line button="2"><featureID>2</featureID><featureLabel>Bob</featureLabel><speedDialNumber>1002</speedDialNumber></line>
 <line button="3"><featureID>21</featureID><speedDialNumber>1003</speedDialNumber></line><line button="4"><featureID>99</featureID></line>
 </sipLines><dscpForAudio>184</dscpForAudio><dscpVideo>136</dscpVideo></sipProfile><versionStamp>17-abc</versionStamp>
 <deviceSecurityMode>3</deviceSecurityMode><secureUDSUsersAccessURL>https://cucm:8443/cucm-uds/users</secureUDSUsersAccessURL>
 <dscpForCm2Dvce>96</dscpForCm2Dvce><transportLayerProtocol>4</transportLayerProtocol><sipOAuthMode>0</sipOAuthMode>
 <capfList><capf><phonePort>3804</phonePort><processNodeName>capf</processNodeName></capf></capfList><encrConfig>false</encrConfig>
 <userId serviceProfileFile="SPDefault.cnf.xml">ana</userId></device>"#;

fn sample() -> DeviceConfig {
    DeviceConfig::parse(SAMPLE.as_bytes()).unwrap()
}

#[test]
fn the_sample_is_read_and_written_as_the_same() {
    let config = sample();
    let hosts: Vec<_> = config.call_managers.iter().map(|manager| manager.host.as_str()).collect();
    assert_eq!(hosts, ["cucm1.lab.example", "cucm2.lab.example"], "by priority, without the CAPF's");
    let [first, second] = config.call_managers.as_slice() else { panic!("two call managers") };
    assert_eq!([first.port(&config.security, false), second.port(&config.security, false)], [5063, 5061]);
    assert_eq!([first.port(&DeviceSecurity::None, false), second.port(&DeviceSecurity::None, true)], [5062, 5090]);
    assert_eq!(config.media_ports, Some((16_384, 32_766)));
    assert_eq!((config.audio_tos, config.video_tos, config.signalling_tos), (Some(184), Some(136), Some(96)));
    assert_eq!((config.lines.len(), config.speed_dials.len()), (1, 2));
    let line = config.lines.first().unwrap();
    assert_eq!(
        (line.number.as_deref(), line.contact.as_deref(), line.voicemail_pilot.as_deref()),
        (Some("1001"), Some("a8ae9f92"), Some("5000"))
    );
    assert_eq!(config.speed_dials.iter().map(|dial| dial.watched).collect::<Vec<_>>(), [false, true]);
    assert_eq!(config.services.get("callPickupURI").map(String::as_str), Some("x-cisco-serviceuri-pickup"));
    assert_eq!((config.user.as_deref(), config.service_profile_file.as_deref()), (Some("ana"), Some("SPDefault.cnf.xml")));
    assert_eq!(DeviceConfig::parse(&config.write()), Ok(config));
    assert_eq!(DeviceConfig::parse(&DeviceConfig::default().write()), Ok(DeviceConfig::default()));
}

#[test]
fn security_is_read_as_number_and_as_word_and_is_never_less_than_it_may_mean() {
    for (text, tls, srtp) in [
        ("1", false, false),
        ("none", false, false),
        ("Non Secure", false, false),
        ("2", true, false),
        ("Authenticated", true, false),
        ("3", true, true),
        ("ENCRYPTED", true, true),
        ("4", true, true),
        ("", false, false),
    ] {
        let file = format!("<device><deviceSecurityMode>{text}</deviceSecurityMode></device>");
        let security = DeviceConfig::parse(file.as_bytes()).unwrap().security;
        assert_eq!((security.is_tls(), security.is_srtp()), (tls, srtp), "{text}");
    }
}

#[test]
fn numbers_that_cannot_be_are_left_out() {
    let file = b"<device><startMediaPort>400</startMediaPort><stopMediaPort>300</stopMediaPort><dscpForAudio>256</dscpForAudio>\
        <dtmfAvtPayload>128</dtmfAvtPayload><callManager><ports><sipPort>0</sipPort></ports><processNodeName>c</processNodeName></callManager></device>";
    let config = DeviceConfig::parse(file).unwrap();
    assert_eq!((config.media_ports, config.audio_tos, config.dtmf_payload), (None, None, None));
    assert_eq!(config.call_managers, [CallManager { host: "c".into(), ..CallManager::default() }]);
}

#[test]
fn each_element_missing_in_turn_is_still_a_file() {
    let names: std::collections::BTreeSet<&str> = SAMPLE
        .split('<')
        .filter_map(|tag| tag.split([' ', '>', '/']).next().filter(|name| !name.is_empty() && *name != "device"))
        .collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let mut file = SAMPLE.to_owned();
        while let Some(start) =
            file.find(&format!("<{name}>")).or(file.find(&format!("<{name} "))).or(file.find(&format!("<{name}/>")))
        {
            let close = format!("</{name}>");
            let end = file[start..]
                .find(&close)
                .map_or_else(|| start + file[start..].find('>').unwrap() + 1, |at| start + at + close.len());
            file.replace_range(start..end, "");
        }
        let config = DeviceConfig::parse(file.as_bytes()).unwrap_or_else(|why| panic!("without {name}: {why}"));
        assert_eq!(DeviceConfig::parse(&config.write()), Ok(config), "without {name}");
    }
}
