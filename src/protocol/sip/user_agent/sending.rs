//! Requests on their way out: by which flow, and what becomes of them when it fails (RFC 3261 §8.1.2, §18.1.1; RFC 3263 §4.3).
//!
//! What goes outside a dialog goes to our server. Within one it follows the route set or the far side's Contact: over the
//! flow to our server where that leads there or is the only sensible way, else over a flow beside it.

use super::agent::UserAgent;
use super::dressing::dress_request;
use super::parcel::{Owner, Parcel, Sent, Wait, Waiting, Way};
use crate::machine::{Machine, Moment};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::locate::{self, Locate, NotFound, Target};
use crate::protocol::sip::message::{Host, Method, NameAddr, Request, Scheme, Uri};
use crate::protocol::sip::session::interface::Unanswered;
use crate::protocol::sip::transaction::{self, ClientKey};
use std::net::SocketAddr;
use std::time::Duration;

/// The largest request that goes by UDP (RFC 3261 §18.1.1), less what the transaction layer adds for its Via.
const LARGEST_DATAGRAM: usize = 1300 - 120;

/// How long a request waits for its flow: as long as it would wait for an answer.
const PATIENCE: Duration = Duration::from_secs(32);

/// How often one request is sent anew because its flow was lost.
const TRIES: u8 = 3;

/// What `choose` finds.
enum Choice {
    Go(Flow, SocketAddr),
    Wait(Wait),
    Never(String),
}

impl UserAgent {
    /// Sends a request.
    pub(super) fn send(&mut self, now: Moment, owner: Option<Owner>, request: Request, next_hop: Option<Uri>) {
        let way = next_hop.map_or(Way::Server, Way::Hop);
        self.dispatch(now, Parcel { owner, request, way, tries: 0, datagram_anyway: false });
    }

    fn dispatch(&mut self, now: Moment, parcel: Parcel) {
        match self.choose(now, &parcel) {
            Choice::Go(flow, to) => self.post(now, flow, to, parcel),
            Choice::Wait(on) => self.waiting.push(Waiting { parcel, until: now + PATIENCE, on }),
            Choice::Never(why) => self.fail(now, &parcel, &Unanswered::Transport(why)),
        }
    }

    fn choose(&mut self, now: Moment, parcel: &Parcel) -> Choice {
        let Some(primary) = self.flows.primary() else {
            self.flows.want(now);
            return Choice::Wait(Wait::Server);
        };
        let Way::Hop(hop) = &parcel.way else { return Choice::Go(primary, primary.remote) };
        let routed = parcel.request.headers.get("Route").is_some() || !self.config.proxies.is_empty();
        // The server has many addresses and names, and only this one stream of it leads back to us.
        if (primary.transport.is_reliable() && routed) || self.names_server(hop) {
            return Choice::Go(primary, primary.remote);
        }
        let named = hop.transport().and_then(Transport::parse);
        let transport = named.unwrap_or(if hop.is_secure() { Transport::Tls } else { Transport::Udp });
        match address(hop, transport) {
            Some(to) => self.toward(now, primary, &Target { transport, address: to, host: hop.host.to_string() }),
            None => {
                let locate = Locate::new(hop, self.flows.means().clone(), self.chance.fork());
                self.ask_names(now, primary, locate)
            }
        }
    }

    /// Takes what a location says until it waits or is done.
    fn ask_names(&mut self, now: Moment, primary: Flow, mut locate: Locate) -> Choice {
        loop {
            match locate.poll() {
                None => return Choice::Wait(Wait::Lookup(Box::new(locate))),
                Some(locate::Output::Ask(question)) => self.ask_dns(question),
                Some(locate::Output::Found(targets)) => {
                    return match targets.first() {
                        Some(target) => self.toward(now, primary, target),
                        None => Choice::Never("no address".into()),
                    };
                }
                // Our server can reach those whom we may not reach in clear.
                Some(locate::Output::NotFound(NotFound::Clear { .. })) => return Choice::Go(primary, primary.remote),
                Some(locate::Output::NotFound(why)) => return Choice::Never(why.to_string()),
            }
        }
    }

    /// Whether a URI names our server as we were told to name it.
    fn names_server(&self, hop: &Uri) -> bool {
        let domain = std::slice::from_ref(&self.config.address);
        let servers = if self.config.proxies.is_empty() { domain } else { &self.config.proxies };
        let is_named = |server: &Uri| hop.host.equivalent(&server.host) && hop.port == server.port;
        hop.host.address().is_none() && servers.iter().any(is_named)
    }

