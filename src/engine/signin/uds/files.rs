//! One file and the places where it may be had: over HTTPS at 6972, as its address was given, over HTTP at 6970, over TFTP;
//! all that are encrypted before any that is not.
//! What goes in clear needs the user's consent. No question for a file carries credentials.

use super::consent::{Consent, Verdict};
use super::interface::ClearLeg;
use super::judge::{Fault, FaultKind};
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::signin::server::TFTP_PORT;
use crate::engine::signin::{Question, Server};
use crate::protocol::cisco::Unreadable;
use crate::protocol::http::Request;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use url::Url;

/// Ports of the configuration files (fact sheet §5).
const HTTPS: u16 = 6972;
const HTTP: u16 = 6970;
/// A server of files answers within this time, or the next place is tried.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longer files are refused.
const LIMIT: usize = 1 << 20;
/// Places beyond this many are not tried.
const MOST: usize = 12;

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of several files that would do; those of one that definitely is absent are passed over.
    file: usize,
    /// Where.
    pub server: Server,
    how: How,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum How {
    Http(Url),
    Tftp(String),
}

impl Place {
    /// What is asked there.
    #[must_use]
    pub fn question(&self) -> Question {
        match &self.how {
            How::Http(url) => Question::Http(Request { limit: LIMIT, ..Request::get(url.clone(), PATIENCE) }),
            How::Tftp(file) => Question::Tftp {
                server: self.server.host.clone(),
                port: self.server.port,
                file: file.clone(),
                deadline: PATIENCE,
                limit: LIMIT,
            },
        }
    }

    fn is_clear(&self) -> bool {
        self.rank() > 0
    }

    /// HTTPS, HTTP, TFTP.
    fn rank(&self) -> u8 {
        match &self.how {
            How::Http(url) => u8::from(url.scheme() != "https"),
            How::Tftp(_) => 2,
        }
    }

    /// Named for people, as in `CSFANA.cnf.xml over TFTP from cucm1.lab.example:69`.
    fn leg(&self) -> String {
        let (file, over) = match &self.how {
            How::Http(url) => (url.path().trim_start_matches('/'), if url.scheme() == "https" { "HTTPS" } else { "HTTP" }),
            How::Tftp(file) => (file.as_str(), "TFTP"),
        };
        format!("{} over {over} from {}", super::judge::shown(file), self.server)
    }
}

/// One file, wherever it may be had.
#[derive(Debug)]
pub struct File<T> {
    /// What it is, as in `the service profile`.
    pub what: &'static str,
    /// How it is read.
    pub parse: fn(&[u8]) -> Result<T, Unreadable>,
    state: State<T>,
    left: VecDeque<Place>,
    files: usize,
    /// What went wrong first over HTTPS, over HTTP and over TFTP, by rank.
    troubles: BTreeMap<u8, Problem>,
}

#[derive(Debug)]
enum State<T> {
    Looking,
    Asked(Place),
    Had(T),
    Missing,
}

/// What to do for a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask there.
    Ask(Place),
    /// The user must be asked about this host first.
    AskHost(String),
    /// The user must be asked about this leg first.
    AskClear(ClearLeg),
    /// Somebody has been asked.
    Wait,
    /// It is there, or it cannot be had.
    Over,
}

impl<T> File<T> {
    /// A file that is nowhere yet.
    #[must_use]
    pub fn new(what: &'static str, parse: fn(&[u8]) -> Result<T, Unreadable>) -> File<T> {
        File { what, parse, state: State::Looking, left: VecDeque::new(), files: 0, troubles: BTreeMap::new() }
    }

