//! The judgement over a server's certificate: pinned, or right in chain, dates, purpose and name; else a refusal that
//! people can act on.
//!
//! Handshake signatures are verified in every case: a pin says which key, not that the peer holds it.

#![deny(clippy::indexing_slicing)]

use super::certificate::{Certificate, day};
use super::fingerprint::Fingerprint;
use super::names;
use super::roots::Roots;
use crate::engine::event::{AccountName, Certificate as Facts, Problem, ProblemKind};
use crate::engine::output::TlsNames;
use crate::machine::{RemoteText, Stamp, visible_line};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::{Arc, Mutex, PoisonError};

/// Names of a certificate that the user is shown.
const SHOWN: usize = 50;

/// Why a certificate was refused, once it was.
pub type Refusal = Arc<Mutex<Option<Problem>>>;

/// The judge of the connections to one server.
#[derive(Debug)]
pub struct Verifier {
    /// Whose connection: named in the advice.
    pub account: Option<AccountName>,
    /// The host that we connect to, and the domain that it is wanted for: named in the refusal.
    pub names: TlsNames,
    /// The names that are accepted.
    pub accepted: Vec<ServerName<'static>>,
    /// The port that we connect to.
    pub port: u16,
    /// Names of RFC 6120 §13.7.1.2.1 count too.
    pub xmpp: bool,
    /// Authorities.
    pub roots: Roots,
    /// Certificates that are accepted whatever else is wrong with them.
    pub pins: Vec<Fingerprint>,
    /// Signature algorithms.
    pub provider: Arc<CryptoProvider>,
    /// Why the certificate was refused.
    pub refusal: Refusal,
}

impl Verifier {
    fn judge(&self, der: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Vec<String>> {
        let certificate = Certificate::parse(der).unwrap_or_default();
        let parsed = ParsedCertificate::try_from(der).map_err(|error| vec![reason(&error, &certificate)])?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        let mut reasons = Vec::new();
        if let Err(error) = verify_server_cert_signed_by_trust_anchor(&parsed, self.roots.store(), chain, now, algorithms) {
            let mut why = reason(&error, &certificate);
            if is_about_time(&error) {
                let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
                let clock = day(Stamp::from_micros(seconds.saturating_mul(1_000_000)));
                why.push_str(&format!(" (by this machine's clock it is {clock})"));
            }
            reasons.push(why);
        }
        let named = self.accepted.iter().any(|name| verify_server_name(&parsed, name).is_ok())
            || self.xmpp && certificate.is_for_xmpp(&names::ascii(&self.names.domain));
        if !named {
            reasons.push(format!("it is for another name than {}", visible_line(&self.names.domain)));
        }
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    fn refuse(&self, der: &CertificateDer<'_>, reasons: &[String]) -> Problem {
        let peer = visible_line(&names::host_port(&self.names.host, self.port));
        let print = Fingerprint::of(der);
        let parsed = Certificate::parse(der);
        let shown = parsed.as_ref().map_or("a certificate that cannot be read".to_owned(), |certificate| {
            format!(
                "a certificate for {}, issued by \"{}\", valid until {}",
                certificate.names_for_people(),
                certificate.issuer,
                day(certificate.not_after)
            )
        });
        let mut problem = Problem::new(
            ProblemKind::Untrusted,
            format!(
                "{peer} presented {shown}: not trusted for {} because {}. Its SHA-256 fingerprint is {print}.",
                visible_line(&self.names.domain),
                reasons.join(" and "),
            ),
            match &self.account {
                Some(account) => format!(
                    "If you know this certificate, trust it, exactly this one: offhook trust {peer} --sha256 {print} --account {account}"
                ),
                None => "If you know who has issued it, name the file of their certificates: --ca FILE".to_owned(),
            },
        );
        problem.certificate = Some(Box::new(self.facts(print, parsed.unwrap_or_default(), reasons.join(" and "))));
        problem
    }

    /// What the user decides on.
    fn facts(&self, print: Fingerprint, certificate: Certificate, why: String) -> Facts {
        Facts {
            host: self.names.host.clone(),
            port: self.port,
            sha256: print.to_string(),
            names: certificate.names.into_iter().take(SHOWN).map(RemoteText::new).collect(),
            issuer: RemoteText::new(certificate.issuer),
            valid: (day(certificate.not_before), day(certificate.not_after)),
            why,
            self_signed: certificate.self_issued,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.pins.contains(&Fingerprint::of(end_entity)) {
            return Ok(ServerCertVerified::assertion());
        }
        self.judge(end_entity, intermediates, now).map(|()| ServerCertVerified::assertion()).map_err(|reasons| {
            *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.refuse(end_entity, &reasons));
            CertificateError::ApplicationVerificationFailure.into()
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a clock that is wrong could be why.
fn is_about_time(error: &Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    let Error::InvalidCertificate(error) = error else { return false };
    matches!(error, Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. })
}

/// Why webpki refused, for people.
fn reason(error: &Error, certificate: &Certificate) -> String {
    let Error::InvalidCertificate(error) = error else { return format!("it cannot be checked ({error})") };
    match error {
        CertificateError::UnknownIssuer if certificate.self_issued => {
            "it is self-signed and no authority vouches for it".into()
        }
        CertificateError::UnknownIssuer => "no authority that this machine trusts has issued it".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("it expired on {}", day(certificate.not_after))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("it is valid from {} only", day(certificate.not_before))
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for a server".into()
        }
        CertificateError::BadSignature => "its signature is wrong".into(),
        CertificateError::BadEncoding => "it is not a well-formed certificate".into(),
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority, used as a server's own".into()
        }
        other => format!("it does not pass the check ({})", visible_line(&other.to_string())),
    }
}
