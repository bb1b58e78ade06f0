//! One round over the sources of the order: all its questions go out at once, and answers and deadlines end its lines.

use super::cache::SrvAnswer;
use super::found::{Found, lacks};
use super::launch::Launch;
use super::line::{Asked, CAS_DEADLINE, Finding, Line, SRV_DEADLINE};
use super::order::{Verdict, order, verdict};
use super::question::{Answer, Question};
use super::records::{self, Standard};
use super::server::{Server, Target};
use crate::engine::ask::AskId;
use crate::engine::event::Source;
use crate::machine::{Chance, Moment, visible_line};
use crate::protocol::cisco::cas;
use crate::protocol::dns::{self, Srv};
use crate::protocol::http::{Failure, Names, Proxy, Request};
use std::collections::BTreeMap;

/// Of the CAS no more bytes than these are read.
const CAS_LIMIT: usize = 256 << 10;

/// What a round takes from the caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caches {
    /// As the order says.
    InOrder,
    /// As the order says, but where discovery is cached, it does not wait for the CAS: that is asked afterwards.
    Warm,
    /// Nothing: what they say is being checked.
    Checked,
}

/// One round.
#[derive(Debug)]
pub(super) struct Round {
    lines: Vec<Line>,
    open: BTreeMap<AskId, Open>,
    standard: Standard,
    /// The records that were found, for the cache.
    pub(super) records: BTreeMap<Source, Vec<Srv>>,
    pub(super) organisation: Option<cas::Organisation>,
}

/// What an outstanding question is about, and until when it is awaited.
#[derive(Clone, Copy, Debug)]
struct Open {
    about: About,
    until: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    Cas,
    Srv(Source),
    Standard(usize),
}

/// Whoever numbers and carries the questions of a round.
pub(super) struct Asker<'a> {
    pub(super) now: Moment,
    pub(super) next: &'a mut u64,
    pub(super) asks: Vec<(AskId, Question)>,
}

impl Asker<'_> {
    fn ask(&mut self, question: Question) -> AskId {
        let id = AskId(*self.next);
        *self.next += 1;
        self.asks.push((id, question));
        id
    }
}

impl Round {
    /// Looks at every source in order; those that only the world knows are asked, unless one that stands before them is found.
    pub(super) fn begin(launch: &Launch, caches: Caches, chance: &mut Chance, asker: &mut Asker<'_>) -> Round {
        let mut round = Round {
            lines: Vec::new(),
            open: BTreeMap::new(),
            standard: Standard::default(),
            records: BTreeMap::new(),
            organisation: None,
        };
        let mut stands_before = None;
        for source in order(launch) {
            let line = match stands_before {
                Some(other) => Line::known(source, not_needed(other)),
                None => round.look(source, launch, caches, chance, asker),
            };
            if matches!(line.finding, Finding::Found(..)) {
                stands_before = Some(source);
            }
            round.lines.push(line);
        }
        round
    }