    /// It may be had at this address, which a server has named.
    pub fn at_address(&mut self, address: &str, tftp_port: Option<u16>) -> bool {
        let Ok(mut url) = Url::parse(address.trim()) else { return false };
        let plain = matches!(url.scheme(), "http" | "https");
        if !plain
            || url.host_str().is_none_or(str::is_empty)
            || url.set_username("").is_err()
            || url.set_password(None).is_err()
        {
            return false;
        }
        url.set_fragment(None);
        let mut urls = Vec::new();
        if url.scheme() == "https" {
            urls.push(url.clone());
        }
        urls.extend(moved(&url, "https", HTTPS));
        if url.scheme() == "http" {
            urls.push(url.clone());
        }
        urls.extend(moved(&url, "http", HTTP));
        let name = url.path_segments().and_then(Iterator::last).unwrap_or_default().to_owned();
        self.add(urls, &url, &name, tftp_port);
        true
    }

    /// It may be had under this name from this host.
    pub fn at_host(&mut self, host: &str, name: &str, tftp_port: Option<u16>) {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let Ok(mut url) = Url::parse("https://host") else { return };
        if url.set_host(Some(&host)).is_err() {
            return;
        }
        url.set_path(name);
        let urls = moved(&url, "https", HTTPS).into_iter().chain(moved(&url, "http", HTTP)).collect();
        self.add(urls, &url, name, tftp_port);
    }

    fn add(&mut self, urls: Vec<Url>, host: &Url, name: &str, tftp_port: Option<u16>) {
        let file = self.files;
        self.files += 1;
        let http = urls.into_iter().filter_map(|url| {
            let server = Server::new(url.host_str()?, url.port_or_known_default()?);
            Some(Place { file, server, how: How::Http(url) })
        });
        // Names that are escaped in a URL are not known over TFTP.
        let plain = !name.is_empty() && !name.contains(['%', '/']);
        let tftp = host.host_str().filter(|_| plain).map(|host| Place {
            file,
            server: Server::new(host, tftp_port.unwrap_or(TFTP_PORT)),
            how: How::Tftp(name.to_owned()),
        });
        for place in http.chain(tftp) {
            if self.left.len() < MOST && !self.left.iter().any(|known| known.server == place.server && known.how == place.how) {
                self.left.push_back(place);
            }
        }
        // Another host that has it encrypted goes before the same host in clear.
        self.left.make_contiguous().sort_by_key(Place::rank);
    }

    /// What to do next.
    pub fn next(&mut self, consent: &mut Consent) -> Next {
        match self.state {
            State::Looking => {}
            State::Asked(_) => return Next::Wait,
            State::Had(_) | State::Missing => return Next::Over,
        }
        while let Some(place) = self.left.front() {
            match consent.host(&place.server.host) {
                Verdict::Yes => {}
                Verdict::Ask => return Next::AskHost(place.server.host.clone()),
                Verdict::Wait => return Next::Wait,
                Verdict::No => {
                    let what = format!("{} was not asked for {}: it lies outside of the domain.", place.server, self.what);
                    self.passed_over(ProblemKind::Refused, what, "Sign in again and agree to it, or ask the administrator.");
                    continue;
                }
            }
            match if place.is_clear() { consent.clear() } else { Verdict::Yes } {
                Verdict::Yes => {}
                Verdict::Ask => {
                    let why = self.troubles.values().next().cloned();
                    return Next::AskClear(ClearLeg { leg: place.leg(), why });
                }
                Verdict::Wait => return Next::Wait,
                Verdict::No => {
                    self.not_in_clear();
                    continue;
                }
            }
            let place = place.clone();
            self.left.pop_front();
            self.state = State::Asked(place.clone());
            return Next::Ask(place);
        }
        self.state = State::Missing;
        Next::Over
    }

    /// The first place in clear stands for all.
    fn not_in_clear(&mut self) {
        let Some(place) = self.left.pop_front() else { return };
        if !self.troubles.values().any(|trouble| trouble.kind == ProblemKind::Clear) {
            let next = "Allow it for this account with --allow-cleartext, or ask the administrator for TLS.";
            let what = format!("It was not read in clear: {}.", place.leg());
            self.troubles.entry(place.rank()).or_insert(Problem::new(ProblemKind::Clear, what, next));
        }
    }

    fn passed_over(&mut self, kind: ProblemKind, what: String, next: &str) {
        if let Some(place) = self.left.pop_front() {
            self.troubles.entry(place.rank()).or_insert(Problem::new(kind, what, next));
        }
    }

