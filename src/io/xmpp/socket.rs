//! The socket under an XML stream: what is read goes through the sieve, and the link can cut it.

use crate::io::private;
use crate::protocol::xmpp::sieve::Sieve;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

/// Octets that are read at once.
const READ: usize = 8192;

/// A transport under a stream: TCP or TLS.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// Why the stream on this socket ended, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Ending {
    /// The condition of a stream error from the server.
    pub condition: Option<String>,
    /// What happened to the transport.
    pub transport: Option<String>,
    /// Where the server has sent us.
    pub elsewhere: Option<String>,
    /// The home nodes that its features have named.
    pub home: Vec<String>,
}

/// Cuts its socket when it is told to or dropped, and knows why the stream ended.
#[derive(Debug)]
pub struct Control {
    fuse: Option<oneshot::Sender<()>>,
    ending: Arc<Mutex<Ending>>,
}

impl Control {
    /// Cuts the socket; `why` is what the user would want to hear.
    pub fn cut(&mut self, why: &str) {
        note(&self.ending, why);
        self.fuse = None;
    }

    /// Why the stream ended.
    pub fn ending(&self) -> Ending {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The socket.
pub struct Socket {
    inner: Box<dyn Transport>,
    fuse: oneshot::Receiver<()>,
    sieve: Sieve,
    sifted: Vec<u8>,
    taken: usize,
    ending: Arc<Mutex<Ending>>,
}

impl Socket {
    /// On a transport where a new XML stream begins.
    pub fn new(inner: Box<dyn Transport>) -> (Socket, Control) {
        let (fuse, cut) = oneshot::channel();
        let ending = Arc::new(Mutex::new(Ending::default()));
        let control = Control { fuse: Some(fuse), ending: Arc::clone(&ending) };
        (Socket { inner, fuse: cut, sieve: Sieve::new(), sifted: Vec::new(), taken: 0, ending }, control)
    }

    /// The transport, for a stream that begins anew; `None` when there are octets that nobody has read.
    pub fn into_inner(self) -> Option<Box<dyn Transport>> {
        let unread = self.sifted.get(self.taken..).unwrap_or_default();
        let drained = self.sieve.is_empty() && unread.iter().all(u8::is_ascii_whitespace);
        drained.then_some(self.inner)
    }

    fn fail(&self, error: &io::Error) {
        match error.kind() {
            ErrorKind::UnexpectedEof => note(&self.ending, "the server closed the connection"),
            _ => note(&self.ending, &private::said(error)),
        }
    }

    fn is_cut(&mut self, cx: &mut Context<'_>) -> bool {
        Pin::new(&mut self.fuse).poll(cx).is_ready()
    }

    /// Reads from the transport until there is something for the parser, or the end.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.taken >= self.sifted.len() {
            self.sifted.clear();
            // A roster of hundreds comes once.
            self.sifted.shrink_to(READ);
            self.taken = 0;
            let mut space = [0; READ];
            let mut read = ReadBuf::new(&mut space);
            if let Err(error) = ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read)) {
                self.fail(&error);
                return Poll::Ready(Err(error));
            }
            if read.filled().is_empty() {
                note(&self.ending, "the server closed the connection");
                return Poll::Ready(Ok(()));
            }
            let left_out = self.sieve.left_out();
            if let Err(restricted) = self.sieve.pass(read.filled(), &mut self.sifted) {
                let error = io::Error::new(ErrorKind::InvalidData, restricted);
                self.fail(&error);
                return Poll::Ready(Err(error));
            }
            if self.sieve.left_out() > left_out {
                tracing::warn!("a stanza that cannot be parsed was left out");
            }
            if self.sieve.is_closed() {
                note(&self.ending, "the server closed the stream");
            }
            let mut ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
            self.sieve.home().clone_into(&mut ending.home);
            if let Some(condition) = self.sieve.stream_error() {
                ending.condition = Some(condition.to_owned());
                ending.elsewhere = self.sieve.elsewhere().map(ToOwned::to_owned);
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The first reason is the one that counts.
fn note(ending: &Mutex<Ending>, why: &str) {
    ending.lock().unwrap_or_else(PoisonError::into_inner).transport.get_or_insert_with(|| why.to_owned());
}

fn cut() -> io::Error {
    ErrorKind::ConnectionAborted.into()
}

impl AsyncBufRead for Socket {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.is_cut(cx) {
            return Poll::Ready(Err(cut()));
        }
        ready!(this.fill(cx))?;
        Poll::Ready(Ok(this.sifted.get(this.taken..).unwrap_or_default()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().taken += amount;
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let available = ready!(self.as_mut().poll_fill_buf(cx))?;
        let amount = available.len().min(into.remaining());
        into.put_slice(available.get(..amount).unwrap_or_default());
        self.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_cut(cx) {
            return Poll::Ready(Err(cut()));
        }
        let written = ready!(Pin::new(&mut this.inner).poll_write(cx, octets));
        Poll::Ready(written.inspect_err(|error| this.fail(error)))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
