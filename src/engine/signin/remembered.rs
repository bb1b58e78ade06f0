//! What the last sign-in of an account has found, kept so that the next one connects at once and asks beside.
//!
//! It holds no secret: neither the user's password nor anything that a server gave in confidence, only where the services
//! are and what the user is called there.

use super::server::Server;
use super::uds::SignedIn;
use crate::engine::event::Authenticator;
use crate::protocol::cisco::ServiceProfile;
use crate::protocol::dns;

/// Questions of the DNS with their answers.
pub type Names = Vec<(dns::Question, dns::Answer)>;

/// It.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Whose, as USER@DOMAIN.
    pub address: String,
    /// Who was decided on then.
    pub decided: Authenticator,
    /// The servers that were decided then, sorted; on open standards those of chat.
    pub targets: Vec<Server>,
    /// What was found.
    pub found: Known,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// At Communications Manager or at the presence server, without the documents that it was read from.
    Deployment(Box<SignedIn>),
    /// On open standards.
    Standard {
        /// The servers of calls, sorted; none where there is no SIP.
        phone: Vec<Server>,
        /// What chat and phone have asked of the DNS to find their servers, but for addresses.
        names: Names,
    },
}

impl Remembered {
    /// What was found at a deployment.
    #[must_use]
    pub fn signed_in(&self) -> Option<&SignedIn> {
        match &self.found {
            Known::Deployment(signed_in) => Some(signed_in),
            Known::Standard { .. } => None,
        }
    }

    /// Whether this sign-in has found the same. Where no phone was looked for, none is missed.
    #[must_use]
    pub fn is_same(&self, signed_in: &SignedIn, with_phone: bool) -> bool {
        let Some(known) = self.signed_in() else { return false };
        let comparable = |signed_in: &SignedIn| {
            let mut signed_in = bare(signed_in);
            signed_in.directory.uds.sort();
            // Which node of a presence server is home now is no configuration.
            if let Some(chat) = signed_in.chat.as_mut().filter(|chat| !chat.logins.is_empty()) {
                chat.logins.sort();
                chat.servers.sort();
            }
            if !with_phone {
                (signed_in.phone, signed_in.product_mode) = (None, known.product_mode);
            }
            signed_in
        };
        comparable(known) == comparable(signed_in)
    }
}

/// All servers that were found at a deployment.
pub fn servers(signed_in: &SignedIn) -> impl Iterator<Item = &Server> {
    let SignedIn { chat, phone, voicemail, directory, .. } = signed_in;
    let chat = chat.iter().flat_map(|chat| chat.servers.iter().chain(&chat.logins));
    let phone = phone.iter().flat_map(|phone| &phone.registrars).map(|registrar| &registrar.server);
    chat.chain(phone).chain(voicemail.iter().flat_map(|voicemail| &voicemail.servers)).chain(&directory.uds)
}

/// What was found, without the documents that it was read from.
#[must_use]
pub fn bare(signed_in: &SignedIn) -> SignedIn {
    SignedIn { client_config: None, service_profile: ServiceProfile::default(), settled: Vec::new(), ..signed_in.clone() }
}
