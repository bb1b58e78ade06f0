//! What is asked of Unity Connection: requests that go to the host that the service profile names, under a certificate of
//! the services domain, with the password in each, and that follow nothing.

use crate::engine::signin::Server;
use crate::machine::Secret;
use crate::protocol::cisco::connection::message::write_read;
use crate::protocol::cisco::connection::{Format, Listing, Resource};
use crate::protocol::http::{Credentials, Method, Names, Request};
use std::time::Duration;

/// A document is here within this time.
const DOCUMENT: Duration = Duration::from_secs(10);

/// The sound of a message is here within this time, and no longer than this: half an hour of 16-bit samples.
const SOUND: Duration = Duration::from_secs(60);
const LONGEST_SOUND: usize = 32 << 20;

/// Messages of a page.
pub(super) const ROWS: u32 = 100;

/// A folder of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folder {
    Inbox,
    Deleted,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    /// Whether there is a mailbox, and what it keeps.
    Mailbox,
    /// A page of a folder; the first one is 1.
    Page(Folder, u32),
    /// The sound of a message.
    Sound(&'a str),
    /// A message counts as heard, or not.
    Mark(&'a str, bool),
    /// A message is deleted.
    Delete(&'a str),
    /// A message is put back.
    Undelete(&'a str),
}

/// Whose mailbox it is, as every request says.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) user: String,
    /// What the certificate must show.
    pub(super) domains: Vec<String>,
}

impl Owner {
    /// The request; none where the host cannot stand in a URL.
    pub(super) fn request(&self, server: &Server, password: &Secret, wanted: Wanted<'_>) -> Option<Request> {
        let (method, resource) = match wanted {
            Wanted::Mailbox => (Method::Get, Resource::Mailbox),
            Wanted::Page(folder, page) => {
                let folder = if folder == Folder::Inbox { "inbox" } else { "deleted" };
                (Method::Get, Resource::Messages(folder, Listing { page, rows: ROWS }))
            }
            Wanted::Sound(id) => (Method::Get, Resource::Attachment(id, 0)),
            Wanted::Mark(id, _) => (Method::Put, Resource::Message(id)),
            Wanted::Delete(id) => (Method::Delete, Resource::Message(id)),
            Wanted::Undelete(id) => (Method::Post, Resource::Undeleted(id)),
        };
        let credentials = Credentials { user: self.user.clone(), password: password.clone() };
        let mut request = Request {
            method,
            credentials: Some(credentials),
            headers: vec![("Accept".into(), Format::Json.media_type().into())],
            names: Names::Domains(self.domains.clone()),
            ..Request::get(resource.on(&server.host, server.port)?, DOCUMENT)
        };
        match wanted {
            Wanted::Mark(_, read) => {
                request.headers.push(("Content-Type".into(), Format::Xml.media_type().into()));
                request.body = write_read(read);
            }
            Wanted::Sound(_) => {
                request.headers = vec![("Accept".into(), "audio/wav, */*".into())];
                (request.deadline, request.limit) = (SOUND, LONGEST_SOUND);
            }
            _ => {}
        }
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_bear_the_password_and_the_names_and_go_nowhere_in_clear() {
        let owner = Owner { user: "ana".into(), domains: vec!["lab.example".into()] };
        let (server, password) = (Server::new("cuc1.lab.example", 443), Secret::new("pw".into()));
        let said = |wanted| {
            let request = owner.request(&server, &password, wanted).unwrap();
            assert_eq!(request.credentials.as_ref().map(|shown| shown.user.as_str()), Some("ana"));
            assert_eq!(request.names, Names::Domains(vec!["lab.example".into()]));
            assert!(!request.clear && request.url.scheme() == "https");
            format!("{} {}", request.method.as_str(), request.url.path())
        };
        assert_eq!(said(Wanted::Page(Folder::Deleted, 2)), "GET /vmrest/mailbox/folders/deleted/messages");
        assert_eq!(said(Wanted::Sound("0:a")), "GET /vmrest/messages/0:a/attachments/0");
        assert_eq!(said(Wanted::Mark("0:a", true)), "PUT /vmrest/messages/0:a");
        assert_eq!(said(Wanted::Delete("0:../../x")), "DELETE /vmrest/messages/0:..%2F..%2Fx");
        assert_eq!(said(Wanted::Undelete("0:a")), "POST /vmrest/messages/0:a");
        assert_eq!(owner.request(&Server::new("a b", 1), &password, Wanted::Mailbox), None);
    }
}
