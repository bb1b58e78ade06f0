//! A network in virtual time: user agents and the lab's proxy, each with an address of its own, joined by links that may lose.

use crate::lab::sip::{Server, ServerIn, ServerOut};
use crate::lab::world::{Link, Post, World};
use crate::machine::{Chance, Machine, Moment, Wake};
use crate::protocol::dns;
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Message, Request, Uri};
use crate::protocol::sip::user_agent::{Config, Input, Output, SessionId, UserAgent};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The proxy's index: the machines behind it are user agents.
pub const PROXY: usize = 0;

/// Whatever stands in the network.
pub enum Node {
    Proxy(Box<Server>),
    Agent(Box<UserAgent>),
    /// Bytes that a test writes and reads itself.
    Peer(Peer),
}

/// A peer that does nothing by itself.
#[derive(Default)]
pub struct Peer {
    pub heard: Vec<(Moment, SocketAddr, Vec<u8>)>,
    out: std::collections::VecDeque<(SocketAddr, Vec<u8>)>,
}

#[derive(Clone, Debug)]
pub enum NodeIn {
    Agent(Input),
    Proxy(ServerIn),
    Datagram { from: SocketAddr, bytes: Vec<u8> },
    Say { to: SocketAddr, bytes: Vec<u8> },
}

pub enum NodeOut {
    Agent(Output),
    Proxy(ServerOut),
    Datagram { to: SocketAddr, bytes: Vec<u8> },
}

impl Machine for Node {
    type Input = NodeIn;
    type Output = NodeOut;

    fn handle(&mut self, now: Moment, input: NodeIn) {
        match (self, input) {
            (Node::Agent(agent), NodeIn::Agent(input)) => agent.handle(now, input),
            (Node::Proxy(proxy), NodeIn::Proxy(input)) => proxy.handle(now, input),
            (Node::Peer(peer), NodeIn::Datagram { from, bytes }) => peer.heard.push((now, from, bytes)),
            (Node::Peer(peer), NodeIn::Say { to, bytes }) => peer.out.push_back((to, bytes)),
            _ => panic!("a machine heard what it does not understand"),
        }
    }

    fn expire(&mut self, now: Moment) {
        match self {
            Node::Agent(agent) => agent.expire(now),
            Node::Proxy(proxy) => proxy.expire(now),
            Node::Peer(_) => {}
        }
    }

    fn poll(&mut self) -> Option<NodeOut> {
        match self {
            Node::Agent(agent) => agent.poll().map(NodeOut::Agent),
            Node::Proxy(proxy) => proxy.poll().map(NodeOut::Proxy),
            Node::Peer(peer) => peer.out.pop_front().map(|(to, bytes)| NodeOut::Datagram { to, bytes }),
        }
    }

    fn wake(&self) -> Option<Wake> {
        match self {
            Node::Agent(agent) => agent.wake(),
            Node::Proxy(proxy) => proxy.wake(),
            Node::Peer(_) => None,
        }
    }
}

/// What an agent does by itself, as its user would.
#[derive(Clone, Default)]
pub struct Habits {
    /// Tell the caller at once that it rings.
    pub ring: bool,
    /// Answer so long after the call came.
    pub accept_after: Option<Duration>,
    /// Refuse so long after the call came.
    pub reject_after: Option<(Duration, u16)>,
    /// Answer offers.
    pub answer: bool,
    /// Refuse offers.
    pub refuse: Option<u16>,
}

/// Says which messages of which node are lost.
pub type Filter = Box<dyn FnMut(usize, &Message) -> bool>;

/// What was told and what went over the wire.
pub struct Net {
    pub link: Link,
    /// Open flows by node and number.
    flows: BTreeMap<(usize, FlowId), Flow>,
    pub told: Vec<(Moment, usize, Output)>,
    pub wire: Vec<(Moment, usize, usize, Message)>,
    pub habits: BTreeMap<usize, Habits>,
    /// Transports that nobody takes.
    pub refused: Vec<Transport>,
    /// Addresses where nobody takes a connection.
    pub closed: Vec<SocketAddr>,
    /// Who is a proxy.
    proxies: Vec<usize>,
    /// What the DNS says; of anything else it says that there is none.
    pub dns: Vec<(dns::Question, dns::Answer)>,
    /// Drops a message of node, when it says so.
    pub filter: Filter,
}

