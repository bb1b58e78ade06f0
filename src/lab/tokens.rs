//! One-time passwords of IM and Presence that were handed out and not used yet: EPAS and XMPP share them.
#![deny(clippy::indexing_slicing)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// So many of one person are remembered; beyond that the oldest is forgotten.
const MOST: usize = 8;

/// One-time passwords by user name. Clones are the same ones.
#[derive(Clone, Debug, Default)]
pub struct Tokens(Arc<Mutex<BTreeMap<String, VecDeque<String>>>>);

impl Tokens {
    /// None yet.
    #[must_use]
    pub fn new() -> Tokens {
        Tokens::default()
    }

    /// One is handed out.
    pub fn insert(&self, user: String, token: String) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let theirs = all.entry(user).or_default();
        if theirs.len() == MOST {
            theirs.pop_front();
        }
        theirs.push_back(token);
    }

    /// Whether it is one of this user's; from now on it is not.
    #[must_use]
    pub fn spend(&self, user: &str, token: &str) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(theirs) = all.get_mut(user) else { return false };
        let found = theirs.iter().position(|known| known == token);
        found.and_then(|at| theirs.remove(at)).is_some()
    }
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Tokens) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Tokens {}