    /// What the place that was asked has answered.
    pub fn heard(&mut self, answer: Result<T, Fault>) {
        let State::Asked(place) = std::mem::replace(&mut self.state, State::Looking) else { return };
        match answer {
            Ok(value) => self.state = State::Had(value),
            Err(Fault { kind: FaultKind::Absent, .. }) => self.left.retain(|left| left.file != place.file),
            Err(Fault { problem, .. }) => drop(self.troubles.entry(place.rank()).or_insert(problem)),
        }
    }

    /// The file, or why there is none. One that is not needed is missed only where it could not be had; `next` is what to do
    /// about one that is.
    #[must_use]
    pub fn end(self, needed: Option<(&str, &str)>) -> (Option<T>, Option<Problem>) {
        if let State::Had(value) = self.state {
            return (Some(value), None);
        }
        let missed = |(what, next)| Problem::new(ProblemKind::Refused, format!("No server has {what}."), next);
        (None, all(self.troubles.into_values().collect()).or_else(|| needed.map(missed)))
    }
}

/// What was met on each way, as one: the first says what to do. Where nobody listened there, that is what was not agreed to.
fn all(troubles: Vec<Problem>) -> Option<Problem> {
    let mut said: Vec<(String, &str)> = Vec::new();
    for (whom, what) in troubles.iter().map(|trouble| trouble.what.split_once(' ').unwrap_or(("", &trouble.what))) {
        // Of several servers the same is said once.
        match said.iter_mut().find(|(_, known)| *known == what) {
            Some((whole, _)) => *whole = format!("{whole} and {whom}"),
            None => said.push((whom.to_owned(), what)),
        }
    }
    let what = said.iter().map(|(whom, what)| format!("{whom} {what}")).collect::<Vec<_>>().join(" ");
    let clear = |trouble: &&Problem| trouble.kind == ProblemKind::Clear;
    let first = troubles.first()?;
    let decides = troubles.iter().find(clear).filter(|_| first.kind == ProblemKind::Unreachable).unwrap_or(first);
    Some(Problem { what, ..decides.clone() })
}

fn moved(url: &Url, scheme: &str, port: u16) -> Option<Url> {
    let mut url = url.clone();
    // A port that is the default of a scheme vanishes with it, so it is set last.
    url.set_scheme(scheme).ok()?;
    url.set_port(Some(port)).ok()?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::cisco::ServiceProfile;

    fn places(file: &File<ServiceProfile>) -> Vec<String> {
        file.left.iter().map(Place::leg).collect()
    }

    #[test]
    fn the_places_stand_in_their_order_and_never_twice() {
        let mut file = File::new("the service profile", ServiceProfile::parse);
        assert!(file.at_address("http://ana:secret@cucm1.lab.example:6970/S.cnf.xml#x", Some(6969)));
        file.at_host("cucm1.lab.example", "S.cnf.xml", Some(6969));
        let expected = [
            "S.cnf.xml over HTTPS from cucm1.lab.example:6972",
            "S.cnf.xml over HTTP from cucm1.lab.example:6970",
            "S.cnf.xml over TFTP from cucm1.lab.example:6969",
        ];
        assert_eq!(places(&file), expected);
        let mut file = File::new("the service profile", ServiceProfile::parse);
        assert!(file.at_address("https://cucm1:8443/a/S%20x.cnf.xml", None));
        assert_eq!(
            places(&file),
            [
                "a/S%20x.cnf.xml over HTTPS from cucm1:8443",
                "a/S%20x.cnf.xml over HTTPS from cucm1:6972",
                "a/S%20x.cnf.xml over HTTP from cucm1:6970",
            ]
        );
        for wrong in ["", "S.cnf.xml", "file:///etc/passwd", "http://", "tftp://cucm1/S", "javascript:1"] {
            assert!(!File::new("x", ServiceProfile::parse).at_address(wrong, None), "{wrong}");
        }
    }
}
