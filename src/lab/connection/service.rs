//! What may be asked of Unity Connection, and what it answers.

use super::document::Element;
use super::mailbox::{Folder, Kept, Mailboxes};
use super::page;
use super::settings::Settings;
use super::wav;
use crate::lab::http::{Delivery, Service, Visit};
use crate::machine::{Chance, Moment};
use crate::protocol::http::{Method, Request, Response};
use std::collections::BTreeMap;

/// Somebody with a mailbox.
#[derive(Clone, Debug)]
struct Owner {
    number: String,
    name: String,
    password: String,
}

/// Unity Connection.
#[derive(Debug)]
pub struct Connection {
    settings: Settings,
    domain: String,
    owners: BTreeMap<String, Owner>,
    sessions: BTreeMap<String, String>,
    /// The mailboxes.
    pub mailboxes: Mailboxes,
    chance: Chance,
}

/// Sessions that are remembered.
const MOST_SESSIONS: usize = 256;

impl Connection {
    /// For a domain, without anybody.
    #[must_use]
    pub fn new(settings: Settings, domain: &str, mut chance: Chance) -> Connection {
        Connection {
            mailboxes: Mailboxes::new(chance.fork()),
            settings,
            domain: format!("cuc1.{domain}"),
            owners: BTreeMap::new(),
            sessions: BTreeMap::new(),
            chance,
        }
    }

    /// Gives somebody a mailbox.
    pub fn add(&mut self, user: &str, name: &str, number: &str, password: &str) {
        let owner = Owner { number: number.to_owned(), name: name.to_owned(), password: password.to_owned() };
        self.owners.insert(user.to_ascii_lowercase(), owner);
    }