pub struct Story {
    pub world: World<Node>,
    pub net: Net,
}

pub fn address(node: usize, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1 + node as u8)), port)
}

/// A proxy without users: nobody is asked for a password.
pub fn proxy(node: usize) -> Node {
    Node::Proxy(Box::new(Server::new("example.test", address(node, 5060), Chance::seeded(node as u64 + 99))))
}

pub fn config(node: usize, name: &str, transport: Transport) -> Config {
    let proxy = format!("sip:10.0.0.1:5060;transport={}", transport.uri_token());
    Config {
        address: Uri::parse(&format!("sip:{name}@example.test")).unwrap(),
        proxies: vec![Uri::parse(&proxy).unwrap()],
        digest_user: None,
        device: None,
        allow_cleartext: true,
        instance: format!("urn:uuid:{node}"),
        product: "offhook/test".into(),
        display_name: None,
        first_flow: FlowId(1000 * node as u64),
    }
}

impl Story {
    /// A proxy, and agents `alice`, `bob`, `carol` … behind it.
    pub fn new(transport: Transport, agents: &[&str]) -> Story {
        let mut nodes = vec![proxy(PROXY)];
        for (at, name) in agents.iter().enumerate() {
            let config = config(at + 1, name, transport);
            nodes.push(Node::Agent(Box::new(UserAgent::new(config, Chance::seeded(at as u64 + 7)))));
        }
        Story::of(nodes)
    }

    pub fn of(nodes: Vec<Node>) -> Story {
        let is_proxy = |(at, node): (usize, &Node)| matches!(node, Node::Proxy(_)).then_some(at);
        let proxies = nodes.iter().enumerate().filter_map(is_proxy).collect();
        let net = Net {
            link: Link::clean(Duration::from_millis(10)),
            flows: BTreeMap::new(),
            told: Vec::new(),
            wire: Vec::new(),
            habits: BTreeMap::new(),
            refused: Vec::new(),
            closed: Vec::new(),
            proxies,
            dns: Vec::new(),
            filter: Box::new(|_, _| false),
        };
        Story { world: World::new(nodes), net }
    }

    pub fn tell(&mut self, node: usize, input: Input) {
        let now = self.world.now();
        self.world.post(now, node, NodeIn::Agent(input));
    }

    /// Where the proxy would be stands a test; behind it `alice`, connected.
    pub fn by_hand() -> Story {
        let alice = UserAgent::new(config(1, "alice", Transport::Udp), Chance::seeded(7));
        let mut story = Story::of(vec![Node::Peer(Peer::default()), Node::Agent(Box::new(alice))]);
        story.tell(1, Input::Connect);
        story.run_to(0.1);
        story
    }

    /// The test says `message` to alice, and so much time passes.
    pub fn say(&mut self, message: &Message, seconds: f64) {
        let now = self.world.now();
        self.world.post(now, PROXY, NodeIn::Say { to: address(1, 20_000), bytes: message.write() });
        self.run_to(now.since_start().as_secs_f64() + seconds);
    }

    /// What the test has heard since it asked last.
    pub fn heard(&mut self) -> Vec<Message> {
        let Some(Node::Peer(peer)) = self.world.machine(PROXY) else { panic!("the proxy is not by hand") };
        let heard = std::mem::take(&mut peer.heard);
        heard.iter().filter_map(|(_, _, bytes)| Message::parse(bytes).ok()).collect()
    }

    /// The last request that the test has heard, which must be of this method.
    pub fn heard_request(&mut self, method: &str) -> Request {
        let heard = self.heard();
        let request = heard.iter().rev().find_map(|message| match message {
            Message::Request(request) if request.method.as_str() == method => Some(request.clone()),
            _ => None,
        });
        request.unwrap_or_else(|| panic!("no {method} in {:?}", heard.iter().map(line).collect::<Vec<_>>()))
    }

    /// The lines of what the test has heard since it asked last.
    pub fn heard_lines(&mut self) -> Vec<String> {
        self.heard().iter().map(line).collect()
    }

