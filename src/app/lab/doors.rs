//! Finds the lab an address of its own, and opens its doors there.
//!
//! Every address in 127.0.0.0/8 is this machine's own on Linux, so the documented ports are free on one of them, however
//! many labs there are. What needs privilege goes elsewhere on the same address.

use crate::engine::event::Problem;
use crate::io::private::said;
use crate::lab::wire::{Carrier, Door, Node, Opening, Places};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::{TcpListener, UdpSocket};

/// Addresses that are tried before it is given up.
const TRIES: u32 = 64;

/// A lab takes so many addresses, one for each node.
const SPAN: u32 = 4;

/// Blocks of addresses from 127.16.0.0 to 127.247.255.255.
const BLOCKS: u32 = (232 << 16) / SPAN;

/// An open door.
#[derive(Debug)]
pub(super) enum Socket {
    /// Datagrams come and go.
    Datagrams(UdpSocket),
    /// Connections come.
    Streams(TcpListener),
}

/// Opens all doors at one address; which they are where they are not where the documentation has them, stands in the places.
///
/// # Errors
/// There is no address where all of them are free.
pub(super) async fn open(openings: &[Opening]) -> Result<(Places, Vec<(Opening, Socket)>), Problem> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut last = None;
    for _ in 0..TRIES {
        // Two processes begin at different places, two labs of one process too.
        let drawn = std::process::id().wrapping_mul(2_654_435_761).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let first = Ipv4Addr::new(127, 16, 0, 0).to_bits() + (drawn % BLOCKS) * SPAN + 1;
        let mut places = Places { first: Ipv4Addr::from_bits(first), moved: Vec::new() };
        match open_at(&mut places, openings).await {
            Ok(sockets) => return Ok((places, sockets)),
            Err((at, why)) => last = Some((at, why)),
        }
    }
    let (at, why) = last.map_or_else(|| ("it".to_owned(), String::new()), |(at, why)| (at.to_string(), said(&why)));
    Err(Problem::local(
        format!("The lab found no address in 127.0.0.0/8 with its ports free; the last was {at}: {why}."),
        "Something may listen on that port at every address: see `ss -ltnup`, and stop it.",
    ))
}

async fn open_at(places: &mut Places, openings: &[Opening]) -> Result<Vec<(Opening, Socket)>, (SocketAddr, std::io::Error)> {
    let mut sockets = Vec::new();
    for opening in openings {
        // The same door at another node, and DNS over TCP, are found by the same port.
        let twin = if opening.door == Door::DnsStream { Door::Dns } else { opening.door };
        let follows = opening.node != Node::First || opening.door == Door::DnsStream;
        let port = if follows && opening.movable { places.port(twin) } else { opening.port };
        let at = SocketAddr::new(places.address(opening.node), port);
        let socket = match bind(opening.carrier, at).await {
            Err(why) if opening.movable && !follows && is_elsewhere(&why) => {
                let anywhere = SocketAddr::new(at.ip(), 0);
                bind(opening.carrier, anywhere).await.map_err(|why| (anywhere, why))?
            }
            bound => bound.map_err(|why| (at, why))?,
        };
        let got = match &socket {
            Socket::Datagrams(socket) => socket.local_addr(),
            Socket::Streams(listener) => listener.local_addr(),
        };
        let got = got.map_err(|why| (at, why))?.port();
        if got != opening.door.documented() && places.port(opening.door) != got {
            places.moved.push((opening.door, got));
        }
        sockets.push((*opening, socket));
    }
    Ok(sockets)
}

/// Whether another port may do better.
fn is_elsewhere(why: &std::io::Error) -> bool {
    matches!(why.kind(), ErrorKind::PermissionDenied | ErrorKind::AddrInUse)
}

async fn bind(carrier: Carrier, at: SocketAddr) -> std::io::Result<Socket> {
    match carrier {
        Carrier::Datagrams => UdpSocket::bind(at).await.map(Socket::Datagrams),
        Carrier::Stream | Carrier::Secure(_) | Carrier::Upgraded(_) => TcpListener::bind(at).await.map(Socket::Streams),
    }
}
