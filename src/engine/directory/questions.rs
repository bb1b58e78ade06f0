//! What is asked: requests that go to the nodes that sign-in has decided on, and that follow nothing. The password goes
//! along only where a node wants it, and only to one that may have it.

use crate::engine::signin::Server;
use crate::machine::Secret;
use crate::protocol::cisco::uds::Resource;
use crate::protocol::http::{Credentials, Names, Request};
use std::time::Duration;
use url::Url;

/// An answer is here within this time.
const PATIENCE: Duration = Duration::from_secs(8);

/// A longer photo is none: it goes to the terminal in one piece, a third longer.
const LONGEST_PHOTO: usize = 512 << 10;

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) user: String,
    /// Services domain, and voice services domain.
    pub(super) domains: Vec<String>,
    /// The nodes are those that the user has signed in at.
    pub(super) is_home: bool,
}

impl Asker {
    /// Whether this server lies within the domains.
    pub(super) fn is_within(&self, server: &Server) -> bool {
        self.domains.iter().any(|domain| server.is_within(domain))
    }

    /// Whether this node may have the password.
    pub(super) fn trusts(&self, server: &Server) -> bool {
        self.is_home || self.is_within(server)
    }

    /// The request; none where the host cannot stand in a URL. A node outside of the domains was agreed to at sign-in: then
    /// the host itself is what was meant.
    pub(super) fn request(&self, server: &Server, password: Option<&Secret>, resource: &Resource<'_>) -> Option<Request> {
        let names = if self.is_within(server) { Names::Domains(self.domains.clone()) } else { Names::Host };
        let shown = password.filter(|_| self.trusts(server));
        let credentials = shown.map(|password| Credentials { user: self.user.clone(), password: password.clone() });
        let headers = vec![("Accept".into(), "application/xml".into())];
        let url = resource.on(&server.host, server.port)?;
        Some(Request { credentials, headers, names, ..Request::get(url, PATIENCE) })
    }

    /// The request for a photo, which nobody shows a password for.
    pub(super) fn photo(&self, url: Url, clear: bool) -> Request {
        let headers = vec![("Accept".into(), "image/jpeg, image/png".into())];
        let names = Names::Domains(self.domains.clone());
        Request { headers, names, clear, limit: LONGEST_PHOTO, ..Request::get(url, PATIENCE) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::cisco::uds::Filter;

    #[test]
    fn the_password_goes_only_where_it_may_go_and_nothing_in_clear() {
        let mut asker = Asker { user: "ana".into(), domains: vec!["lab.example".into()], is_home: false };
        let password = Secret::new("pw".into());
        let resource = Resource::Users(Filter::Name("bo"), 9, 0);
        let shown = |asker: &Asker, host: &str| {
            let request = asker.request(&Server::new(host, 8443), Some(&password), &resource).unwrap();
            assert!(!request.clear && request.url.scheme() == "https");
            (request.credentials.is_some(), request.names)
        };
        let domains = Names::Domains(vec!["lab.example".into()]);
        assert_eq!(shown(&asker, "cucm1.lab.example"), (true, domains.clone()));
        assert_eq!(shown(&asker, "cucm1.other.test"), (false, Names::Host));
        asker.is_home = true;
        assert_eq!(shown(&asker, "cucm1.other.test"), (true, Names::Host));
        let plain = asker.request(&Server::new("cucm1.lab.example", 8443), None, &resource).unwrap();
        assert_eq!(plain.credentials, None);
        assert_eq!(asker.request(&Server::new("a b", 1), None, &resource), None);
        let photo = asker.photo("https://photos.lab.example/bo.jpg".parse().unwrap(), false);
        assert_eq!((photo.credentials, photo.names, photo.limit), (None, domains, 512 << 10));
    }
}
