//! What user data services tell of one person: the user, the devices, the extensions (fact sheet §3).

use super::super::hosts;
use super::super::identity::uuid;
use super::super::site::{ChatOff, Cluster, Person, PresenceProduct, ProfileUri, Site};
use super::super::wire::{Door, Node, Places};
use super::colleagues::Colleague;
use quick_xml::escape::escape;

/// What a page is made from.
#[derive(Clone, Copy)]
pub(super) struct Teller<'a> {
    pub(super) site: &'a Site,
    pub(super) places: &'a Places,
    pub(super) seed: u64,
    pub(super) colleagues: &'a [Colleague],
    /// Who answers.
    pub(super) node: Node,
}

/// Somebody in the directory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) user: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) shown: String,
    pub(super) number: String,
    pub(super) mobile: String,
    pub(super) department: String,
    pub(super) title: String,
}

/// The kind of a phone, as its name says it (fact sheet §5).
#[must_use]
pub fn model(device: &str) -> (u16, &'static str) {
    match device.get(..3) {
        Some("CSF") => (503, "Cisco Unified Client Services Framework"),
        Some("TCT") => (562, "Cisco Dual Mode for iPhone"),
        Some("BOT") => (575, "Cisco Dual Mode for Android"),
        Some("TAB") => (652, "Cisco Jabber for Tablet"),
        Some("CTI") => (635, "CTI Remote Device"),
        _ => (622, "Cisco 7821"),
    }
}

/// The node that is home to somebody.
pub(super) fn home(person: &Person) -> Node {
    if person.cluster == Cluster::Second { Node::Other } else { Node::First }
}

