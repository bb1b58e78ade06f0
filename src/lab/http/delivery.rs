//! How an answer goes wrong on its way: what a site says of a service, done to one response.

use super::super::site::{Answers, Certificate, Fault};
use crate::protocol::http::{Failure, Request, Response};
use std::time::Duration;

/// How much white space comes before an answer without end.
pub(super) const ENDLESS: usize = 100 * 1024 * 1024;

/// A few entities, each ten of the one before it.
const BOMB: &str = "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\
<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">\
<!ENTITY g \"&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;\"><!ENTITY h \"&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;\">]><b>&h;</b>";

/// What a captive portal says, whatever it is asked.
const PORTAL: &str = "<!DOCTYPE html><html><head><title>Guest network</title></head><body><h1>Welcome</h1>\
<form action=\"/accept\"><input type=\"submit\" value=\"I agree\"></form></body></html>";

/// A response on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How late it begins.
    pub after: Duration,
    /// What comes of it.
    pub how: How,
}

/// What comes of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// All of it.
    Whole(Response),
    /// Half of its body, and the connection ends.
    Cut(Response),
    /// Its body a byte at a time, with this between two.
    Trickle(Response, Duration),
    /// White space without end before its body.
    Endless(Response),
    /// Bytes that are no HTTP.
    Noise,
    /// Nothing, ever.
    Never,
    /// Nobody listens.
    Nobody,
}

impl Delivery {
    /// A response at once, and whole.
    #[must_use]
    pub fn whole(response: Response) -> Delivery {
        Delivery { after: Duration::ZERO, how: How::Whole(response) }
    }

    /// What a service that answers like this makes of a good response to this request.
    #[must_use]
    pub fn of(answers: &Answers, request: &Request, response: Response) -> Delivery {
        let response = match answers.status {
            Some(status) => page(status.code(), "The site says so."),
            None => response,
        };
        let how = match answers.fault {
            Fault::None => How::Whole(response),
            Fault::Absent => How::Nobody,
            Fault::Silent => How::Never,
            Fault::Malformed => How::Whole(malformed(response)),
            Fault::Noise => How::Noise,
            Fault::Portal => How::Whole(html(200, PORTAL)),
            Fault::Bomb => How::Whole(Response { body: BOMB.as_bytes().to_vec(), ..response }),
            Fault::Truncated => How::Cut(response),
            Fault::Trickle => How::Trickle(response, answers.trickle()),
            Fault::Endless => How::Endless(response),
            Fault::Redirect => How::Whole(elsewhere(request)),
        };
        Delivery { after: answers.delay(), how }
    }

    /// What a client makes of it, and how late: for those who ask without a network. A certificate that is not good is a
    /// declared failure here.
    ///
    /// # Errors
    /// The failure that the client meets.
    pub fn declared(self, request: &Request, certificate: Certificate) -> (Duration, Result<Response, Failure>) {
        let broke = || Failure::Unreachable("the connection broke off".into());
        if matches!(self.how, How::Nobody) {
            return (Duration::ZERO, Err(Failure::Unreachable("nobody listens there (connection refused)".into())));
        }
        if let Some(why) = untrusted(certificate).filter(|_| request.url.scheme() == "https") {
            return (Duration::ZERO, Err(Failure::Untrusted(why.into())));
        }
        let (after, answer) = match self.how {
            How::Whole(response) => (self.after, Ok(response)),
            How::Cut(_) => (self.after, Err(broke())),
            How::Trickle(response, every) => {
                let pieces = u32::try_from(response.body.len()).unwrap_or(u32::MAX);
                (self.after.saturating_add(every.saturating_mul(pieces)), Ok(response))
            }
            How::Endless(_) => (self.after, Err(Failure::TooLong)),
            How::Noise => (self.after, Err(Failure::Malformed("what came is no HTTP".into()))),
            How::Never | How::Nobody => (Duration::MAX, Err(Failure::Timeout)),
        };
        if after >= request.deadline {
            return (request.deadline, Err(Failure::Timeout));
        }
        match answer {
            Ok(response) if response.body.len() > request.limit => (after, Err(Failure::TooLong)),
            answer => (after, answer),
        }
    }
}

/// What is wrong with a certificate, for people.
fn untrusted(certificate: Certificate) -> Option<&'static str> {
    match certificate {
        Certificate::Good => None,
        Certificate::WrongName => Some("the certificate is for another name"),
        Certificate::Expired | Certificate::YearsAgo => Some("the certificate has expired"),
        Certificate::NotYet | Certificate::InYears => Some("the certificate is not valid yet"),
        Certificate::Foreign => Some("the certificate is of an authority that is not trusted"),
        Certificate::SelfSigned => Some("the certificate vouches for itself"),
    }
}

/// A page of HTML.
#[must_use]
pub(crate) fn html(status: u16, body: &str) -> Response {
    let headers = vec![("Content-Type".into(), "text/html;charset=utf-8".into())];
    Response { status, headers, body: body.as_bytes().to_vec() }
}

/// A page that says why there is nothing better.
#[must_use]
pub(crate) fn page(status: u16, says: &str) -> Response {
    html(status, &format!("<html><head><title>HTTP Status {status}</title></head><body><h1>{says}</h1></body></html>"))
}

/// The same with its last third cut off, as though it were all.
fn malformed(mut response: Response) -> Response {
    response.body.truncate(response.body.len() * 2 / 3);
    response
}

fn elsewhere(request: &Request) -> Response {
    let mut location = format!("http://elsewhere.example{}", request.url.path());
    if let Some(query) = request.url.query() {
        location.push_str(&format!("?{query}"));
    }
    Response { status: 302, headers: vec![("Location".into(), location)], body: Vec::new() }
}