    /// The sources, in their order.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn line(&self, source: Source) -> Option<&Line> {
        self.lines.iter().find(|line| line.source == source)
    }

    pub(super) fn verdict(&self) -> Verdict {
        verdict(&self.lines)
    }

    /// The earliest deadline of what is awaited.
    pub(super) fn wake(&self) -> Option<(Moment, &'static str)> {
        let first = self.open.values().min_by_key(|open| open.until)?;
        Some((first.until, if first.about == About::Cas { "deadline of the CAS" } else { "deadline of the SRV records" }))
    }

    fn look(&mut self, source: Source, launch: &Launch, caches: Caches, chance: &mut Chance, asker: &mut Asker<'_>) -> Line {
        if let Some(why) = left_out(source, launch, caches) {
            return Line::known(source, Finding::Skipped(why));
        }
        match source {
            Source::Manual => Line::known(source, manual(launch)),
            Source::WebexCache => Line::known(source, webex_cache(launch)),
            Source::Cas => self.ask_cas(launch, asker),
            Source::SrvCache => Line::known(source, srv_cache(launch, chance)),
            Source::CiscoUds | Source::CupLogin | Source::CollabEdge => {
                let owner = records::owner(source, launch.srv_domain());
                let line = Line::asked(source, by_dns(launch, asker.now, format!("{owner} SRV")));
                self.ask_dns(launch, owner, About::Srv(source), asker);
                line
            }
            Source::Bootstrap => Line::known(source, bootstrap(launch)),
            Source::XmppClient if caches == Caches::Warm && remembers(launch) => Line::known(source, remembered(launch)),
            Source::XmppClient => {
                let owners = records::standard_owners(&launch.domain);
                let line = Line::asked(source, by_dns(launch, asker.now, format!("{} SRV", owners.join(", "))));
                for (index, owner) in owners.into_iter().enumerate() {
                    self.ask_dns(launch, owner, About::Standard(index), asker);
                }
                line
            }
        }
    }

    fn ask_dns(&mut self, launch: &Launch, owner: String, about: About, asker: &mut Asker<'_>) {
        let until = asker.now + SRV_DEADLINE;
        let id = asker.ask(Question::Dns { server: launch.dns, question: dns::Question::Srv(owner) });
        self.open.insert(id, Open { about, until });
    }

    fn ask_cas(&mut self, launch: &Launch, asker: &mut Asker<'_>) -> Line {
        let (Some(url), Some(server)) = (launch.cas_question(), launch.cas_server()) else {
            return Line::known(Source::Cas, Finding::Failed("the URL of the CAS names no server".into()));
        };
        match url.scheme() {
            "https" => {}
            "http" if launch.allow_cleartext => {}
            "http" => return Line::known(Source::Cas, Finding::Failed(Failure::Clear.to_string())),
            other => {
                let why = format!("the CAS is asked over https, and not over “{}”", visible_line(other));
                return Line::known(Source::Cas, Finding::Failed(why));
            }
        }
        let asked = Asked {
            at: asker.now,
            question: visible_line(&format!("GET {url}")),
            server: server.to_string(),
            transport: url.scheme().to_owned(),
        };
        let request = Request {
            proxy: Proxy::System,
            // The user or the guides have named it.
            names: Names::Host,
            clear: launch.allow_cleartext,
            limit: CAS_LIMIT,
            ..Request::get(url, CAS_DEADLINE)
        };
        let id = asker.ask(Question::Http(request));
        self.open.insert(id, Open { about: About::Cas, until: asker.now + CAS_DEADLINE });
        Line::asked(Source::Cas, asked)
    }

    /// An answer has come. Gives the source whose line it has ended, if it has.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        id: AskId,
        answer: Answer,
        launch: &Launch,
        chance: &mut Chance,
    ) -> Option<Source> {
        let about = self.open.remove(&id)?.about;
        let (source, finding) = match about {
            About::Cas => (Source::Cas, self.hear_cas(answer, launch)),
            About::Srv(source) => (source, self.hear_srv(source, answer, launch, chance)),
            About::Standard(index) => {
                self.standard.hear(index, heard(answer));
                (Source::XmppClient, self.standard.finding(chance)?)
            }
        };
        self.end(now, source, finding);
        Some(source)
    }

    /// Ends the lines whose deadline has come, and gives their sources.
    pub(super) fn expire(&mut self, now: Moment, launch: &Launch, chance: &mut Chance) -> Vec<Source> {
        let late: Vec<AskId> = self.open.iter().filter(|(_, open)| open.until <= now).map(|(id, _)| *id).collect();
        let mut ended = Vec::new();
        for id in late {
            let answer = match self.open.get(&id).map(|open| open.about) {
                Some(About::Cas) => Answer::Http { answer: Err(Failure::Timeout), certificate: None },
                _ => Answer::Dns(dns::Answer::Timeout),
            };
            ended.extend(self.answered(now, id, answer, launch, chance));
        }
        ended
    }

    /// Nobody waits for what has not come: `by` has decided. Gives the sources whose lines that ends.
    pub(super) fn close(&mut self, now: Moment, by: Verdict) -> Vec<Source> {
        self.open.clear();
        let Verdict::By(by) = by else { return Vec::new() };
        let pending = self.lines.iter().filter(|line| line.finding == Finding::Pending);
        let pending: Vec<Source> = pending.map(|line| line.source).collect();
        for source in &pending {
            self.end(now, *source, not_needed(by));
        }
        pending
    }

    fn end(&mut self, now: Moment, source: Source, finding: Finding) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.source == source) {
            line.end(now, finding);
        }
    }

    fn hear_cas(&mut self, answer: Answer, launch: &Launch) -> Finding {
        let domain = visible_line(&launch.domain);
        let answer = match answer {
            Answer::Http { answer, .. } => answer,
            Answer::Dns(_) | Answer::Tftp(_) => Err(Failure::Malformed("the answer is to another question".into())),
        };
        let heard = match answer {
            Ok(response) => cas::parse(&response),
            Err(Failure::Timeout) => {
                return Finding::Timeout(format!(
                    "no answer within {} s: counts as none for this start",
                    CAS_DEADLINE.as_secs()
                ));
            }
            Err(failure) => return Finding::Failed(visible_line(&failure.to_string())),
        };
        self.organisation = heard.as_ref().ok().copied();
        match heard {
            Ok(cas::Organisation::WithSso) => webex(true, format!("{domain} is a Webex organisation with single sign-on")),
            Ok(cas::Organisation::WithoutSso) => {
                webex(false, format!("{domain} is a Webex organisation without single sign-on (code 7)"))
            }
            Ok(cas::Organisation::None) => Finding::Absent(format!("{domain} is not a Webex organisation (code 1)")),
            Err(came) => Finding::Failed(format!("this is no answer of a CAS: {}", visible_line(&came))),
        }
    }

    fn hear_srv(&mut self, source: Source, answer: Answer, launch: &Launch, chance: &mut Chance) -> Finding {
        match heard(answer) {
            dns::Answer::Srv(records) => {
                let records = records::bounded(records);
                let finding = records::finding(source, &records, launch, chance);
                if matches!(finding, Finding::Found(..)) {
                    self.records.insert(source, records);
                }
                finding
            }
            other => records::unanswered(&other),
        }
    }
}

