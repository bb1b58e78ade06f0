//! Which files there are, and how they are given out.

use super::super::http::{Delivery, Service, Visit, page};
use super::super::identity::uuid;
use super::super::site::{Answers, Fault, Site};
use super::super::wire::{Door, Places};
use super::client_config::client_config;
use super::device::device;
use super::profile::profile;
use crate::machine::Moment;
use crate::protocol::http::{Method, Response};
use std::time::Duration;

/// The files of a site.
#[derive(Clone, Debug)]
pub struct Files {
    site: Site,
    places: Places,
    seed: u64,
}

impl Files {
    /// Of this site, whose servers are here. The seed makes the identities.
    #[must_use]
    pub fn new(site: Site, places: Places, seed: u64) -> Files {
        Files { site, places, seed }
    }

    /// The file of this name; none where there is none.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<String> {
        let site = &self.site;
        if site.files.missing.iter().any(|missing| missing == name) {
            return None;
        }
        let signed = name.strip_suffix(".sgn").filter(|_| site.files.signed);
        match signed.unwrap_or(name) {
            "SPDefault.cnf.xml" => Some(profile(site, &self.places)),
            "jabber-config.xml" => Some(client_config(site, &self.places)),
            // What else is in it, no document says.
            "global-settings.xml" => Some("<?xml version=\"1.0\"?><globalSettings version=\"1.0\"/>\n".into()),
            name => {
                let stem = name.strip_suffix(".cnf.xml")?;
                if stem.strip_prefix("JAB_") == Some(uuid(self.seed, "service profile").as_str()) {
                    return Some(client_config(site, &self.places));
                }
                let mut owners = site.people.iter();
                let owner = owners.find(|person| person.devices().iter().any(|known| known == stem))?;
                Some(device(site, &self.places, self.seed, owner, stem))
            }
        }
    }

    /// What a client of TFTP makes of a question for this file, and how late: for those who ask without a network.
    ///
    /// # Errors
    /// There is no such file, it is too long, or no answer comes in time: the reason, for people.
    pub fn declared(&self, name: &str, deadline: Duration, limit: usize) -> (Duration, Result<Vec<u8>, String>) {
        let answers = &self.site.files.tftp;
        let silence = (deadline, Err("no answer in time".to_owned()));
        match answers.fault {
            Fault::Absent | Fault::Silent | Fault::Noise | Fault::Truncated | Fault::Trickle => return silence,
            Fault::Endless => return (answers.delay(), Err("the file is too long".into())),
            Fault::None | Fault::Malformed | Fault::Portal | Fault::Bomb | Fault::Redirect => {}
        }
        if answers.delay() >= deadline {
            return silence;
        }
        let read = self.tftp(name).ok_or_else(|| "the server has no such file".to_owned());
        let fits = |file: Vec<u8>| if file.len() > limit { Err("the file is too long".to_owned()) } else { Ok(file) };
        (answers.delay(), read.and_then(fits))
    }

    /// A file as it goes out over TFTP.
    #[must_use]
    pub fn tftp(&self, name: &str) -> Option<Vec<u8>> {
        let mut file = self.read(name)?.into_bytes();
        if self.site.files.tftp.fault == Fault::Malformed {
            file.truncate(file.len() * 2 / 3);
        }
        Some(file)
    }

    /// How it answers at a door.
    #[must_use]
    pub fn answers(&self, door: Door) -> &Answers {
        match door {
            Door::FilesSecure => &self.site.files.https,
            Door::Tftp => &self.site.files.tftp,
            _ => &self.site.files.http,
        }
    }
}

/// Files as a web server gives them out.
#[derive(Clone, Debug)]
pub struct WebFiles(pub Files);

impl Service for WebFiles {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        let request = visit.request;
        let name = request.url.path().trim_start_matches('/');
        let found = self.0.read(name);
        let response = match found {
            _ if request.method != Method::Get => page(405, "This is read only."),
            None => page(404, "There is no such file."),
            Some(body) => {
                let headers = vec![("Content-Type".to_owned(), "*/*".to_owned())];
                Response { status: 200, headers, body: body.into_bytes() }
            }
        };
        Delivery::of(self.0.answers(visit.door), request, response)
    }
}
