//! What the last sign-in at Communications Manager has found, kept so that the next one connects at once and asks beside.
//!
//! It holds no secret: neither the user's password nor anything that a server gave in confidence, only where the services
//! are and what the user is called there.

use super::server::Server;
use super::uds::SignedIn;
use crate::protocol::cisco::{ClientConfig, ServiceProfile};

/// It.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Whose, as USER@DOMAIN.
    pub address: String,
    /// The servers of UDS that were decided then, sorted.
    pub targets: Vec<Server>,
    /// What was found, without the documents that it was read from.
    pub signed_in: SignedIn,
}

impl Remembered {
    /// Whether this sign-in has found the same. Where no phone was looked for, none is missed.
    #[must_use]
    pub fn is_same(&self, signed_in: &SignedIn, with_phone: bool) -> bool {
        let comparable = |signed_in: &SignedIn| {
            let mut signed_in = bare(signed_in);
            signed_in.directory.uds.sort();
            if !with_phone {
                (signed_in.phone, signed_in.product_mode) = (None, self.signed_in.product_mode);
            }
            signed_in
        };
        comparable(&self.signed_in) == comparable(signed_in)
    }

    /// All servers of it.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        let SignedIn { chat, phone, voicemail, directory, .. } = &self.signed_in;
        let chat = chat.iter().flat_map(|chat| &chat.servers);
        let phone = phone.iter().flat_map(|phone| &phone.registrars).map(|registrar| &registrar.server);
        chat.chain(phone).chain(voicemail.iter().flat_map(|voicemail| &voicemail.servers)).chain(&directory.uds)
    }
}

/// What was found, without the documents that it was read from.
#[must_use]
pub fn bare(signed_in: &SignedIn) -> SignedIn {
    SignedIn {
        client_config: ClientConfig::default(),
        service_profile: ServiceProfile::default(),
        settled: Vec::new(),
        ..signed_in.clone()
    }
}