impl Teller<'_> {
    /// `https://HOST:PORT/cucm-uds` of a node.
    pub(super) fn base(&self, node: Node) -> String {
        format!("https://{}:{}/cucm-uds", hosts::cucm(self.site, node), self.places.port(Door::Uds))
    }

    /// The URL of a configuration file.
    pub(super) fn file(&self, name: &str) -> String {
        let host = hosts::cucm(self.site, self.node);
        if self.site.encrypted {
            format!("https://{host}:{}/{name}", self.places.port(Door::FilesSecure))
        } else {
            format!("http://{host}:{}/{name}", self.places.port(Door::FilesClear))
        }
    }

    pub(super) fn user(&self, person: &Person) -> String {
        let (site, base) = (self.site, self.base(self.node));
        let own = format!("{base}/user/{}", person.user());
        let address = escape(site.address(person)).into_owned();
        let chat = person.chat && site.uds.chat_off != ChatOff::User && site.profile.presence == PresenceProduct::UnifiedCm;
        let at_home = hosts::cluster_of(site, self.node).contains(&home(person));
        let profile = |element: &str, uri: &str| match site.uds.profile_uri {
            ProfileUri::Attribute => format!("<{element} uri=\"{uri}\"/>"),
            ProfileUri::Element => format!("<{element}><uri>{uri}</uri></{element}>"),
        };
        let service_profile = profile("serviceProfile", &self.file("SPDefault.cnf.xml"));
        let jabber_profile = if site.uds.jabber_profile {
            profile("jabberProfile", &self.file(&format!("JAB_{}.cnf.xml", uuid(self.seed, "service profile"))))
        } else {
            String::new()
        };
        let presence = match chat {
            true => {
                let nodes = hosts::presence_nodes(site).into_iter();
                let nodes: String = nodes.map(|(host, _)| format!("<server>{host}</server>")).collect();
                format!("<imAndPresence>{nodes}</imAndPresence>")
            }
            false => String::new(),
        };
        let below = |name: &str| format!("<{name} uri=\"{own}/{name}\"/>");
        let links: String = ["devices", "credentials", "extensions", "subscribedServices", "speedDials"]
            .iter()
            .map(|name| below(name))
            .collect();
        format!(
            "<user version=\"{version}\" uri=\"{own}\"><id>{id}</id><userName>{name}</userName><firstName>{first}</firstName>\
             <lastName>{last}</lastName><selfServiceId>{number}</selfServiceId><phoneNumber>{number}</phoneNumber>\
             <mobileConnect>false</mobileConnect><remoteDestinationLimit>4</remoteDestinationLimit>\
             <userLocale uri=\"{base}/options/installedLocales\" value=\"1\" appliesToAllDevices=\"false\">English, United States\
             </userLocale><email>{address}</email><directoryUri>{address}</directoryUri>\
             <accountType useLdapAuth=\"false\">local</accountType>\
             <homeCluster enableCalendarPresence=\"false\" enableImAndPresence=\"{chat}\">{at_home}</homeCluster>{presence}\
             <primaryExtension><description/><directoryNumber>{number}</directoryNumber><callForwardAllDestination>\
             <sendToVoiceMailPilotNumber>false</sendToVoiceMailPilotNumber><destination/></callForwardAllDestination>\
             <voiceMailPilotNumber>{pilot}</voiceMailPilotNumber><label/><logMissedCalls>true</logMissedCalls></primaryExtension>\
             <enableDoNotDisturb>false</enableDoNotDisturb>{links}{service_profile}{jabber_profile}</user>",
            version = escape(&site.uds.version),
            id = uuid(self.seed, &format!("user {}", person.user())),
            name = person.user(),
            first = escape(person.first_name()),
            last = escape(&person.last_name),
            number = person.extension(),
            pilot = escape(&site.device.voicemail_pilot),
        )
    }

    /// Somebody in a page of the search.
    pub(super) fn entry(&self, entry: &Entry) -> String {
        let Entry { user, first_name, last_name, shown, number, mobile, department, title } = entry;
        let address = format!("{user}@{}", self.site.domain.as_str());
        format!(
            "<user uri=\"{base}/user/{user}\"><id>{id}</id><userName>{user}</userName><firstName>{first}</firstName><lastName>\
             {last}</lastName><middleName/><nickName/><displayName>{shown}</displayName><phoneNumber>{number}</phoneNumber>\
             <homeNumber/><mobileNumber>{mobile}</mobileNumber><email>{address}</email><directoryUri>{address}</directoryUri>\
             <msUri/><department>{department}</department><manager/><title>{title}</title><pager/></user>",
            base = self.base(self.node),
            id = uuid(self.seed, &format!("user {user}")),
            first = escape(first_name),
            last = escape(last_name),
            shown = escape(shown),
            department = escape(department),
            title = escape(title),
        )
    }

    /// All whom the directory knows: those who work in the lab first.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        let people = self.site.people.iter().map(|person| Entry {
            user: person.user().to_owned(),
            first_name: person.first_name(),
            last_name: person.last_name.clone(),
            shown: person.display_name(),
            number: person.extension().to_owned(),
            mobile: String::new(),
            department: person.department.clone(),
            title: person.title.clone(),
        });
        let colleagues = self.colleagues.iter().map(|colleague| Entry {
            user: colleague.user.clone(),
            first_name: colleague.first_name.clone(),
            last_name: colleague.last_name.clone(),
            shown: format!("{} {}", colleague.first_name, colleague.last_name),
            number: colleague.number.clone(),
            mobile: colleague.mobile.clone(),
            department: colleague.department.to_owned(),
            title: colleague.title.to_owned(),
        });
        people.chain(colleagues)
    }

    pub(super) fn devices(&self, person: &Person) -> String {
        let own = format!("{}/user/{}", self.base(self.node), person.user());
        let version = escape(&self.site.uds.version).into_owned();
        let listed: String = person
            .devices()
            .iter()
            .map(|device| {
                format!("<device uri=\"{}\">{}</device>", self.device_uri(person, device), self.facts(person, device))
            })
            .collect();
        format!("<devices uri=\"{own}/devices\" version=\"{version}\">{listed}</devices>")
    }

    /// One device, with where its configuration is.
    pub(super) fn device(&self, person: &Person, device: &str) -> String {
        let uri = self.device_uri(person, device);
        format!(
            "<device uri=\"{uri}\" version=\"{version}\">{facts}<requireCerLocation>false</requireCerLocation>\
             <doNotDisturbSettings><enable>false</enable><option value=\"0\">Ringer Off</option></doNotDisturbSettings>\
             <phoneLocale value=\"1\">English, United States</phoneLocale><provision><uri>{file}</uri></provision></device>",
            version = escape(&self.site.uds.version),
            facts = self.facts(person, device),
            file = self.file(&format!("{device}.cnf.xml")),
        )
    }

    /// The key of a device, as it stands in its URI.
    pub(super) fn device_key(&self, device: &str) -> String {
        uuid(self.seed, &format!("device {device}"))
    }

    fn device_uri(&self, person: &Person, device: &str) -> String {
        format!("{}/user/{}/device/{}", self.base(self.node), person.user(), self.device_key(device))
    }

    fn facts(&self, person: &Person, device: &str) -> String {
        let (kind, model) = model(device);
        format!(
            "<id>{}</id><name>{device}</name><type>{kind}</type><model>{model}</model><description editable=\"true\">{}, {model}\
             </description><protocol>SIP</protocol>",
            self.device_key(device),
            escape(person.display_name()),
        )
    }

    pub(super) fn extensions(&self, person: &Person) -> String {
        let own = format!("{}/user/{}", self.base(self.node), person.user());
        let none = "<destination/>";
        let forwards: String = ["Busy", "NoAnswer", "Unregistered"]
            .iter()
            .flat_map(|why| ["Internal", "External"].map(|from| format!("<forward{why}{from}>{none}</forward{why}{from}>")))
            .collect();
        format!(
            "<extensions uri=\"{own}/extensions\" version=\"{}\"><extension uri=\"{own}/extension/{}\"><directoryNumber>{}\
             </directoryNumber><forwardAll>{none}</forwardAll>{forwards}<voiceMailPilotNumber>{}</voiceMailPilotNumber>\
             </extension></extensions>",
            escape(&self.site.uds.version),
            uuid(self.seed, &format!("line {}", person.extension())),
            person.extension(),
            escape(&self.site.device.voicemail_pilot),
        )
    }
}
