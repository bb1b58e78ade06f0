//! Who may have an answer made from the password (RFC 3261 §22).
//!
//! A peer that can make us answer a challenge can guess at the password at leisure. So only requests that we begin are
//! answered for: REGISTER, and the INVITE that begins a call. Within a call only a realm is answered that has been on
//! the way of such a request before; a BYE never is.
#![deny(clippy::indexing_slicing)]

use crate::machine::{Chance, Secret};
use crate::protocol::sip::digest::{Challenge, Credentials, Digest, Refused};
use crate::protocol::sip::message::{Method, Request, Response};
use std::collections::BTreeSet;

/// Realms that are remembered.
const MOST_REALMS: usize = 16;

/// What becomes of a request that was challenged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is sent again, with an answer.
    Again,
    /// It waits for the password.
    Wait,
    /// It has failed.
    Refuse,
}

/// The account's password, as far as it is known.
#[derive(Clone, Debug)]
enum Password {
    /// Nobody has asked.
    Unasked,
    /// It was asked for.
    Asked,
    /// Here it is.
    Known(Credentials),
    /// There is none.
    None,
}

/// The account's name, password and nonces.
#[derive(Debug)]
pub struct Keys {
    user: String,
    password: Password,
    digest: Digest,
    realms: BTreeSet<String>,
}

impl Keys {
    /// For `user`, whose password is not known yet.
    #[must_use]
    pub fn new(user: String) -> Keys {
        Keys { user, password: Password::Unasked, digest: Digest::new(), realms: BTreeSet::new() }
    }

    /// The password is known. What challenged us before it was is answered with it.
    pub fn learn(&mut self, password: Secret) {
        self.password = Password::Known(Credentials { user: self.user.clone(), password });
    }

    /// There is none.
    pub fn give_up(&mut self) {
        self.password = Password::None;
    }

    /// The password was refused, or there was none: whoever needs one next asks for it anew.
    pub fn forget(&mut self) {
        self.digest.forget();
        self.password = Password::Unasked;
    }

    /// The password is needed: true when nobody was asked for it before.
    pub fn ask(&mut self) -> bool {
        let unasked = matches!(self.password, Password::Unasked);
        if unasked {
            self.password = Password::Asked;
        }
        unasked
    }

    /// Whether there is no password.
    #[must_use]
    pub fn is_without(&self) -> bool {
        matches!(self.password, Password::None)
    }

    /// The realms that `response` to a request which we began asks for are on its way.
    pub fn note_realms(&mut self, response: &Response) {
        for realm in realms(response) {
            if self.realms.len() < MOST_REALMS {
                self.realms.insert(realm);
            }
        }
    }

    /// `response` challenges `request`, as it was sent.
    pub fn judge(&mut self, request: &Request, response: &Response) -> Verdict {
        let begins = request.headers.to().is_ok_and(|to| to.tag().is_none());
        let allowed = match request.method {
            Method::Register => true,
            Method::Invite if begins => true,
            Method::Invite | Method::Update => realms(response).all(|realm| self.realms.contains(&realm)),
            _ => false,
        };
        if !allowed || matches!(self.password, Password::None) {
            return Verdict::Refuse;
        }
        match self.digest.challenged(response, request) {
            Ok(()) => {}
            Err(Refused::Password { .. }) => {
                self.forget();
                return Verdict::Refuse;
            }
            Err(_) => return Verdict::Refuse,
        }
        self.note_realms(response);
        if matches!(self.password, Password::Known(_)) { Verdict::Again } else { Verdict::Wait }
    }

    /// `response` to `request` is a good one, and may name the next nonce.
    pub fn accepted(&mut self, request: &Request, response: &Response) {
        self.digest.accepted(response, request);
    }

    /// The bytes that answers add to a request, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        if matches!(self.password, Password::Known(_)) { self.digest.weight() } else { 0 }
    }

    /// Answers every challenge that is known, where the password is.
    pub fn authorize(&mut self, request: &mut Request, chance: &mut Chance) {
        if let Password::Known(credentials) = &self.password {
            self.digest.authorize(request, credentials, chance);
        }
    }
}

fn realms(response: &Response) -> impl Iterator<Item = String> {
    ["WWW-Authenticate", "Proxy-Authenticate"]
        .into_iter()
        .flat_map(|name| response.headers.all(name))
        .flat_map(Challenge::parse_all)
        .map(|challenge| challenge.realm)
}
