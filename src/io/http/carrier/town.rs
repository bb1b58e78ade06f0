//! Servers and a name server on loopback, for the tests: every name is 127.0.0.1.

use super::*;
use crate::engine::event::AccountName;
use crate::io::tls::{Roots, Trust};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

/// What a server does next on a connection.
#[derive(Clone, Debug)]
pub enum Act {
    Write(Vec<u8>),
    /// So many bytes, a piece at a time.
    Pour(usize),
    Wait(Duration),
    Close,
}

pub fn say(text: &str) -> Vec<Act> {
    vec![Act::Write(text.as_bytes().to_vec())]
}

pub fn ok(body: &str) -> Vec<Act> {
    say(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// What a server has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub connections: usize,
    /// Heads and bodies.
    pub requests: Vec<String>,
    pub poured: usize,
}

pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    pub async fn start(tls: Option<Arc<ServerConfig>>, answer: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, answer) = (Arc::new(Mutex::new(Seen::default())), Arc::new(answer));
        let server = Server { address, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                seen.lock().unwrap().connections += 1;
                let (seen, answer, tls) = (Arc::clone(&seen), Arc::clone(&answer), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(socket, &seen, &*answer).await,
                        Some(tls) => {
                            let Ok(stream) = TlsAcceptor::from(tls).accept(socket).await else { return };
                            serve(stream, &seen, &*answer).await;
                        }
                    }
                });
            }
        });
        server
    }

    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    pub fn url(&self, scheme: &str, host: &str, path: &str) -> Url {
        Url::parse(&format!("{scheme}://{host}:{}{path}", self.address.port())).unwrap()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    seen: &Mutex<Seen>,
    answer: &(dyn Fn(&str) -> Vec<Act> + Sync),
) {
    let mut bytes = Vec::new();
    loop {
        let request = loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some(end) = text.find("\r\n\r\n") {
                let length = text.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                let whole = end + 4 + length.unwrap_or(0_usize);
                if bytes.len() >= whole {
                    bytes.drain(..whole);
                    break text[..whole].to_owned();
                }
            }
            let mut piece = [0; 4096];
            match stream.read(&mut piece).await {
                Ok(read) if read > 0 => bytes.extend_from_slice(&piece[..read]),
                _ => return,
            }
        };
        let acts = answer(&request);
        seen.lock().unwrap().requests.push(request);
        for act in acts {
            match act {
                Act::Write(text) => {
                    if stream.write_all(&text).await.and(stream.flush().await).is_err() {
                        return;
                    }
                }
                Act::Pour(bytes) => {
                    let piece = vec![b'x'; 16_384];
                    let mut left = bytes;
                    while left > 0 {
                        let now = left.min(piece.len());
                        if stream.write_all(&piece[..now]).await.is_err() {
                            return;
                        }
                        seen.lock().unwrap().poured += now;
                        left -= now;
                    }
                }
                Act::Wait(time) => tokio::time::sleep(time).await,
                Act::Close => {
                    let _ = stream.shutdown().await;
                    return;
                }
            }
        }
    }
}

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    /// A server's configuration with a certificate for these names.
    pub fn server(&self, names: &[&str]) -> Arc<ServerConfig> {
        self.server_with(names, |_| {})
    }

    pub fn server_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(crate::io::tls::connect::provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }

    fn roots(&self) -> Roots {
        let mut store = rustls::RootCertStore::empty();
        store.add(self.certificate.der().clone()).unwrap();
        Roots::of(store)
    }
}

/// An account, a folder for what it trusts, and a name server.
pub struct Town {
    folder: tempfile::TempDir,
    pub authority: Authority,
    dns: SocketAddr,
}

impl Town {
    pub async fn new() -> Town {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let dns = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                let _ = socket.send_to(&local(&question[..length]), from).await;
            }
        });
        Town { folder: tempfile::tempdir().unwrap(), authority: Authority::new("lab authority"), dns }
    }

    pub fn account() -> AccountName {
        AccountName("work".into())
    }

    pub fn trust(&self) -> Trust {
        let at = |name: &str| self.folder.path().join(Path::new(name));
        Trust::new(&at("config"), Some(&at("run")))
    }

    pub fn http(&self) -> Http {
        self.http_with(SystemProxy::default())
    }

    pub fn http_with(&self, system: SystemProxy) -> Http {
        let tls = TlsSettings { account: Some(Town::account()), roots: self.authority.roots(), trust: self.trust() };
        Http::new(Arc::new(tls), Dns::new(Some(self.dns)), system)
    }
}

/// The answer that a name is at 127.0.0.1, in its bytes (RFC 1035 §4.1); names with `nowhere` do not exist.
fn local(question: &[u8]) -> Vec<u8> {
    let end = 12 + question[12..].iter().position(|byte| *byte == 0).unwrap() + 5;
    let nowhere = question.windows(7).any(|bytes| bytes.eq_ignore_ascii_case(b"nowhere"));
    let is_a = question[end - 4..end - 2] == [0, 1];
    let mut answer = question[..end].to_vec();
    (answer[2], answer[3]) = (0x81, if nowhere { 0x83 } else { 0x80 });
    let found = is_a && !nowhere;
    answer[6..12].copy_from_slice(&[0, u8::from(found), 0, 0, 0, 0]);
    if found {
        answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
    }
    answer
}
