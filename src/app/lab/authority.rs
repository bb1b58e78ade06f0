//! The lab's certificate authority, made at each start, and the certificates that its servers show, good and bad.

use crate::engine::event::Problem;
use crate::lab::site::Certificate;
use chrono::{DateTime, Datelike, Duration, Utc};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;

/// How long certificates are good for: a lab is shorter, and nobody is to be warned that they end.
const DAYS: i64 = 60;
const YEAR: i64 = 365;

/// An authority.
#[derive(Debug)]
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    /// Every name and address of the lab.
    names: Vec<String>,
    today: DateTime<Utc>,
}

impl Authority {
    /// A new one, for servers with these names and addresses.
    ///
    /// # Errors
    /// The system gives no randomness for keys.
    pub(super) fn new(names: Vec<String>, today: DateTime<Utc>) -> Result<Authority, Problem> {
        let (issuer, pem) = found("offhook lab CA", today).map_err(|why| unmade(&why))?;
        Ok(Authority { issuer, pem, names, today })
    }

    /// Its own certificate, which a client of the lab trusts.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// What a server shows that has this kind of certificate.
    ///
    /// # Errors
    /// The system gives no randomness for keys.
    pub(super) fn show(&self, kind: Certificate) -> Result<Arc<ServerConfig>, Problem> {
        let (chain, key) = self.issue(kind).map_err(|why| unmade(&why))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
        config.map(Arc::new).map_err(|why| Problem::local(format!("The lab's TLS cannot be set up: {why}."), ""))
    }

    fn issue(&self, kind: Certificate) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), rcgen::Error> {
        let names = match kind {
            Certificate::WrongName => vec!["elsewhere.example".to_owned()],
            _ => self.names.clone(),
        };
        let mut params = CertificateParams::new(names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = kind != Certificate::SelfSigned;
        let name = if kind == Certificate::WrongName { "elsewhere.example" } else { "offhook lab" };
        params.distinguished_name.push(DnType::CommonName, name);
        let (from, until) = match kind {
            Certificate::Expired => (-DAYS, -1),
            Certificate::NotYet => (1, DAYS),
            Certificate::YearsAgo => (-12 * YEAR, -11 * YEAR),
            Certificate::InYears => (11 * YEAR, 12 * YEAR),
            _ => (-1, DAYS),
        };
        during(&mut params, self.today, from, until);
        let key = KeyPair::generate()?;
        let certificate = match kind {
            Certificate::SelfSigned => params.self_signed(&key)?,
            Certificate::Foreign => params.signed_by(&key, &found("somebody else's CA", self.today)?.0)?,
            _ => params.signed_by(&key, &self.issuer)?,
        };
        Ok((vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into())))
    }
}

/// Makes an authority, and its certificate as PEM.
fn found(name: &str, today: DateTime<Utc>) -> Result<(Issuer<'static, KeyPair>, String), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    during(&mut params, today, -DAYS, 2 * DAYS);
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((Issuer::new(params, key), pem))
}

/// It is good from one day to another, both counted from today.
fn during(params: &mut CertificateParams, today: DateTime<Utc>, from: i64, until: i64) {
    let day = |days: i64| {
        let at = today + Duration::days(days);
        // Months and days of a calendar fit.
        let (month, day) = (u8::try_from(at.month()).unwrap_or(1), u8::try_from(at.day()).unwrap_or(1));
        rcgen::date_time_ymd(at.year(), month, day)
    };
    params.not_before = day(from);
    params.not_after = day(until);
}

fn unmade(why: &rcgen::Error) -> Problem {
    Problem::local(format!("The lab's certificates cannot be made: {why}."), "")
}
