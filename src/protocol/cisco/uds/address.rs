//! Where the resources of UDS stand, as URLs.

use url::Url;

/// The port of UDS.
pub const PORT: u16 = 8443;

/// A resource that is asked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// `GET /version`, without a password.
    Version,
    /// `GET /clusterUser?username=U`, without a password: the home cluster.
    ClusterUser(&'a str),
    /// `GET /servers`, without a password: the nodes of this cluster.
    Servers,
    /// `GET /users?name=…`: a search. The second is how many at most, the third where to begin.
    Users(Filter<'a>, u32, u32),
    /// `GET /user/U`, with the user's password.
    User(&'a str),
    /// `GET /user/U/devices`, with the user's password.
    Devices(&'a str),
    /// `GET /user/U/device/{pkid}`, with the user's password.
    Device(&'a str, &'a str),
}

/// What people are searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter<'a> {
    /// Any of their names.
    Name(&'a str),
    /// A number.
    Number(&'a str),
    /// As they sign in.
    UserName(&'a str),
    /// Their mail address.
    Email(&'a str),
}

impl<'a> Filter<'a> {
    /// The parameter of the question, and its value.
    #[must_use]
    pub fn parameter(&self) -> (&'static str, &'a str) {
        match *self {
            Filter::Name(value) => ("name", value),
            Filter::Number(value) => ("number", value),
            Filter::UserName(value) => ("username", value),
            Filter::Email(value) => ("email", value),
        }
    }
}

impl Resource<'_> {
    /// Its URL on a node: a name or an address, IPv6 without brackets. None where the host cannot stand in a URL.
    #[must_use]
    pub fn on(&self, host: &str, port: u16) -> Option<Url> {
        let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
        let mut url = Url::parse("https://host/cucm-uds").ok()?;
        url.set_host(Some(&host)).ok()?;
        url.set_port(Some(port)).ok()?;
        let mut path = url.path_segments_mut().ok()?;
        match self {
            Resource::Version => path.push("version"),
            Resource::ClusterUser(_) => path.push("clusterUser"),
            Resource::Servers => path.push("servers"),
            Resource::Users(..) => path.push("users"),
            Resource::User(user) => path.extend(["user", user]),
            Resource::Devices(user) => path.extend(["user", user, "devices"]),
            Resource::Device(user, id) => path.extend(["user", user, "device", id]),
        };
        drop(path);
        match self {
            Resource::ClusterUser(user) => drop(url.query_pairs_mut().append_pair("username", user)),
            Resource::Users(filter, most, from) => {
                let (key, value) = filter.parameter();
                let mut query = url.query_pairs_mut();
                query.append_pair(key, value).append_pair("max", &most.to_string()).append_pair("start", &from.to_string());
            }
            _ => {}
        }
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_user_is_called_stays_in_its_place() {
        let url = |resource: Resource<'_>| resource.on("cucm1.lab.example", PORT).unwrap().to_string();
        assert_eq!(url(Resource::Servers), "https://cucm1.lab.example:8443/cucm-uds/servers");
        assert_eq!(
            url(Resource::ClusterUser("a&b=c")),
            "https://cucm1.lab.example:8443/cucm-uds/clusterUser?username=a%26b%3Dc"
        );
        assert_eq!(
            url(Resource::Devices("a/../b?x#y")),
            "https://cucm1.lab.example:8443/cucm-uds/user/a%2F..%2Fb%3Fx%23y/devices"
        );
        assert_eq!(
            url(Resource::Users(Filter::Name("Ana R"), 20, 40)),
            "https://cucm1.lab.example:8443/cucm-uds/users?name=Ana+R&max=20&start=40"
        );
        assert_eq!(
            url(Resource::Users(Filter::Number("+46&max=9"), 1, 0)),
            "https://cucm1.lab.example:8443/cucm-uds/users?number=%2B46%26max%3D9&max=1&start=0"
        );
        assert_eq!(Resource::Servers.on("::1", 8444).unwrap().as_str(), "https://[::1]:8444/cucm-uds/servers");
        assert_eq!(Resource::Servers.on("a b", 1), None);
        assert_eq!(Resource::Servers.on("", 1), None);
    }
}
