//! What reaches the lab's servers, and the sites that people write for it.

use super::{Reader, Row};
use offhook::lab::Site;
use offhook::lab::dns::{Over, Zone, answer};
use offhook::lab::http::Framer;
use offhook::lab::wire::Places;

/// The rows of the lab.
pub fn rows() -> Vec<Row> {
    let requests: Vec<Vec<u8>> = REQUESTS.iter().map(|text| text.as_bytes().to_vec()).collect();
    let sites: Vec<Vec<u8>> = SITES.iter().map(|text| text.as_bytes().to_vec()).collect();
    vec![
        Row { name: "HTTP request", honest: requests, read: Box::new(request) },
        Row { name: "DNS question", honest: vec![QUESTION.to_vec()], read: question() },
        Row { name: "site", honest: sites, read: Box::new(site) },
    ]
}

const REQUESTS: &[&str] = &[
    "GET /cucm-uds/clusterUser?username=ana HTTP/1.1\r\nHost: cucm1.lab.example:8443\r\nAuthorization: Basic YW5hOnB3\r\n\
     Cookie: JSESSIONID=1\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: [::1]:1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    "PUT http://a.example/b HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
];

const QUESTION: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x0a_cisco-uds\x04_tcp\x03lab\x07example\0\0\x21\0\x01\
\0\0\x29\x10\0\0\0\0\0\0\0";

const SITES: &[&str] = &[
    include_str!("../../src/lab/sites/default.toml"),
    include_str!("../../src/lab/sites/standard.toml"),
    "voice-domain = \"v.example\"\nuds.answers = { fault = \"trickle\", trickle-ms = 3, status = 503 }\nnodes = 2\n",
];

/// However the bytes are split, the same requests come of them.
fn request(bytes: &[u8]) -> bool {
    let framer = || Framer::new(true, "127.0.0.1:8443".into());
    let mut at_once = framer();
    at_once.push(bytes);
    let whole: Vec<_> = std::iter::from_fn(|| at_once.next_request()).collect();
    let mut in_two = framer();
    let mut parts = Vec::new();
    for part in [&bytes[..bytes.len() / 2], &bytes[bytes.len() / 2..]] {
        in_two.push(part);
        parts.extend(std::iter::from_fn(|| in_two.next_request()));
    }
    assert_eq!(parts, whole);
    whole.iter().any(Result::is_ok)
}

/// An answer has the question's identity, is an answer, and fits.
fn question() -> Reader {
    let zone = Zone::new(Site::parse("").unwrap(), Places::default());
    Box::new(move |bytes| {
        for over in [Over::Udp, Over::Tcp] {
            let Some(said) = answer(&zone, bytes, over) else { return false };
            assert_eq!(said[..2], bytes[..2]);
            assert!(said[2] & 0x80 != 0, "it is a question itself");
            assert!(over == Over::Tcp || said.len() <= 1232);
        }
        true
    })
}

/// A mistake is at a place of the text.
fn site(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    match Site::parse(&text) {
        Ok(site) => !site.people.is_empty(),
        Err(mistake) => {
            assert!(mistake.line <= text.matches('\n').count() + 1 && mistake.column > 0, "{mistake}");
            false
        }
    }
}
