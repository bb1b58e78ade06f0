//! One attempt to sign in: TCP, TLS, SASL, and a fresh stream that is ready to be bound or resumed.

use super::sign_in::{Credentials, sign_in};
use super::socket::{Control, Transport};
use super::stream::{self, Open, Trouble, protocol};
use super::tcp;
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::output::{TlsNames, XmppConnect, XmppTls};
use crate::io::private;
use crate::io::tls::{Alpn, TlsSettings, connect_tls, names};
use crate::machine::visible_line;
use crate::protocol::xmpp::sasl::Channel;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_xmpp::stanzastream::Connection;
use tokio_xmpp::xmlstream::XmppStreamElement;
use xmpp_parsers::jid::{BareJid, Jid, ResourcePart};
use xmpp_parsers::starttls;

/// TLS and SASL together get this long.
const SIGN_IN: Duration = Duration::from_secs(20);

/// A stream that is signed in.
pub struct SignedIn {
    /// For the stanza stream.
    pub connection: Connection,
    /// Over its socket.
    pub control: Control,
}

/// Why an attempt has failed.
pub enum Failed {
    /// This has happened.
    Problem(Problem),
    /// The server sends us to another one.
    SentTo {
        /// Which, as it was said.
        to: String,
        /// Nobody was shown the password.
        unused: bool,
        /// For people.
        why: Problem,
    },
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Failed {
        Failed::Problem(problem)
    }
}

impl Failed {
    fn of(trouble: Trouble, unused: bool) -> Failed {
        match trouble {
            Trouble { problem, elsewhere: Some(to) } => Failed::SentTo { to, unused, why: problem },
            Trouble { problem, elsewhere: None } => Failed::Problem(problem),
        }
    }
}

/// Makes the attempt.
///
/// # Errors
/// Whatever stopped it, for people.
pub async fn connect(plan: &XmppConnect, settings: &TlsSettings) -> Result<SignedIn, Failed> {
    let jid = BareJid::new(&plan.jid).map_err(|error| {
        Problem::new(
            ProblemKind::Local,
            format!("{} is no XMPP address: {error}.", visible_line(&plan.jid)),
            "Correct the address of the account.",
        )
    })?;
    let resource = ResourcePart::new(&plan.resource).map_err(|error| {
        Problem::new(ProblemKind::Local, format!("{} is no XMPP resource: {error}.", visible_line(&plan.resource)), "")
    })?;
    let identity: Jid = jid.with_resource(&resource).into();
    let domain = jid.domain().as_str();
    let (socket, address) = tcp::connect(&plan.addresses).await.map_err(|failures| unreachable(plan, domain, &failures))?;
    let names = TlsNames { domain: domain.to_owned(), host: plan.host.clone() };
    let signed_in = timeout(SIGN_IN, async {
        let secured = secure(socket, address, plan.tls, settings, &names).await;
        let (mut open, channel) = secured.map_err(|trouble| Failed::of(trouble, true))?;
        if let Some(home) = open.control.ending().home.first().filter(|home| !plan.stay && !is_same_host(home, &plan.host)) {
            let why = protocol(domain, &format!("its home node for us is {}", visible_line(home)));
            return Err(Failed::SentTo { to: home.clone(), unused: true, why });
        }
        let user = jid.node().map_or("", |node| node.as_str());
        let who = Credentials { jid: &plan.jid, user, domain, password: &plan.password, lasts: plan.lasts };
        sign_in(&mut open, &channel, &who).await?;
        let open = stream::open(stream::transport(open, domain)?, domain).await;
        let open = open.map_err(|trouble| Failed::of(trouble, false))?;
        if !open.features.can_bind() {
            return Err(Failed::Problem(protocol(domain, "it offers no resource binding")));
        }
        Ok(open)
    })
    .await;
    let open = signed_in.unwrap_or_else(|_| {
        let peer = visible_line(&names::host_port(&plan.host, address.port()));
        let why = format!("{peer} did not finish the sign-in within {} seconds", SIGN_IN.as_secs());
        Err(Failed::Problem(stream::lost(domain, &why)))
    })?;
    let connection = Connection { stream: open.elements.box_stream(), features: open.features, identity };
    Ok(SignedIn { connection, control: open.control })
}

