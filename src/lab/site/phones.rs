//! How the call manager answers over SIP (fact sheet §12).

use super::answers::Answers;
use crate::lab::sip::b2bua::SecondClient;
use serde::Deserialize;

/// The call manager.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Phones {
    /// How it answers. Of the faults it has `absent`, `silent` and `noise`; `status` refuses every request.
    pub answers: Answers,
    /// Whether a REGISTER is answered with 100 first (fact sheet §12.1).
    pub trying: bool,
    /// Whether the Contact of the answer carries `x-cisco-newreg` (fact sheet §12.1).
    pub newreg: bool,
    /// Whether a REGISTER with `bulkregisterreq` gets a `x-cisco-remotecc-response` (fact sheet §12.1: optional).
    pub remotecc_response: bool,
    /// The realm of digests: that it is the one of bearer tokens is inferred (fact sheet §12.1).
    pub realm: String,
    /// Whether phones are told, without a subscription, that messages wait: from memory (fact sheet §12.2).
    pub tells_waiting: bool,
    /// For how long a binding is granted, in seconds.
    pub expires: u64,
    /// What happens when a device registers that is registered elsewhere.
    pub second_client: SecondClient,
    /// How long it rings before a mailbox answers, in seconds.
    pub ring: u64,
    /// Whether calls that nobody answers go to a mailbox.
    pub forward_to_voicemail: bool,
    /// The number that plays back what it hears.
    pub echo: String,
    /// The number at which all who call it hear each other.
    pub conference: String,
}

impl Default for Phones {
    fn default() -> Phones {
        Phones {
            answers: Answers::default(),
            trying: true,
            newreg: true,
            remotecc_response: false,
            realm: "ccmsipline".into(),
            tells_waiting: true,
            expires: 120,
            second_client: SecondClient::Replaces,
            ring: 20,
            forward_to_voicemail: true,
            echo: "9000".into(),
            conference: "8000".into(),
        }
    }
}
