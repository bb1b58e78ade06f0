//! Challenges in, authorizations out, with the nonces of every realm kept for the next request (RFC 3261 §22.2, §22.3).

use super::challenge::{self, Challenge};
use super::credentials::Credentials;
use super::protection_space::{Asker, Protected, ProtectionSpace};
use crate::machine::{Chance, RemoteText};
use crate::protocol::sip::message::{Request, Response};

/// Realms beyond this many are not answered: a hostile proxy could name thousands.
const REALMS: usize = 8;

/// A nonce that is called stale at its first use this often in a row will not get better.
const STALE: u8 = 3;

/// An answer less what the challenge gives, with SHA-256, a name and a Request-URI of usual length.
const ANSWER: usize = 280;

/// Why a challenge is not answered. Final: the same request is not sent again without the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The server has seen our answer and wants another: the password is wrong.
    #[error("the server refuses the user name or password for “{realm}”; check both")]
    Password {
        /// What the password is for.
        realm: RemoteText,
    },
    /// Nothing is offered that we can answer.
    #[error("the server offers no digest scheme that we know")]
    NoScheme,
    /// The realm asks for a weaker proof than it did before, as somebody on the way would who wants the password.
    #[error("“{realm}” asks for a weaker proof of the password than before")]
    Weaker {
        /// What the password is for.
        realm: RemoteText,
    },
    /// Every nonce is too old already when we use it first.
    #[error("“{realm}” calls every nonce stale")]
    AlwaysStale {
        /// What the password is for.
        realm: RemoteText,
    },
}

/// The nonce cache of one account.
#[derive(Debug, Default)]
pub struct Digest {
    spaces: Vec<ProtectionSpace>,
}

impl Digest {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Digest {
        Digest::default()
    }

    /// Takes the challenges of `response` (401 or 407) to `request`. After `Ok` the request is to be
    /// [authorized](Digest::authorize) and sent anew, with a higher CSeq.
    ///
    /// Of several for one realm the strongest is taken, the first of equals (RFC 8760 §2.4 leaves that to local policy).
    ///
    /// # Errors
    /// When answering would be useless or unsafe; see [`Refused`].
    pub fn challenged(&mut self, response: &Response, request: &Request) -> Result<(), Refused> {
        let mut offered: Vec<(Asker, Challenge)> = Vec::new();
        for asker in Asker::BOTH {
            for challenge in response.headers.all(asker.challenge_header()).flat_map(Challenge::parse_all) {
                let room = offered.len() < REALMS;
                match offered.iter_mut().find(|(other, known)| *other == asker && known.realm == challenge.realm) {
                    Some((_, known)) if challenge.strength() > known.strength() => *known = challenge,
                    Some(_) => {}
                    None if room => offered.push((asker, challenge)),
                    None => {}
                }
            }
        }
        if offered.is_empty() {
            return Err(Refused::NoScheme);
        }
        // All are judged before any is taken: a refusal leaves nothing half done.
        let stale =
            offered.iter().map(|(asker, challenge)| self.judge(*asker, challenge, request)).collect::<Result<Vec<_>, _>>()?;
        for ((asker, challenge), stale_in_a_row) in offered.into_iter().zip(stale) {
            self.take(asker, challenge, stale_in_a_row);
        }
        Ok(())
    }

    /// Whether `challenge` is answered; if so, how often in a row the realm has called a fresh nonce stale.
    fn judge(&self, asker: Asker, challenge: &Challenge, request: &Request) -> Result<u8, Refused> {
        let realm = || RemoteText::from(challenge.realm.as_str());
        let known = self.spaces.iter().find(|space| space.asker == asker && space.challenge.realm == challenge.realm);
        if known.is_some_and(|known| challenge.strength() < known.challenge.strength()) {
            return Err(Refused::Weaker { realm: realm() });
        }
        let Some(answered) = answered(asker, &challenge.realm, request) else { return Ok(0) };
        if challenge.stale {
            let stale = known.map_or(0, |known| if answered.uses == 1 { known.stale_in_a_row + 1 } else { 1 });
            return if stale > STALE { Err(Refused::AlwaysStale { realm: realm() }) } else { Ok(stale) };
        }
        // Servers that forget to say stale give a new nonce for one that we kept from earlier; the password was right then.
        let kept_nonce_expired = answered.uses > 1 && answered.nonce != challenge.nonce;
        if kept_nonce_expired { Ok(0) } else { Err(Refused::Password { realm: realm() }) }
    }

