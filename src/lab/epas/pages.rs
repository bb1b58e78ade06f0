//! What EPAS says, by templates of its own, so that a client cannot agree with itself.

use super::super::hosts;
use super::super::site::{BackupElement, PropertyNames, Site};
use super::super::wire::Node;
use quick_xml::escape::escape;

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";

/// An answer.
pub(super) fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"{SOAP}\"><soapenv:Body>{body}</soapenv:Body>\
         </soapenv:Envelope>"
    )
}

/// A fault of SOAP 1.2 (§5.4).
pub(super) fn fault(code: &str, text: &str) -> String {
    envelope(&format!(
        "<soapenv:Fault><soapenv:Code><soapenv:Value>soapenv:{code}</soapenv:Value></soapenv:Code><soapenv:Reason>\
         <soapenv:Text xml:lang=\"en\">{text}</soapenv:Text></soapenv:Reason></soapenv:Fault>"
    ))
}

/// A failure in the answer itself: its form is from memory.
pub(super) fn failure(text: &str) -> String {
    envelope(&format!(
        "<login-resp xmlns=\"urn:cisco:epas:soap\"><failure><error-code>114</error-code><error-string>{text}</error-string>\
         </failure></login-resp>"
    ))
}

/// A session, which `node` gives.
pub(super) fn login(site: &Site, node: Node, key: &str) -> String {
    let other = hosts::presence_nodes(site).into_iter().find(|(_, known)| *known != node).map(|(host, _)| host);
    let backup = match (site.epas.backup, other) {
        (BackupElement::Text, Some(host)) => format!("<ns1:backup-server>{host}</ns1:backup-server>"),
        (BackupElement::Nested, Some(host)) => {
            format!("<ns1:backup-server><ns1:host>{host}</ns1:host><ns1:port>8443</ns1:port></ns1:backup-server>")
        }
        (BackupElement::Absent, _) | (_, None) => String::new(),
    };
    envelope(&format!(
        "<ns1:login-resp xmlns:ns1=\"urn:cisco:epas:soap\"><ns1:success><ns1:session-key>{key}</ns1:session-key>{backup}\
         </ns1:success></ns1:login-resp>"
    ))
}

/// A one-time password.
pub(super) fn one_time_password(token: &str) -> String {
    envelope(&format!(
        "<get-onetime-password-resp xmlns=\"urn:cisco:epas:soap\"><success><password>{token}</password></success>\
         </get-onetime-password-resp>"
    ))
}

/// What the site is configured with.
pub(super) fn config(site: &Site) -> String {
    let mut properties = vec![("Presence.Domain".to_owned(), site.presence().as_str().to_owned())];
    let mut add = |service: &str, hosts: Vec<String>| {
        for (host, rank) in hosts.into_iter().zip([1, 2]) {
            properties.push((name(site.epas.property_names, service, rank), host));
        }
    };
    if site.epas.names_nodes {
        // Whoever is down is not the first.
        let mut nodes = hosts::presence_nodes(site);
        nodes.sort_by_key(|(_, node)| hosts::is_down(site, *node));
        add("Xmpp", nodes.into_iter().map(|(host, _)| host).collect());
    }
    if site.epas.phones {
        let cucm = |_| hosts::first_cluster(site).iter().map(|node| hosts::cucm(site, *node)).collect::<Vec<_>>();
        add("Tftp", cucm(()));
        add("Ccmcip", cucm(()));
        add("Cti", cucm(()));
    }
    if site.profile.voicemail {
        add("Voicemail", vec![hosts::voicemail(site)]);
    }
    let [lower, upper] = site.epas.relogin;
    properties.push(("Client Re-Login Lower Limit".into(), lower.to_string()));
    properties.push(("Client Re-Login Upper Limit".into(), upper.to_string()));
    let listed: String = properties
        .iter()
        .map(|(name, value)| format!("<property name=\"{}\">{}</property>", escape(name), escape(value)))
        .collect();
    envelope(&format!(
        "<get-all-config-resp xmlns=\"urn:cisco:epas:soap\"><get-system-config-resp>{listed}</get-system-config-resp>\
         <get-user-config-resp/></get-all-config-resp>"
    ))
}

fn name(names: PropertyNames, service: &str, rank: u8) -> String {
    let ordinal = if rank == 1 { "Primary" } else { "Backup" };
    match names {
        PropertyNames::Dotted => format!("{service}.{ordinal}"),
        PropertyNames::Numbered => format!("{service}Server{rank}"),
        PropertyNames::Words => format!("{ordinal} {} Server", service.to_ascii_uppercase()),
    }
}