fn heard(answer: Answer) -> dns::Answer {
    match answer {
        Answer::Dns(answer) => answer,
        Answer::Http { .. } | Answer::Tftp(_) => dns::Answer::Failed("the answer is to another question".into()),
    }
}

fn not_needed(by: Source) -> Finding {
    let decided = match by {
        Source::Manual => "servers are set by hand",
        Source::WebexCache => "the domain was a Webex organisation when last asked",
        Source::Cas => "the domain is a Webex organisation",
        Source::SrvCache => "the DNS has told the servers at an earlier start",
        Source::CiscoUds => "_cisco-uds has told the servers",
        Source::CupLogin => "_cuplogin has told the servers",
        Source::CollabEdge => "_collab-edge has told the servers",
        Source::Bootstrap => "the bootstrap file names the authenticator",
        Source::XmppClient => "_xmpp-client has told the servers",
    };
    Finding::Skipped(format!("not needed: {decided}"))
}

fn by_dns(launch: &Launch, at: Moment, question: String) -> Asked {
    let server = launch.dns.map_or_else(|| "the system's name servers".to_owned(), |server| server.to_string());
    Asked { at, question: visible_line(&question), server, transport: "dns".into() }
}

/// Why a source is not looked at, if it is not.
fn left_out(source: Source, launch: &Launch, caches: Caches) -> Option<String> {
    let later = || Some("asked later: sign-in begins with what was found last time".to_owned());
    if let Some(why) = excluded(source, launch) {
        return Some(format!("not asked: {why}"));
    }
    match source {
        Source::WebexCache | Source::SrvCache if caches == Caches::Checked => {
            Some("not used: the earlier answer is being checked".into())
        }
        Source::SrvCache => {
            let cached = launch.cache.srv.get(&launch.srv_key())?;
            let why = dropped(cached, launch)?;
            Some(format!("the earlier answer to {} is not used: {why}", cached.source.name()))
        }
        Source::Cas if caches == Caches::Warm && (usable_srv(launch).is_some() || remembers(launch)) => later(),
        Source::CiscoUds | Source::CupLogin | Source::CollabEdge if caches == Caches::Warm && remembers(launch) => later(),
        _ => None,
    }
}