    pub fn proxy(&mut self) -> &mut Server {
        match self.world.machine(PROXY) {
            Some(Node::Proxy(proxy)) => proxy,
            _ => panic!("no proxy"),
        }
    }

    /// Until so many seconds after the start.
    pub fn run_to(&mut self, seconds: f64) {
        let net = &mut self.net;
        let mut route = |post: &mut Post<'_, NodeIn>, from: usize, output: NodeOut| net.route(post, from, output);
        self.world.run(Moment::START + Duration::from_secs_f64(seconds), &mut route);
    }

    /// `caller` calls `callee`@example.test with an offer.
    pub fn call(&mut self, caller: usize, session: u64, callee: &str) {
        let target = Uri::parse(&format!("sip:{callee}@example.test")).unwrap();
        self.tell(caller, Input::Invite { session: SessionId(session), target, offer: Some(b"v=0 offer".to_vec()) });
    }

    /// Short names of what a node was told, without what does not concern calls.
    pub fn told(&self, node: usize) -> Vec<String> {
        let words = self.net.told.iter().filter(|(_, to, _)| *to == node).filter_map(|(_, _, output)| word(output));
        words.collect()
    }

    /// The request and status lines that `from` has sent to `to`.
    pub fn sent(&self, from: usize, to: usize) -> Vec<String> {
        let lines = self.net.wire.iter().filter(|(_, a, b, _)| (*a, *b) == (from, to)).map(|(_, _, _, message)| line(message));
        lines.collect()
    }

    pub fn count(&self, from: usize, start: &str) -> usize {
        self.net.wire.iter().filter(|(_, a, _, message)| *a == from && line(message).starts_with(start)).count()
    }
}

pub fn line(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => {
            format!("{} {}", response.status, response.headers.cseq().map(|cseq| cseq.method.to_string()).unwrap_or_default())
        }
    }
}

fn text(body: Option<&Vec<u8>>) -> String {
    body.map_or("-".into(), |body| String::from_utf8_lossy(body).into_owned())
}

fn word(output: &Output) -> Option<String> {
    Some(match output {
        Output::Incoming { session, from, offer } => {
            format!("incoming {} {} {}", session.0, from.uri, text(offer.as_ref()))
        }
        Output::Progress { status, .. } => format!("progress {status}"),
        Output::Anew { .. } => "anew".into(),
        Output::Answered { body, .. } => format!("answered {}", text(body.as_ref())),
        Output::Established { body, .. } => format!("established {}", text(body.as_ref())),
        Output::Offered { body, .. } => format!("offered {}", text(body.as_ref())),
        Output::OfferAnswered { body, .. } => format!("offer answered {}", text(Some(body))),
        Output::OfferRefused { status, .. } => format!("offer refused {status}"),
        Output::Pressed { key, .. } => format!("pressed {key}"),
        Output::Ended { end, .. } => format!("ended {end:?}"),
        Output::MessageWaiting { body } => format!("waiting {}", text(Some(body))),
        Output::Registered { address, .. } => format!("registered {address}"),
        Output::RegistrationLost { why, .. } => format!("registration lost: {why}"),
        Output::RegistrationFailed { why } => format!("registration failed: {why}"),
        Output::Unregistered => "unregistered".into(),
        Output::PasswordWanted => "password".into(),
        Output::Unreachable { why, .. } => format!("unreachable: {why}"),
        Output::Ready { .. } | Output::Open { .. } | Output::Send { .. } | Output::Close { .. } | Output::Resolve(_) => {
            return None;
        }
    })
}

impl Net {
    fn route(&mut self, post: &mut Post<'_, NodeIn>, from: usize, output: NodeOut) {
        match output {
            NodeOut::Agent(output) => self.route_agent(post, from, output),
            NodeOut::Proxy(ServerOut::Send { transport, to, bytes }) => {
                self.carry(post, from, (transport, address(from, 5060), to), bytes);
            }
            NodeOut::Proxy(ServerOut::Close(_)) => panic!("no proxy was told to drop what comes"),
            NodeOut::Datagram { to, bytes } => {
                self.carry(post, from, (Transport::Udp, address(from, 5060), to), bytes);
            }
        }
    }

