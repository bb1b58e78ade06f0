//! Labs on sockets.

use super::Lab;
use crate::io::tls::connect::install_provider;
use crate::lab::Site;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

const DEADLINE: Duration = Duration::from_secs(20);

async fn lab(text: &str) -> Lab {
    install_provider();
    Lab::start(&Site::parse(text).unwrap(), 1).await.unwrap()
}

fn address(said: Option<&String>) -> SocketAddr {
    said.unwrap().parse().unwrap()
}

/// What is said over TLS to these bytes, until the other side closes.
async fn ask(at: SocketAddr, ca: &Path, question: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let whole = async {
        let socket = TcpStream::connect(at).await?;
        let name = ServerName::try_from("cucm1.lab.example").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await?;
        stream.write_all(question.as_bytes()).await?;
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await?;
        Ok(String::from_utf8(said).unwrap())
    };
    timeout(DEADLINE, whole).await.expect("no answer")
}

const QUESTION: &str = "GET /cucm-uds/version HTTP/1.1\r\nHost: cucm1.lab.example:8443\r\n\r\n\
GET /cucm-uds/user/ana HTTP/1.1\r\nHost: cucm1.lab.example:8443\r\nConnection: close\r\n\r\n";

#[tokio::test]
async fn two_labs_stand_side_by_side_and_leave_nothing() {
    let (one, other) = (lab("").await, lab("encrypted = false\nnodes = 2\n").await);
    let https = |lab: &Lab| address(lab.facts().https.as_ref());
    assert_eq!((https(&one).port(), https(&other).port()), (8443, 8443));
    assert_ne!(https(&one).ip(), https(&other).ip());
    for lab in [&one, &other] {
        let said = ask(https(lab), &lab.facts().ca, QUESTION).await.unwrap();
        let statuses: Vec<&str> = said.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert_eq!(statuses, ["200", "401"], "{said}");
    }
    assert!(ask(https(&one), &other.facts().ca, QUESTION).await.is_err(), "each has its own authority");
    let (at, ca) = (https(&one), one.facts().ca.clone());
    let folder = ca.parent().unwrap().to_owned();
    assert_eq!((folder.metadata().unwrap().mode() & 0o777, ca.metadata().unwrap().mode() & 0o777), (0o700, 0o600));
    one.end().await;
    assert!(!folder.exists(), "{} is left", folder.display());
    TcpListener::bind(at).await.unwrap();
    let folder = other.facts().ca.parent().unwrap().to_owned();
    drop(other);
    assert!(!folder.exists(), "one that is dropped clears up too");
}

#[tokio::test]
async fn what_is_announced_is_there_and_what_is_not_there_is_null() {
    let absent = ["uds", "epas", "ccmcip", "cas"].map(|name| format!("{name}.answers.fault = \"absent\"\n")).concat();
    let lab = lab(&format!("{absent}dns.answers.delay-ms = 1\n")).await;
    let facts = serde_json::to_value(lab.facts()).unwrap();
    for (name, is_there) in [("dns", true), ("tftp", true), ("https", false)] {
        assert_eq!(facts[name].is_string(), is_there, "{name}: {facts}");
    }
    assert_eq!(
        (facts["domain"].as_str(), facts["accounts"][0]["address"].as_str()),
        (Some("lab.example"), Some("ana@lab.example"))
    );
    assert_eq!(
        (facts["accounts"][0]["password"].as_str(), facts["accounts"][0]["number"].as_str()),
        (Some("ana-demo"), Some("1001"))
    );
    let cas = url::Url::parse(facts["cas"].as_str().unwrap()).unwrap();
    let at = (cas.host_str().unwrap(), cas.port_or_known_default().unwrap());
    assert!(TcpStream::connect(at).await.is_err(), "the directory is absent");
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    // The SRV question for _cisco-uds._tcp.lab.example, as RFC 1035 §4.1 writes it.
    let question = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x0a_cisco-uds\x04_tcp\x03lab\x07example\0\0\x21\0\x01";
    socket.send_to(question, address(lab.facts().dns.as_ref())).await.unwrap();
    let mut answer = [0; 512];
    let (length, _) = timeout(DEADLINE, socket.recv_from(&mut answer)).await.expect("no answer").unwrap();
    assert_eq!((&answer[..2], answer[3] & 15, answer[7]), (&b"\x12\x34"[..], 0, 1));
    assert!(answer[..length].windows(5).any(|part| part == b"cucm1"));
}

#[tokio::test]
async fn bad_certificates_are_bad_in_their_own_way() {
    for (kind, why) in [
        ("wrong-name", "not valid for name"),
        ("expired", "expired"),
        ("not-yet", "not valid yet"),
        ("foreign", "UnknownIssuer"),
        ("self-signed", ""),
    ] {
        let lab = lab(&format!("uds.answers.certificate = {kind:?}\n")).await;
        let refused = ask(address(lab.facts().https.as_ref()), &lab.facts().ca, QUESTION).await.unwrap_err().to_string();
        assert!(refused.contains("certificate") && refused.contains(why), "{kind}: {refused}");
    }
}
