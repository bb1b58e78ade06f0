//! `GET /clusterUser?username=U`: in which cluster the user is at home (ILS).

use crate::protocol::cisco::xml::{Node, Unreadable, flag, parse};

/// What is known of the user across clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterUser {
    /// The user is known.
    pub found: bool,
    /// URI of the user's own resource, on the home cluster.
    pub user: Option<String>,
    /// Name of the home cluster.
    pub home: Option<String>,
    /// URI of the list of its nodes.
    pub servers: Option<String>,
}

impl ClusterUser {
    /// Reads an answer. A user who is not known is no error.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<ClusterUser, Unreadable> {
        let root = parse(bytes, "clusterUser", "the answer of clusterUser")?;
        let result = root.first("result");
        let home = root.first("homeCluster");
        let found = result.and_then(|result| result.attribute("found").or(result.text())).and_then(flag);
        let servers =
            home.and_then(|home| home.attribute("serversUri").map(ToOwned::to_owned).or(home.string_of("serversUri")));
        Ok(ClusterUser {
            found: found.unwrap_or(servers.is_some()),
            user: result.and_then(|result| result.attribute("uri").map(ToOwned::to_owned).or(result.string_of("uri"))),
            home: home.and_then(Node::text).map(ToOwned::to_owned),
            servers,
        })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut result = Node::new("result").with_attribute("found", self.found.to_string());
        if let Some(user) = &self.user {
            result = result.with_attribute("uri", user);
        }
        let mut root = Node::new("clusterUser").with_attribute("version", super::version::WRITTEN).with(result);
        if self.home.is_some() || self.servers.is_some() {
            let mut home = Node::leaf("homeCluster", self.home.clone().unwrap_or_default());
            if let Some(servers) = &self.servers {
                home = home.with_attribute("serversUri", servers);
            }
            root = root.with(home);
        }
        root.write()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_of_another_cluster_an_unknown_user_and_a_half_answer() {
        let known = ClusterUser {
            found: true,
            user: Some("https://cucm2.lab.example:8443/cucm-uds/user/ana".into()),
            home: Some("cucm2.lab.example".into()),
            servers: Some("https://cucm2.lab.example:8443/cucm-uds/servers".into()),
        };
        assert_eq!(ClusterUser::parse(&known.write()), Ok(known.clone()));
        let unknown = ClusterUser::default();
        assert_eq!(ClusterUser::parse(&unknown.write()), Ok(unknown));
        let half = b"<clusterUser><homeCluster serversUri='https://c/cucm-uds/servers'/></clusterUser>";
        assert!(ClusterUser::parse(half).unwrap().found);
        let said = ClusterUser::parse(b"<html><p>Welcome to our Wi-Fi</html>").unwrap_err().to_string();
        assert_eq!(said, "the answer of clusterUser was expected, and a page for people (HTML) came");
    }
}
