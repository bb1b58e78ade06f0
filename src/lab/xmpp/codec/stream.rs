//! One stream, from its first byte to its end: who it is, which session it has, and what goes over it.

use super::fault::Fault;
use super::managed::Counts;
use super::reader::{Frame, Reader};
use super::sasl::{self, Challenged, Step};
use super::settings::{Settings, StartTls};
use super::write;
use crate::lab::xmpp::line::{FromServer, ToServer};
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::xmpp::Stanza;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::message::Message;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::presence::Presence;

/// Who has not signed in after this is sent away.
const PATIENCE: Duration = Duration::from_secs(60);

/// Attempts to sign in on one stream.
const ATTEMPTS: u8 = 5;

/// The namespace of resource binding.
const BIND: &str = "urn:ietf:params:xml:ns:xmpp-bind";

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamIn {
    /// These bytes came.
    Received(Vec<u8>),
    /// TLS is up: what comes from now on is encrypted.
    Encrypted,
    /// The server says this.
    Server(FromServer),
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamOut {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Begin TLS now: after what is to be sent is sent, and before anything else is read.
    BeginTls,
    /// To the server.
    Server(ToServer),
    /// Close the connection once all is sent. The server is told that it is broken, if the stream had a session.
    Close,
}

/// One stream.
#[derive(Debug)]
pub struct Stream {
    settings: Arc<Settings>,
    chance: Chance,
    reader: Reader,
    stage: Stage,
    encrypted: bool,
    /// Our header has been sent for the stream that is open.
    greeted: bool,
    attempts: u8,
    give_up: Option<Moment>,
    counts: Counts,
    /// An answer to `<r/>` is awaited.
    asked: bool,
    out: VecDeque<StreamOut>,
}

#[derive(Debug)]
enum Stage {
    /// Nobody yet.
    Stranger,
    /// TLS is about to begin.
    Encrypting,
    /// SCRAM is on its way.
    Proving(Box<Challenged>),
    /// This user, without a session.
    SignedIn(String),
    /// A session is being made for the request with this id.
    Binding { id: String },
    /// A session is being resumed, for this user.
    Resuming { user: String, name: String, counts: Counts, has: u32 },
    /// There is a session.
    Bound { session: Option<u64>, resource: String },
    /// It is over.
    Over,
}

impl Stream {
    /// A stream that has just been connected; `encrypted` where TLS came first (XEP-0368).
    #[must_use]
    pub fn new(now: Moment, settings: Arc<Settings>, encrypted: bool, chance: Chance) -> Stream {
        Stream {
            reader: Reader::new(settings.longest_element),
            settings,
            chance,
            stage: Stage::Stranger,
            encrypted,
            greeted: false,
            attempts: 0,
            give_up: Some(now + PATIENCE),
            counts: Counts::default(),
            asked: false,
            out: VecDeque::new(),
        }
    }

    fn send(&mut self, text: String) {
        self.out.push_back(StreamOut::Send(text.into_bytes()));
    }

    fn say(&mut self, to: ToServer) {
        self.out.push_back(StreamOut::Server(to));
    }

    fn greet(&mut self) {
        if !self.greeted {
            self.greeted = true;
            let header = write::header(&self.settings.domain, &self.chance.hex(8));
            self.send(header);
        }
    }

    fn fail(&mut self, fault: Fault) {
        self.greet();
        self.send(write::error(fault));
        self.over();
    }

    fn over(&mut self) {
        self.stage = Stage::Over;
        self.give_up = None;
        self.out.push_back(StreamOut::Close);
    }

    fn read(&mut self) {
        let waits =
            |stage: &Stage| matches!(stage, Stage::Over | Stage::Encrypting | Stage::Binding { .. } | Stage::Resuming { .. });
        while !waits(&self.stage) {
            match self.reader.next() {
                Ok(Some(frame)) => self.heard(frame),
                Ok(None) => return,
                Err(fault) => return self.fail(fault),
            }
        }
    }

    fn heard(&mut self, frame: Frame) {
        match frame {
            Frame::Opened { to, version } => self.opened(to.as_deref(), &version),
            Frame::Element(element) => self.element(element),
            Frame::Ended => {
                if matches!(self.stage, Stage::Bound { .. }) {
                    self.say(ToServer::Close);
                }
                self.send(write::END.to_owned());
                self.over();
            }
        }
    }

    fn opened(&mut self, to: Option<&str>, version: &str) {
        if to.is_some_and(|to| !to.eq_ignore_ascii_case(&self.settings.domain)) {
            return self.fail(Fault::HostUnknown);
        }
        if version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major == 0) {
            return self.fail(Fault::UnsupportedVersion);
        }
        self.greet();
        if (self.encrypted || self.settings.starttls == StartTls::Absent)
            && let Some(host) = &self.settings.see_other_host
        {
            let error = write::see_other_host(host);
            self.send(error);
            return self.over();
        }
        let signed_in = matches!(self.stage, Stage::SignedIn(_));
        self.send(write::features(&self.settings, self.encrypted, signed_in));
    }

    fn element(&mut self, element: Element) {
        match &self.stage {
            Stage::Stranger | Stage::Proving(_) if element.is("starttls", ns::TLS) => self.start_tls(),
            Stage::Stranger | Stage::Proving(_) if element.has_ns(ns::SASL) => self.authenticate(&element),
            Stage::SignedIn(user) => {
                let user = user.clone();
                self.begin_session(user, element);
            }
            Stage::Bound { session, resource } => {
                let (session, resource) = (*session, resource.clone());
                self.within_session(session, &resource, element);
            }
            _ => self.fail(Fault::NotAuthorized),
        }
    }

    fn start_tls(&mut self) {
        if self.encrypted || self.settings.starttls == StartTls::Absent {
            self.send(format!("<failure xmlns='{}'/>{}", ns::TLS, write::END));
            return self.over();
        }
        self.send(format!("<proceed xmlns='{}'/>", ns::TLS));
        self.stage = Stage::Encrypting;
        self.out.push_back(StreamOut::BeginTls);
    }

    fn authenticate(&mut self, element: &Element) {
        if !self.encrypted && self.settings.starttls == StartTls::Required {
            return self.fail(Fault::PolicyViolation);
        }
        let text = element.text();
        let step = match (element.name(), std::mem::replace(&mut self.stage, Stage::Stranger)) {
            ("auth", Stage::Stranger) => {
                let mechanism = element.attr("mechanism").unwrap_or_default();
                sasl::begin(&self.settings, mechanism, &text, self.encrypted, &mut self.chance)
            }
            ("response", Stage::Proving(challenged)) => sasl::proven(&challenged, &text),
            ("abort", _) => Step::Failure("aborted"),
            _ => Step::Failure("malformed-request"),
        };
        match step {
            Step::Challenge(message, challenged) => {
                self.send(write::sasl("challenge", &sasl::encode(&message)));
                self.stage = Stage::Proving(challenged);
            }
            Step::Success(user, message) => {
                self.send(write::sasl("success", &message.map(|message| sasl::encode(&message)).unwrap_or_default()));
                self.stage = Stage::SignedIn(user);
                self.greeted = false;
                self.reader.restart();
            }
            Step::Failure(condition) => {
                self.send(write::failure(condition));
                self.attempts += 1;
                if self.attempts >= ATTEMPTS {
                    self.fail(Fault::PolicyViolation);
                }
            }
        }
    }

    /// Binds a resource (RFC 6120 §7), or resumes a session (XEP-0198 §5).
    fn begin_session(&mut self, user: String, element: Element) {
        let password = self.settings.passwords.get(&user).cloned().unwrap_or_default();
        let jid = format!("{user}@{}", self.settings.domain);
        if element.is("resume", ns::SM) && self.settings.stream_management {
            let name = element.attr("previd").unwrap_or_default().to_owned();
            let h = element.attr("h").and_then(|h| h.parse::<u32>().ok());
            let Some(((session, resource, counts), h)) = Counts::of_name(&name).zip(h) else {
                return self.send(failed("item-not-found"));
            };
            let has = h.saturating_add(counts.sent);
            self.stage = Stage::Resuming { user, name, counts, has };
            return self.say(ToServer::Open { jid, resource, password, resume: Some((session, has)) });
        }
        match Iq::try_from(element) {
            Ok(Iq::Set { id, payload, .. }) if payload.is("bind", BIND) => {
                let wanted = payload.get_child("resource", BIND).map(Element::text).filter(|wanted| !wanted.is_empty());
                let resource = wanted.unwrap_or_else(|| self.chance.hex(8));
                self.stage = Stage::Binding { id };
                self.say(ToServer::Open { jid, resource, password, resume: None });
            }
            _ => self.fail(Fault::NotAuthorized),
        }
    }

    fn within_session(&mut self, session: Option<u64>, resource: &str, element: Element) {
        if element.has_ns(ns::SM) {
            return self.managing(session, resource, &element);
        }
        let stanza = match element.name() {
            "message" => Message::try_from(element).ok().map(Stanza::Message),
            "presence" => Presence::try_from(element).ok().map(Stanza::Presence),
            "iq" => Iq::try_from(element).ok().map(Stanza::Iq),
            _ => return self.fail(Fault::UnsupportedStanzaType),
        };
        match stanza {
            Some(stanza) => {
                self.counts.heard = self.counts.heard.wrapping_add(1);
                self.say(ToServer::Stanza(stanza));
            }
            None => self.fail(Fault::BadFormat),
        }
    }

    fn managing(&mut self, session: Option<u64>, resource: &str, element: &Element) {
        match (element.name(), session) {
            ("enable", Some(session)) if !self.counts.are_managed() => {
                self.counts.begin();
                let resumable = element.attr("resume").is_some_and(|resume| matches!(resume, "true" | "1"));
                let id = write::escape(&self.counts.name(session, resource));
                let more = if resumable { format!(" id='{id}' resume='true' max='300'") } else { String::new() };
                self.send(format!("<enabled xmlns='{}'{more}/>", ns::SM));
            }
            ("r", _) if self.counts.are_managed() => self.send(format!("<a xmlns='{}' h='{}'/>", ns::SM, self.counts.h())),
            ("a", _) if self.counts.are_managed() => {
                let count = element.attr("h").and_then(|h| h.parse().ok()).and_then(|h| self.counts.acknowledged(h));
                match count {
                    Some(count) => {
                        self.asked = false;
                        self.say(ToServer::Ack(count));
                    }
                    None => self.fail(Fault::BadFormat),
                }
            }
            _ => self.send(failed("unexpected-request")),
        }
    }

    fn told(&mut self, told: FromServer) {
        match told {
            FromServer::Opened { jid, session, resumed } => self.session_is_there(&jid, session, resumed),
            FromServer::Refused if !matches!(self.stage, Stage::Over) => self.fail(Fault::NotAuthorized),
            FromServer::Stanza(stanza) if matches!(self.stage, Stage::Bound { .. }) => {
                self.counts.sent = self.counts.sent.wrapping_add(1);
                self.send(write::stanza(stanza));
                if !self.counts.are_managed() {
                    // Nobody will say that it has come: that it was sent must do.
                    self.say(ToServer::Ack(self.counts.sent));
                } else if !std::mem::replace(&mut self.asked, true) {
                    self.send(format!("<r xmlns='{}'/>", ns::SM));
                }
            }
            FromServer::Replaced if !matches!(self.stage, Stage::Over) => self.fail(Fault::Conflict),
            FromServer::Refused | FromServer::Replaced | FromServer::Stanza(_) | FromServer::Ack(_) => {}
        }
    }

    fn session_is_there(&mut self, jid: &str, session: Option<u64>, resumed: Option<u32>) {
        let resource = jid.split_once('/').map(|(_, resource)| resource.to_owned()).unwrap_or_default();
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Binding { id } => {
                let (id, jid) = (write::escape(&id), write::escape(jid));
                self.send(format!("<iq type='result' id='{id}'><bind xmlns='{BIND}'><jid>{jid}</jid></bind></iq>"));
                self.stage = Stage::Bound { session, resource };
            }
            Stage::Resuming { name, mut counts, has, .. } if resumed.is_some() => {
                // What the client does not have is sent again, and counted then.
                (counts.heard, counts.sent) = (resumed.unwrap_or_default(), has);
                self.asked = false;
                self.counts = counts;
                let (name, h) = (write::escape(&name), self.counts.h());
                self.send(format!("<resumed xmlns='{}' previd='{name}' h='{h}'/>", ns::SM));
                self.stage = Stage::Bound { session, resource };
            }
            Stage::Resuming { user, .. } => {
                // The server has made a new session instead, which nobody has asked for.
                self.say(ToServer::Close);
                self.send(failed("item-not-found"));
                self.stage = Stage::SignedIn(user);
            }
            other => self.stage = other,
        }
        if matches!(self.stage, Stage::Bound { .. }) {
            self.give_up = None;
        }
        self.read();
    }
}

fn failed(condition: &str) -> String {
    format!("<failed xmlns='{}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>", ns::SM)
}

impl Machine for Stream {
    type Input = StreamIn;
    type Output = StreamOut;

    fn handle(&mut self, _now: Moment, input: StreamIn) {
        match input {
            StreamIn::Received(bytes) if !matches!(self.stage, Stage::Over) => {
                self.reader.push(&bytes);
                self.read();
            }
            StreamIn::Received(_) => {}
            StreamIn::Encrypted => {
                self.encrypted = true;
                self.greeted = false;
                self.stage = Stage::Stranger;
                self.reader.restart_encrypted();
            }
            StreamIn::Server(told) => self.told(told),
        }
    }

    fn expire(&mut self, now: Moment) {
        if self.give_up.is_some_and(|at| at <= now) {
            self.fail(Fault::ConnectionTimeout);
        }
    }

    fn poll(&mut self) -> Option<StreamOut> {
        self.out.pop_front()
    }

    fn wake(&self) -> Option<Wake> {
        self.give_up.map(|at| Wake { at, why: "nobody signs in" })
    }
}
