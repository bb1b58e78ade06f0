//! The tasks of sockets: they accept, read and write, and know nothing of what is said.

use crate::lab::wire::{Carrier, Line, Opening, WireIn};
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Connections of one door at a time; who comes then waits.
const LINES: usize = 512;

/// What may wait to be written on one connection, in bytes; beyond it, the other side does not read.
const UNREAD: usize = 32 * 1024 * 1024;

/// A handshake of TLS takes no longer, and no write does.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the sockets tell the loop.
#[derive(Debug)]
pub(super) enum Heard {
    /// A line is open; what it is told goes in here.
    Opened(Line, SocketAddr, Mouth),
    /// Anything else.
    Wire(WireIn),
}

/// What a line is told to do.
#[derive(Debug)]
pub(super) enum Order {
    /// Write this.
    Say(Vec<u8>),
    /// TLS begins.
    Secure,
    /// It is over.
    Close,
}

/// Where a line hears what to do.
#[derive(Clone, Debug)]
pub(super) struct Mouth {
    orders: mpsc::UnboundedSender<Order>,
    unread: Arc<AtomicUsize>,
}

impl Mouth {
    /// Tells it; `false` when the line is gone, or its other side does not read.
    pub(super) fn tell(&self, order: Order) -> bool {
        let more = if let Order::Say(bytes) = &order { bytes.len() } else { 0 };
        self.unread.fetch_add(more, Ordering::Relaxed) + more <= UNREAD && self.orders.send(order).is_ok()
    }
}

/// How long a line that is over waits for the other side to end it too.
const LINGER: Duration = Duration::from_secs(2);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Accepts connections for ever.
pub(super) async fn accept(
    listener: TcpListener,
    opening: Opening,
    tls: Option<Arc<ServerConfig>>,
    heard: mpsc::Sender<Heard>,
) {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let mut lines = JoinSet::new();
    loop {
        while lines.try_join_next().is_some() {}
        if lines.len() >= LINES {
            lines.join_next().await;
        }
        // A connection that went away before it was accepted, or no room for one more: the next may do better.
        let Ok((socket, from)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Small answers go at once; a socket that cannot is still one.
        let _ = socket.set_nodelay(true);
        let line = Line { door: opening.door, node: opening.node, number: NUMBER.fetch_add(1, Ordering::Relaxed) };
        lines.spawn(serve(socket, from, line, opening.carrier, tls.clone(), heard.clone()));
    }
}

/// One connection, to its end.
async fn serve(
    socket: TcpStream,
    from: SocketAddr,
    line: Line,
    carrier: Carrier,
    tls: Option<Arc<ServerConfig>>,
    heard: mpsc::Sender<Heard>,
) {
    let mut stream: Box<dyn Stream> = Box::new(socket);
    if matches!(carrier, Carrier::Secure(_)) {
        // A client that does not like the certificate goes away here.
        let Some(secured) = secure(stream, tls.as_ref()).await else { return };
        stream = secured;
    }
    let (orders, mut told) = mpsc::unbounded_channel();
    let unread = Arc::new(AtomicUsize::new(0));
    let mouth = Mouth { orders, unread: Arc::clone(&unread) };
    if heard.send(Heard::Opened(line, from, mouth)).await.is_err() {
        return;
    }
    let mut buffer = vec![0; 16 * 1024];
    loop {
        tokio::select! {
            read = stream.read(&mut buffer) => {
                let bytes = match read {
                    Ok(length) if length > 0 => buffer.get(..length).unwrap_or_default().to_vec(),
                    _ => break,
                };
                if heard.send(Heard::Wire(WireIn::Heard(line, bytes))).await.is_err() {
                    return;
                }
            }
            order = told.recv() => match order {
                Some(Order::Say(bytes)) => {
                    unread.fetch_sub(bytes.len(), Ordering::Relaxed);
                    let written = timeout(PATIENCE, async {
                        stream.write_all(&bytes).await?;
                        stream.flush().await
                    });
                    if !matches!(written.await, Ok(Ok(()))) {
                        break;
                    }
                }
                Some(Order::Secure) => {
                    let Some(secured) = secure(stream, tls.as_ref()).await else {
                        let _ = heard.send(Heard::Wire(WireIn::Closed(line))).await;
                        return;
                    };
                    stream = secured;
                    if heard.send(Heard::Wire(WireIn::Secured(line))).await.is_err() {
                        return;
                    }
                }
                Some(Order::Close) | None => {
                    hang_up(&mut stream, &mut buffer).await;
                    break;
                }
            }
        }
    }
    // Where the loop is gone, nobody needs to know.
    let _ = heard.send(Heard::Wire(WireIn::Closed(line))).await;
}

/// Ends a line so that what was written last arrives: a socket that is closed with something unread in it takes back what
/// is under way (RFC 9112 §9.6).
async fn hang_up(stream: &mut Box<dyn Stream>, buffer: &mut [u8]) {
    let last = async {
        stream.shutdown().await?;
        while stream.read(buffer).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    // The other side may be gone already, or never go.
    let _ = timeout(LINGER, last).await;
}

async fn secure(stream: Box<dyn Stream>, tls: Option<&Arc<ServerConfig>>) -> Option<Box<dyn Stream>> {
    let acceptor = TlsAcceptor::from(Arc::clone(tls?));
    let stream = timeout(PATIENCE, acceptor.accept(stream)).await.ok()?.ok()?;
    Some(Box::new(stream))
}

/// Reads datagrams for ever.
pub(super) async fn receive(socket: Arc<UdpSocket>, opening: Opening, heard: mpsc::Sender<Heard>) {
    let mut buffer = vec![0; 65_536];
    loop {
        // An error is that of a datagram sent before to a port where nobody listens.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
        let bytes = buffer.get(..length).unwrap_or_default().to_vec();
        let datagram = WireIn::Datagram(opening.door, opening.node, from, bytes);
        if heard.send(Heard::Wire(datagram)).await.is_err() {
            return;
        }
    }
}
