//! The service profile, `SPDefault.cnf.xml` (fact sheet §7). Its nesting is from memory.

use super::super::hosts;
use super::super::site::{Nesting, PresenceProduct, Site};
use super::super::wire::{Door, Node, Places};
use super::without::without;

/// The document.
pub(super) fn profile(site: &Site, places: &Places) -> String {
    let address = |host: &str| format!("<Address>{host}</Address>");
    let server = |host: &str, port: u16, protocol: &str| {
        format!("<Primary>{}<Port>{port}</Port><Protocol>{protocol}</Protocol></Primary>", address(host))
    };
    let mut services = Vec::new();
    match site.profile.presence {
        PresenceProduct::None => {}
        PresenceProduct::UnifiedCm => {
            let nodes = hosts::presence_nodes(site).into_iter().zip(["Primary", "Backup1"]);
            let nodes: String = nodes.map(|((host, _), rank)| format!("<{rank}>{}</{rank}>", address(&host))).collect();
            services
                .push(format!("<IMandPresence><ProductType>Unified CM (IM and Presence)</ProductType>{nodes}</IMandPresence>"));
        }
        PresenceProduct::Webex => services.push(format!(
            "<IMandPresence><ProductType>Webex (IM and Presence)</ProductType><Primary>{}</Primary></IMandPresence>",
            address("loginp.webexconnect.com")
        )),
    }
    if site.profile.voicemail {
        let host = hosts::voicemail(site);
        services.push(format!("<Voicemail>{}</Voicemail>", server(&host, places.port(Door::Voicemail), "HTTPS")));
        services.push(
            "<VoicemailServiceCredentialsSource>Unified CM - IM and Presence</VoicemailServiceCredentialsSource>".to_owned(),
        );
        services.push(format!("<MailStore>{}</MailStore>", server(&host, 7993, "TLS")));
    }
    if site.profile.cti {
        services.push(format!("<CTI>{}</CTI>", server(&hosts::cucm(site, Node::First), 2748, "TCP")));
    }
    services.push("<Directory><UseUDS>true</UseUDS><Primary/></Directory>".to_owned());
    let document = match site.profile.nesting {
        Nesting::Remembered => format!("<ServiceProfile version=\"1\">{}</ServiceProfile>", services.concat()),
        Nesting::Deeper => {
            services.reverse();
            format!("<profile><ServiceProfile><Services>{}</Services></ServiceProfile></profile>", services.concat())
        }
        Nesting::Prefixed => {
            let prefixed = services.concat().replace("</", "\u{0}").replace('<', "<p:").replace('\u{0}', "</p:");
            format!("<p:ServiceProfile xmlns:p=\"urn:example:profile\" version=\"1\">{prefixed}</p:ServiceProfile>")
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", without(document, &site.profile.without))
}
