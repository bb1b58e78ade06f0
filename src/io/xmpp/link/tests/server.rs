//! An XMPP server for tests, played by the test itself: certificates of every kind, SCRAM's other side, and lines.

use crate::io::xmpp::socket::Transport;
use crate::protocol::xmpp::sasl::scram::ITERATIONS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use ring::{digest, hmac, pbkdf2};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

pub const DEADLINE: Duration = Duration::from_secs(20);
pub const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
pub const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
pub const BIND_SM: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:3'/>";

/// The features that offer these mechanisms.
pub fn mechanisms(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    format!("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{names}</mechanisms>")
}

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate with its key.
pub struct Identity {
    pub der: CertificateDer<'static>,
    key: KeyPair,
    versions: &'static [&'static rustls::SupportedProtocolVersion],
}

impl Authority {
    pub fn new() -> Authority {
        Authority::named("test authority")
    }

    pub fn named(name: &str) -> Authority {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let (key, params) = leaf(names, change);
        Identity { der: params.signed_by(&key, &self.issuer).unwrap().der().clone(), key, versions: rustls::ALL_VERSIONS }
    }
}

impl Identity {
    pub fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let (key, params) = leaf(names, change);
        Identity { der: params.self_signed(&key).unwrap().der().clone(), key, versions: rustls::ALL_VERSIONS }
    }

    /// The same, and nothing newer than TLS 1.2.
    pub fn old_tls(self) -> Identity {
        static OLD: &[&rustls::SupportedProtocolVersion] = &[&rustls::version::TLS12];
        Identity { versions: OLD, ..self }
    }

    fn config(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(self.versions).unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(vec![self.der.clone()], key).unwrap();
        config.alpn_protocols = vec![b"xmpp-client".to_vec()];
        Arc::new(config)
    }
}

fn leaf(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> (KeyPair, CertificateParams) {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    (KeyPair::generate().unwrap(), params)
}

/// Where clients come in.
pub struct Server {
    listener: TcpListener,
    pub address: SocketAddr,
}

/// One client, from the server's side.
pub struct Client {
    io: Box<dyn Transport>,
    heard: Vec<u8>,
    exporter: Vec<u8>,
}

impl Server {
    pub async fn new() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Server { address: listener.local_addr().unwrap(), listener }
    }

    pub async fn accept(&self) -> Client {
        let (socket, _) = timeout(DEADLINE, self.listener.accept()).await.expect("nobody connects").unwrap();
        Client { io: Box::new(socket), heard: Vec::new(), exporter: Vec::new() }
    }

    /// Accepts a client and brings it under TLS by STARTTLS. `None` when it does not like the certificate.
    pub async fn accept_secure(&self, identity: &Identity) -> Option<Client> {
        let mut client = self.accept().await;
        client.features(STARTTLS).await;
        client.hears("<starttls").await;
        client.says("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        client.under_tls(identity).await
    }

    /// Accepts a client, signs it in and binds it, with stream management or without.
    pub async fn accept_bound(&self, identity: &Identity, features: &str) -> Client {
        let mut client = self.accept_signed_in(identity, features).await;
        client.binds().await;
        if features.contains("urn:xmpp:sm:3") {
            client.hears("<enable").await;
            client.says("<enabled xmlns='urn:xmpp:sm:3' id='old' resume='true'/>").await;
        }
        client
    }

    pub async fn accept_signed_in(&self, identity: &Identity, features: &str) -> Client {
        let mut client = self.accept_secure(identity).await.expect("the certificate is refused");
        client.features(&mechanisms(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])).await;
        client.scram(&Scram::default()).await;
        client.features(features).await;
        client
    }
}

/// How the server plays SCRAM.
pub struct Scram {
    pub password: &'static str,
    pub iterations: &'static str,
    pub lies: bool,
}

impl Default for Scram {
    fn default() -> Scram {
        Scram { password: "pw", iterations: "4096", lies: false }
    }
}

impl Client {
    pub async fn under_tls(self, identity: &Identity) -> Option<Client> {
        let tls = TlsAcceptor::from(identity.config()).accept(self.io).await.ok()?;
        let exporter = tls.get_ref().1.export_keying_material(vec![0; 32], b"EXPORTER-Channel-Binding", None).unwrap();
        Some(Client { io: Box::new(tls), heard: Vec::new(), exporter })
    }

    pub async fn says(&mut self, text: &str) {
        self.io.write_all(text.as_bytes()).await.unwrap();
        self.io.flush().await.unwrap();
    }

    /// Says `text` over and over in the background, and goes on listening.
    pub fn floods(self, text: &'static str) -> (Client, JoinHandle<()>) {
        self.floods_every(Duration::ZERO, text)
    }

