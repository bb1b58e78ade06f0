//! What the machines of a site are called.

use super::site::{Nodes, Site};
use super::wire::{Node, Places};

/// Every name of a host in the site's domain, and at which node it is.
#[must_use]
pub fn hosts(site: &Site) -> Vec<(String, Node)> {
    let mut hosts = vec![(cucm(site, Node::First), Node::First)];
    if site.nodes == Nodes::Two {
        hosts.push((cucm(site, Node::Second), Node::Second));
    }
    if site.has_second_cluster() {
        hosts.push((cucm(site, Node::Other), Node::Other));
    }
    hosts.extend(presence_nodes(site));
    hosts.extend([voicemail(site), edge(site)].map(|name| (name, Node::First)));
    hosts
}

/// Every name and address that the site's servers may be asked by: what a good certificate shows.
#[must_use]
pub fn certified(site: &Site, places: &Places) -> Vec<String> {
    let names = hosts(site).into_iter().map(|(name, _)| name);
    let addresses = Node::ALL.map(|node| places.address(node).to_string());
    let domains = [Some(&site.domain), site.voice_domain.as_ref(), site.presence_domain.as_ref()];
    let domains = domains.into_iter().flatten().map(|domain| domain.as_str().to_owned());
    domains.chain(names).chain(addresses).collect()
}

/// The name of the call manager at a node.
#[must_use]
pub fn cucm(site: &Site, node: Node) -> String {
    site.domain.host(match node {
        Node::First | Node::Backup => "cucm1",
        Node::Second => "cucm2",
        Node::Other => "cucm3",
    })
}

/// The name of the presence server; of its first node, where it has two.
#[must_use]
pub fn presence(site: &Site) -> String {
    site.domain.host("imp1")
}

/// The nodes of IM and Presence, everybody's home first.
#[must_use]
pub fn presence_nodes(site: &Site) -> Vec<(String, Node)> {
    let mut nodes = vec![(presence(site), Node::First)];
    if site.chat.nodes == Nodes::Two {
        nodes.push((site.domain.host("imp2"), Node::Backup));
    }
    nodes
}

/// Whether nobody gives chat at a node.
#[must_use]
pub fn is_down(site: &Site, node: Node) -> bool {
    site.chat.down.contains(if node == Node::Backup { &2 } else { &1 })
}

/// The name of Unity Connection.
#[must_use]
pub fn voicemail(site: &Site) -> String {
    site.domain.host("cuc1")
}

/// The name that `_collab-edge` leads to.
#[must_use]
pub fn edge(site: &Site) -> String {
    site.domain.host("edge")
}

/// The nodes of the first cluster.
#[must_use]
pub fn first_cluster(site: &Site) -> &'static [Node] {
    match site.nodes {
        Nodes::One => &[Node::First],
        Nodes::Two => &[Node::First, Node::Second],
    }
}

/// The nodes of the cluster that a node belongs to.
#[must_use]
pub fn cluster_of(site: &Site, node: Node) -> &'static [Node] {
    if node == Node::Other { &[Node::Other] } else { first_cluster(site) }
}

/// At which node a host is, by its name.
#[must_use]
pub fn node_of(site: &Site, host: &str) -> Option<Node> {
    let found = hosts(site).into_iter().find(|(name, _)| name.eq_ignore_ascii_case(host.trim_end_matches('.')));
    found.map(|(_, node)| node)
}
