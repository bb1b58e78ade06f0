//! Opening an XML stream (RFC 6120 §4) up to the server's features, and the sentences for what can go wrong there.

use super::socket::{Control, Socket, Transport};
use crate::engine::event::{Problem, ProblemKind};
use crate::machine::visible_line;
use futures::{SinkExt, StreamExt};
use std::borrow::Cow;
use std::io;
use std::time::Duration;
use tokio_xmpp::xmlstream::{
    FallibleStreamElement, ReadError, RecvFeaturesError, StreamHeader, Timeouts, XmlStream, XmppStreamElement, initiate_stream,
};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::stream_features::StreamFeatures;

/// A stream whose elements may fail to parse one by one.
pub type Elements = XmlStream<Socket, FallibleStreamElement>;

/// After this much silence the server is asked for a sign of life, and after so much more the link is dead.
pub const TIMEOUTS: Timeouts = Timeouts { read_timeout: Duration::from_secs(30), response_timeout: Duration::from_secs(20) };

/// An open stream.
pub struct Open {
    /// What the server offers.
    pub features: StreamFeatures,
    /// The stream.
    pub elements: Elements,
    /// Over its socket.
    pub control: Control,
}

/// Why a stream could not be opened.
pub struct Trouble {
    /// For people.
    pub problem: Problem,
    /// Where the server sends us instead.
    pub elsewhere: Option<String>,
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Trouble {
        Trouble { problem, elsewhere: None }
    }
}

/// Opens a stream to `domain` on `transport`.
///
/// # Errors
/// When the server does not answer with features.
pub async fn open(transport: Box<dyn Transport>, domain: &str) -> Result<Open, Trouble> {
    let (socket, control) = Socket::new(transport);
    let header = StreamHeader { to: Some(Cow::Borrowed(domain)), from: None, id: None };
    let trouble = |problem| Trouble { problem, elsewhere: control.ending().elsewhere };
    let pending = initiate_stream(socket, ns::JABBER_CLIENT, header, TIMEOUTS).await;
    let pending = pending.map_err(|error| trouble(broken(domain, &control, &error)))?;
    match pending.recv_features().await {
        Ok((features, elements)) => Ok(Open { features, elements, control }),
        Err(RecvFeaturesError::Io(error)) => Err(trouble(broken(domain, &control, &error))),
        Err(RecvFeaturesError::StreamError(error)) => {
            let why = format!("it refused the stream ({})", visible_line(&error.0.to_string()));
            Err(trouble(protocol(domain, &why)))
        }
    }
}

/// Sends one element.
///
/// # Errors
/// When the transport is broken.
pub async fn send(open: &mut Open, domain: &str, element: XmppStreamElement) -> Result<(), Problem> {
    open.elements.send(&element).await.map_err(|error| broken(domain, &open.control, &error))
}

/// Sends one element that the elements of a stream know nothing of.
///
/// # Errors
/// When the transport is broken.
pub async fn send_other(open: &mut Open, domain: &str, element: &Element) -> Result<(), Problem> {
    open.elements.send(element).await.map_err(|error| broken(domain, &open.control, &error))
}

/// The next element.
///
/// # Errors
/// When the transport is broken, or what comes is no element of a stream.
pub async fn next(open: &mut Open, domain: &str) -> Result<XmppStreamElement, Problem> {
    loop {
        let read = open.elements.next().await.map(|read| read.and_then(FallibleStreamElement::into_read_error));
        return match read {
            Some(Ok(XmppStreamElement::StreamError(error))) => {
                Err(protocol(domain, &format!("it ended the stream ({})", visible_line(&error.0.to_string()))))
            }
            Some(Ok(element)) => Ok(element),
            Some(Err(ReadError::SoftTimeout)) => continue,
            Some(Err(ReadError::HardError(error))) => Err(broken(domain, &open.control, &error)),
            Some(Err(ReadError::ParseError(error))) => Err(protocol(domain, &visible_line(&error.to_string()))),
            Some(Err(ReadError::StreamFooterReceived)) | None => Err(protocol(domain, "it closed the stream")),
        };
    }
}

/// The transport, for a stream that begins anew.
///
/// # Errors
/// When the server has said more than it may by now (RFC 6120 §5.4.3.3: whatever came in clear must not count under TLS).
pub fn transport(open: Open, domain: &str) -> Result<Box<dyn Transport>, Problem> {
    open.elements
        .into_inner()
        .into_inner()
        .ok_or_else(|| protocol(domain, "it sent more than it may before the stream begins anew"))
}

/// The server broke the protocol.
pub fn protocol(domain: &str, why: &str) -> Problem {
    Problem::new(
        ProblemKind::Protocol,
        format!("The XMPP server of {} cannot be used: {why}.", visible_line(domain)),
        "Ask whoever runs the server.",
    )
}

fn broken(domain: &str, control: &Control, error: &io::Error) -> Problem {
    let ending = control.ending();
    match (ending.condition, error.kind()) {
        (Some(condition), _) => protocol(domain, &format!("it ended the stream ({})", visible_line(&condition))),
        (None, io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) if ending.transport.is_none() => {
            protocol(domain, &format!("what it sends is no XMPP stream ({})", visible_line(&error.to_string())))
        }
        (None, io::ErrorKind::InvalidData) => protocol(domain, &visible_line(&error.to_string())),
        (None, _) => lost(domain, &ending.transport.unwrap_or_else(|| error.to_string())),
    }
}

/// The connection is gone.
pub fn lost(domain: &str, why: &str) -> Problem {
    Problem::new(
        ProblemKind::Unreachable,
        format!("The connection to the XMPP server of {} was lost: {}.", visible_line(domain), visible_line(why)),
        "Check the network if it does not come back.",
    )
}
