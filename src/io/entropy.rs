//! The system's randomness: the one seed that all chance of a run comes from.

use crate::engine::event::Problem;
use crate::machine::Chance;

/// A chance that nobody can guess, seeded by the same source that TLS uses.
///
/// # Errors
/// The system gives no randomness.
pub fn chance() -> Result<Chance, Problem> {
    let mut seed = [0; 32];
    let filled = rustls::crypto::ring::default_provider().secure_random.fill(&mut seed);
    filled.map_err(|_| Problem::local("The system gives no randomness (getrandom).", "Check that /dev/urandom is there."))?;
    Ok(Chance::from_entropy(seed))
}
