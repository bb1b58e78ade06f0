//! Where the resources of a mailbox stand, as URLs.

use super::message::id_of;
use url::Url;

/// The port of the REST interface.
pub const PORT: u16 = 443;

/// A resource of one's own mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// `/version`
    Version,
    /// `/mailbox`
    Mailbox,
    /// `/mailbox/folders`
    Folders,
    /// Messages of a folder: `inbox`, `sent` or `deleted`.
    Messages(&'a str, Listing),
    /// One message: read it, mark it (PUT) or delete it (DELETE).
    Message(&'a str),
    /// One message, deleted for good (DELETE).
    Purged(&'a str),
    /// One message, put back from the deleted (POST).
    Undeleted(&'a str),
    /// The sound of one message: the number of its attachment.
    Attachment(&'a str, u16),
}

/// Which messages of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The first page is 1.
    pub page: u32,
    /// So many at most.
    pub rows: u32,
}

impl Resource<'_> {
    /// Its URL on a server: a name or an address, IPv6 without brackets. None where the host cannot stand in a URL.
    #[must_use]
    pub fn on(&self, host: &str, port: u16) -> Option<Url> {
        let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let mut url = Url::parse("https://host/vmrest").ok()?;
        url.set_host(Some(&host)).ok()?;
        url.set_port(Some(port)).ok()?;
        let mut path = url.path_segments_mut().ok()?;
        match self {
            Resource::Version => path.push("version"),
            Resource::Mailbox => path.push("mailbox"),
            Resource::Folders => path.extend(["mailbox", "folders"]),
            Resource::Messages(folder, _) => path.extend(["mailbox", "folders", folder, "messages"]),
            Resource::Message(id) | Resource::Purged(id) | Resource::Undeleted(id) => path.extend(["messages", &id_of(id)]),
            Resource::Attachment(id, number) => path.extend(["messages", &id_of(id), "attachments", &number.to_string()]),
        };
        drop(path);
        match self {
            Resource::Messages(_, Listing { page, rows }) => {
                let mut query = url.query_pairs_mut();
                query.append_pair("sortkey", "arrivaltime").append_pair("sortorder", "descending");
                query.append_pair("pagenumber", &page.to_string()).append_pair("rowsperpage", &rows.to_string());
            }
            Resource::Purged(_) => drop(url.query_pairs_mut().append_pair("harddelete", "true")),
            Resource::Undeleted(_) => drop(url.query_pairs_mut().append_pair("method", "undelete")),
            _ => {}
        }
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_before_an_id_is_never_missing() {
        let url = |resource: Resource<'_>| resource.on("cuc.lab.example", PORT).unwrap().to_string();
        assert_eq!(url(Resource::Message("0:ab")), "https://cuc.lab.example/vmrest/messages/0:ab");
        assert_eq!(url(Resource::Attachment("ab", 0)), "https://cuc.lab.example/vmrest/messages/0:ab/attachments/0");
        assert_eq!(url(Resource::Purged("ab")), "https://cuc.lab.example/vmrest/messages/0:ab?harddelete=true");
        assert_eq!(url(Resource::Undeleted("a/../b")), "https://cuc.lab.example/vmrest/messages/0:a%2F..%2Fb?method=undelete");
        let list = Resource::Messages("inbox", Listing { page: 2, rows: 50 });
        assert!(
            url(list).ends_with(
                "/mailbox/folders/inbox/messages?sortkey=arrivaltime&sortorder=descending&pagenumber=2&rowsperpage=50"
            )
        );
        assert_eq!(Resource::Mailbox.on("::1", 8443).unwrap().as_str(), "https://[::1]:8443/vmrest/mailbox");
    }
}
