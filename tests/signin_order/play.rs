//! Plays a discovery in virtual time against a world that says for every question what comes back, and when.

use offhook::engine::event::{Decision, Step};
use offhook::engine::signin::{
    Answer, CacheChange, Discovery, DiscoveryIn, DiscoveryOut, Found, Launch, Purpose, Question, Target,
};
use offhook::machine::{Chance, Machine, Moment};
use offhook::protocol::dns::{self, Srv};
use offhook::protocol::http::{Failure, Response};
use std::collections::BTreeMap;
use std::time::Duration;

pub const DOMAIN: &str = "lab.example";

/// What the world answers to a question, and after how long; none for never.
pub type World<'a> = dyn FnMut(&Question) -> Option<(Duration, Answer)> + 'a;

pub struct Play {
    pub discovery: Discovery,
    pub now: Moment,
    /// What was asked, and when.
    pub asked: Vec<(Moment, Question)>,
    pub decided: Vec<(Moment, Decision, Found)>,
    pub changed: Vec<(Moment, Decision, Found)>,
    pub provisional: Vec<(Moment, Vec<Target>)>,
    pub kept: Vec<CacheChange>,
    /// All that was put out, in a word each.
    pub order: Vec<&'static str>,
    coming: BTreeMap<(Moment, u64), DiscoveryIn>,
    number: u64,
}

impl Play {
    pub fn new(launch: Launch, purpose: Purpose, seed: u64) -> Play {
        Play {
            discovery: Discovery::new(launch, purpose, Chance::seeded(seed), 7 << 32),
            now: Moment::START,
            asked: Vec::new(),
            decided: Vec::new(),
            changed: Vec::new(),
            provisional: Vec::new(),
            kept: Vec::new(),
            order: Vec::new(),
            coming: BTreeMap::new(),
            number: 0,
        }
    }

    pub fn start(launch: Launch, purpose: Purpose, world: &mut World<'_>) -> Play {
        let mut play = Play::new(launch, purpose, 5);
        play.hear(DiscoveryIn::Start, world);
        play
    }

    /// Something happens now.
    pub fn hear(&mut self, input: DiscoveryIn, world: &mut World<'_>) {
        self.discovery.handle(self.now, input);
        self.drain(world);
    }

    /// Plays until `end`, or until nothing more can happen.
    pub fn until(&mut self, end: Duration, world: &mut World<'_>) {
        let end = Moment::at(end);
        loop {
            let coming = self.coming.keys().next().map(|(at, _)| *at);
            let wake = self.discovery.wake().map(|wake| wake.at);
            let Some(next) = coming.into_iter().chain(wake).min().filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            // What comes at the moment of a deadline has come just too late.
            if wake == Some(next) {
                self.discovery.expire(self.now);
            } else if let Some((_, input)) = self.coming.pop_first() {
                self.discovery.handle(self.now, input);
            }
            self.drain(world);
        }
        self.now = end;
    }

    /// Plays until it has decided.
    pub fn decide(&mut self, world: &mut World<'_>) {
        while self.decided.is_empty() {
            let coming = self.coming.keys().next().map(|(at, _)| *at);
            let next = coming.into_iter().chain(self.discovery.wake().map(|wake| wake.at)).min();
            let next = next.expect("it waits for nothing and has not decided");
            self.until(next.since_start(), world);
        }
    }

    fn drain(&mut self, world: &mut World<'_>) {
        while let Some(output) = self.discovery.poll() {
            self.order.push(match &output {
                DiscoveryOut::Ask(..) => "ask",
                DiscoveryOut::Step(_) => "step",
                DiscoveryOut::Provisional(_) => "provisional",
                DiscoveryOut::Decided(..) => "decided",
                DiscoveryOut::Changed(..) => "changed",
                DiscoveryOut::Keep(_) => "keep",
            });
            match output {
                DiscoveryOut::Ask(id, question) => {
                    if let Some((delay, answer)) = world(&question) {
                        self.number += 1;
                        self.coming.insert((self.now + delay, self.number), DiscoveryIn::Answered(id, answer));
                    }
                    self.asked.push((self.now, question));
                }
                DiscoveryOut::Decided(decision, found) => self.decided.push((self.now, decision, found)),
                DiscoveryOut::Changed(decision, found) => self.changed.push((self.now, decision, found)),
                DiscoveryOut::Provisional(targets) => self.provisional.push((self.now, targets)),
                DiscoveryOut::Keep(change) => self.kept.push(change),
                DiscoveryOut::Step(_) => {}
            }
        }
    }

    pub fn decision(&self) -> &Decision {
        &self.decided.last().expect("it has not decided").1
    }

    pub fn step(&self, name: &str) -> &Step {
        self.discovery.steps().iter().find(|step| step.name.name() == name).unwrap()
    }

    /// What was asked, by its short name, in order.
    pub fn names(&self) -> Vec<String> {
        self.asked.iter().map(|(_, question)| name(question)).collect()
    }
}

/// `cas`, or the service of a record as in `_cisco-uds._tcp`.
pub fn name(question: &Question) -> String {
    match question {
        Question::Http(_) => "cas".into(),
        Question::Dns { question: dns::Question::Srv(owner), .. } => owner.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
        other => panic!("nobody should ask {other:?}"),
    }
}

pub fn launch() -> Launch {
    Launch { user: "ana".into(), domain: DOMAIN.into(), ..Launch::default() }
}

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub fn at(milliseconds: u64) -> Moment {
    Moment::at(ms(milliseconds))
}

pub fn srv(target: &str, port: u16) -> Srv {
    Srv { priority: 1, weight: 1, port, target: target.into() }
}

pub fn records(records: Vec<Srv>) -> Answer {
    Answer::Dns(dns::Answer::Srv(records))
}

pub fn refused() -> Answer {
    Answer::Dns(dns::Answer::Failed("the name server answered “Refused”".into()))
}

pub fn cas(body: &str) -> Answer {
    Answer::Http { answer: Ok(Response { status: 200, headers: Vec::new(), body: body.into() }), certificate: None }
}

pub fn no_organisation() -> Answer {
    cas("<federatedsso><error><errorcode>1</errorcode></error></federatedsso>")
}

pub fn organisation() -> Answer {
    cas("<federatedsso><status>SUCCESS</status></federatedsso>")
}

pub fn no_http(failure: Failure) -> Answer {
    Answer::Http { answer: Err(failure), certificate: None }
}
