//! How many nodes a cluster, or a redundancy group, has.

use serde::Deserialize;

/// How many nodes a cluster, or a redundancy group, has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub enum Nodes {
    /// A publisher alone.
    One,
    /// And a subscriber.
    Two,
}

impl TryFrom<u8> for Nodes {
    type Error = String;

    fn try_from(count: u8) -> Result<Nodes, String> {
        match count {
            1 => Ok(Nodes::One),
            2 => Ok(Nodes::Two),
            _ => Err("there are 1 or 2 nodes here".into()),
        }
    }
}
