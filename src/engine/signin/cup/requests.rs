//! The questions of EPAS and CCMCIP as requests, and what comes back before it is judged. A password goes into the body of a
//! request to the one node that is asked, over https alone.

use crate::engine::signin::{Answer, Question, Server};
use crate::machine::Secret;
use crate::protocol::cisco::ccmcip::{self, GetDevices};
use crate::protocol::cisco::epas::{self, Call};
use crate::protocol::http::{Credentials, Method, Request};
use std::time::Duration;
use url::Url;

/// A node answers within this time, or the next is asked. Clients were seen to wait 9 s for CCMCIP to be connected to.
const PATIENCE: Duration = Duration::from_secs(9);

/// EPAS of `server` is asked this.
#[must_use]
pub fn soap(server: &Server, call: &Call) -> Option<Question> {
    let headers = vec![
        ("Content-Type".to_owned(), "application/soap+xml; charset=utf-8".to_owned()),
        ("SOAPAction".to_owned(), call.action().to_owned()),
    ];
    post(server, epas::PATH, headers, call.write(), None)
}

/// CCMCIP of `server` is asked for the devices of `user`.
#[must_use]
pub fn devices(server: &Server, user: &str, password: &Secret) -> Option<Question> {
    let headers = vec![("Content-Type".to_owned(), "text/xml".to_owned())];
    let credentials = Credentials { user: user.to_owned(), password: ccmcip::password(password) };
    post(server, ccmcip::PATH, headers, GetDevices { user: user.to_owned() }.write(), Some(credentials))
}

fn post(
    server: &Server,
    path: &str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    credentials: Option<Credentials>,
) -> Option<Question> {
    let url = Url::parse(&format!("https://{server}{path}")).ok()?;
    let request = Request { method: Method::Post, credentials, headers, body, ..Request::get(url, PATIENCE) };
    Some(Question::Http(request))
}

/// A fault of SOAP comes with status 400 or 500: it is an answer all the same.
#[must_use]
pub fn with_faults(answer: Answer) -> Answer {
    match answer {
        Answer::Http { answer: Ok(mut response), certificate } => {
            let says = |words: &[u8]| response.body.windows(words.len()).any(|window| window == words);
            if matches!(response.status, 400 | 500) && says(b"Envelope") && says(b"Fault") {
                response.status = 200;
            }
            Answer::Http { answer: Ok(response), certificate }
        }
        other => other,
    }
}