/// Why the settings leave a source out, if they do (`ServiceDiscoveryExcludedServices`).
fn excluded(source: Source, launch: &Launch) -> Option<&'static str> {
    let excluded = launch.excluded;
    match source {
        Source::WebexCache | Source::Cas if excluded.webex => Some("Webex is excluded from service discovery"),
        Source::CiscoUds if excluded.cucm => Some("Communications Manager is excluded from service discovery"),
        Source::CupLogin if excluded.cup => Some("IM and Presence is excluded from service discovery"),
        Source::CollabEdge if excluded.all() => {
            Some("Webex, Communications Manager and IM and Presence are all excluded from service discovery")
        }
        _ => None,
    }
}

/// Whether one of the three services is excluded.
pub(super) fn is_left_out(source: Source, launch: &Launch) -> bool {
    excluded(source, launch).is_some()
}

/// Why a cached answer does not hold: what it found is excluded, or is nothing that is cached.
pub(super) fn dropped(cached: &SrvAnswer, launch: &Launch) -> Option<String> {
    match cached.source {
        Source::CiscoUds | Source::CupLogin | Source::CollabEdge => excluded(cached.source, launch).map(str::to_owned),
        _ => Some("it is of no record that is cached".into()),
    }
}

/// The cached answer of the SRV query, where it holds.
fn usable_srv(launch: &Launch) -> Option<&SrvAnswer> {
    launch.cache.srv.get(&launch.srv_key()).filter(|cached| dropped(cached, launch).is_none() && !cached.records.is_empty())
}

/// Whether the servers of open standards are remembered, and nothing that is known without asking stands before them.
fn remembers(launch: &Launch) -> bool {
    let before = [manual(launch), webex_cache(launch), bootstrap(launch)];
    let stands_before = before.iter().any(|finding| matches!(finding, Finding::Found(..))) || usable_srv(launch).is_some();
    !stands_before && launch.standard().is_some()
}

fn remembered(launch: &Launch) -> Finding {
    let targets = |servers: &[Server]| -> Vec<Target> {
        servers.iter().map(|server| Target { server: server.clone(), ask_first: false }).collect()
    };
    match launch.standard() {
        Some((chat, phone, _)) => {
            let found = Found::Standard { chat: targets(chat), phone: targets(phone) };
            Finding::Found(found, "as at the last sign-in".into())
        }
        None => Finding::Absent("nothing is remembered".into()),
    }
}

fn manual(launch: &Launch) -> Finding {
    match &launch.manual {
        Some(manual) => Finding::Found(Found::Manual(manual.clone()), "the user has chosen by hand".into()),
        None => Finding::Absent("automatic: nothing is set by hand".into()),
    }
}

fn webex_cache(launch: &Launch) -> Finding {
    match launch.cache.webex.get(&launch.domain) {
        Some(organisation) => {
            webex(organisation.sso, format!("{} was a Webex organisation when last asked", visible_line(&launch.domain)))
        }
        None => Finding::Absent("no earlier answer".into()),
    }
}

fn webex(sso: bool, sentence: String) -> Finding {
    Finding::Found(Found::Webex(super::cache::Organisation { sso }), sentence)
}

fn srv_cache(launch: &Launch, chance: &mut Chance) -> Finding {
    let Some(cached) = usable_srv(launch) else { return Finding::Absent("no earlier answer".into()) };
    match records::finding(cached.source, &cached.records, launch, chance) {
        Finding::Found(found, sentence) => Finding::Found(found, format!("{}: {sentence}", cached.source.name())),
        other => other,
    }
}

fn bootstrap(launch: &Launch) -> Finding {
    let whence = if launch.reads_bootstrap() { "read now" } else { "read at an earlier launch" };
    match launch.bootstrap() {
        None if launch.bootstrap_file.is_some() => Finding::Absent("the file is read at the first launch only".into()),
        None => Finding::Absent("there is no bootstrap file".into()),
        Some(bootstrap) => match lacks(bootstrap) {
            Some(why) => Finding::Absent(format!("{why} ({whence})")),
            None => Finding::Found(Found::Bootstrap(bootstrap.clone()), format!("it names an authenticator ({whence})")),
        },
    }
}