    fn take(&mut self, asker: Asker, challenge: Challenge, stale_in_a_row: u8) {
        self.spaces.retain(|space| space.asker != asker || space.challenge.realm != challenge.realm);
        if self.spaces.len() >= REALMS {
            self.spaces.remove(0);
        }
        self.spaces.push(ProtectionSpace::new(asker, challenge, stale_in_a_row));
    }

    /// Takes the next nonce from a successful `response` to `request`, where it names one (RFC 7616 §3.5, RFC 7615).
    pub fn accepted(&mut self, response: &Response, request: &Request) {
        for space in &mut self.spaces {
            if answered(space.asker, &space.challenge.realm, request).is_none_or(|answer| answer.nonce != space.challenge.nonce)
            {
                continue;
            }
            space.stale_in_a_row = 0;
            let info = response.headers.get(space.asker.info_header()).map(challenge::parameters).unwrap_or_default();
            if let Some(nonce) = challenge::find(&info, "nextnonce").filter(|nonce| !nonce.is_empty()) {
                space.renew(nonce);
            }
        }
    }

    /// Puts the answers for every realm known into `request`, in place of those it may carry. Without effect while
    /// nobody has challenged us. Body and Request-URI must not change afterwards.
    pub fn authorize(&mut self, request: &mut Request, credentials: &Credentials, chance: &mut Chance) {
        Asker::BOTH.into_iter().for_each(|asker| request.headers.remove(asker.answer_header()));
        let uri = request.uri.to_string();
        for space in &mut self.spaces {
            let protected = Protected { method: request.method.as_str(), uri: &uri, body: &request.body };
            let answer = space.answer(&protected, credentials, chance);
            request.headers.push(space.asker.answer_header(), answer);
        }
    }

    /// The bytes that [`authorize`](Digest::authorize) adds to a request, about: it counts how often it is called, so that
    /// nobody can try.
    #[must_use]
    pub fn weight(&self) -> usize {
        let theirs = |challenge: &Challenge| {
            challenge.realm.len() + challenge.nonce.len() + challenge.opaque.as_ref().map_or(0, String::len)
        };
        self.spaces.iter().map(|space| ANSWER + theirs(&space.challenge)).sum()
    }

    /// Forgets every nonce, as when the account changes.
    pub fn forget(&mut self) {
        self.spaces.clear();
    }
}

/// Copies the authorizations of an INVITE into its ACK, which cannot be challenged (RFC 3261 §22.1).
pub fn copy_credentials(from: &Request, to: &mut Request) {
    for header in Asker::BOTH.map(Asker::answer_header) {
        to.headers.remove(header);
        from.headers.all(header).for_each(|value| to.headers.push(header, value));
    }
}

/// What a request said to a realm.
struct Answered {
    nonce: String,
    /// `nc`; one where there is none.
    uses: u32,
}

fn answered(asker: Asker, realm: &str, request: &Request) -> Option<Answered> {
    let mut answers = request.headers.all(asker.answer_header()).map(challenge::parameters);
    let answer = answers.find(|answer| challenge::find(answer, "realm") == Some(realm))?;
    let uses = challenge::find(&answer, "nc").and_then(|count| u32::from_str_radix(count, 16).ok()).unwrap_or(1);
    Some(Answered { nonce: challenge::find(&answer, "nonce")?.to_owned(), uses })
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
