//! Somebody who signs in: answers what they are asked, and notes all that happens.

use super::super::{ClearLeg, CucmIn, CucmOut, CucmSignIn, CucmStart, SignedIn};
use super::site::{Site, key};
use crate::engine::event::{NoticeLevel, Outcome, Problem, Step, StepName};
use crate::engine::signin::{Question, Server, Target};
use crate::machine::{Machine, Moment, Secret};
use crate::protocol::http::{Method, Proxy, Request};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Every run must be over by then.
const LATEST: Duration = Duration::from_secs(180);

/// What the user answers.
pub struct Ana {
    pub passwords: VecDeque<&'static str>,
    pub hosts: fn(&str) -> bool,
    pub clear: bool,
    pub device: &'static str,
}

impl Default for Ana {
    fn default() -> Ana {
        Ana {
            passwords: VecDeque::from(["sesame"]),
            hosts: |host| panic!("asked about {host}"),
            clear: false,
            device: "CSFANA",
        }
    }
}

/// What happened.
#[derive(Debug, Default)]
pub struct Seen {
    /// What was asked for, in order, and the password that went with it.
    pub asked: Vec<(String, Option<String>)>,
    pub steps: Vec<Step>,
    pub notices: Vec<(NoticeLevel, Problem)>,
    pub hosts: Vec<String>,
    pub legs: Vec<String>,
    pub refusals: usize,
    pub choices: Vec<String>,
    pub password_of: Vec<String>,
    pub took: Duration,
    pub end: Option<Result<SignedIn, Problem>>,
}

impl Seen {
    pub fn signed_in(&self) -> &SignedIn {
        match &self.end {
            Some(Ok(signed_in)) => signed_in,
            other => panic!("{other:?}\n{:#?}", self.notices),
        }
    }

    pub fn failed(&self) -> &Problem {
        match &self.end {
            Some(Err(problem)) => problem,
            other => panic!("{other:?}"),
        }
    }

    /// All that the user was told of trouble, each with what to do.
    pub fn told(&self) -> Vec<String> {
        let failed = self.end.iter().filter_map(|end| end.as_ref().err());
        self.notices.iter().map(|(_, problem)| problem).chain(failed).map(ToString::to_string).collect()
    }

    pub fn outcomes(&self, name: StepName) -> Vec<Outcome> {
        let ended = self.steps.iter().filter(|step| step.name == name && step.outcome != Outcome::UnderWay);
        ended.map(|step| step.outcome).collect()
    }

    pub fn keys(&self) -> Vec<&str> {
        self.asked.iter().map(|(key, _)| key.as_str()).collect()
    }
}

pub fn start() -> CucmStart {
    let target = |host: &str| Target { server: Server::new(host, 8443), ask_first: false };
    CucmStart {
        user: "ana".into(),
        domain: "lab.example".into(),
        targets: vec![target("cucm1.lab.example"), target("cucm2.lab.example")],
        ..CucmStart::default()
    }
}

pub fn run(site: &Site) -> Seen {
    run_as(start(), site, Ana::default())
}

/// Runs until it is over, or until the user has no password left to give.
pub fn run_as(start: CucmStart, site: &Site, mut ana: Ana) -> Seen {
    let mut machine = CucmSignIn::new(start);
    let mut seen = Seen::default();
    let mut post: BTreeMap<(Moment, u64), CucmIn> = BTreeMap::from([((Moment::START, 0), CucmIn::Start)]);
    let mut sent = 0;
    loop {
        let wake = machine.wake().map(|wake| wake.at);
        let Some(now) = post.keys().next().map(|(at, _)| *at).into_iter().chain(wake).min() else { break };
        assert!(now < Moment::START + LATEST, "it goes on for ever: {seen:#?}");
        if post.keys().next().is_some_and(|(at, _)| *at <= now) {
            let (_, input) = post.pop_first().unwrap();
            machine.handle(now, input);
        } else {
            machine.expire(now);
        }
        seen.took = now.since_start();
        while let Some(out) = machine.poll() {
            let mut say = |after, input| {
                sent += 1;
                post.insert((now + after, sent), input);
            };
            assert!(seen.end.is_none(), "{out:?} after the end");
            match out {
                CucmOut::Ask(id, question) => {
                    let password = match &question {
                        Question::Http(request) if bounded(request) => {
                            request.credentials.as_ref().map(|it| it.password.expose().to_owned())
                        }
                        _ => None,
                    };
                    seen.asked.push((key(&question).0, password));
                    if let Some((after, answer)) = site.answer(&question) {
                        say(after, CucmIn::Answered(id, answer));
                    }
                }
                CucmOut::Step(step) => seen.steps.push(step),
                CucmOut::NeedPassword { server, refused } => {
                    seen.password_of.push(server.to_string());
                    seen.refusals += usize::from(refused);
                    if let Some(password) = ana.passwords.pop_front() {
                        say(Duration::ZERO, CucmIn::Password(Secret::new(password.into())));
                    }
                }
                CucmOut::AskHost { host, .. } => {
                    say(Duration::ZERO, CucmIn::Host { allowed: (ana.hosts)(&host), host: host.clone() });
                    seen.hosts.push(host);
                }
                CucmOut::AskClear(ClearLeg { leg, .. }) => {
                    seen.legs.push(leg);
                    say(Duration::ZERO, CucmIn::Clear(ana.clear));
                }
                CucmOut::ChooseDevice(choices) => {
                    seen.choices.extend(choices.into_iter().map(|choice| choice.name));
                    say(Duration::ZERO, CucmIn::Device(ana.device.into()));
                }
                CucmOut::Notice(level, problem) => seen.notices.push((level, problem)),
                CucmOut::SignedIn(signed_in) => seen.end = Some(Ok(*signed_in)),
                CucmOut::Failed(problem) => seen.end = Some(Err(problem)),
            }
        }
    }
    check(&machine, &seen);
    seen
}

/// What must hold of every question.
fn bounded(request: &Request) -> bool {
    assert!(request.limit <= 1 << 20 && request.deadline <= Duration::from_secs(5), "{request:?}");
    assert_eq!((request.method, request.proxy, request.body.len()), (Method::Get, Proxy::Direct, 0), "{request:?}");
    true
}

/// What must hold of every run.
fn check(machine: &CucmSignIn, seen: &Seen) {
    assert_eq!(machine.is_over(), seen.end.is_some());
    for (asked, password) in &seen.asked {
        let secret = asked.contains(":8443/cucm-uds/user/");
        assert_eq!(password.is_some(), secret, "{asked}");
    }
    let mut shown: Vec<String> = seen.told();
    shown.extend(seen.steps.iter().flat_map(|step| [&step.answer, &step.question, &step.server]).flatten().cloned());
    for line in shown {
        assert!(!line.chars().any(char::is_control), "{line:?} can act on a terminal");
        assert!(!line.contains("sesame"), "a secret is told: {line}");
        assert!(line.len() < 1_000, "{line}");
    }
    for (_, problem) in &seen.notices {
        assert!(!problem.what.is_empty() && !problem.next.is_empty(), "{problem:?} does not say what to do");
    }
    for problem in seen.end.iter().filter_map(|end| end.as_ref().err()) {
        assert!(!problem.next.is_empty(), "{problem:?} does not say what to do");
    }
}
