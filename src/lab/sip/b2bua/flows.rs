//! The flows of the call manager: one for all datagrams, one for each stream.

use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The number of the one flow of datagrams.
const DATAGRAMS: FlowId = FlowId(0);

/// The flows that there are.
#[derive(Debug)]
pub(super) struct Flows {
    heard: BTreeMap<Transport, SocketAddr>,
    streams: BTreeMap<SocketAddr, Flow>,
    made: u64,
}

impl Flows {
    /// None but that of datagrams.
    pub(super) fn new(heard: BTreeMap<Transport, SocketAddr>) -> Flows {
        Flows { heard, streams: BTreeMap::new(), made: 0 }
    }

    /// The flow by which this comes; a stream that nobody knew is a new one. None for a transport that we do not have.
    pub(super) fn coming(&mut self, transport: Transport, from: SocketAddr) -> Option<Flow> {
        let local = *self.heard.get(&transport)?;
        if transport == Transport::Udp {
            return Some(Flow { id: DATAGRAMS, transport, local, remote: from });
        }
        let made = &mut self.made;
        Some(*self.streams.entry(from).or_insert_with(|| {
            *made += 1;
            Flow { id: FlowId(*made), transport, local, remote: from }
        }))
    }

    /// The stream from this address is gone.
    pub(super) fn closed(&mut self, from: SocketAddr) -> Option<Flow> {
        self.streams.remove(&from)
    }

    /// Whether it can still be sent by.
    pub(super) fn is_open(&self, flow: &Flow) -> bool {
        flow.id == DATAGRAMS || self.streams.values().any(|stream| stream.id == flow.id)
    }

    /// How, and to where, bytes of this flow go; none when it is gone.
    pub(super) fn way(&self, flow: FlowId, to: SocketAddr) -> Option<(Transport, SocketAddr)> {
        if flow == DATAGRAMS {
            return Some((Transport::Udp, to));
        }
        let stream = self.streams.values().find(|stream| stream.id == flow)?;
        Some((stream.transport, stream.remote))
    }
}
