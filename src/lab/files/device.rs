//! The configuration of one phone, `DEVICE.cnf.xml` (fact sheet §5).

use super::super::hosts;
use super::super::identity::uuid;
use super::super::site::{Cluster, Person, Site};
use super::super::wire::{Door, Node, Places};
use super::without::without;
use quick_xml::escape::escape;

/// The document.
pub(super) fn device(site: &Site, places: &Places, seed: u64, person: &Person, name: &str) -> String {
    let node = if person.cluster == Cluster::Second { Node::Other } else { Node::First };
    let members: String =
        hosts::cluster_of(site, node).iter().zip(0..).map(|(node, rank)| member(site, places, *node, rank)).collect();
    let mode = match (site.encrypted, site.device.security_in_words) {
        (true, false) => "3",
        (true, true) => "encrypted",
        (false, false) => "1",
        (false, true) => "none",
    };
    let cucm = hosts::cucm(site, node);
    let document = format!(
        "<device xsi:type=\"axl:XIPPhone\" ctiid=\"24\" uuid=\"{{{id}}}\">\n<fullConfig>true</fullConfig>\
         <deviceProtocol>SIP</deviceProtocol>\n<devicePool><name>Default</name><dateTimeSetting><dateTemplate>M/D/Y</dateTemplate>\
         <timeZone>GMT Standard/Daylight Time</timeZone></dateTimeSetting>\n<callManagerGroup><members>{members}</members>\
         </callManagerGroup><srstInfo/><connectionMonitorDuration>120</connectionMonitorDuration></devicePool>\n\
         <sipProfile><sipProxies><backupProxy>USECALLMANAGER</backupProxy><registerWithProxy>true</registerWithProxy></sipProxies>\n\
         <sipCallFeatures><cnfJoinEnabled>true</cnfJoinEnabled><callForwardURI>x-cisco-serviceuri-cfwdall</callForwardURI>\
         <callPickupURI>x-cisco-serviceuri-pickup</callPickupURI><rfc2543Hold>false</rfc2543Hold>\
         <callHoldRingback>2</callHoldRingback><localCfwdEnable>true</localCfwdEnable>\
         <semiAttendedTransfer>true</semiAttendedTransfer><anonymousCallBlock>2</anonymousCallBlock>\
         <callerIdBlocking>2</callerIdBlocking><dndControl>0</dndControl><remoteCcEnable>true</remoteCcEnable></sipCallFeatures>\n\
         <sipStack><sipInviteRetx>6</sipInviteRetx><sipRetx>10</sipRetx><timerInviteExpires>180</timerInviteExpires>\
         <timerRegisterExpires>3600</timerRegisterExpires><timerRegisterDelta>5</timerRegisterDelta>\
         <timerKeepAliveExpires>120</timerKeepAliveExpires><timerSubscribeExpires>120</timerSubscribeExpires>\
         <timerSubscribeDelta>5</timerSubscribeDelta><timerT1>500</timerT1><timerT2>4000</timerT2><maxRedirects>70</maxRedirects>\
         <remotePartyID>true</remotePartyID><userInfo>None</userInfo></sipStack>\n<preferredCodec>none</preferredCodec>\
         <dtmfAvtPayload>101</dtmfAvtPayload><dtmfDbLevel>3</dtmfDbLevel><dtmfOutofBand>avt</dtmfOutofBand><kpml>3</kpml>\
         <startMediaPort>16384</startMediaPort><stopMediaPort>32766</stopMediaPort>\
         <organizationTopLevelDomain>{domain}</organizationTopLevelDomain>\n<sipLines>{lines}</sipLines>\n<externalNumberMask/>\
         <voipControlPort>5060</voipControlPort><dscpForAudio>184</dscpForAudio><dscpVideo>136</dscpVideo></sipProfile>\n\
         <commonProfile/><vendorConfig/><versionStamp>1700000000-{stamp}</versionStamp>\n\
         <deviceSecurityMode>{mode}</deviceSecurityMode>\
         <secureUDSUsersAccessURL>https://{cucm}:{uds}/cucm-uds/users</secureUDSUsersAccessURL>\
         <dscpForCm2Dvce>96</dscpForCm2Dvce><transportLayerProtocol>{transport}</transportLayerProtocol>\
         <sipOAuthMode>0</sipOAuthMode><capfAuthMode>0</capfAuthMode><capfList/><certHash/><encrConfig>false</encrConfig>\
         <TLSResumptionTimer>3600</TLSResumptionTimer>\n<userId serviceProfileFile=\"SPDefault.cnf.xml\">{user}</userId>\
         <ownerId>{user}</ownerId><phoneServices/>\n</device>\n",
        id = uuid(seed, &format!("device {name}")),
        domain = site.domain.as_str(),
        lines = lines(site, seed, person),
        stamp = uuid(seed, &format!("stamp {name}")),
        uds = places.port(Door::Uds),
        transport = site.device.transport,
        user = person.user(),
    );
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", without(document, &site.device.without))
}

/// One call manager to register with.
fn member(site: &Site, places: &Places, node: Node, rank: u8) -> String {
    let host = hosts::cucm(site, node);
    let short = host.split('.').next().unwrap_or_default();
    format!(
        "<member priority=\"{rank}\"><callManager><name>{short}</name><description/><ports>\
         <ethernetPhonePort>2000</ethernetPhonePort><sipPort>{}</sipPort><securedSipPort>{}</securedSipPort>\
         <sipOAuthPort>5090</sipOAuthPort><sipMRAOAuthPort>5091</sipMRAOAuthPort></ports><processNodeName>{host}</processNodeName>\
         </callManager></member>",
        places.port(Door::SipStream),
        places.port(Door::SipSecure),
    )
}

/// The line, and a key for a colleague.
fn lines(site: &Site, seed: u64, person: &Person) -> String {
    let number = person.extension();
    let contact = if site.device.contact { uuid(seed, &format!("contact {number}")) } else { String::new() };
    let auth_name = if site.device.digest { person.user() } else { "" };
    let shown = escape(person.display_name()).into_owned();
    let line = format!(
        "<line button=\"1\" lineIndex=\"1\"><featureID>9</featureID><featureLabel>{number}</featureLabel>\
         <proxy>USECALLMANAGER</proxy><port>5060</port><name>{number}</name><displayName>{shown}</displayName><autoAnswer>\
         <autoAnswerEnabled>2</autoAnswerEnabled></autoAnswer><callWaiting>3</callWaiting><authName>{auth_name}</authName>\
         <authPassword/><sharedLine>false</sharedLine><messageWaitingLampPolicy>3</messageWaitingLampPolicy>\
         <messagesNumber>{}</messagesNumber><ringSettingIdle>4</ringSettingIdle><ringSettingActive>5</ringSettingActive>\
         <contact>{contact}</contact><maxNumCalls>4</maxNumCalls><busyTrigger>2</busyTrigger></line>",
        escape(&site.device.voicemail_pilot),
    );
    let Some(colleague) = site.people.iter().find(|other| other.user() != person.user()) else { return line };
    let feature = if site.device.blf { 21 } else { 2 };
    format!(
        "{line}<line button=\"2\"><featureID>{feature}</featureID><featureLabel>{}</featureLabel><speedDialNumber>{}\
         </speedDialNumber></line>",
        escape(colleague.display_name()),
        colleague.extension(),
    )
}
