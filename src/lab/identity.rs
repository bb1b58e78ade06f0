//! Identities that a site hands out: the same for the same seed and the same thing.

use sha2::{Digest, Sha256};

/// A UUID, as call managers write it.
#[must_use]
pub fn uuid(seed: u64, of: &str) -> String {
    let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(of.as_bytes()).finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn the_same_seed_gives_the_same_identity() {
        assert_eq!(uuid(1, "device CSFANA"), uuid(1, "device CSFANA"));
        assert_ne!(uuid(1, "device CSFANA"), uuid(2, "device CSFANA"));
        assert_ne!(uuid(1, "device CSFANA"), uuid(1, "device CSFBOB"));
        let parts: Vec<usize> = uuid(1, "x").split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
    }
}
