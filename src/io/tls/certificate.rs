//! What a certificate says, for people: names, issuer, validity. Nothing here decides about trust but the XMPP names.
//!
//! Every text in it is the peer's: it goes through the gate before it is shown.

#![deny(clippy::indexing_slicing)]

use crate::machine::{Stamp, visible_line};
use rustls_pki_types::CertificateDer;
use std::net::IpAddr;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{FromDer, Utf8String};
use x509_parser::extensions::GeneralName;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

/// id-on-xmppAddr (RFC 6120 §13.7.1.4) and id-on-dnsSRV (RFC 4985).
const XMPP_ADDR: &str = "1.3.6.1.5.5.7.8.5";
const DNS_SRV: &str = "1.3.6.1.5.5.7.8.7";

/// Names beyond these are counted, not shown.
const SHOWN: usize = 5;

/// The parts that people know a certificate by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// DNS names, addresses, XMPP addresses and SRV names of the subject, else its common name.
    pub names: Vec<String>,
    /// XMPP addresses and SRV names alone.
    xmpp: Vec<String>,
    /// Distinguished name of the issuer.
    pub issuer: String,
    /// The issuer's name is the subject's own.
    pub self_issued: bool,
    /// Valid from then.
    pub not_before: Stamp,
    /// Valid until then.
    pub not_after: Stamp,
}

impl Certificate {
    /// Reads a DER certificate. `None` when it cannot be read.
    #[must_use]
    pub fn parse(der: &CertificateDer<'_>) -> Option<Certificate> {
        let (_, certificate) = X509Certificate::from_der(der.as_ref()).ok()?;
        let mut names = Vec::new();
        let mut xmpp = Vec::new();
        if let Ok(Some(extension)) = certificate.subject_alternative_name() {
            for name in &extension.value.general_names {
                match name {
                    GeneralName::DNSName(name) => names.push((*name).to_owned()),
                    GeneralName::IPAddress(bytes) => names.extend(address(bytes).map(|ip| ip.to_string())),
                    GeneralName::OtherName(oid, value) if [XMPP_ADDR, DNS_SRV].contains(&oid.to_id_string().as_str()) => {
                        xmpp.extend(text(value));
                    }
                    _ => {}
                }
            }
        }
        names.extend(xmpp.iter().cloned());
        if names.is_empty() {
            names.extend(certificate.subject().iter_common_name().filter_map(|cn| cn.as_str().ok()).map(str::to_owned));
        }
        Some(Certificate {
            names,
            xmpp,
            issuer: people_name(certificate.issuer()),
            self_issued: certificate.issuer().as_raw() == certificate.subject().as_raw(),
            not_before: stamp(certificate.validity().not_before),
            not_after: stamp(certificate.validity().not_after),
        })
    }

    /// Whether it is for the XMPP clients of `domain` by xmppAddr or SRVName, the names of RFC 6120 §13.7.1.2.1 that TLS
    /// libraries do not read. `domain` is ASCII and lower case.
    #[must_use]
    pub fn is_for_xmpp(&self, domain: &str) -> bool {
        let services = [format!("_xmpp-client.{domain}"), format!("_xmpps-client.{domain}")];
        !domain.is_empty()
            && self.xmpp.iter().any(|name| {
                let name = super::names::ascii(name);
                name == domain || services.contains(&name)
            })
    }

    /// As in `"a.example" and 3 more names`, safe to show.
    #[must_use]
    pub fn names_for_people(&self) -> String {
        let shown: Vec<String> = self.names.iter().take(SHOWN).map(|name| format!("\"{}\"", visible_line(name))).collect();
        match (shown.is_empty(), self.names.len().saturating_sub(SHOWN)) {
            (true, _) => "no name".into(),
            (false, 0) => shown.join(", "),
            (false, more) => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// A date as `2026-11-22`.
#[must_use]
pub fn day(stamp: Stamp) -> String {
    let text = stamp.to_string();
    text.split_once('T').map_or(text.clone(), |(day, _)| day.to_owned())
}

/// The common name where there is one, else the whole distinguished name.
fn people_name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().find_map(|cn| cn.as_str().ok());
    let text = common.map_or_else(|| name.to_string(), str::to_owned);
    visible_line(&text.chars().take(200).collect::<String>())
}

fn stamp(time: ASN1Time) -> Stamp {
    Stamp::from_micros(time.timestamp().saturating_mul(1_000_000))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes).map(IpAddr::from).or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// The text of an otherName: `[0] EXPLICIT` UTF8String or IA5String.
fn text(value: &[u8]) -> Option<String> {
    use x509_parser::der_parser::asn1_rs::{Any, Ia5String, Tag};
    let (_, outer) = Any::from_der(value).ok()?;
    let (_, inner) = if outer.tag() == Tag::Utf8String || outer.tag() == Tag::Ia5String {
        (value, outer)
    } else {
        Any::from_der(outer.data).ok()?
    };
    Utf8String::try_from(&inner)
        .map(|text| text.string())
        .or_else(|_| Ia5String::try_from(&inner).map(|text| text.string()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, OtherNameValue, SanType};

    fn issue(change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.not_before = rcgen::date_time_ymd(2024, 1, 2);
        params.not_after = rcgen::date_time_ymd(2031, 12, 31);
        change(&mut params);
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Certificate::parse(der.der()).unwrap()
    }

    #[test]
    fn names_issuer_and_dates_are_read() {
        let certificate = issue(|params| {
            params.distinguished_name.push(DnType::CommonName, "A\u{1b}[2J");
            params.subject_alt_names =
                vec![SanType::DnsName("im.example.test".try_into().unwrap()), SanType::IpAddress("127.0.0.1".parse().unwrap())];
        });
        assert_eq!(certificate.names, ["im.example.test", "127.0.0.1"]);
        assert_eq!(certificate.issuer, "A␛[2J");
        assert!(certificate.self_issued);
        assert_eq!((day(certificate.not_before).as_str(), day(certificate.not_after).as_str()), ("2024-01-02", "2031-12-31"));
        let bare = issue(|params| params.distinguished_name.push(DnType::CommonName, "only a name"));
        assert_eq!(bare.names_for_people(), "\"only a name\"");
    }

    #[test]
    fn an_xmpp_address_names_the_domain() {
        let oid = |text: &str| text.split('.').map(|arc| arc.parse().unwrap()).collect::<Vec<u64>>();
        let certificate = issue(|params| {
            params.subject_alt_names = vec![
                SanType::OtherName((oid(XMPP_ADDR), OtherNameValue::Utf8String("chat.example".into()))),
                SanType::OtherName((oid("1.2.3.4"), OtherNameValue::Utf8String("other.example".into()))),
            ];
        });
        assert!(certificate.is_for_xmpp("chat.example"));
        assert!(!certificate.is_for_xmpp("other.example") && !certificate.is_for_xmpp(""));
        assert_eq!(certificate.names, ["chat.example"]);
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let own = rcgen::generate_simple_self_signed(vec!["a.example".into()]).unwrap();
        let der = own.cert.der().to_vec();
        let mut refused = 0;
        for place in 0..der.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = der.clone();
                bytes[place] ^= change;
                refused += usize::from(Certificate::parse(&CertificateDer::from(bytes)).is_none());
            }
            assert_eq!(Certificate::parse(&CertificateDer::from(der[..place].to_vec())), None);
        }
        assert!(refused > 0);
    }
}