    /// The flow that leads to `target`.
    fn toward(&mut self, now: Moment, primary: Flow, target: &Target) -> Choice {
        let same_family = primary.local.is_ipv4() == target.address.is_ipv4();
        match (primary.transport, target.transport) {
            (Transport::Udp, Transport::Udp) if same_family => return Choice::Go(primary, target.address),
            (ours, theirs) if ours == theirs && primary.remote == target.address => return Choice::Go(primary, primary.remote),
            _ => {}
        }
        if !target.transport.is_encrypted() && !self.config.allow_cleartext {
            // Our server can reach those whom we may not reach in clear.
            return Choice::Go(primary, primary.remote);
        }
        match self.flows.beside(now, target) {
            Some((_, Some(flow))) => Choice::Go(flow, target.address),
            Some((id, None)) => Choice::Wait(Wait::Side(id)),
            None => Choice::Never("too many flows are open".into()),
        }
    }

    /// Where we are reached: what the registrar has, whichever way a message goes.
    pub(super) fn contact(&self) -> Option<NameAddr> {
        self.binding.registration.contact().map(NameAddr::new)
    }

    /// Hands a request to the transaction layer.
    fn post(&mut self, now: Moment, flow: Flow, to: SocketAddr, mut parcel: Parcel) {
        let mut request = parcel.request.clone();
        let contact = self.contact();
        dress_request(&self.config, contact.as_ref(), &mut request);
        if outside_dialog(&request) && matches!(parcel.way, Way::Server) {
            for route in self.binding.registration.service_route().iter().rev() {
                request.headers.push_front("Route", route);
            }
        }
        // By whichever of its flows: what is too large for a datagram goes to it by a stream.
        let to_server = self.flows.primary().is_some_and(|primary| primary.remote == to);
        // What goes past our server, and what ends a call, carries no answer (see `credentials`).
        let trusted = to_server && request.method != Method::Bye && parcel.owner.is_some();
        let weight = if trusted { self.credentials.weight() } else { 0 };
        let too_large = flow.transport == Transport::Udp && request.write().len() + weight > LARGEST_DATAGRAM;
        if too_large && !parcel.datagram_anyway && !self.no_stream.contains(&to) {
            let target = Target { transport: Transport::Tcp, address: to, host: to.ip().to_string() };
            match self.flows.beside(now, &target) {
                Some((_, Some(stream))) => return self.post(now, stream, to, parcel),
                Some((id, None)) => {
                    self.waiting.push(Waiting { parcel, until: now + PATIENCE, on: Wait::Side(id) });
                    return;
                }
                None => {}
            }
        }
        parcel.tries += 1;
        if trusted {
            self.credentials.authorize(&mut request, &mut self.chance);
        }
        match parcel.owner {
            None => self.layer.handle(now, transaction::Input::Acknowledge { flow, to, request }),
            Some(_) => {
                let key = ClientKey(self.next_key);
                self.next_key += 1;
                self.sent.insert(key, Sent { parcel, request: request.clone(), flow: flow.id, progressed: false, trusted });
                self.layer.handle(now, transaction::Input::Request { key, flow, to, request });
            }
        }
    }

    /// Cancels an INVITE, wherever it is.
    pub(super) fn cancel(&mut self, now: Moment, owner: Owner) {
        if let Some(key) = self.key_of(owner) {
            self.layer.handle(now, transaction::Input::Cancel { key });
        } else if let Some(at) = self.waiting.iter().position(|waiting| waiting.parcel.owner == Some(owner)) {
            let waiting = self.waiting.remove(at);
            self.fail(now, &waiting.parcel, &Unanswered::Transport("it was given up before it was sent".into()));
        }
    }

    fn key_of(&self, owner: Owner) -> Option<ClientKey> {
        self.sent.iter().find(|(_, sent)| sent.parcel.owner == Some(owner)).map(|(key, _)| *key)
    }

    /// The transaction layer has no response to tell, or one that says that this server cannot serve us: another server is
    /// tried where there is one, and another flow where the old one was lost. True when the request is on its way again.
    pub(super) fn try_elsewhere(&mut self, now: Moment, sent: &Sent, lost: bool) -> bool {
        if sent.progressed || sent.parcel.tries >= TRIES {
            return false;
        }
        let same_flow = self.flows.primary().is_some_and(|primary| primary.id == sent.flow);
        let elsewhere = match &sent.parcel.way {
            Way::Server => {
                if same_flow {
                    self.flows.fail_over(now)
                } else {
                    lost
                }
            }
            Way::Hop(_) => lost && !same_flow,
        };
        if elsewhere {
            self.dispatch(now, sent.parcel.clone());
        }
        elsewhere
    }

