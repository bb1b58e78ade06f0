//! SASL as an XMPP client needs it (RFC 6120 §6, RFC 4422): which mechanism, and with which names.
//!
//! SCRAM with channel binding where both sides have it, then SCRAM without, then PLAIN, and PLAIN under TLS only.
//! It refuses to know streams; the exchange of SCRAM itself is in [`scram`].

#![deny(clippy::indexing_slicing)]

pub mod scram;

use crate::machine::Secret;
use scram::{Binding, Hash};

/// What the link under the stream is.
#[derive(Clone, PartialEq, Eq)]
pub enum Channel {
    /// No TLS.
    Clear,
    /// TLS that has no exporter we may bind to (RFC 9266 wants TLS 1.3).
    Tls,
    /// TLS with this keying material for `tls-exporter`.
    Exporter(Vec<u8>),
}

/// How to prove that we know the password.
#[derive(Clone, PartialEq, Eq)]
pub enum Mechanism {
    /// RFC 5802, RFC 7677.
    Scram(Hash, Binding),
    /// RFC 4616.
    Plain,
    /// A one-time password of Cisco's presence server.
    CiscoVtgToken,
}

impl Mechanism {
    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Mechanism::Scram(Hash::Sha256, Binding::Exporter(_)) => "SCRAM-SHA-256-PLUS",
            Mechanism::Scram(Hash::Sha256, _) => "SCRAM-SHA-256",
            Mechanism::Scram(Hash::Sha1, Binding::Exporter(_)) => "SCRAM-SHA-1-PLUS",
            Mechanism::Scram(Hash::Sha1, _) => "SCRAM-SHA-1",
            Mechanism::Plain => "PLAIN",
            Mechanism::CiscoVtgToken => "CISCO-VTG-TOKEN",
        }
    }
}

/// Why there is no mechanism to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMechanism {
    /// PLAIN is offered, or what shows a one-time password, but in clear.
    PlainInClear,
    /// Nothing that we speak is offered.
    Unknown,
}

/// Chooses from what the server offers. `exporter_offered` says whether its list of channel bindings (XEP-0440) has
/// `tls-exporter`; without a list it is what RFC 9266 makes the rule for TLS 1.3.
///
/// # Errors
/// When there is none that is allowed.
pub fn choose(offered: impl Fn(&str) -> bool, channel: &Channel, exporter_offered: bool) -> Result<Mechanism, NoMechanism> {
    let plus_offered = offered("SCRAM-SHA-256-PLUS") || offered("SCRAM-SHA-1-PLUS");
    let unbound = match channel {
        // "y" says that we could and the server seems unable: one that is able then knows that somebody took it out.
        Channel::Exporter(_) if !plus_offered => Binding::NotOffered,
        _ => Binding::Unsupported,
    };
    if let Channel::Exporter(keying) = channel
        && exporter_offered
    {
        for (name, hash) in [("SCRAM-SHA-256-PLUS", Hash::Sha256), ("SCRAM-SHA-1-PLUS", Hash::Sha1)] {
            if offered(name) {
                return Ok(Mechanism::Scram(hash, Binding::Exporter(keying.clone())));
            }
        }
    }
    for (name, hash) in [("SCRAM-SHA-256", Hash::Sha256), ("SCRAM-SHA-1", Hash::Sha1)] {
        if offered(name) {
            return Ok(Mechanism::Scram(hash, unbound));
        }
    }
    match (offered("PLAIN"), channel) {
        (true, Channel::Clear) => Err(NoMechanism::PlainInClear),
        (true, _) => Ok(Mechanism::Plain),
        (false, _) => Err(NoMechanism::Unknown),
    }
}

/// Chooses for a one-time password, for which there is one mechanism.
///
/// # Errors
/// When it is not offered, or would go in clear.
pub fn choose_once(offered: impl Fn(&str) -> bool, channel: &Channel) -> Result<Mechanism, NoMechanism> {
    match (offered(Mechanism::CiscoVtgToken.name()), channel) {
        (true, Channel::Clear) => Err(NoMechanism::PlainInClear),
        (true, _) => Ok(Mechanism::CiscoVtgToken),
        (false, _) => Err(NoMechanism::Unknown),
    }
}

