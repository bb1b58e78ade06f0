//! The service profile: which unified-communications services a user has, and where they are (fact sheet §7).
//!
//! How its elements nest is not documented: services and their addresses are found by name. What stands in it besides is
//! kept as parameters by name.

use super::xml::{Node, Unreadable, flag, parse_any};
use std::collections::BTreeMap;

/// Parameters beyond this many are not read.
const MOST: usize = 1_024;

/// The profile. Every service may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceProfile {
    /// IM and Presence.
    pub presence: Option<UcService>,
    /// Voicemail, over REST.
    pub voicemail: Option<UcService>,
    /// Where the sound of voicemail is kept, over IMAP.
    pub mail_store: Option<UcService>,
    /// Meetings.
    pub conferencing: Option<UcService>,
    /// Directory.
    pub directory: Option<UcService>,
    /// Control of desk phones.
    pub cti: Option<UcService>,
    /// Everything else that has text, by name.
    pub parameters: BTreeMap<String, String>,
}

/// One service, on up to three servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UcService {
    /// `ProductType`, as in `Unified CM (IM and Presence)`.
    pub product: Option<String>,
    /// Primary, Backup1, Backup2: those that name an address, in that order.
    pub servers: Vec<UcAddress>,
}

/// One server of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UcAddress {
    /// Name or address.
    pub host: String,
    /// Port, where it is named.
    pub port: Option<u16>,
    /// As in `HTTPS` or `TLS`.
    pub protocol: Option<String>,
}

/// What kind of server gives presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceProduct {
    /// On the user's own site.
    OnPremises,
    /// Webex Messenger.
    Webex,
}

/// The services, as their elements are called.
const SERVICES: [&str; 6] = ["IMandPresence", "Voicemail", "MailStore", "Conferencing", "Directory", "CTI"];
const RANKS: [&str; 3] = ["Primary", "Backup1", "Backup2"];

impl ServiceProfile {
    /// Reads a profile, whatever its root is called.
    ///
    /// # Errors
    /// What came is no XML.
    pub fn parse(bytes: &[u8]) -> Result<ServiceProfile, Unreadable> {
        let root = parse_any(bytes, "a service profile")?;
        let [presence, voicemail, mail_store, conferencing, directory, cti] = SERVICES.map(|name| service(&root, name));
        let mut parameters = BTreeMap::new();
        gather(&root, &mut parameters);
        Ok(ServiceProfile { presence, voicemail, mail_store, conferencing, directory, cti, parameters })
    }

    /// Writes a profile.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let ServiceProfile { presence, voicemail, mail_store, conferencing, directory, cti, parameters } = self;
        let services = [presence, voicemail, mail_store, conferencing, directory, cti];
        let mut root = Node::new("ServiceProfile").with_attribute("version", "1");
        for (name, service) in SERVICES.iter().zip(services) {
            let Some(UcService { product, servers }) = service else { continue };
            let mut node = Node::new(name).with_optional("ProductType", product.as_ref());
            for (rank, server) in RANKS.iter().zip(servers) {
                let rank = Node::new(rank).with_leaf("Address", &server.host).with_optional("Port", server.port);
                node = node.with(rank.with_optional("Protocol", server.protocol.as_ref()));
            }
            root = root.with(node);
        }
        root.with_all(parameters.iter().map(|(name, text)| Node::leaf(name, text))).write()
    }

    /// A parameter by name, whatever the case; none where it is blank.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, text)| text.as_str())
    }

    /// A parameter as a truth value; none where it is blank or neither true nor false.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.parameter(name).and_then(flag)
    }
}

impl UcService {
    /// A service that gives presence: by its product type, which counts as the site's own when it is not named.
    #[must_use]
    pub fn presence_product(&self) -> PresenceProduct {
        let webex = self.product.as_ref().is_some_and(|product| product.to_ascii_lowercase().contains("webex"));
        if webex { PresenceProduct::Webex } else { PresenceProduct::OnPremises }
    }
}

/// A service that is named without any address and product is as good as none.
fn service(root: &Node, name: &str) -> Option<UcService> {
    let node = root.first(name)?;
    let product = ["ProductType", "Product"].into_iter().find_map(|name| node.string_of(name));
    let servers: Vec<_> = RANKS.iter().filter_map(|rank| address(node.first(rank)?)).collect();
    (product.is_some() || !servers.is_empty()).then_some(UcService { product, servers })
}

fn address(node: &Node) -> Option<UcAddress> {
    let host = ["Address", "HostName", "Host"]
        .into_iter()
        .find_map(|name| node.string_of(name))
        .or(node.text().map(ToOwned::to_owned))?;
    Some(UcAddress { host, port: node.number_of("Port"), protocol: node.string_of("Protocol") })
}

/// Every leaf with text that does not belong to the servers of a service; the first of a name counts.
fn gather(node: &Node, parameters: &mut BTreeMap<String, String>) {
    for child in node.children() {
        if RANKS.iter().any(|rank| child.is(rank)) || child.is("ProductType") || child.is("Product") || parameters.len() == MOST
        {
            continue;
        }
        if child.children().is_empty() {
            if let Some(text) = child.text() {
                parameters.entry(child.name().to_owned()).or_insert_with(|| text.to_owned());
            }
        } else {
            gather(child, parameters);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str =
        "<ServiceProfile version='1'><IMandPresence><Primary><Address>imp.lab.example</Address></Primary></IMandPresence>
     <Voicemail><Primary><Address>cuc.lab.example</Address><Port>443</Port><Protocol>HTTPS</Protocol></Primary></Voicemail>
     <VoicemailServiceCredentialsSource>Unified CM - IM and Presence</VoicemailServiceCredentialsSource>
     <Directory><UseUDS>TRUE</UseUDS><Primary/></Directory><CTI/></ServiceProfile>";

    #[test]
    fn services_are_found_whatever_their_nesting() {
        let profile = ServiceProfile::parse(SAMPLE.as_bytes()).unwrap();
        let imp = UcAddress { host: "imp.lab.example".into(), port: None, protocol: None };
        assert_eq!(profile.presence, Some(UcService { product: None, servers: vec![imp.clone()] }));
        assert_eq!(profile.voicemail.as_ref().unwrap().servers.first().unwrap().port, Some(443));
        assert_eq!((profile.flag("useuds"), profile.directory.clone(), profile.cti.clone()), (Some(true), None, None));
        assert_eq!(ServiceProfile::parse(&profile.write()), Ok(profile));

        let nested = "<p xmlns='x'><services><service><IMAndPresence><ProductType>Webex (IM and Presence)</ProductType>\
                      <servers><Backup1><Address>b</Address></Backup1><Primary><Address>a</Address></Primary></servers></IMAndPresence></service></services></p>";
        let presence = ServiceProfile::parse(nested.as_bytes()).unwrap().presence.unwrap();
        assert_eq!(presence.presence_product(), PresenceProduct::Webex);
        assert_eq!(presence.servers.iter().map(|server| server.host.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_profile_without_anything_is_one() {
        assert_eq!(ServiceProfile::parse(b"<ServiceProfile/>"), Ok(ServiceProfile::default()));
        assert!(ServiceProfile::parse(b"<html/>").unwrap_err().to_string().starts_with("a service profile was expected"));
    }
}
