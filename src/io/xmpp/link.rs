//! The link of one account: a task that carries out what the engine wants and tells it what happens.
//!
//! It never waits in one direction while the other has something: commands, stanzas, fates and a connection in the making
//! are one `select!`. What the engine has not taken yet is bounded, because nothing is read while it is full.

use super::connector::{self, Failed, SignedIn};
use super::fates::{Fate, Fates};
use super::session::{Happening, Phase, Session, from_wire};
use super::sign_in::nonce;
use super::stream::protocol;
use crate::engine::event::{AccountName, Problem};
use crate::engine::input::{Input, StanzaId, XmppIn};
use crate::engine::output::{XmppConnect, XmppOut};
use crate::io::tls::TlsSettings;
use crate::machine::{RemoteText, queue};
use crate::protocol::xmpp::Stanza;
use futures::future::BoxFuture;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_xmpp::stanzastream::{Event, StreamEvent};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::ping::Ping;

/// Inputs that the engine has not taken; beyond them nothing is read from the server.
const UNTAKEN: usize = 64;

/// After so many connections in a row that ended before the old stream was resumed, a new one is begun.
const IN_VAIN: u32 = 2;

/// How long an orderly end waits for acknowledgements.
const ACKNOWLEDGEMENTS: Duration = Duration::from_secs(3);

/// The link of one account. Dropping it ends the stream in order, in the background.
#[derive(Debug)]
pub struct XmppLink {
    commands: mpsc::UnboundedSender<XmppOut>,
    task: JoinHandle<()>,
}

impl XmppLink {
    /// Carries `out` out, in its turn. Never waits.
    pub fn send(&self, out: XmppOut) {
        // The task ends before this link only when nobody hears it any more.
        let _taken = self.commands.send(out);
    }

    /// Ends the stream in order and waits for that: a few seconds at most.
    pub async fn ended(self) {
        drop(self.commands);
        let _joined = self.task.await;
    }
}

/// Starts the link of `account`; what happens goes to `heard` as [`Input::Xmpp`]. Needs a tokio runtime.
#[must_use]
pub fn spawn(account: AccountName, security: Arc<TlsSettings>, heard: mpsc::Sender<Input>) -> XmppLink {
    let (commands, wanted) = mpsc::unbounded_channel();
    let link = Link {
        account,
        security,
        heard,
        untaken: VecDeque::new(),
        outgoing: VecDeque::new(),
        fates: Fates::default(),
        session: None,
        attempt: None,
        signed_in: None,
        pings: 0,
    };
    XmppLink { commands, task: tokio::spawn(link.run(wanted)) }
}

struct Link {
    account: AccountName,
    security: Arc<TlsSettings>,
    heard: mpsc::Sender<Input>,
    untaken: VecDeque<XmppIn>,
    outgoing: VecDeque<(Option<StanzaId>, Stanza)>,
    fates: Fates,
    session: Option<Session>,
    attempt: Option<(BareJid, BoxFuture<'static, Result<SignedIn, Failed>>)>,
    /// Made, and not yet given to the stream.
    signed_in: Option<SignedIn>,
    pings: u64,
}

enum Step {
    Told,
    Deaf,
    Command(Option<XmppOut>),
    Session(Happening),
    Fate(Fate),
    Attempt(Result<SignedIn, Failed>),
    Late,
}

impl Link {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<XmppOut>) {
        loop {
            match self.step(Some(&mut commands), None).await {
                Step::Command(Some(XmppOut::Connect(plan))) => self.connect(plan).await,
                Step::Command(Some(XmppOut::Send(id, stanza))) => self.send(id, stanza),
                Step::Command(Some(XmppOut::Close)) => self.close().await,
                Step::Command(None) | Step::Deaf => break,
                step => self.follow(step).await,
            }
            self.flush().await;
        }
        self.close().await;
        // Whoever waits for this end may have stopped listening.
        let _told = timeout(ACKNOWLEDGEMENTS, async {
            while let Some(input) = self.untaken.pop_front() {
                if self.heard.send(Input::Xmpp(self.account.clone(), input)).await.is_err() {
                    break;
                }
            }
        })
        .await;
    }

    /// Waits for the next thing to happen.
    async fn step(&mut self, commands: Option<&mut mpsc::UnboundedReceiver<XmppOut>>, until: Option<Instant>) -> Step {
        let full = self.untaken.len() >= UNTAKEN;
        let Link { account, heard, untaken, fates, session, attempt, .. } = self;
        tokio::select! {
            room = heard.reserve(), if !untaken.is_empty() => match (room, queue::take(untaken)) {
                (Ok(room), Some(input)) => {
                    room.send(Input::Xmpp(account.clone(), input));
                    Step::Told
                }
                _ => Step::Deaf,
            },
            command = wanted(commands) => Step::Command(command),
            happening = next(session), if !full => Step::Session(happening),
            fate = fates.next() => Step::Fate(fate),
            result = made(attempt) => Step::Attempt(result),
            () = passed(until) => Step::Late,
        }
    }