    pub fn floods_every(self, pause: Duration, text: &'static str) -> (Client, JoinHandle<()>) {
        let (read, mut write) = tokio::io::split(self.io);
        let flood = tokio::spawn(async move {
            while write.write_all(text.as_bytes()).await.is_ok() && write.flush().await.is_ok() {
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
            }
        });
        (Client { io: Box::new(tokio::io::join(read, tokio::io::sink())), ..self }, flood)
    }

    /// Reads until `text` has come, and gives all up to the end of the tag that it began or stands in.
    pub async fn hears(&mut self, text: &str) -> String {
        let end = |heard: &[u8]| {
            let from = heard.windows(text.len()).position(|window| window == text.as_bytes())?;
            let rest = heard.get(from + text.len() - 1..)?;
            rest.iter().position(|octet| *octet == b'>').map(|at| from + text.len() + at)
        };
        loop {
            if let Some(end) = end(&self.heard) {
                let rest = self.heard.split_off(end);
                return String::from_utf8(std::mem::replace(&mut self.heard, rest)).unwrap();
            }
            let read = timeout(DEADLINE, self.io.read_buf(&mut self.heard)).await;
            let heard = String::from_utf8_lossy(&self.heard);
            assert!(matches!(read, Ok(Ok(1..))), "{text} never comes, only {heard}");
        }
    }

    /// All that comes until the client closes the connection.
    pub async fn hears_the_end(&mut self) -> String {
        let mut rest = std::mem::take(&mut self.heard);
        let _either = timeout(DEADLINE, self.io.read_to_end(&mut rest)).await.expect("the client stays");
        String::from_utf8(rest).unwrap()
    }

    /// Answers a stream header with features.
    pub async fn features(&mut self, features: &str) {
        self.hears("<stream:stream").await;
        self.says(&format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             version='1.0' from='example.test' id='1'><stream:features>{features}</stream:features>"
        ))
        .await;
    }

    pub async fn binds(&mut self) {
        self.hears("</iq").await;
        self.says(
            "<iq type='result' id='resource-binding'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <jid>alice@example.test/here</jid></bind></iq>",
        )
        .await;
    }

    /// The text of the next SASL element.
    pub async fn sasl(&mut self, name: &str) -> (String, String) {
        let tag = self.hears(&format!("<{name}")).await;
        let text = self.hears(&format!("</{name}")).await;
        let text = text.split_once('<').unwrap().0.to_owned();
        (tag, String::from_utf8(STANDARD.decode(text).unwrap()).unwrap_or_default())
    }

    /// Plays SCRAM-SHA-256; gives the tag of `<auth/>` and the client's GS2 header. Checks the channel binding.
    pub async fn scram(&mut self, play: &Scram) -> (String, String) {
        let (tag, first) = self.sasl("auth").await;
        let bare = first.split_once(",,").unwrap().1;
        let gs2 = first.strip_suffix(bare).unwrap().to_owned();
        let nonce = bare.split_once("r=").unwrap().1;
        let server_first = format!("r={nonce}server,s=c2FsdA==,i={}", play.iterations);
        self.says(&challenge(&server_first)).await;
        if !play.iterations.parse::<u32>().is_ok_and(|count| ITERATIONS.contains(&count)) {
            return (tag, gs2);
        }
        let (_, last) = self.sasl("response").await;
        let (without_proof, proof) = last.rsplit_once(",p=").unwrap();
        let bound: &[u8] = if gs2.starts_with("p=") { &self.exporter } else { &[] };
        let binding = STANDARD.encode([gs2.as_bytes(), bound].concat());
        assert_eq!(without_proof, format!("c={binding},r={nonce}server"));
        let signed = format!("{bare},{server_first},{without_proof}");
        let (client_proof, signature) = proofs(play.password, play.iterations.parse().unwrap(), &signed);
        if STANDARD.decode(proof).unwrap() != client_proof {
            self.says(
                "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>no\u{1b}</text></failure>"
                    .replace('\u{1b}', "&#x9b;")
                    .as_str(),
            )
            .await;
            return (tag, gs2);
        }
        let signature = if play.lies { STANDARD.encode([0; 32]) } else { STANDARD.encode(signature) };
        let success = STANDARD.encode(format!("v={signature}"));
        self.says(&format!("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{success}</success>")).await;
        (tag, gs2)
    }
}

fn challenge(text: &str) -> String {
    format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{}</challenge>", STANDARD.encode(text))
}

fn proofs(password: &str, iterations: u32, signed: &str) -> (Vec<u8>, Vec<u8>) {
    let mut salted = [0; 32];
    let iterations = NonZeroU32::new(iterations).unwrap();
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, b"salt", password.as_bytes(), &mut salted);
    let sign = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec();
    let client_key = sign(&salted, b"Client Key");
    let stored = digest::digest(&digest::SHA256, &client_key);
    let signature = sign(stored.as_ref(), signed.as_bytes());
    let proof = client_key.iter().zip(signature).map(|(a, b)| a ^ b).collect();
    (proof, sign(&sign(&salted, b"Server Key"), signed.as_bytes()))
}
