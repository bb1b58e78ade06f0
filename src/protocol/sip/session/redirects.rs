//! Where a refused call is tried next (RFC 3261 §8.1.3.4): each contact of a 3xx once, best first, five in all.
#![deny(clippy::indexing_slicing)]

use crate::protocol::sip::message::{NameAddr, Scheme, Uri};
use std::collections::VecDeque;

/// Contacts that are followed for one call.
const MOST: usize = 5;

/// What has been tried, and what has not.
#[derive(Debug)]
pub struct Redirects {
    seen: Vec<Uri>,
    waiting: VecDeque<Uri>,
}

impl Redirects {
    /// The first target is being tried.
    #[must_use]
    pub fn after(first: &Uri) -> Redirects {
        Redirects { seen: vec![first.clone()], waiting: VecDeque::new() }
    }

    /// Adds the contacts of a 3xx to a request that went to `from`: only such as a call can go to, none twice, and none
    /// in clear after a `sips` one.
    pub fn add(&mut self, from: &Uri, mut contacts: Vec<NameAddr>) {
        let rank = |contact: &NameAddr| {
            let q = contact.params.text("q").and_then(|q| q.parse::<f32>().ok()).filter(|q| q.is_finite()).unwrap_or(1.0);
            // Thousandths are all that the grammar allows.
            -((q.clamp(0.0, 1.0) * 1000.0) as i32)
        };
        contacts.sort_by_key(rank);
        for contact in contacts {
            let uri = contact.uri;
            let callable = matches!(uri.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel);
            let downgrade = from.scheme == Scheme::Sips && uri.scheme != Scheme::Sips;
            if callable && !downgrade && self.seen.len() <= MOST && !self.seen.contains(&uri) {
                self.seen.push(uri.clone());
                self.waiting.push_back(uri);
            }
        }
    }

    /// Takes the next to try.
    pub fn take(&mut self) -> Option<Uri> {
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(from: &str, contacts: &[&str]) -> Vec<String> {
        let from = Uri::parse(from).unwrap();
        let mut redirects = Redirects::after(&from);
        redirects.add(&from, contacts.iter().map(|contact| NameAddr::parse(contact).unwrap()).collect());
        std::iter::from_fn(|| redirects.take()).map(|uri| uri.to_string()).collect()
    }

    #[test]
    fn the_best_comes_first_and_what_cannot_be_called_never() {
        let contacts = ["<sip:c@x>;q=0.1", "<sip:a@x>;q=nan", "<sip:b@x>;q=0.7", "<tel:+1>;q=0.5", "<http://x>", "<sip:a@x>"];
        assert_eq!(followed("sip:me@x", &contacts), ["sip:a@x", "sip:b@x", "tel:+1", "sip:c@x"]);
        assert_eq!(followed("sips:me@x", &["<sip:a@x>", "<sips:b@x>", "<sips:me@x>"]), ["sips:b@x"]);
    }
}
