//! CCMCIP: the list of somebody's devices at Communications Manager 8.x (fact sheet §4).
#![deny(clippy::indexing_slicing)]

use super::hosts;
use super::http::{Delivery, Service, Visit, html, page};
use super::site::{CcmcipRefusal, Person, Site};
use super::uds::model;
use super::wire::Node;
use crate::machine::Moment;
use crate::protocol::cisco::ccmcip::{GetDevices, PATH};
use crate::protocol::http::{Credentials, Method, Request, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::escape::escape;

/// CCMCIP of all nodes.
#[derive(Debug)]
pub struct Ccmcip {
    site: Site,
}

impl Ccmcip {
    /// Of this site.
    #[must_use]
    pub fn new(site: Site) -> Ccmcip {
        Ccmcip { site }
    }

    /// Whether a request is for it.
    #[must_use]
    pub fn is_asked(request: &Request) -> bool {
        request.url.path() == PATH
    }

    fn say(&self, request: &Request) -> Response {
        if request.method != Method::Post {
            return page(405, "CCMCIP hears questions by POST.");
        }
        let Ok(GetDevices { user }) = GetDevices::parse(&request.body) else {
            return page(400, "The question names nobody.");
        };
        let Some(person) = request.credentials.as_ref().and_then(|shown| self.person(shown)) else { return self.refuse() };
        if !person.user().eq_ignore_ascii_case(&user) {
            return self.refuse();
        }
        let device = |name: &String| {
            format!(
                "<device><name>{name}</name><description>{}</description><model>{}</model></device>",
                escape(format!("{} {name}", person.display_name())),
                model(name).1
            )
        };
        let listed: String = person.devices().iter().map(device).collect();
        let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><devices>{listed}</devices>").into_bytes();
        Response { status: 200, headers: vec![("Content-Type".into(), "text/xml".into())], body }
    }

    /// Who shows these: the password is in base64 before it goes into Basic authentication.
    fn person(&self, shown: &Credentials) -> Option<&Person> {
        let password = STANDARD.decode(shown.password.expose()).ok()?;
        self.site.person(&shown.user).filter(|person| person.password.as_bytes() == password)
    }

    fn refuse(&self) -> Response {
        match self.site.ccmcip.refusal {
            CcmcipRefusal::Page => html(200, "<html><head><title>Apache Tomcat - HTTP Status 401</title></head><body/></html>"),
            CcmcipRefusal::Status => page(401, "A user name and a password are needed."),
        }
    }
}

impl Service for Ccmcip {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        let request = visit.request;
        let node = request.url.host_str().and_then(|host| hosts::node_of(&self.site, host)).unwrap_or(visit.node);
        let said = if node == Node::Backup { page(404, "There is nothing here.") } else { self.say(request) };
        Delivery::of(&self.site.ccmcip.answers, request, said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::http::How;
    use crate::lab::wire::Door;
    use crate::machine::Secret;
    use crate::protocol::cisco::ccmcip::{Listing, password};
    use std::time::Duration;
    use url::Url;

    fn ask(text: &str, user: &str, shown: &str) -> (u16, Listing) {
        let mut ccmcip = Ccmcip::new(Site::parse(text).unwrap());
        let url = Url::parse("https://cucm1.lab.example:8443/ccmcip/Personalization").unwrap();
        let credentials = Some(Credentials { user: "ana".into(), password: Secret::new(shown.into()) });
        let body = GetDevices { user: user.into() }.write();
        let request = Request { method: Method::Post, credentials, body, ..Request::get(url, Duration::from_secs(3)) };
        match ccmcip.answer(Moment::START, Visit { door: Door::Uds, node: Node::First, request: &request }).how {
            How::Whole(response) => (response.status, Listing::parse(&response.body).unwrap_or(Listing::Refused)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn devices_are_for_whoever_shows_the_password_encoded() {
        let right = password(&Secret::new("ana-demo".into()));
        let (status, listing) = ask("", "ana", right.expose());
        let Listing::Devices(devices) = listing else { panic!("{status}") };
        assert_eq!((devices.len(), devices[0].name.as_str()), (1, "CSFANA"));
        assert_eq!(devices[0].model.as_deref(), Some("Cisco Unified Client Services Framework"));
        for (user, shown) in [("ana", "ana-demo"), ("ana", "eA=="), ("bob", right.expose())] {
            assert_eq!(ask("", user, shown), (200, Listing::Refused));
            assert_eq!(ask("ccmcip.refusal = \"status\"", user, shown).0, 401);
        }
    }
}
