//! What every sign-in asks with: whom the user lets it connect to, which questions are open, the password, and what it says.
//! It refuses to know what is asked when, and what comes of it.

use super::agreeing::{self, Agreeing};
use super::choice::{self, Choice, offered};
use super::consent::Consent;
use super::files::{self, File};
use super::interface::CucmOut;
use super::judge::{Fault, Parse};
use super::nodes::{self, Nodes};
use super::questions::{About, Open, Questions};
use super::steps::Told;
use crate::engine::event::{NoticeLevel, Outcome, Problem, ProblemKind, Step, StepName};
use crate::engine::signin::{Answer, Question, Server};
use crate::machine::{Moment, Secret};
use crate::protocol::cisco::ClientConfig;
use crate::protocol::cisco::uds::Device;
use std::collections::VecDeque;

/// It, of a sign-in that says `Out`.
#[derive(Debug)]
pub(in crate::engine::signin) struct Asking<Out> {
    pub(in crate::engine::signin) consent: Consent,
    pub(in crate::engine::signin) questions: Questions,
    pub(in crate::engine::signin) password: Option<Secret>,
    /// Never sent again.
    refused: Option<Secret>,
    /// When it was asked for.
    password_since: Moment,
    out: VecDeque<Out>,
}

impl<Out: From<CucmOut>> Asking<Out> {
    pub(in crate::engine::signin) fn new(consent: Consent) -> Asking<Out> {
        Asking {
            consent,
            questions: Questions::default(),
            password: None,
            refused: None,
            password_since: Moment::START,
            out: VecDeque::new(),
        }
    }

