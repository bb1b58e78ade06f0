//! What `jabber-config.xml` names as the voice services domain counts at the next discovery: users "must be inside the corporate
//! network to get the correct voice services domain" from it, as the planning guides say of whoever signs in from outside later.

use super::{Session, SessionOut};
use crate::engine::event::{NoticeLevel, Problem, ProblemKind};
use crate::engine::signin::cache::{CacheChange, VoiceDomain};
use crate::engine::signin::uds::SignedIn;
use crate::protocol::cisco::domain;

impl Session {
    /// Keeps what the file names now; says whether this start has looked for its servers elsewhere for an earlier one. Where
    /// the file could not be had, what an earlier one has named stands.
    pub(super) fn keep_voice_domain(&mut self, signed_in: &SignedIn) -> bool {
        let (Some(account), Some(config)) = (self.launch.account.clone(), &signed_in.client_config) else { return false };
        let named = config.voice_services_domain().and_then(|text| match domain(text) {
            // "Do not set this value if the domain is the same as the sign-in domain": then it names nothing.
            Ok(named) => Some(named).filter(|named| !named.eq_ignore_ascii_case(&self.launch.domain)),
            Err(why) => {
                let what = format!("jabber-config.xml names a voice services domain that is none and not used: {why}");
                let problem = Problem::new(ProblemKind::Protocol, what, "The administrator must correct it.");
                self.out.push_back(SessionOut::Notice(NoticeLevel::Warning, problem));
                None
            }
        });
        let address = self.launch.address();
        if named.as_deref() == self.launch.cache.voice_domain(Some(&account), &address) {
            return false;
        }
        self.out.push_back(SessionOut::Keep(match named {
            Some(domain) => CacheChange::KeepVoice { account, voice: VoiceDomain { address, domain } },
            None => CacheChange::ForgetVoice { account },
        }));
        self.launch.voice_domain.is_none()
    }
}
