//! A `StanzaStream` over our own connector: it asks for a connection, and the link gives it one when the engine wants.
//!
//! The stream is never split: its halves lose wake-ups on a runtime with several threads. Its task may panic when a
//! server answers out of order; that looks like an end of the stream here.

use super::connector::SignedIn;
use super::fates::QUEUE_DEPTH;
use super::socket::Control;
use super::stream;
use crate::engine::event::Problem;
use crate::protocol::xmpp::Stanza;
use futures::{FutureExt, StreamExt};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_xmpp::stanzastream::{Connection, Event, StanzaStream, StanzaToken};
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::stanza::Stanza as Wire;

/// Binding or resuming gets this long.
const BINDING: Duration = Duration::from_secs(20);

/// The server's part of an orderly end gets this long.
const FOOTER: Duration = Duration::from_secs(3);

/// What the stream is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has no connection.
    Away,
    /// It binds or resumes, until then.
    Binding(Instant),
    /// Stanzas flow.
    Up,
    /// We cut the connection, because another is being made.
    Moving,
}

/// What happened to it.
pub enum Happening {
    /// The stream says.
    Event(Event),
    /// It wants a connection.
    Wants(oneshot::Sender<Connection>),
    /// Binding took too long.
    Late,
    /// Its task is gone.
    Gone,
}

/// The stream and what belongs to it.
pub struct Session {
    /// Whose.
    pub jid: BareJid,
    /// The full JID that is bound.
    pub bound: String,
    /// What it is doing.
    pub phase: Phase,
    /// Connections in a row that ended before it was bound or resumed.
    pub in_vain: u32,
    stream: StanzaStream,
    wants: mpsc::UnboundedReceiver<oneshot::Sender<Connection>>,
    slot: Option<oneshot::Sender<Connection>>,
    control: Option<Control>,
}

impl Session {
    /// A stream without a connection.
    pub fn new(jid: BareJid) -> Session {
        let (asks, wants) = mpsc::unbounded_channel();
        let connector = Box::new(move |_location, slot| {
            // Nobody is there to give a connection once the session is gone, and then nobody wants one either.
            let _asked = asks.send(slot);
        });
        Session {
            jid,
            bound: String::new(),
            phase: Phase::Away,
            in_vain: 0,
            stream: StanzaStream::new(connector, QUEUE_DEPTH),
            wants,
            slot: None,
            control: None,
        }
    }

    /// Its domain.
    pub fn domain(&self) -> &str {
        self.jid.domain().as_str()
    }

    /// What happens next.
    pub async fn next(&mut self) -> Happening {
        let late = async {
            match self.phase {
                Phase::Binding(until) => sleep_until(until).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            event = self.stream.next() => event.map_or(Happening::Gone, Happening::Event),
            Some(slot) = self.wants.recv() => Happening::Wants(slot),
            () = late => Happening::Late,
        }
    }

    /// Keeps the place where a connection goes.
    pub fn wants(&mut self, slot: oneshot::Sender<Connection>) {
        self.slot = Some(slot);
    }

    /// Gives the stream a connection when it waits for one; hands it back when it does not.
    pub fn give(&mut self, signed_in: SignedIn) -> Option<SignedIn> {
        let SignedIn { connection, control } = signed_in;
        let Some(slot) = self.slot.take() else { return Some(SignedIn { connection, control }) };
        match slot.send(connection) {
            Ok(()) => {
                self.control = Some(control);
                self.phase = Phase::Binding(Instant::now() + BINDING);
                None
            }
            Err(connection) => Some(SignedIn { connection, control }),
        }
    }

    /// Queues a stanza. `None` when the stream's task is gone.
    pub async fn send(&mut self, stanza: Stanza) -> Option<StanzaToken> {
        AssertUnwindSafe(self.stream.send(Box::new(to_wire(stanza)))).catch_unwind().await.ok()
    }

    /// Cuts the connection; the stream then says that it is suspended.
    pub fn cut(&mut self, why: &str) {
        if let Some(control) = &mut self.control {
            control.cut(why);
        }
    }

    /// The connection is gone: why, and where the server has sent us.
    pub fn suspended(&mut self) -> (Problem, Option<String>) {
        self.phase = Phase::Away;
        let ending = self.control.take().map(|control| control.ending()).unwrap_or_default();
        let problem = match (ending.condition, ending.transport) {
            (Some(condition), _) => stream::lost(self.domain(), &format!("the server ended the stream ({condition})")),
            (None, Some(why)) => stream::lost(self.domain(), &why),
            (None, None) => stream::lost(self.domain(), "it was silent for too long, or what it sent makes no sense"),
        };
        (problem, ending.elsewhere)
    }

    /// Ends the stream in order, as far as the server takes part.
    pub async fn end(mut self) {
        match self.phase {
            Phase::Up => {}
            Phase::Binding(_) | Phase::Moving => self.cut("the stream is no longer wanted"),
            Phase::Away => {
                // The stream's task waits for a connection and for nothing else, and panics when it gets none: one that
                // is over lets it end.
                let slot = match self.slot.take() {
                    Some(slot) => Some(slot),
                    None => timeout(FOOTER, self.wants.recv()).await.ok().flatten(),
                };
                if let (Some(slot), Some(over)) = (slot, over(&self.jid).await) {
                    let _taken = slot.send(over);
                }
            }
        }
        let _ended = timeout(FOOTER, self.stream.close()).await;
    }
}

/// A connection that is over before it began.
async fn over(jid: &BareJid) -> Option<Connection> {
    const OPENING: &[u8] = b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' \
        version='1.0'><stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
    let (ours, mut theirs) = tokio::io::duplex(4096);
    theirs.write_all(OPENING).await.ok()?;
    let open = stream::open(Box::new(ours), jid.domain().as_str()).await.ok()?;
    Some(Connection { stream: open.elements.box_stream(), features: open.features, identity: Jid::from(jid.clone()) })
}

fn to_wire(stanza: Stanza) -> Wire {
    match stanza {
        Stanza::Message(message) => Wire::Message(message),
        Stanza::Presence(presence) => Wire::Presence(presence),
        Stanza::Iq(iq) => Wire::Iq(iq),
    }
}

/// A stanza as the engine knows it.
pub fn from_wire(stanza: Wire) -> Stanza {
    match stanza {
        Wire::Message(message) => Stanza::Message(message),
        Wire::Presence(presence) => Stanza::Presence(presence),
        Wire::Iq(iq) => Stanza::Iq(iq),
    }
}