/// Brings the stream up to the point where signing in is safe.
async fn secure(
    socket: TcpStream,
    address: SocketAddr,
    tls: XmppTls,
    settings: &TlsSettings,
    names: &TlsNames,
) -> Result<(Open, Channel), Trouble> {
    match begin_tls(socket, address, tls, settings, names).await? {
        Begun::Clear(open) => Ok((open, Channel::Clear)),
        Begun::Tls(secured) => {
            let channel = channel(&secured);
            Ok((stream::open(Box::new(secured), &names.domain).await?, channel))
        }
    }
}

/// How a connection stands before anybody signs in.
pub enum Begun {
    /// Under TLS; no stream is open in it yet.
    Tls(TlsStream<Box<dyn Transport>>),
    /// The server offers none, and none is demanded.
    Clear(Open),
}

/// Begins TLS, from the first byte or by STARTTLS.
///
/// # Errors
/// It does not come about, or the certificate is refused.
pub async fn begin_tls(
    socket: TcpStream,
    address: SocketAddr,
    tls: XmppTls,
    settings: &TlsSettings,
    names: &TlsNames,
) -> Result<Begun, Trouble> {
    let domain = names.domain.as_str();
    let socket: Box<dyn Transport> = Box::new(socket);
    if tls == XmppTls::Direct {
        return Ok(Begun::Tls(connect_tls(socket, settings, names, address.port(), Alpn::XmppDirect).await?));
    }
    let mut open = stream::open(socket, domain).await?;
    if !open.features.can_starttls() {
        return if tls == XmppTls::Optional { Ok(Begun::Clear(open)) } else { Err(clear(names, address.port()).into()) };
    }
    let request = XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request));
    stream::send(&mut open, domain, request).await?;
    match stream::next(&mut open, domain).await? {
        XmppStreamElement::Starttls(starttls::Nonza::Proceed(_)) => {}
        _ => return Err(protocol(domain, "it offers STARTTLS and refuses it").into()),
    }
    let inner = stream::transport(open, domain)?;
    Ok(Begun::Tls(connect_tls(inner, settings, names, address.port(), Alpn::XmppStartTls).await?))
}

/// What SASL may bind to: RFC 9266 allows the exporter on TLS 1.3.
fn channel<Io: Transport>(secured: &TlsStream<Io>) -> Channel {
    let (_, connection) = secured.get_ref();
    if connection.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3) {
        return Channel::Tls;
    }
    match connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", None) {
        Ok(keying) => Channel::Exporter(keying.to_vec()),
        Err(_) => Channel::Tls,
    }
}

/// Whether both name one host; a name without a domain is meant within that of the other.
fn is_same_host(one: &str, other: &str) -> bool {
    let (one, other) = (names::ascii(one), names::ascii(other));
    let label = |host: &str| host.split('.').next().unwrap_or_default().to_owned();
    one == other || (!one.contains('.') || !other.contains('.')) && label(&one) == label(&other)
}

fn clear(names: &TlsNames, port: u16) -> Problem {
    let peer = visible_line(&names::host_port(&names.host, port));
    Problem::new(
        ProblemKind::Clear,
        format!("{peer} offers no TLS for {}: everything would go in clear.", visible_line(&names.domain)),
        "If that is how it should be, add the account anew and allow clear text (--allow-cleartext); else somebody may have taken TLS out.",
    )
}

fn unreachable(plan: &XmppConnect, domain: &str, failures: &[(SocketAddr, std::io::Error)]) -> Problem {
    let tried: Vec<String> =
        failures.iter().take(4).map(|(address, error)| format!("{address}: {}", private::said(error))).collect();
    let tried = if tried.is_empty() { "it has no address".into() } else { tried.join("; ") };
    Problem::new(
        ProblemKind::Unreachable,
        format!("The XMPP server {} of {} cannot be reached: {tried}.", visible_line(&plan.host), visible_line(domain)),
        "Check the network, and the account's chat server (--xmpp-server HOST:PORT).",
    )
}
