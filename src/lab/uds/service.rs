//! The questions that a node answers over HTTPS on 8443, and who may ask them.

use super::super::hosts;
use super::super::http::{Delivery, Service, Visit, page};
use super::super::site::{Answers, Person, SingleSignOn, Site};
use super::super::wire::{Node, Places};
use super::colleagues::{Colleague, colleagues};
use super::person::{Teller, home};
use super::sessions::Sessions;
use crate::machine::{Chance, Moment};
use crate::protocol::http::{Method, Request, Response};

/// User data services of all nodes.
#[derive(Debug)]
pub struct Uds {
    site: Site,
    places: Places,
    seed: u64,
    colleagues: Vec<Colleague>,
    sessions: Sessions,
}

/// What there is at a path.
enum Page {
    /// For anybody.
    Open(String),
    /// For this person alone.
    Own(String),
    /// The question names nothing.
    Incomplete,
    /// Nothing.
    None,
}

impl Uds {
    /// Of this site, whose servers are here. The seed makes the identities.
    #[must_use]
    pub fn new(site: Site, places: Places, seed: u64) -> Uds {
        let sessions = Sessions::new(site.uds.sessions, Chance::seeded(seed ^ 0x5553));
        let colleagues = colleagues(&site, seed);
        Uds { site, places, seed, colleagues, sessions }
    }

    /// How it answers this request: the search may be worse than the rest.
    #[must_use]
    pub fn answers<'a>(site: &'a Site, request: &Request) -> &'a Answers {
        let search = site.directory.answers.as_ref().filter(|_| request.url.path() == "/cucm-uds/users");
        search.unwrap_or(&site.uds.answers)
    }

    fn say(&mut self, visit: Visit<'_>) -> Response {
        let request = visit.request;
        let node = request.url.host_str().and_then(|host| hosts::node_of(&self.site, host)).unwrap_or(visit.node);
        let number = Node::ALL.iter().position(|known| *known == node).map_or(0, |at| at + 1);
        if self.site.uds.busy.iter().any(|busy| usize::from(*busy) == number) {
            return page(503, "The server is busy.");
        }
        let path = request.url.path().trim_end_matches('/').to_owned();
        if path == "/ssosp/ws/public/singleSignOn" {
            return self.single_sign_on();
        }
        let Some(path) = path.strip_prefix("/cucm-uds") else { return page(404, "There is nothing here.") };
        let user = match self.user(request) {
            Ok(user) => user,
            Err(refused) => return refused,
        };
        let teller = Teller { site: &self.site, places: &self.places, seed: self.seed, colleagues: &self.colleagues, node };
        match Uds::page(teller, path, request, user.as_deref()) {
            Page::None => page(404, "There is no such resource."),
            Page::Incomplete => page(400, "The question names nothing to look for."),
            Page::Own(_) if user.is_none() => unauthorized(),
            _ if request.method != Method::Get => page(405, "This is read only here."),
            Page::Open(body) => self.found(&body, None, request),
            Page::Own(body) => self.found(&body, user.as_deref(), request),
        }
    }

    /// Who asks: by password, or by the cookie of an earlier one. Nobody is allowed too; a wrong password is not.
    fn user(&self, request: &Request) -> Result<Option<String>, Response> {
        let Some(shown) = &request.credentials else { return Ok(self.sessions.user(request)) };
        let right = |person: &&Person| person.password == shown.password.expose();
        self.site.person(&shown.user).filter(right).map(|person| Some(person.user().to_owned())).ok_or_else(unauthorized)
    }

    fn page(teller: Teller<'_>, path: &str, request: &Request, user: Option<&str>) -> Page {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let open = |found: Option<String>| found.map_or(Page::Incomplete, Page::Open);
        match parts.as_slice() {
            ["version"] => Page::Open(teller.version_information()),
            ["clusterUser"] => open(teller.cluster_user(&request.url)),
            ["servers"] => Page::Open(teller.servers()),
            ["users"] if teller.site.uds.users_resource_auth => teller.users(&request.url).map_or(Page::Incomplete, Page::Own),
            ["users"] => open(teller.users(&request.url)),
            ["options", "installedLocales"] => Page::Open(
                "<installedLocales><locale value=\"1\">English, United States</locale></installedLocales>".to_owned(),
            ),
            ["user", name, rest @ ..] => {
                // Somebody else's user, or that of another cluster, is as good as none.
                let own = user.is_none_or(|user| user.eq_ignore_ascii_case(name));
                let person = teller.site.person(name);
                let here = |person: &&Person| hosts::cluster_of(teller.site, teller.node).contains(&home(person));
                match person.filter(here) {
                    Some(person) if own => Uds::own(teller, person, rest),
                    _ if user.is_none() => Page::Own(String::new()),
                    _ => Page::None,
                }
            }
            _ => Page::None,
        }
    }

    fn own(teller: Teller<'_>, person: &Person, rest: &[&str]) -> Page {
        let empty = |name: &str| {
            let base = teller.base(teller.node);
            Page::Own(format!("<{name} uri=\"{base}/user/{}/{name}\"/>", person.user()))
        };
        match rest {
            [] => Page::Own(teller.user(person)),
            ["devices"] => Page::Own(teller.devices(person)),
            ["extensions"] => Page::Own(teller.extensions(person)),
            [name @ ("speedDials" | "subscribedServices" | "remoteDestinations" | "credentials")] => empty(name),
            ["device", key] => {
                let devices = person.devices();
                let found = devices.iter().find(|device| teller.device_key(device).eq_ignore_ascii_case(key));
                found.map_or(Page::None, |device| Page::Own(teller.device(person, device)))
            }
            _ => Page::None,
        }
    }

    /// A page; where it is somebody's own, and they have shown a password, a session begins.
    fn found(&mut self, body: &str, user: Option<&str>, request: &Request) -> Response {
        let mut headers = vec![("Content-Type".to_owned(), "application/xml;charset=UTF-8".to_owned())];
        if let Some(user) = user
            && request.credentials.is_some()
        {
            headers.extend(self.sessions.begin(user).into_iter().map(|cookie| ("Set-Cookie".to_owned(), cookie)));
        }
        let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>{body}").into_bytes();
        Response { status: 200, headers, body }
    }

    fn single_sign_on(&self) -> Response {
        let enabled = match self.site.single_sign_on {
            SingleSignOn::Disabled => false,
            SingleSignOn::Enabled => true,
            SingleSignOn::Unknown => return page(404, "There is nothing here."),
        };
        let version = quick_xml::escape::escape(&self.site.uds.version);
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SSOResult version=\"1.0\"><Response><SingleSignOn version=\"{version}\">\
             <Status enabled=\"{enabled}\"/></SingleSignOn></Response></SSOResult>"
        );
        let headers = vec![("Content-Type".into(), "application/xml".into())];
        Response { status: 200, headers, body: body.into_bytes() }
    }
}

fn unauthorized() -> Response {
    let mut response = page(401, "A user name and a password are needed.");
    response.headers.push(("WWW-Authenticate".into(), "Basic realm=\"Cisco Web Services Realm\"".into()));
    response
}

impl Service for Uds {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        let said = self.say(visit);
        Delivery::of(Uds::answers(&self.site, visit.request), visit.request, said)
    }
}
