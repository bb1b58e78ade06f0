//! Fetches a file over TFTP: a socket, and the clock, for the machine of `protocol/tftp`.

#![deny(clippy::indexing_slicing)]

use crate::io::dns::Dns;
use crate::io::private;
use crate::machine::{Machine, Moment, visible_line};
use crate::protocol::dns::{Answer, Question};
use crate::protocol::tftp::{Fetch, FetchIn, FetchOut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::Instant;

/// No datagram is longer.
const DATAGRAM: usize = 65_536;

/// Reads `file` of `server`, whole, within `deadline` and no longer than `limit`.
///
/// # Errors
/// Why it could not be had, for people.
pub async fn fetch(
    dns: &Dns,
    server: &str,
    port: u16,
    file: &str,
    deadline: Duration,
    limit: usize,
) -> Result<Vec<u8>, String> {
    let fetched = tokio::time::timeout(deadline, async {
        let address = address(dns, server).await?;
        run(SocketAddr::new(address, port), file, deadline, limit).await
    });
    fetched.await.unwrap_or_else(|_| Err(format!("{} did not answer in time", visible_line(server))))
}

/// TFTP has no way to try another: the first that is found.
async fn address(dns: &Dns, server: &str) -> Result<IpAddr, String> {
    let answer = dns.answer(&Question::Addresses(server.to_owned())).await;
    match (&answer, answer.trouble()) {
        (Answer::Addresses(found), _) if let Some(first) = found.first() => Ok(*first),
        (_, Some(why)) => Err(format!("{} has no address that can be found: {why}", visible_line(server))),
        (_, None) => Err(format!("{} has no address", visible_line(server))),
    }
}

async fn run(server: SocketAddr, file: &str, deadline: Duration, limit: usize) -> Result<Vec<u8>, String> {
    let broken = |why: std::io::Error| format!("{server} cannot be asked over TFTP: {}", private::said(&why));
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await.map_err(broken)?;
    let begun = Instant::now();
    let now = || Moment::at(begun.elapsed());
    let mut fetch = Fetch::new(server, file, limit, deadline);
    fetch.handle(now(), FetchIn::Start);
    let mut datagram = vec![0; DATAGRAM];
    loop {
        while let Some(out) = fetch.poll() {
            match out {
                // What is lost on the way out is sent again like what is lost anywhere else.
                FetchOut::Send { to, bytes } => drop(socket.send_to(&bytes, to).await),
                FetchOut::Done(done) => {
                    while let Some(FetchOut::Send { to, bytes }) = fetch.poll() {
                        let _ = socket.send_to(&bytes, to).await;
                    }
                    return done.map_err(|why| visible_line(&why.to_string()));
                }
            }
        }
        let wake = fetch.wake().and_then(|wake| begun.checked_add(wake.at.since_start()));
        tokio::select! {
            received = socket.recv_from(&mut datagram) => {
                // An ICMP answer to what was sent is no datagram.
                if let Ok((length, from)) = received {
                    let bytes = datagram.get(..length).unwrap_or_default().to_vec();
                    fetch.handle(now(), FetchIn::Received { from, bytes });
                }
            }
            () = tokio::time::sleep_until(wake.unwrap_or_else(|| begun + deadline)) => fetch.expire(now()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tftp::{ErrorCode, Packet, Transfer, TransferIn, TransferOut};

    /// A server with one file, each transfer at a port of its own.
    async fn server(name: &'static str, file: Vec<u8>) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut datagram = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut datagram).await {
                let Ok(Packet::Read(request)) = Packet::parse(&datagram[..length]) else { continue };
                let own = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                if request.file != name {
                    let refusal = Packet::Error(ErrorCode(1), "File not found".into());
                    own.send_to(&refusal.write(), from).await.unwrap();
                    continue;
                }
                tokio::spawn(give(own, Transfer::new(from, file.clone(), request.options)));
            }
        });
        address
    }

    async fn give(socket: UdpSocket, mut transfer: Transfer) {
        let mut datagram = [0; 2048];
        transfer.handle(Moment::START, TransferIn::Start);
        loop {
            while let Some(out) = transfer.poll() {
                match out {
                    TransferOut::Send { to, bytes } => drop(socket.send_to(&bytes, to).await),
                    TransferOut::Over(_) => return,
                }
            }
            let (length, from) = socket.recv_from(&mut datagram).await.unwrap();
            transfer.handle(Moment::START, TransferIn::Received { from, bytes: datagram[..length].to_vec() });
        }
    }

    async fn fetched(server: SocketAddr, file: &str, deadline: Duration, limit: usize) -> Result<Vec<u8>, String> {
        fetch(&Dns::default(), "127.0.0.1", server.port(), file, deadline, limit).await
    }

    const SOON: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_file_comes_whole_or_it_is_said_why_not() {
        let file: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let server = server("CSFANA.cnf.xml", file.clone()).await;
        assert_eq!(fetched(server, "CSFANA.cnf.xml", SOON, 1 << 20).await, Ok(file));
        assert!(fetched(server, "other", SOON, 1 << 20).await.unwrap_err().contains("no such file"));
        assert!(fetched(server, "CSFANA.cnf.xml", SOON, 50_000).await.unwrap_err().contains("longer than 50000 bytes"));
    }

    #[tokio::test]
    async fn whoever_is_silent_is_not_waited_for() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let why = fetched(silent.local_addr().unwrap(), "x", Duration::from_millis(300), 1).await.unwrap_err();
        assert!(why.contains("in time"), "{why}");
        let nowhere = fetch(&Dns::default(), "a..b", 69, "x", SOON, 1).await.unwrap_err();
        assert!(nowhere.contains("has no address that can be found"), "{nowhere}");
    }
}