    /// The flow to our server is up: what has waited for it goes.
    pub(super) fn server_is_up(&mut self, now: Moment) {
        self.no_stream.clear();
        self.go_on(now, |on| matches!(on, Wait::Server));
    }

    /// The server cannot be reached now: a new call fails at once, what is within a call waits for the next try.
    pub(super) fn server_is_down(&mut self, now: Moment, why: &str, for_good: bool) {
        let gone = |waiting: &mut Waiting| {
            matches!(waiting.on, Wait::Server) && (for_good || matches!(waiting.parcel.way, Way::Server))
        };
        for waiting in self.waiting.extract_if(.., gone).collect::<Vec<_>>() {
            self.fail(now, &waiting.parcel, &Unanswered::Transport(why.to_owned()));
        }
    }

    /// A flow beside is up.
    pub(super) fn side_is_up(&mut self, now: Moment, flow: &Flow) {
        let ready = |waiting: &mut Waiting| matches!(waiting.on, Wait::Side(id) if id == flow.id);
        for waiting in self.waiting.extract_if(.., ready).collect::<Vec<_>>() {
            self.post(now, *flow, flow.remote, waiting.parcel);
        }
    }

    /// A flow beside is down: what was only too large for a datagram goes as one after all, for many servers take no
    /// streams.
    pub(super) fn side_is_down(&mut self, now: Moment, id: FlowId) {
        self.layer.handle(now, transaction::Input::FlowFailed { flow: id });
        self.wire.forget(id);
        let lost = |waiting: &mut Waiting| matches!(waiting.on, Wait::Side(side) if side == id);
        for mut waiting in self.waiting.extract_if(.., lost).collect::<Vec<_>>() {
            let choice = self.choose(now, &waiting.parcel);
            if let Choice::Go(flow, to) = choice
                && flow.transport == Transport::Udp
            {
                waiting.parcel.datagram_anyway = true;
                self.no_stream.insert(to);
                self.post(now, flow, to, waiting.parcel);
            } else {
                self.fail(now, &waiting.parcel, &Unanswered::Transport("the far side takes no connection".into()));
            }
        }
    }

    /// The DNS has answered.
    pub(super) fn lookups_resolved(
        &mut self,
        now: Moment,
        question: &crate::protocol::dns::Question,
        answer: &crate::protocol::dns::Answer,
    ) {
        let asked = |waiting: &mut Waiting| matches!(waiting.on, Wait::Lookup(_));
        for waiting in self.waiting.extract_if(.., asked).collect::<Vec<_>>() {
            let (Wait::Lookup(mut locate), parcel) = (waiting.on, waiting.parcel) else { continue };
            let Some(primary) = self.flows.primary() else {
                self.waiting.push(Waiting { parcel, until: waiting.until, on: Wait::Server });
                continue;
            };
            locate.handle(now, locate::Input::Answered(question.clone(), answer.clone()));
            match self.ask_names(now, primary, *locate) {
                Choice::Go(flow, to) => self.post(now, flow, to, parcel),
                Choice::Wait(on) => self.waiting.push(Waiting { parcel, until: waiting.until, on }),
                Choice::Never(why) => self.fail(now, &parcel, &Unanswered::Transport(why)),
            }
        }
    }

    /// What has waited for too long fails.
    pub(super) fn expire_waiting(&mut self, now: Moment) {
        for waiting in self.waiting.extract_if(.., |waiting| waiting.until <= now).collect::<Vec<_>>() {
            self.fail(now, &waiting.parcel, &Unanswered::Timeout);
        }
    }

    /// When the first of them has.
    pub(super) fn waiting_until(&self) -> Option<Moment> {
        self.waiting.iter().map(|waiting| waiting.until).min()
    }

    fn go_on(&mut self, now: Moment, ready: impl Fn(&Wait) -> bool) {
        for waiting in self.waiting.extract_if(.., |waiting| ready(&waiting.on)).collect::<Vec<_>>() {
            self.dispatch(now, waiting.parcel);
        }
    }
}

/// Whether a request begins a dialog, or stands outside of any.
fn outside_dialog(request: &Request) -> bool {
    request.headers.to().is_ok_and(|to| to.tag().is_none())
}

/// The address that a URI names without the help of the DNS.
fn address(uri: &Uri, transport: Transport) -> Option<SocketAddr> {
    let literal = uri.params.text("maddr").map_or_else(|| uri.host.address(), |maddr| Host::lenient(&maddr).address())?;
    matches!(uri.scheme, Scheme::Sip | Scheme::Sips)
        .then(|| SocketAddr::new(literal, uri.port.unwrap_or(transport.default_port())))
}
