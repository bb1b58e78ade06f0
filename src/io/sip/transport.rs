//! The flows: one task each, opened, written and closed as the engine says, heard as it wants to hear.

use crate::engine::event::{AccountName, Problem, ProblemKind};
use crate::engine::input::{Input, SipIn};
use crate::engine::output::{SipOut, TlsNames};
use crate::io::tls::{Alpn, TlsSettings, connect_tls};
use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

/// Messages that may wait to be written; a peer that reads none of them loses the flow.
const WAITING: usize = 256;

/// A TCP connection must be there by then, and TLS in it after as long again.
const CONNECT: Duration = Duration::from_secs(10);

/// A peer that takes nothing for so long loses the flow, so that what can no longer be written holds nothing up.
const WRITE: Duration = Duration::from_secs(10);

/// A datagram's size at most, and how much is read of a stream at once.
const READ: usize = 65_536;

/// What a flow's task is told.
type Letters = mpsc::Sender<(SocketAddr, Vec<u8>)>;

/// A flow that was opened.
#[derive(Debug)]
struct Opened {
    account: AccountName,
    letters: Letters,
    /// Of a datagram flow: what fits into the system's buffer leaves at once, without the task.
    socket: Option<Arc<UdpSocket>>,
}

/// All flows of all accounts.
#[derive(Debug)]
pub struct SipTransport {
    flows: BTreeMap<FlowId, Opened>,
    inputs: mpsc::Sender<Input>,
}

impl SipTransport {
    /// No flows yet.
    #[must_use]
    pub fn new(inputs: mpsc::Sender<Input>) -> SipTransport {
        SipTransport { flows: BTreeMap::new(), inputs }
    }

    /// Closes what is left of an account's flows.
    pub fn forget(&mut self, account: &AccountName) {
        self.flows.retain(|_, opened| opened.account != *account);
    }

    /// Carries out one order; where it opens a flow, `security` is what TLS needs to know of its account. Never waits.
    pub fn order(&mut self, order: SipOut, security: Option<Arc<TlsSettings>>) {
        match order {
            SipOut::Open { flow, account, transport, remote, names } => {
                let (letters, to_write) = mpsc::channel(WAITING);
                let task = Task { flow, transport, remote, inputs: self.inputs.clone() };
                let socket = match transport {
                    Transport::Udp => Some(datagram_socket(remote).map(Arc::new)),
                    Transport::Tcp | Transport::Tls => None,
                };
                let direct = socket.as_ref().and_then(|made| made.as_ref().ok().cloned());
                self.flows.insert(flow, Opened { account, letters, socket: direct });
                tokio::spawn(async move {
                    match socket {
                        Some(socket) => task.datagrams(socket, to_write).await,
                        None => task.connected(security, names, to_write).await,
                    }
                });
            }
            SipOut::Send { flow, to, bytes } => {
                let Some(opened) = self.flows.get(&flow) else { return };
                let waits = opened.socket.as_ref().is_none_or(|socket| {
                    // What cannot be sent is lost, as any datagram may be: the transaction's timers see to it.
                    matches!(socket.try_send_to(&bytes, to), Err(error) if error.kind() == ErrorKind::WouldBlock)
                });
                if waits && opened.letters.try_send((to, bytes)).is_err() {
                    self.flows.remove(&flow);
                }
            }
            // The task writes what waits, finds that nothing more can come, and ends.
            SipOut::Close { flow } => drop(self.flows.remove(&flow)),
        }
    }
}

/// One flow.
struct Task {
    flow: FlowId,
    transport: Transport,
    remote: SocketAddr,
    inputs: mpsc::Sender<Input>,
}

impl Task {
    /// A flow over TCP or TLS, from its opening to its end.
    async fn connected(
        self,
        security: Option<Arc<TlsSettings>>,
        names: TlsNames,
        to_write: mpsc::Receiver<(SocketAddr, Vec<u8>)>,
    ) {
        let ended = if self.transport == Transport::Tls {
            self.tls(security, &names, to_write).await
        } else {
            match self.connect().await {
                Ok((stream, local)) => self.stream(stream, local, to_write).await,
                Err(why) => Err(why),
            }
        };
        self.closed(ended).await;
    }