    /// How it answers.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How it answers from now on.
    pub fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }

    /// The answer to a request, before anything goes wrong with it.
    pub fn say(&mut self, request: &Request) -> Response {
        let accept = header(request, "Accept").unwrap_or_default().to_ascii_lowercase();
        let json = accept.contains("json");
        let (user, fresh) = match self.user(request) {
            Some(user) => user,
            None => {
                let mut response = self.refused(401, "UNAUTHORIZED", "A user name and a password are needed", json);
                response.headers.push(("WWW-Authenticate".into(), "Basic realm=\"Cisco Unity Connection\"".into()));
                return response;
            }
        };
        let Some(owner) = self.owners.get(&user).cloned() else {
            return self.refused(401, "UNAUTHORIZED", "Nobody has this name", json);
        };
        let mut response = self.of_owner(&owner, request, json);
        if fresh && response.status < 300 {
            if self.sessions.len() >= MOST_SESSIONS {
                self.sessions.clear();
            }
            let session = self.chance.hex(16).to_ascii_uppercase();
            let cookie = format!("JSESSIONID={session}; Path=/vmrest; Secure; HttpOnly");
            self.sessions.insert(session, user);
            response.headers.push(("Set-Cookie".into(), cookie));
        }
        response
    }

    /// Who asks, and whether by their password.
    fn user(&self, request: &Request) -> Option<(String, bool)> {
        if let Some(shown) = &request.credentials {
            let user = shown.user.split('@').next().unwrap_or_default().to_ascii_lowercase();
            let right = self.owners.get(&user).is_some_and(|owner| owner.password == shown.password.expose());
            return right.then_some((user, true));
        }
        let cookies = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Cookie"));
        let mut cookies = cookies.flat_map(|(_, value)| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        let session = cookies.find(|(name, _)| *name == "JSESSIONID").map(|(_, value)| value)?;
        Some((self.sessions.get(session)?.clone(), false))
    }

    fn of_owner(&mut self, owner: &Owner, request: &Request, json: bool) -> Response {
        let path = request.url.path().trim_end_matches('/').replace("%3A", ":");
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let query =
            |wanted: &str| request.url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        match (request.method, parts.as_slice()) {
            (Method::Get, ["vmrest", "version"]) => {
                let version = Element::text("version", &self.settings.version);
                self.found(&Element::of("VersionInformation", vec![Element::text("name", "Unity Connection"), version]), json)
            }
            (Method::Get, ["vmrest", "mailbox"]) => {
                let size = self.mailboxes.of(&owner.number).0.iter().map(|kept| kept.sound.len()).sum();
                self.found(&page::mailbox(&owner.name, size, &self.settings), json)
            }
            (Method::Get, ["vmrest", "mailbox", "folders"]) => {
                let folders: Vec<Element> = ["inbox", "deleted", "sent"].map(|name| self.folder(owner, name)).into();
                self.found(&Element::list("Folders", folders.len(), folders), json)
            }
            (Method::Get, ["vmrest", "mailbox", "folders", name]) if page::folder_of(name).is_some() => {
                self.found(&self.folder(owner, name), json)
            }
            (Method::Get, ["vmrest", "mailbox", "folders", name, "messages"]) => match page::folder_of(name) {
                Some(folder) => self.found(&self.messages(owner, folder, &query), json),
                None => self.refused(404, "NOT_FOUND", "There is no such folder", json),
            },
            (Method::Post, ["vmrest", "mailbox", "folders", "deleted", "messages"])
                if query("method").as_deref() == Some("empty") =>
            {
                self.mailboxes.purge(&owner.number, |kept| kept.folder == Folder::Deleted);
                self.done()
            }
            (method, ["vmrest", "messages", id, rest @ ..]) => {
                // The index before the identifier is mandatory (fact sheet §11).
                let known = id.strip_prefix("0:").filter(|id| self.mailboxes.message(&owner.number, id).is_some());
                let Some(id) = known.map(str::to_owned) else {
                    return self.refused(404, "NOT_FOUND", "There is no such message", json);
                };
                self.of_message(owner, &id, (method, rest), request, json)
            }
            (_, ["vmrest", ..]) => self.refused(404, "NOT_FOUND", "There is no such resource", json),
            _ => Response { status: 404, ..Response::default() },
        }
    }

    fn of_message(&mut self, owner: &Owner, id: &str, asked: (Method, &[&str]), request: &Request, json: bool) -> Response {
        let number = &owner.number;
        let query = request.url.query().unwrap_or_default().to_owned();
        let Some(kept) = self.mailboxes.message(number, id).cloned() else { return self.done() };
        match asked {
            (Method::Get, []) => self.found(&page::message(&kept, 1, &self.domain, &self.settings, Some(number)), json),
            (Method::Get, ["attachments", "0"]) if kept.secure && self.settings.refuses_secure => {
                self.refused(403, "SECURE_MESSAGE", "The sound of a secure message is not given out", json)
            }
            (Method::Get, ["attachments", "0"]) => {
                let headers = vec![("Content-Type".into(), "audio/wav; name=voicemessage.wav".into())];
                Response { status: 200, headers, body: wav::file(&kept.sound) }
            }
            (Method::Put, []) => match changed(&request.body) {
                Some((read, subject)) => {
                    self.mailboxes.change(number, id, |kept| {
                        kept.read = read.unwrap_or(kept.read);
                        kept.subject = subject.unwrap_or_else(|| kept.subject.clone());
                    });
                    self.done()
                }
                None => self.refused(400, "INVALID_PARAMETER", "Only Read and Subject can be changed", json),
            },
            (Method::Delete, []) => {
                let for_good = query.contains("harddelete=true") || kept.folder == Folder::Deleted;
                if for_good || !self.settings.keeps_deleted {
                    self.mailboxes.purge(number, |kept| kept.id == id);
                } else {
                    self.mailboxes.change(number, id, |kept| kept.folder = Folder::Deleted);
                }
                self.done()
            }
            (Method::Post, []) if query.contains("method=undelete") && kept.folder == Folder::Deleted => {
                self.mailboxes.change(number, id, |kept| kept.folder = Folder::Inbox);
                self.done()
            }
            (_, []) => self.refused(405, "METHOD_NOT_ALLOWED", "That cannot be done with a message", json),
            _ => self.refused(404, "NOT_FOUND", "There is no such attachment", json),
        }
    }

    fn folder(&self, owner: &Owner, name: &str) -> Element {
        let (messages, usn) = self.mailboxes.of(&owner.number);
        let folder = page::folder_of(name).flatten();
        page::folder(name, messages.iter().filter(|kept| Some(kept.folder) == folder).count(), usn)
    }

    /// A page of a folder, newest first unless it is asked for otherwise.
    fn messages(&self, owner: &Owner, folder: Option<Folder>, query: &dyn Fn(&str) -> Option<String>) -> Element {
        let (all, _) = self.mailboxes.of(&owner.number);
        let mut found: Vec<(usize, &Kept)> = all.iter().enumerate().filter(|(_, kept)| Some(kept.folder) == folder).collect();
        if let Some(read) = query("read") {
            found.retain(|(_, kept)| kept.read == read.eq_ignore_ascii_case("true"));
        }
        if let Some(priority) = query("priority") {
            found.retain(|(_, kept)| kept.urgent == priority.eq_ignore_ascii_case("urgent"));
        }
        if query("type").is_some_and(|kind| !kind.to_ascii_lowercase().contains("voice")) {
            found.clear();
        }
        if query("sortkey").as_deref() == Some("priority") {
            found.sort_by_key(|(_, kept)| (!kept.urgent, std::cmp::Reverse(kept.arrived)));
        } else {
            found.sort_by_key(|(_, kept)| std::cmp::Reverse(kept.arrived));
        }
        if query("sortorder").as_deref() == Some("ascending") {
            found.reverse();
        }
        let number = |name: &str| query(name).and_then(|text| text.parse::<usize>().ok());
        let rows = number("rowsperpage").unwrap_or(self.settings.page).clamp(1, self.settings.page.max(1));
        let skipped = rows.saturating_mul(number("pagenumber").unwrap_or(1).saturating_sub(1));
        let total = found.len();
        let shown = found.into_iter().skip(skipped).take(rows);
        let elements = shown.map(|(at, kept)| page::message(kept, at + 1, &self.domain, &self.settings, None)).collect();
        Element::list("Messages", total, elements)
    }

    fn found(&self, element: &Element, json: bool) -> Response {
        self.document(200, element, json)
    }

    fn refused(&self, status: u16, code: &str, why: &str, json: bool) -> Response {
        self.document(status, &page::refusal(code, self.settings.refusals_say_why.then_some(why)), json)
    }

    fn done(&self) -> Response {
        Response { status: self.settings.done.code(), ..Response::default() }
    }

    fn document(&self, status: u16, element: &Element, json: bool) -> Response {
        let (kind, body) = if json {
            ("application/json", element.json(self.settings.single_as_object))
        } else {
            ("application/xml", element.xml())
        };
        Response { status, headers: vec![("Content-Type".into(), kind.into())], body: body.into_bytes() }
    }
}

impl Service for Connection {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        let response = self.say(visit.request);
        Delivery::of(&self.settings.answers, visit.request, response)
    }
}

/// What is to be changed of a message: whether it was read, and its subject. None where anything else is.
fn changed(body: &[u8]) -> Option<(Option<bool>, Option<String>)> {
    let text = std::str::from_utf8(body).ok()?.trim();
    if text.starts_with('{') {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        let fields = value.get("Message").unwrap_or(&value).as_object()?;
        let text = |name: &str| fields.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        let read = text("Read").map(|read| read == "true");
        return fields.keys().all(|name| name == "Read" || name == "Subject").then_some((read, text("Subject")));
    }
    let inner = text.split_once("<Message>")?.1.rsplit_once("</Message>")?.0;
    let between = |name: &str| {
        let (_, rest) = inner.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.trim().to_owned())
    };
    let (read, subject) = (between("Read").map(|read| read.eq_ignore_ascii_case("true")), between("Subject"));
    (read.is_some() || subject.is_some()).then_some((read, subject))
}

fn header<'a>(request: &'a Request, wanted: &str) -> Option<&'a str> {
    request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
}