    pub(in crate::engine::signin) fn poll(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    pub(in crate::engine::signin) fn say(&mut self, said: impl Into<Out>) {
        self.out.push_back(said.into());
    }

    pub(in crate::engine::signin) fn notice(&mut self, level: NoticeLevel, problem: Problem) {
        self.say(CucmOut::Notice(level, problem));
    }

    /// Nobody waits for answers, and nobody needs the password any more.
    pub(in crate::engine::signin) fn end(&mut self) {
        self.questions.forget();
        self.password = None;
    }

    /// What it has not said yet is not wanted.
    pub(in crate::engine::signin) fn hush(&mut self) {
        self.out.clear();
    }

    pub(in crate::engine::signin) fn ask(&mut self, now: Moment, about: About, server: Server, question: Question) {
        let (id, step, question) = self.questions.ask(now, about, server, question, &self.consent);
        self.say(CucmOut::Step(step));
        self.say(CucmOut::Ask(id, question));
    }

    /// Asks the next node unless one is being asked; false where nobody is left. A node that there is no `question` for is
    /// passed over.
    pub(in crate::engine::signin) fn ask_node(
        &mut self,
        now: Moment,
        about: About,
        nodes: &mut Nodes,
        question: impl Fn(&Server) -> Option<Question>,
    ) -> bool {
        if self.questions.is_open(about) {
            return true;
        }
        loop {
            let server = match nodes.next(&mut self.consent) {
                nodes::Next::Ask(server) => server,
                nodes::Next::AskHost(host) => {
                    self.say(CucmOut::AskHost { host, purpose: about.what() });
                    return true;
                }
                nodes::Next::Wait => return true,
                nodes::Next::Nobody => return false,
            };
            let Some(question) = question(&server) else { continue };
            self.ask(now, about, server, question);
            return true;
        }
    }

    /// Asks the next place for a file unless one is being asked; false where it was had or is nowhere.
    pub(in crate::engine::signin) fn ask_place<T>(&mut self, now: Moment, about: About, file: &mut File<T>) -> bool {
        match file.next(&mut self.consent) {
            files::Next::Ask(place) => {
                let question = place.question();
                self.ask(now, about, place.server, question);
            }
            files::Next::AskHost(host) => self.say(CucmOut::AskHost { host, purpose: about.what() }),
            files::Next::AskClear(leg) => self.say(CucmOut::AskClear(leg)),
            files::Next::Wait => {}
            files::Next::Over => return false,
        }
        true
    }

    /// What an answer means.
    pub(in crate::engine::signin) fn hear<T: Told>(
        &mut self,
        now: Moment,
        open: Open,
        answer: Answer,
        parse: Parse<T>,
    ) -> Result<T, Fault> {
        let (result, step) = open.judge(now, answer, parse);
        self.say(CucmOut::Step(step));
        result
    }

    /// What the answer of a place for a file means. One that nobody listens at is nothing to speak of while there are others;
    /// a wrong certificate, a page for people or a redirection is.
    pub(in crate::engine::signin) fn hear_file<T: Told>(
        &mut self,
        now: Moment,
        open: Open,
        answer: Answer,
        parse: Parse<T>,
    ) -> Result<T, Fault> {
        let result = self.hear(now, open, answer, parse);
        if let Err(Fault { problem, .. }) = &result
            && matches!(problem.kind, ProblemKind::Untrusted | ProblemKind::Protocol)
        {
            self.notice(NoticeLevel::Warning, problem.clone());
        }
        result
    }

    /// The file, or a notice why there is none. What `needed` it, and whom to ask for it; one that need not be is missed only
    /// where it could not be had.
    pub(in crate::engine::signin) fn file_or_notice<T>(
        &mut self,
        file: File<T>,
        needed: Option<(&'static str, &'static str)>,
    ) -> Option<T> {
        let (file, problem) = file.end(needed);
        problem.into_iter().for_each(|problem| self.notice(NoticeLevel::Warning, problem));
        file
    }

    /// `jabber-config.xml`: a site need not have any, and then everything is as it is without. None where it could not be had.
    pub(in crate::engine::signin) fn client_config(&mut self, file: File<ClientConfig>) -> Option<ClientConfig> {
        let (config, problem) = file.end(None);
        match problem {
            None => Some(config.unwrap_or_default()),
            Some(problem) => {
                self.notice(NoticeLevel::Warning, problem);
                None
            }
        }
    }

    /// Which of the devices this client is: the user is asked where there are several, and told where none will do.
    pub(in crate::engine::signin) fn choose(
        &mut self,
        devices: Vec<Device>,
        excluded: &[String],
        chosen: Option<&str>,
    ) -> Choice {
        let there = !devices.is_empty();
        let choice = choice::choose(devices, excluded, chosen);
        match &choice {
            Choice::Several(devices) => self.say(CucmOut::ChooseDevice(offered(devices))),
            Choice::Nothing if there => {
                let what = "None of the user's devices is a softphone for this client (CSF).";
                let next = "To make calls, ask the administrator for one.";
                self.notice(NoticeLevel::Info, Problem::new(ProblemKind::Refused, what, next));
            }
            Choice::One(_) | Choice::Nothing => {}
        }
        choice
    }

    /// The password is wanted for this server.
    pub(in crate::engine::signin) fn need_password(&mut self, now: Moment, server: Server, refused: bool) {
        self.password_since = now;
        self.say(CucmOut::NeedPassword { server, refused });
    }

    /// Takes a password, unless it is the one that was refused.
    pub(in crate::engine::signin) fn take_password(&mut self, password: Secret) -> bool {
        if self.refused.as_ref() == Some(&password) {
            return false;
        }
        self.password = Some(password);
        true
    }

    /// The password is the wrong one.
    pub(in crate::engine::signin) fn refuse_password(&mut self) {
        self.questions.forget();
        self.refused = self.password.take();
    }

    /// Tells what has become of the password at this server.
    pub(in crate::engine::signin) fn password_step(
        &mut self,
        now: Moment,
        server: Option<&Server>,
        said: &str,
        outcome: Outcome,
    ) {
        self.say(CucmOut::Step(Step {
            name: StepName::Password,
            asked: true,
            question: None,
            server: server.map(ToString::to_string),
            transport: Some("https".into()),
            answer: Some(said.to_owned()),
            took: now.since(self.password_since),
            outcome,
        }));
    }

    /// Asks the user about what was found, one thing after the other: whether all of it is agreed to.
    pub(in crate::engine::signin) fn agree(&mut self, agreeing: &mut Agreeing) -> bool {
        loop {
            match agreeing.next(&mut self.consent) {
                agreeing::Next::AskHost(host, purpose) => self.say(CucmOut::AskHost { host, purpose }),
                agreeing::Next::AskClear(leg) => self.say(CucmOut::AskClear(leg)),
                agreeing::Next::Wait => {}
                agreeing::Next::LeftOut(problem) => {
                    self.notice(NoticeLevel::Warning, problem);
                    continue;
                }
                agreeing::Next::Over => return true,
            }
            return false;
        }
    }
}