    /// A flow over UDP, from its opening to its end.
    async fn datagrams(self, socket: io::Result<Arc<UdpSocket>>, to_write: mpsc::Receiver<(SocketAddr, Vec<u8>)>) {
        let ended = match socket {
            Ok(socket) => self.exchange(&socket, to_write).await,
            Err(error) => Err(error),
        };
        self.closed(ended.map_err(|error| self.problem(error.to_string()))).await;
    }

    async fn closed(&self, ended: Result<(), Problem>) {
        let why = ended.err().unwrap_or_else(|| self.problem("it was closed".into()));
        self.tell(SipIn::Closed { flow: self.flow, why }).await;
    }

    async fn tls(
        &self,
        security: Option<Arc<TlsSettings>>,
        names: &TlsNames,
        to_write: mpsc::Receiver<(SocketAddr, Vec<u8>)>,
    ) -> Result<(), Problem> {
        let security = security.ok_or_else(|| self.problem("the account has no TLS settings".into()))?;
        let (stream, local) = self.connect().await?;
        let secured = connect_tls(stream, &security, names, self.remote.port(), Alpn::Sip);
        let stream = tokio::time::timeout(CONNECT, secured)
            .await
            .map_err(|_| self.problem(format!("no TLS within {} s", CONNECT.as_secs())))??;
        self.stream(stream, local, to_write).await
    }

    async fn connect(&self) -> Result<(TcpStream, SocketAddr), Problem> {
        let connected = tokio::time::timeout(CONNECT, TcpStream::connect(self.remote)).await;
        let stream = connected
            .map_err(|_| self.problem(format!("no connection within {} s", CONNECT.as_secs())))?
            .map_err(|error| self.problem(error.to_string()))?;
        // Small messages that somebody waits for: they are not held back to be joined.
        stream.set_nodelay(true).map_err(|error| self.problem(error.to_string()))?;
        let local = stream.local_addr().map_err(|error| self.problem(error.to_string()))?;
        Ok((stream, local))
    }

