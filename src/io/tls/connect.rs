//! The TLS handshake of a client, for XMPP and SIP alike: TLS 1.2 and 1.3 on ring, with our own judgement of certificates.

use super::fingerprint::Fingerprint;
use super::names;
use super::roots::Roots;
use super::trust::Trust;
use super::verifier::{Refusal, Verifier};
use crate::engine::event::{AccountName, Problem, ProblemKind};
use crate::engine::output::TlsNames;
use crate::machine::visible_line;
use rustls::crypto::CryptoProvider;
use rustls::{AlertDescription, ClientConfig, Error};
use rustls_pki_types::ServerName;
use std::io;
use std::sync::{Arc, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What TLS needs to know of an account.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// Whose; nobody's, as long as there is no account: nothing is trusted beside the authorities.
    pub account: Option<AccountName>,
    /// Its authorities.
    pub roots: Roots,
    /// The certificates that the user trusts by themselves.
    pub trust: Trust,
}

impl TlsSettings {
    /// The certificates that are trusted by themselves at this host and port.
    ///
    /// # Errors
    /// A list of them cannot be read.
    pub fn pins(&self, host: &str, port: u16) -> Result<Vec<Fingerprint>, Problem> {
        self.account.as_ref().map_or(Ok(Vec::new()), |account| self.trust.pins(account, host, port))
    }
}

/// Which protocol will speak inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// XMPP after STARTTLS: nothing is negotiated.
    XmppStartTls,
    /// XMPP from the first byte (XEP-0368): `xmpp-client`.
    XmppDirect,
    /// SIP: nothing is negotiated.
    Sip,
}

/// Installs ring as the provider of rustls; once is enough, and doing it again changes nothing.
pub fn install_provider() {
    // An error says that a provider is installed already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}

/// Begins TLS on `io`. `port` is the port that `io` is connected to.
///
/// # Errors
/// [`ProblemKind::Untrusted`] when the certificate is refused; the problem says why and which command would accept it.
pub async fn connect_tls<Io>(
    io: Io,
    settings: &TlsSettings,
    names: &TlsNames,
    port: u16,
    alpn: Alpn,
) -> Result<TlsStream<Io>, Problem>
where
    Io: AsyncRead + AsyncWrite + Unpin,
{
    let peer = visible_line(&names::host_port(&names.host, port));
    let refusal = Refusal::default();
    let verifier = Verifier {
        account: settings.account.clone(),
        names: names.clone(),
        accepted: names::accepted(names),
        port,
        xmpp: alpn != Alpn::Sip,
        roots: settings.roots.clone(),
        pins: settings.pins(&names.host, port)?,
        provider: provider(),
        refusal: Arc::clone(&refusal),
    };
    let mut config = config(verifier).map_err(|error| protocol(&peer, &error.to_string()))?;
    if alpn == Alpn::XmppDirect {
        config.alpn_protocols = vec![b"xmpp-client".to_vec()];
    }
    let name =
        server_name(names).ok_or_else(|| protocol(&peer, "neither the domain nor the host is a name that TLS can ask for"))?;
    settings.roots.read().await;
    TlsConnector::from(Arc::new(config)).connect(name, io).await.map_err(|error| {
        let refused = refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
        refused.unwrap_or_else(|| protocol(&peer, &failure(&error)))
    })
}

/// What a client of ours offers, with this judge of certificates.
///
/// # Errors
/// The provider offers nothing that is wanted.
pub fn config(verifier: Verifier) -> Result<ClientConfig, Error> {
    let config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_protocol_versions(rustls::ALL_VERSIONS)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// Ring.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The name for SNI: the domain (RFC 6120 §13.7.1.2, XEP-0368), else the host.
fn server_name(names: &TlsNames) -> Option<ServerName<'static>> {
    [&names.domain, &names.host].into_iter().find_map(|name| ServerName::try_from(names::ascii(name)).ok())
}

fn protocol(peer: &str, why: &str) -> Problem {
    Problem::new(
        ProblemKind::Protocol,
        format!("TLS with {peer} failed: {why}."),
        "Check that the port is the right one and that the server offers TLS 1.2 or 1.3.",
    )
}

/// Why a handshake failed, for people.
#[must_use]
pub fn failure(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure)) => {
            "it offers no TLS version and cipher that we have; TLS 1.2 is the oldest".into()
        }
        Some(Error::InvalidMessage(_)) => "what came is not TLS".into(),
        Some(Error::PeerIncompatible(why)) => format!("the server is too old for us ({why:?})"),
        Some(other) => visible_line(&other.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the server closed the connection".into(),
        None => error.to_string(),
    }
}
