//! The instance of a user agent (RFC 5626 §4.1).

use crate::machine::Chance;

/// A `urn:uuid:` of this run (RFC 5626 §4.1, RFC 4122 §4.4): two processes of one account are two instances.
#[must_use]
pub fn instance(chance: &mut Chance) -> String {
    let hex = chance.hex(16);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
