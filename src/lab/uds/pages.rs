//! What user data services tell without a password: the version, whose cluster is whose, the servers, the search.

use super::super::hosts;
use super::super::site::{NameSearch, Person};
use super::person::{Entry, Teller, home};
use quick_xml::escape::escape;
use url::Url;

/// The value of a parameter of the question.
pub(super) fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

impl Teller<'_> {
    fn version(&self) -> String {
        escape(&self.site.uds.version).into_owned()
    }

    pub(super) fn version_information(&self) -> String {
        format!(
            "<versionInformation uri=\"{}/version\" version=\"{version}\"><version>{version}</version><capabilities>\
             <usersResourceAuthEnabled>{}</usersResourceAuthEnabled></capabilities></versionInformation>",
            self.base(self.node),
            self.site.uds.users_resource_auth,
            version = self.version(),
        )
    }

    /// Where somebody is at home; none where the question names nobody.
    pub(super) fn cluster_user(&self, url: &Url) -> Option<String> {
        let person = if let Some(name) = parameter(url, "username") {
            self.site.person(&name)
        } else if let Some(email) = parameter(url, "email") {
            self.by_address(&email)
        } else {
            let either = parameter(url, "useridentifier")?;
            self.site.person(&either).or_else(|| self.by_address(&either))
        };
        let asked = format!("{}/clusterUser?{}", self.base(self.node), escape(url.query().unwrap_or_default()));
        let version = self.version();
        let Some(person) = person else {
            return Some(format!("<clusterUser version=\"{version}\" uri=\"{asked}\"><result found=\"false\"/></clusterUser>"));
        };
        let home = home(person);
        let base = self.base(home);
        Some(format!(
            "<clusterUser version=\"{version}\" uri=\"{asked}\"><result found=\"true\" uri=\"{base}/user/{name}\" \
             version=\"{version}\"/><homeCluster serversUri=\"{base}/servers\">{host}</homeCluster><homeClusterDetails>\
             <selfProvisioningSecureMode>false</selfProvisioningSecureMode><adminProvisionMode>0</adminProvisionMode>\
             </homeClusterDetails></clusterUser>",
            name = person.user(),
            host = hosts::cucm(self.site, home),
        ))
    }

    fn by_address(&self, address: &str) -> Option<&Person> {
        self.site.people.iter().find(|person| self.site.address(person).eq_ignore_ascii_case(address))
    }

    pub(super) fn servers(&self) -> String {
        let nodes = hosts::cluster_of(self.site, self.node).iter();
        let listed: String = nodes.map(|node| format!("<server>{}</server>", hosts::cucm(self.site, *node))).collect();
        format!("<servers version=\"{}\" uri=\"{}/servers\">{listed}</servers>", self.version(), self.base(self.node))
    }

    /// A page of the search; none where the question names nothing to look for.
    pub(super) fn users(&self, url: &Url) -> Option<String> {
        let number = |name: &str| parameter(url, name).and_then(|value| value.parse::<usize>().ok());
        let fits = filter(url)?;
        let page = usize::from(self.site.uds.page);
        let (start, wanted) = (number("start").unwrap_or(0), number("max").unwrap_or(page).min(page));
        let fits = |entry: &Entry| fits.iter().all(|(key, value)| self.matches(entry, key, value));
        let found: Vec<Entry> = self.entries().filter(fits).collect();
        let listed: Vec<String> = found.iter().skip(start).take(wanted).map(|person| self.entry(person)).collect();
        Some(format!(
            "<users uri=\"{}/users?{}\" version=\"{}\" start=\"{start}\" requestedCount=\"{wanted}\" returnedCount=\"{}\" \
             totalCount=\"{}\">{}</users>",
            self.base(self.node),
            escape(url.query().unwrap_or_default()),
            self.version(),
            listed.len(),
            found.len(),
            listed.concat(),
        ))
    }

    fn matches(&self, entry: &Entry, key: &str, value: &str) -> bool {
        let begins = |text: &str| text.to_lowercase().starts_with(&value.to_lowercase());
        let names = || begins(&entry.first_name) || begins(&entry.last_name) || begins(&entry.shown);
        match (key, self.site.directory.name_search) {
            ("first", _) => begins(&entry.first_name),
            ("last", _) => begins(&entry.last_name),
            // Numbers are compared as they are dialled.
            ("number", _) => begins(&entry.number) || begins(&entry.mobile.replace(' ', "")),
            ("username", _) => begins(&entry.user),
            ("email", _) => begins(&format!("{}@{}", entry.user, self.site.domain.as_str())),
            ("displayname", _) => begins(&entry.shown),
            (_, NameSearch::Names) => names(),
            (_, NameSearch::UserNames) => names() || begins(&entry.user),
        }
    }
}

/// What is looked for; none where nothing is.
fn filter(url: &Url) -> Option<Vec<(String, String)>> {
    const KEYS: [&str; 7] = ["name", "first", "last", "number", "username", "email", "displayname"];
    let wanted = url.query_pairs().filter(|(key, value)| KEYS.contains(&key.as_ref()) && !value.is_empty());
    let wanted: Vec<(String, String)> = wanted.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    if wanted.is_empty() { None } else { Some(wanted) }
}
