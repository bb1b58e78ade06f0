//! What became of the stanzas that were handed to the stanza stream: acknowledged, lost, or to be asked about with a ping.
//!
//! A stanza's token says how far it is. It goes silent at "sent" when the stream has no stream management, or when what
//! was known of a dead stream is thrown away. The difference is told by the stream's own events, which come in order.

use crate::engine::input::StanzaId;
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use std::collections::BTreeMap;
use tokio_xmpp::stanzastream::{StanzaStage, StanzaState, StanzaToken};

/// Stanzas in the stream's queue at once. The queue is deeper, so that handing one over never waits.
const QUEUED: usize = 128;

/// The depth of the stream's queues.
pub const QUEUE_DEPTH: usize = 2 * QUEUED;

/// A step in the fate of a stanza.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing that the engine wants to know.
    Moved,
    /// The server has it.
    Acknowledged(StanzaId),
    /// Nobody will say whether the server has it.
    Lost(StanzaId),
    /// It is on the wire of a stream without stream management: ask behind it, and report with [`Fates::pinged`].
    Unmanaged(u64),
}

/// All that are under way.
#[derive(Default)]
pub struct Fates {
    next: u64,
    queued: usize,
    tracked: BTreeMap<u64, Tracked>,
    waiting: FuturesUnordered<BoxFuture<'static, (u64, StanzaStage)>>,
}

struct Tracked {
    id: StanzaId,
    token: StanzaToken,
    at: Place,
}

/// Where a stanza is.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    /// In the queue, or on the wire of the stream that is up.
    Here,
    /// It was on the wire of a stream that may yet be resumed.
    Before,
    /// A ping with this id is behind it.
    Pinged(String),
}

impl Fates {
    /// Whether another stanza may be handed over.
    pub fn has_room(&self) -> bool {
        self.queued < QUEUED
    }

    /// Whether the fate of every stanza is known.
    pub fn are_known(&self) -> bool {
        self.tracked.is_empty() && self.queued == 0
    }

    /// Watches a stanza that was just handed over.
    pub fn watch(&mut self, id: Option<StanzaId>, token: StanzaToken) {
        let key = self.next;
        self.next += 1;
        self.queued += 1;
        self.wait(key, token.clone(), StanzaStage::Sent);
        if let Some(id) = id {
            self.tracked.insert(key, Tracked { id, token, at: Place::Here });
        }
    }

    fn wait(&self, key: u64, mut token: StanzaToken, stage: StanzaStage) {
        let waiting = async move {
            // A silent token and one that has arrived are told apart by its state.
            let _state = token.wait_for(stage).await;
            (key, stage)
        };
        self.waiting.push(waiting.boxed());
    }

    /// The next step; pending for ever when nothing is under way.
    pub async fn next(&mut self) -> Fate {
        let Some((key, stage)) = self.waiting.next().await else { return std::future::pending().await };
        if stage == StanzaStage::Sent {
            self.queued -= 1;
            if let Some(tracked) = self.tracked.get(&key) {
                self.wait(key, tracked.token.clone(), StanzaStage::Acked);
            }
            return Fate::Moved;
        }
        let Some(tracked) = self.tracked.get(&key) else { return Fate::Moved };
        let fate = match (tracked.token.state(), &tracked.at) {
            (StanzaState::Acked { .. }, _) => Fate::Acknowledged(tracked.id),
            (StanzaState::Sent { .. }, Place::Here) => return Fate::Unmanaged(key),
            _ => Fate::Lost(tracked.id),
        };
        self.tracked.remove(&key);
        fate
    }

    /// The ping with this id is behind that stanza.
    pub fn pinged(&mut self, key: u64, ping: String) {
        if let Some(tracked) = self.tracked.get_mut(&key) {
            tracked.at = Place::Pinged(ping);
        }
    }

    /// That ping was answered, with a result or an error: what was before it has arrived.
    pub fn answered(&mut self, ping: &str) -> Option<StanzaId> {
        let key = self.tracked.iter().find(|(_, tracked)| tracked.at == Place::Pinged(ping.to_owned())).map(|(key, _)| *key)?;
        self.tracked.remove(&key).map(|tracked| tracked.id)
    }

    /// The stream was lost: the stanzas whose fate can never be known now.
    pub fn suspend(&mut self) -> Vec<StanzaId> {
        for tracked in self.tracked.values_mut() {
            if tracked.at == Place::Here && matches!(tracked.token.state(), StanzaState::Sent { .. }) {
                tracked.at = Place::Before;
            }
        }
        self.take(|tracked| matches!(tracked.at, Place::Pinged(_)))
    }

    /// The stream was resumed: what was on its wire is sent again by the stanza stream.
    pub fn resume(&mut self) {
        for tracked in self.tracked.values_mut() {
            if tracked.at == Place::Before {
                tracked.at = Place::Here;
            }
        }
    }

    /// A new stream began instead: the fate of all that was on the wire of the old one.
    pub fn reset(&mut self) -> Vec<Fate> {
        let acknowledged =
            self.take(|tracked| tracked.at == Place::Before && matches!(tracked.token.state(), StanzaState::Acked { .. }));
        let lost = self.take(|tracked| tracked.at == Place::Before);
        acknowledged.into_iter().map(Fate::Acknowledged).chain(lost.into_iter().map(Fate::Lost)).collect()
    }

    /// The stream is forgotten: all whose fate is not known.
    pub fn forget(&mut self) -> Vec<StanzaId> {
        self.waiting = FuturesUnordered::new();
        self.queued = 0;
        self.take(|_| true)
    }

    fn take(&mut self, which: impl Fn(&Tracked) -> bool) -> Vec<StanzaId> {
        let keys: Vec<u64> = self.tracked.iter().filter(|(_, tracked)| which(tracked)).map(|(key, _)| *key).collect();
        keys.iter().filter_map(|key| self.tracked.remove(key)).map(|tracked| tracked.id).collect()
    }
}
