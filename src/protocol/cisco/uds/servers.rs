//! `GET /servers`: the nodes of a cluster that run UDS, in the order to try.

use crate::protocol::cisco::xml::{Node, Unreadable, parse};

/// Nodes beyond this many are not read.
const MOST: usize = 64;

/// The nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Servers {
    /// Names or addresses, as they were written.
    pub hosts: Vec<String>,
}

impl Servers {
    /// Reads an answer.
    ///
    /// # Errors
    /// What came is no such answer.
    pub fn parse(bytes: &[u8]) -> Result<Servers, Unreadable> {
        let root = parse(bytes, "servers", "the list of servers")?;
        let hosts = root.all("server").into_iter().filter_map(Node::text).take(MOST);
        Ok(Servers { hosts: hosts.map(ToOwned::to_owned).collect() })
    }

    /// Writes an answer.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let hosts = self.hosts.iter().map(|host| Node::leaf("server", host));
        Node::new("servers").with_attribute("version", super::version::WRITTEN).with_all(hosts).write()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_kept_and_a_thousand_have_an_end() {
        let servers = Servers { hosts: vec!["cucm2.lab.example".into(), "192.0.2.1".into()] };
        assert_eq!(Servers::parse(&servers.write()), Ok(servers));
        let many = Servers { hosts: (0..1000).map(|at| format!("cucm{at}")).collect() };
        assert_eq!(Servers::parse(&many.write()).unwrap().hosts.len(), MOST);
        assert_eq!(Servers::parse(b"<servers/>"), Ok(Servers::default()));
    }
}