/// The message of `CISCO-VTG-TOKEN`, for a bare JID.
#[must_use]
pub fn cisco_vtg_token(jid: &str, token: &Secret) -> Vec<u8> {
    format!("userid={jid}\0token={}", token.expose()).into_bytes()
}

/// The message of PLAIN; both texts as [`prepare`] gives them.
#[must_use]
pub fn plain(user: &str, password: &Secret) -> Vec<u8> {
    format!("\0{user}\0{}", password.expose()).into_bytes()
}

/// SASLprep (RFC 4013). `None` when the text holds what it prohibits.
#[must_use]
pub fn prepare(text: &str) -> Option<String> {
    stringprep::saslprep(text).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(offered: &[&str], channel: &Channel, exporter: bool) -> Result<(&'static str, &'static str), NoMechanism> {
        choose(|name| offered.contains(&name), channel, exporter).map(|mechanism| {
            let flag = match &mechanism {
                Mechanism::Scram(_, binding) => binding.gs2(),
                Mechanism::Plain | Mechanism::CiscoVtgToken => "",
            };
            (mechanism.name(), flag)
        })
    }

    #[test]
    fn the_best_that_both_have_is_chosen_and_the_flag_is_honest() {
        let exporter = Channel::Exporter(vec![1; 32]);
        let all = ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
        assert_eq!(chosen(&all, &exporter, true), Ok(("SCRAM-SHA-256-PLUS", "p=tls-exporter,,")));
        assert_eq!(chosen(&all[..3], &exporter, true), Ok(("SCRAM-SHA-1-PLUS", "p=tls-exporter,,")));
        assert_eq!(chosen(&all, &exporter, false), Ok(("SCRAM-SHA-256", "n,,")));
        assert_eq!(chosen(&["PLAIN", "SCRAM-SHA-1"], &exporter, true), Ok(("SCRAM-SHA-1", "y,,")));
        assert_eq!(chosen(&all, &Channel::Tls, true), Ok(("SCRAM-SHA-256", "n,,")));
        assert_eq!(chosen(&all, &Channel::Clear, true), Ok(("SCRAM-SHA-256", "n,,")));
    }

    #[test]
    fn plain_is_for_tls_alone() {
        assert_eq!(chosen(&["PLAIN"], &Channel::Tls, true), Ok(("PLAIN", "")));
        assert_eq!(chosen(&["PLAIN"], &Channel::Clear, true), Err(NoMechanism::PlainInClear));
        assert_eq!(chosen(&["DIGEST-MD5", "ANONYMOUS"], &Channel::Tls, true), Err(NoMechanism::Unknown));
        assert_eq!(plain("alice", &Secret::new("pw".into())), b"\0alice\0pw");
    }

    #[test]
    fn a_one_time_password_is_shown_to_its_own_mechanism_under_tls_alone() {
        let chosen = |offered: &[&str], channel| choose_once(|name| offered.contains(&name), channel).map(|found| found.name());
        assert_eq!(chosen(&["PLAIN", "CISCO-VTG-TOKEN"], &Channel::Tls), Ok("CISCO-VTG-TOKEN"));
        assert_eq!(chosen(&["PLAIN", "CISCO-VTG-TOKEN"], &Channel::Clear), Err(NoMechanism::PlainInClear));
        assert_eq!(chosen(&["PLAIN", "SCRAM-SHA-256"], &Channel::Tls), Err(NoMechanism::Unknown));
        let message = cisco_vtg_token("ana@lab.example", &Secret::new("0f1e".into()));
        assert_eq!(message, b"userid=ana@lab.example\0token=0f1e");
    }

    #[test]
    fn names_and_passwords_are_prepared() {
        // The examples of RFC 4013 §3.
        for (raw, prepared) in [
            ("I\u{ad}X", Some("IX")),
            ("user", Some("user")),
            ("\u{aa}", Some("a")),
            ("\u{2168}", Some("IX")),
            ("\u{7}", None),
            ("\u{627}1", None),
        ] {
            assert_eq!(prepare(raw).as_deref(), prepared, "{raw:?}");
        }
    }
}
