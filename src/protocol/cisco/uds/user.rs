//! `GET /user/U`: who the user is, which services they have, and where their profile and devices stand.

use crate::protocol::cisco::xml::{Node, Unreadable, flag, parse};

/// Presence servers beyond this many are not read.
const MOST: usize = 16;

/// The user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Key in the database.
    pub id: Option<String>,
    /// As they sign in.
    pub user_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// Number for people to call.
    pub phone_number: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// Directory URI.
    pub directory_uri: Option<String>,
    /// Locale, as in `English, United States`.
    pub locale: Option<String>,
    /// This is the user's home cluster.
    pub home_cluster: Option<bool>,
    /// The user may use IM and Presence.
    pub im_and_presence: Option<bool>,
    /// The user's presence servers, where they are named.
    pub presence_servers: Vec<String>,
    /// The user's first number.
    pub primary: Option<PrimaryExtension>,
    /// URI of the list of devices.
    pub devices: Option<String>,
    /// URI of the service profile.
    pub service_profile: Option<String>,
    /// `jabberProfile`, 12.5 and later: URI of the client configuration, in place of `jabber-config.xml`.
    pub client_config: Option<String>,
}

/// The user's first number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrimaryExtension {
    /// It.
    pub number: Option<String>,
    /// Number of the voicemail.
    pub voicemail_pilot: Option<String>,
    /// All calls go there, where set.
    pub forward_all: Option<String>,
}

impl User {
    /// Reads an answer.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<User, Unreadable> {
        let root = parse(bytes, "user", "the answer of user")?;
        let home = root.first("homeCluster");
        let presence = root.first("imAndPresence").map(|part| part.all("server")).unwrap_or_default();
        Ok(User {
            id: root.string_of("id"),
            user_name: root.string_of("userName"),
            first_name: root.string_of("firstName"),
            last_name: root.string_of("lastName"),
            display_name: root.string_of("displayName"),
            phone_number: root.string_of("phoneNumber"),
            email: root.string_of("email"),
            directory_uri: root.string_of("directoryUri"),
            locale: root.string_of("userLocale"),
            home_cluster: home.and_then(Node::text).and_then(flag),
            im_and_presence: home.and_then(|home| home.attribute("enableImAndPresence")).and_then(flag),
            presence_servers: presence.into_iter().filter_map(Node::text).take(MOST).map(ToOwned::to_owned).collect(),
            primary: root.first("primaryExtension").map(|part| PrimaryExtension {
                number: part.string_of("directoryNumber"),
                voicemail_pilot: part.string_of("voiceMailPilotNumber"),
                forward_all: part.first("callForwardAllDestination").and_then(|part| part.string_of("destination")),
            }),
            devices: uri(&root, "devices"),
            service_profile: uri(&root, "serviceProfile"),
            client_config: uri(&root, "jabberProfile"),
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut root = Node::new("user")
            .with_attribute("version", super::version::WRITTEN)
            .with_optional("id", self.id.as_ref())
            .with_optional("userName", self.user_name.as_ref())
            .with_optional("firstName", self.first_name.as_ref())
            .with_optional("lastName", self.last_name.as_ref())
            .with_optional("displayName", self.display_name.as_ref())
            .with_optional("phoneNumber", self.phone_number.as_ref())
            .with_optional("userLocale", self.locale.as_ref())
            .with_optional("email", self.email.as_ref())
            .with_optional("directoryUri", self.directory_uri.as_ref());
        if self.home_cluster.is_some() || self.im_and_presence.is_some() {
            let mut home = Node::leaf("homeCluster", self.home_cluster.map(|is| is.to_string()).unwrap_or_default());
            if let Some(enabled) = self.im_and_presence {
                home = home.with_attribute("enableImAndPresence", enabled.to_string());
            }
            root = root.with(home);
        }
        if !self.presence_servers.is_empty() {
            let servers = self.presence_servers.iter().map(|host| Node::leaf("server", host));
            root = root.with(Node::new("imAndPresence").with_all(servers));
        }
        if let Some(PrimaryExtension { number, voicemail_pilot, forward_all }) = &self.primary {
            let forward = Node::new("callForwardAllDestination").with_optional("destination", forward_all.as_ref());
            let part = Node::new("primaryExtension").with_optional("directoryNumber", number.as_ref()).with(forward);
            root = root.with(part.with_optional("voiceMailPilotNumber", voicemail_pilot.as_ref()));
        }
        for (name, uri) in
            [("devices", &self.devices), ("serviceProfile", &self.service_profile), ("jabberProfile", &self.client_config)]
        {
            if let Some(uri) = uri {
                root = root.with(Node::new(name).with_attribute("uri", uri));
            }
        }
        root.write()
    }
}

/// The documents name it in an attribute in one place and in a child in another: both are read.
fn uri(root: &Node, name: &str) -> Option<String> {
    let part = root.first(name)?;
    part.attribute("uri").or(part.text_of("uri")).or(part.text()).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_written_as_it_is_read() {
        let user = User {
            id: Some("{1}".into()),
            user_name: Some("ana".into()),
            first_name: Some("Ana".into()),
            last_name: Some("Ruiz".into()),
            display_name: Some("Ana <Ruiz>".into()),
            phone_number: Some("1001".into()),
            email: Some("ana@lab.example".into()),
            directory_uri: Some("ana@lab.example".into()),
            locale: Some("English, United States".into()),
            home_cluster: Some(true),
            im_and_presence: Some(true),
            presence_servers: vec!["imp.lab.example".into()],
            primary: Some(PrimaryExtension {
                number: Some("1001".into()),
                voicemail_pilot: Some("5000".into()),
                forward_all: None,
            }),
            devices: Some("https://cucm:8443/cucm-uds/user/ana/devices".into()),
            service_profile: Some("http://cucm:6970/SPDefault.cnf.xml".into()),
            client_config: None,
        };
        assert_eq!(User::parse(&user.write()), Ok(user));
        assert_eq!(User::parse(&User::default().write()), Ok(User::default()));
    }

    #[test]
    fn a_uri_is_read_from_an_attribute_a_child_or_the_text() {
        for profile in [
            "<serviceProfile uri='http://h/S'/>",
            "<serviceProfile><uri>http://h/S</uri></serviceProfile>",
            "<serviceProfile>http://h/S</serviceProfile>",
        ] {
            let user = User::parse(format!("<user>{profile}</user>").as_bytes()).unwrap();
            assert_eq!(user.service_profile.as_deref(), Some("http://h/S"), "{profile}");
        }
    }
}