    async fn follow(&mut self, step: Step) {
        match step {
            Step::Session(happening) => self.happened(happening),
            Step::Fate(fate) => self.fate(fate).await,
            Step::Attempt(result) => {
                let jid = self.attempt.take().map(|(jid, _)| jid);
                match (result, jid) {
                    (Ok(signed_in), Some(jid)) => {
                        self.signed_in = Some(signed_in);
                        self.session.get_or_insert_with(|| Session::new(jid));
                        self.give();
                    }
                    (Err(Failed::Problem(problem)), _) => self.tell(XmppIn::Down(problem)),
                    (Err(Failed::SentTo { to, unused, why }), _) => {
                        self.tell(XmppIn::SentTo { to: RemoteText::new(to), unused, why });
                    }
                    (Ok(_), None) => {}
                }
            }
            Step::Told | Step::Deaf | Step::Late | Step::Command(_) => {}
        }
    }

    fn tell(&mut self, input: XmppIn) {
        self.untaken.push_back(input);
    }

    fn tell_lost(&mut self, lost: Vec<StanzaId>) {
        self.untaken.extend(lost.into_iter().map(XmppIn::Lost));
    }

    /// Begins an attempt; one that runs already is given up, and a stream that is up moves to the new connection.
    async fn connect(&mut self, plan: XmppConnect) {
        self.signed_in = None;
        let Ok(jid) = BareJid::new(&plan.jid) else {
            let what = format!("{} is no XMPP address.", crate::machine::visible_line(&plan.jid));
            let kind = crate::engine::event::ProblemKind::Local;
            return self.tell(XmppIn::Down(Problem::new(kind, what, "Correct the address of the account.")));
        };
        match &mut self.session {
            Some(session) if session.jid != jid || session.in_vain >= IN_VAIN => self.forget().await,
            Some(session) if session.phase != Phase::Away => {
                session.phase = Phase::Moving;
                session.cut("it moves to a new connection");
            }
            _ => {}
        }
        let security = Arc::clone(&self.security);
        let attempt = async move { connector::connect(&plan, &security).await };
        self.attempt = Some((jid, Box::pin(attempt)));
    }

    fn send(&mut self, id: Option<StanzaId>, stanza: Stanza) {
        if self.session.is_some() {
            self.outgoing.push_back((id, stanza));
        } else if let Some(id) = id {
            self.tell(XmppIn::Lost(id));
        }
    }

    /// Hands over what there is room for.
    async fn flush(&mut self) {
        while let Some(session) = &mut self.session
            && session.phase == Phase::Up
            && self.fates.has_room()
            && let Some((id, stanza)) = queue::take(&mut self.outgoing)
        {
            match (session.send(stanza).await, id) {
                (Some(token), id) => self.fates.watch(id, token),
                (None, Some(id)) => self.tell(XmppIn::Lost(id)),
                (None, None) => {}
            }
        }
    }

    /// Gives the connection that was made to the stream, when it is there and wants it.
    fn give(&mut self) {
        if let Some(session) = &mut self.session
            && let Some(signed_in) = self.signed_in.take()
        {
            self.signed_in = session.give(signed_in);
        }
    }