    async fn stream(
        &self,
        stream: impl AsyncRead + AsyncWrite,
        local: SocketAddr,
        mut to_write: mpsc::Receiver<(SocketAddr, Vec<u8>)>,
    ) -> Result<(), Problem> {
        self.opened(local).await;
        let (mut reader, mut writer) = tokio::io::split(stream);
        let write = async {
            while let Some((_, bytes)) = to_write.recv().await {
                tokio::time::timeout(WRITE, async {
                    writer.write_all(&bytes).await?;
                    writer.flush().await
                })
                .await??;
            }
            tokio::time::timeout(WRITE, writer.shutdown()).await?
        };
        let read = async {
            let mut buffer = vec![0; READ];
            loop {
                let count = reader.read(&mut buffer).await?;
                if count == 0 {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                self.received(self.remote, buffer.get(..count).unwrap_or_default()).await;
            }
        };
        let ended: io::Result<()> = tokio::select! {
            written = write => written,
            read = read => read,
        };
        ended.map_err(|error| {
            let eof = error.kind() == ErrorKind::UnexpectedEof;
            self.problem(if eof { "the other side closed the connection".into() } else { error.to_string() })
        })
    }

    async fn exchange(&self, socket: &UdpSocket, mut to_write: mpsc::Receiver<(SocketAddr, Vec<u8>)>) -> io::Result<()> {
        self.opened(socket.local_addr()?).await;
        let mut buffer = vec![0; READ];
        loop {
            tokio::select! {
                letter = to_write.recv() => match letter {
                    Some((to, bytes)) => drop(socket.send_to(&bytes, to).await),
                    None => return Ok(()),
                },
                heard = socket.recv_from(&mut buffer) => {
                    if let Ok((count, from)) = heard {
                        self.received(from, buffer.get(..count).unwrap_or_default()).await;
                    }
                }
            }
        }
    }

    async fn opened(&self, local: SocketAddr) {
        let flow = Flow { id: self.flow, transport: self.transport, local, remote: self.remote };
        self.tell(SipIn::Opened(flow)).await;
    }

    async fn received(&self, from: SocketAddr, bytes: &[u8]) {
        self.tell(SipIn::Received { flow: self.flow, from, bytes: bytes.to_vec() }).await;
    }

    async fn tell(&self, heard: SipIn) {
        // The loop is gone when this fails, and with it whoever wanted to know.
        let _ = self.inputs.send(Input::Sip(heard)).await;
    }

    fn problem(&self, why: String) -> Problem {
        Problem::new(
            ProblemKind::Unreachable,
            format!("The SIP server at {} ({}) cannot be reached: {why}.", self.remote, self.transport.via_token()),
            "Check the network, and the proxy's address and transport.",
        )
    }
}

/// A socket on the address of ours that packets to `remote` leave from.
fn datagram_socket(remote: SocketAddr) -> io::Result<UdpSocket> {
    let socket = StdUdpSocket::bind(local_address_towards(remote)?)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

/// The address of ours that packets to `remote` leave from, with any port. Nothing is sent for it.
fn local_address_towards(remote: SocketAddr) -> io::Result<SocketAddr> {
    let any: SocketAddr = if remote.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
    let probe = StdUdpSocket::bind(any)?;
    probe.connect(remote)?;
    let mut local = probe.local_addr()?;
    local.set_port(0);
    Ok(local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::tls::{Roots, Trust};

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_silent_about_tls_is_not_waited_for_without_end() {
        crate::io::tls::connect::install_provider();
        let home = tempfile::tempdir().unwrap();
        let account = AccountName("work".into());
        let (roots, trust) = (Roots::load(None).unwrap(), Trust::new(home.path(), Some(home.path())));
        let tls = Arc::new(TlsSettings { account: Some(account.clone()), roots, trust });
        let peer = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (inputs, mut heard) = mpsc::channel(8);
        let mut transport = SipTransport::new(inputs);
        let (flow, remote) = (FlowId(1), peer.local_addr().unwrap());
        let names = TlsNames { domain: "example.test".into(), host: "127.0.0.1".into() };
        transport.order(SipOut::Open { flow, account, transport: Transport::Tls, remote, names }, Some(tls));
        let _silent = peer.accept().await.unwrap();
        // Bounded, so that waiting without end fails.
        let told = tokio::time::timeout(Duration::from_secs(60), heard.recv()).await.unwrap();
        let Some(Input::Sip(SipIn::Closed { why, .. })) = told else { panic!("{told:?}") };
        assert!(why.what.contains("no TLS within 10 s"), "{why}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_reads_nothing_loses_the_flow_and_that_is_told() {
        let peer = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (inputs, mut heard) = mpsc::channel(8);
        let mut transport = SipTransport::new(inputs);
        let (flow, remote) = (FlowId(1), peer.local_addr().unwrap());
        let names = TlsNames { domain: String::new(), host: String::new() };
        let account = AccountName("work".into());
        transport.order(SipOut::Open { flow, account, transport: Transport::Tcp, remote, names }, None);
        assert!(matches!(heard.recv().await, Some(Input::Sip(SipIn::Opened(_)))));
        let _deaf = peer.accept().await.unwrap();
        // More than any buffer of the system holds.
        for _ in 0..=WAITING {
            transport.order(SipOut::Send { flow, to: remote, bytes: vec![b' '; 1 << 16] }, None);
        }
        let Some(Input::Sip(SipIn::Closed { flow: closed, .. })) = heard.recv().await else { panic!("it was not told") };
        assert_eq!(closed, flow);
    }
}
