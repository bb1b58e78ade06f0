//! Where a request goes next (RFC 3261 §16.4 to §16.6): our own routes are taken off, our Record-Route is put on, and an
//! address becomes a flow.

use super::registrar::Registrar;
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Method, NameAddr, Request, Uri};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The number of the one flow of datagrams.
const DATAGRAMS: FlowId = FlowId(0);

/// The flows of a server: one for all datagrams, one for each stream.
#[derive(Debug)]
pub struct Flows {
    here: SocketAddr,
    streams: BTreeMap<SocketAddr, Flow>,
    made: u64,
}

impl Flows {
    /// None but that of datagrams; all are heard at `here`.
    pub fn new(here: SocketAddr) -> Flows {
        Flows { here, streams: BTreeMap::new(), made: 0 }
    }

    /// The flow by which this comes; a stream that nobody knew is a new one.
    pub fn coming(&mut self, transport: Transport, from: SocketAddr) -> Flow {
        if transport == Transport::Udp {
            return Flow { id: DATAGRAMS, transport, local: self.here, remote: from };
        }
        let (made, here) = (&mut self.made, self.here);
        *self.streams.entry(from).or_insert_with(|| {
            *made += 1;
            Flow { id: FlowId(*made), transport, local: here, remote: from }
        })
    }

    /// The flow that leads to this address, and the address; a stream must be there already.
    pub fn leading(&self, transport: Transport, to: SocketAddr) -> Option<(Flow, SocketAddr)> {
        if transport == Transport::Udp {
            return Some((Flow { id: DATAGRAMS, transport, local: self.here, remote: to }, to));
        }
        self.streams.get(&to).filter(|flow| flow.transport == transport).map(|flow| (*flow, to))
    }

    /// The stream from this address is gone.
    pub fn closed(&mut self, from: SocketAddr) -> Option<Flow> {
        self.streams.remove(&from)
    }

    /// How, and to where, bytes of this flow go.
    pub fn way(&self, flow: FlowId, to: SocketAddr) -> (Transport, SocketAddr) {
        let stream = self.streams.values().find(|stream| stream.id == flow);
        stream.map_or((Transport::Udp, to), |stream| (stream.transport, stream.remote))
    }

    /// Takes the routes off that name us (RFC 3261 §16.4).
    pub fn take_own_routes(&self, request: &mut Request) {
        while request.headers.routes().ok().and_then(|routes| routes.first().cloned()).is_some_and(|top| self.is_us(&top.uri)) {
            request.headers.replace_top("Route", None);
        }
    }

    /// Whether a URI names us by our address.
    pub fn is_us(&self, uri: &Uri) -> bool {
        uri.host.address() == Some(self.here.ip()) && uri.port.unwrap_or(5060) == self.here.port()
    }

    /// Asks to stay on the way of what follows. Where two transports meet each has a line of its own (RFC 5658 §5).
    pub fn record(&self, request: &mut Request, came: Transport, goes: Transport) {
        if request.method != Method::Invite {
            return;
        }
        let mut both = vec![came, goes];
        both.dedup();
        for transport in both {
            let mut uri = Uri::sip(None, &self.here.ip().to_string());
            uri.port = Some(self.here.port());
            uri.set_param("transport", Some(transport.uri_token()));
            uri.set_param("lr", None);
            request.headers.push_front("Record-Route", NameAddr::new(uri));
        }
    }

    /// The way to a URI that names somebody's place: back to where a binding came from, else to the address itself.
    pub fn to_place(&self, registrar: &Registrar, uri: &Uri) -> Option<(Flow, SocketAddr)> {
        if let Some(binding) = registrar.at(uri) {
            return self.leading(binding.transport, binding.source);
        }
        let transport = uri.transport().map_or(Some(Transport::Udp), Transport::parse)?;
        self.leading(transport, SocketAddr::new(uri.host.address()?, uri.port.unwrap_or(transport.default_port())))
    }
}