    fn route_agent(&mut self, post: &mut Post<'_, NodeIn>, from: usize, output: Output) {
        self.told.push((post.now(), from, output.clone()));
        match output {
            Output::Open { flow, transport, remote, .. } => {
                let input = if self.refused.contains(&transport) || self.closed.contains(&remote) {
                    Input::Closed { flow, why: "connection refused".into() }
                } else {
                    let local = address(from, 20_000 + (flow.0 % 1000) as u16);
                    let open = Flow { id: flow, transport, local, remote };
                    self.flows.insert((from, flow), open);
                    Input::Opened(open)
                };
                post.deliver(post.now() + Duration::from_millis(1), from, NodeIn::Agent(input));
            }
            Output::Close { flow } => {
                self.flows.remove(&(from, flow));
            }
            Output::Send { flow, to, bytes } => {
                let Some(flow) = self.flows.get(&(from, flow)).copied() else { return };
                let to = if flow.transport == Transport::Udp { to } else { flow.remote };
                self.carry(post, from, (flow.transport, flow.local, to), bytes);
            }
            Output::Resolve(question) => {
                let known = self.dns.iter().find(|(asked, _)| *asked == question).map(|(_, answer)| answer.clone());
                let answer = known.unwrap_or_else(|| match &question {
                    dns::Question::Srv(_) => dns::Answer::Srv(Vec::new()),
                    dns::Question::Naptr(_) => dns::Answer::Naptr(Vec::new()),
                    dns::Question::Addresses(_) => dns::Answer::Addresses(Vec::new()),
                });
                post.deliver(post.now() + Duration::from_millis(5), from, NodeIn::Agent(Input::Resolved(question, answer)));
            }
            output => self.follow_habits(post, from, &output),
        }
    }

    fn carry(
        &mut self,
        post: &mut Post<'_, NodeIn>,
        node: usize,
        (transport, from, to): (Transport, SocketAddr, SocketAddr),
        bytes: Vec<u8>,
    ) {
        let IpAddr::V4(ip) = to.ip() else { return };
        let Some(receiver) = usize::from(ip.octets()[3]).checked_sub(1) else { return };
        if let Ok(message) = Message::parse(&bytes) {
            if (self.filter)(node, &message) {
                return;
            }
            self.wire.push((post.now(), node, receiver, message));
        }
        let flow =
            self.flows.iter().find(|((owner, _), flow)| *owner == receiver && flow.local == to && flow.transport == transport);
        let input = match flow {
            Some(((_, id), _)) => NodeIn::Agent(Input::Received { flow: *id, from, bytes }),
            None if self.proxies.contains(&receiver) => NodeIn::Proxy(ServerIn::Received { transport, from, bytes }),
            None if to.port() == 5060 && transport == Transport::Udp => NodeIn::Datagram { from, bytes },
            None => return,
        };
        if transport == Transport::Udp {
            post.carry(&mut self.link, receiver, input);
        } else {
            post.deliver(post.now() + self.link.delay, receiver, input);
        }
    }

    fn follow_habits(&mut self, post: &mut Post<'_, NodeIn>, node: usize, output: &Output) {
        let Some(habits) = self.habits.get(&node) else { return };
        let mut later = |after: Duration, input: Input| post.deliver(post.now() + after, node, NodeIn::Agent(input));
        match output {
            Output::Incoming { session, offer, .. } => {
                let session = *session;
                if habits.ring {
                    later(Duration::ZERO, Input::Ring { session });
                }
                if let Some(after) = habits.accept_after {
                    let body = if offer.is_some() { format!("answer {node}") } else { format!("offer {node}") };
                    later(after, Input::Accept { session, body: body.into_bytes() });
                }
                if let Some((after, status)) = habits.reject_after {
                    later(after, Input::Reject { session, status });
                }
            }
            Output::Offered { session, body } => {
                let session = *session;
                if habits.answer {
                    let body = if body.is_some() { format!("re-answer {node}") } else { format!("re-offer {node}") };
                    later(Duration::ZERO, Input::Answer { session, body: body.into_bytes() });
                } else if let Some(status) = habits.refuse {
                    later(Duration::ZERO, Input::RefuseOffer { session, status });
                }
            }
            _ => {}
        }
    }
}
