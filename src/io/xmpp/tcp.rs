//! A TCP connection to the first of several addresses that answers (RFC 8305 §5).

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// One address gets this long.
const ADDRESS: Duration = Duration::from_secs(10);

/// After this the next address is tried beside it.
const HEAD_START: Duration = Duration::from_secs(2);

/// Connects to the first of `addresses` that answers.
///
/// # Errors
/// What went wrong with each.
pub async fn connect(addresses: &[SocketAddr]) -> Result<(TcpStream, SocketAddr), Vec<(SocketAddr, io::Error)>> {
    let mut running = FuturesUnordered::new();
    let mut failures = Vec::new();
    for next in addresses {
        running.push(one(*next));
        tokio::select! {
            () = sleep(HEAD_START) => {}
            Some(result) = running.next() => match result {
                Ok(found) => return Ok(found),
                Err(failure) => failures.push(failure),
            },
        }
    }
    while let Some(result) = running.next().await {
        match result {
            Ok(found) => return Ok(found),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}

async fn one(address: SocketAddr) -> Result<(TcpStream, SocketAddr), (SocketAddr, io::Error)> {
    let connected = timeout(ADDRESS, TcpStream::connect(address)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let stream = connected.map_err(|error| (address, error))?;
    // Stanzas are small and somebody waits for each.
    stream.set_nodelay(true).map_err(|error| (address, error))?;
    Ok((stream, address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_dead_address_does_not_hide_the_next() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap();
        assert_eq!(connect(&[closed, open]).await.unwrap().1, open);
        let failures = connect(&[closed]).await.unwrap_err();
        assert_eq!((failures.len(), failures[0].1.kind()), (1, io::ErrorKind::ConnectionRefused));
        assert!(connect(&[]).await.unwrap_err().is_empty());
    }
}
