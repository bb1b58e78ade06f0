//! Seeded chance: the only source of randomness in the pure rooms.
//!
//! In the product the seed comes from the operating system, so tags, branches, nonces, SSRCs and SRTP keys are
//! unguessable (ChaCha20, RFC 8439); in `World` it is a number, so that a test is the same every time.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of random values. Not `Clone`: two parts never draw the same "random" key.
#[derive(Debug)]
pub struct Chance(ChaCha20Rng);

impl Chance {
    /// From 32 secret bytes of the operating system.
    #[must_use]
    pub fn from_entropy(seed: [u8; 32]) -> Chance {
        Chance(ChaCha20Rng::from_seed(seed))
    }

    /// From a number, for tests, the lab and demos. Guessable.
    #[must_use]
    pub fn seeded(seed: u64) -> Chance {
        Chance(ChaCha20Rng::seed_from_u64(seed))
    }

    /// An independent stream for another part.
    #[must_use]
    pub fn fork(&mut self) -> Chance {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        Chance(ChaCha20Rng::from_seed(seed))
    }

    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// Any `u32`.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number in `0..bound`; zero when `bound` is zero. The bias for bounds far below 2⁶⁴ does not matter to us.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.next_u64() % bound }
    }

    /// True `per_mille` times in a thousand.
    pub fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// `bytes` random bytes as lower-case hexadecimal: tags, branches, resources, origin ids.
    pub fn hex(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes * 2);
        let mut raw = vec![0; bytes];
        self.fill(&mut raw);
        for byte in raw {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values_and_a_fork_gives_others() {
        let (mut a, mut b) = (Chance::seeded(7), Chance::seeded(7));
        assert_eq!(a.hex(8), b.hex(8));
        let mut fork = a.fork();
        assert_ne!(fork.hex(8), a.hex(8));
        assert_eq!(a.below(0), 0);
        assert!((0..100).all(|_| a.below(3) < 3));
    }
}