    fn happened(&mut self, happening: Happening) {
        let Some(session) = &mut self.session else { return };
        match happening {
            Happening::Wants(slot) => {
                session.wants(slot);
                self.give();
            }
            Happening::Late => session.cut("the server did not bind the stream in time"),
            Happening::Gone => {
                let (phase, jid) = (session.phase, session.jid.clone());
                self.session = None;
                self.lose_all();
                match phase {
                    Phase::Up | Phase::Binding(_) => {
                        let problem = protocol(jid.domain().as_str(), "it answered out of order");
                        self.tell(XmppIn::Down(problem));
                    }
                    // The connection in the making gets a stream of its own.
                    Phase::Away | Phase::Moving => {
                        self.session = self.signed_in.is_some().then(|| Session::new(jid));
                    }
                }
            }
            Happening::Event(Event::Stanza(stanza)) => {
                let stanza = from_wire(stanza);
                match self.pong(&stanza) {
                    Some(Some(id)) => self.tell(XmppIn::Acknowledged(id)),
                    Some(None) => {}
                    None => self.tell(XmppIn::Stanza(stanza)),
                }
            }
            Happening::Event(Event::Stream(StreamEvent::Suspended)) => {
                let phase = session.phase;
                session.in_vain += u32::from(matches!(phase, Phase::Binding(_)));
                let (why, elsewhere) = session.suspended();
                let lost = self.fates.suspend();
                self.tell_lost(lost);
                if matches!(phase, Phase::Up | Phase::Binding(_)) {
                    self.tell(match elsewhere {
                        Some(to) => XmppIn::SentTo { to: RemoteText::new(to), unused: false, why },
                        None => XmppIn::Down(why),
                    });
                }
            }
            Happening::Event(Event::Stream(StreamEvent::Resumed)) => {
                session.phase = Phase::Up;
                session.in_vain = 0;
                let jid = session.bound.clone();
                self.fates.resume();
                self.tell(XmppIn::Up { jid, resumed: true });
            }
            Happening::Event(Event::Stream(StreamEvent::Reset { bound_jid, .. })) => {
                session.phase = Phase::Up;
                session.in_vain = 0;
                session.bound = bound_jid.to_string();
                for fate in self.fates.reset() {
                    match fate {
                        Fate::Acknowledged(id) => self.tell(XmppIn::Acknowledged(id)),
                        Fate::Lost(id) => self.tell(XmppIn::Lost(id)),
                        Fate::Moved | Fate::Unmanaged(_) => {}
                    }
                }
                self.lose_outgoing();
                self.tell(XmppIn::Up { jid: bound_jid.to_string(), resumed: false });
            }
        }
    }

    async fn fate(&mut self, fate: Fate) {
        match fate {
            Fate::Moved => {}
            Fate::Acknowledged(id) => self.tell(XmppIn::Acknowledged(id)),
            Fate::Lost(id) => self.tell(XmppIn::Lost(id)),
            Fate::Unmanaged(key) => {
                let Some(session) = &mut self.session else { return };
                let Ok(nonce) = nonce() else { return };
                self.pings += 1;
                let id = format!("{PING}{}-{nonce}", self.pings);
                let mut ping = Iq::from_get(id.clone(), Ping);
                if let Iq::Get { to, .. } = &mut ping {
                    *to = Jid::new(session.domain()).ok();
                }
                self.fates.pinged(key, id);
                self.outgoing.push_front((None, Stanza::Iq(ping)));
            }
        }
    }

    /// Whether the stanza answers a ping of ours, and which message's arrival that proves (RFC 6120 §10.1: the server
    /// takes stanzas in order). An error is an answer too. Only our own server may answer.
    fn pong(&mut self, stanza: &Stanza) -> Option<Option<StanzaId>> {
        let Stanza::Iq(Iq::Result { id, from, .. } | Iq::Error { id, from, .. }) = stanza else { return None };
        let session = self.session.as_ref()?;
        let ours = |from: &Jid| from.as_str() == session.domain() || from.as_str() == session.jid.as_str();
        if !id.starts_with(PING) || !from.as_ref().is_none_or(ours) {
            return None;
        }
        Some(self.fates.answered(id))
    }

    fn lose_outgoing(&mut self) {
        let unsent: Vec<StanzaId> = self.outgoing.drain(..).filter_map(|(id, _)| id).collect();
        self.tell_lost(unsent);
    }

    fn lose_all(&mut self) {
        let lost = self.fates.forget();
        self.tell_lost(lost);
        self.lose_outgoing();
    }

    /// Waits a little for acknowledgements, then ends the stream in order.
    async fn close(&mut self) {
        self.attempt = None;
        self.signed_in = None;
        let until = Instant::now() + ACKNOWLEDGEMENTS;
        loop {
            self.flush().await;
            let is_up = self.session.as_ref().is_some_and(|session| session.phase == Phase::Up);
            if !is_up || self.outgoing.is_empty() && self.fates.are_known() {
                break;
            }
            match self.step(None, Some(until)).await {
                Step::Late | Step::Deaf => break,
                step => self.follow(step).await,
            }
        }
        self.forget().await;
    }

    async fn forget(&mut self) {
        self.lose_all();
        if let Some(session) = self.session.take() {
            session.end().await;
        }
    }
}

/// How the ids of our pings begin.
const PING: &str = "offhook-ping-";

async fn wanted(commands: Option<&mut mpsc::UnboundedReceiver<XmppOut>>) -> Option<XmppOut> {
    match commands {
        Some(commands) => commands.recv().await,
        None => std::future::pending().await,
    }
}

async fn next(session: &mut Option<Session>) -> Happening {
    match session {
        Some(session) => session.next().await,
        None => std::future::pending().await,
    }
}

async fn made(attempt: &mut Option<(BareJid, BoxFuture<'static, Result<SignedIn, Failed>>)>) -> Result<SignedIn, Failed> {
    match attempt {
        Some((_, attempt)) => attempt.await,
        None => std::future::pending().await,
    }
}

async fn passed(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
