//! Starts a lab and ends it.

use super::authority::Authority;
use super::doors::{self, Socket};
use super::facts::Facts;
use super::folder::Folder;
use super::lines;
use super::looping::Looping;
use crate::engine::event::Problem;
use crate::io::driver::looping::Clocks;
use crate::io::private;
use crate::lab::site::{Certificate, Site};
use crate::lab::wire::{Carrier, Opening};
use crate::lab::{deployment, hosts};
use crate::machine::stamp::WallClock;
use chrono::{DateTime, Utc};
use rustls::ServerConfig;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// What sockets have heard and the loop has not.
const WAITING: usize = 1024;

/// A lab that runs. It ends when this is dropped, and its folder goes with it.
#[derive(Debug)]
pub struct Lab {
    facts: Facts,
    tasks: JoinSet<()>,
    folder: Folder,
}

impl Lab {
    /// Starts the servers of a site on sockets of this runtime. When it returns, all of them can be reached.
    ///
    /// # Errors
    /// There is no address with the ports free, no folder for the certificate, or no randomness for keys.
    pub async fn start(site: &Site, seed: u64) -> Result<Lab, Problem> {
        let clocks = Clocks::start();
        let openings = deployment::openings(site);
        let (places, sockets) = doors::open(&openings).await?;
        let today = DateTime::<Utc>::from_timestamp_micros(clocks.stamp().micros()).unwrap_or_default();
        let authority = Authority::new(hosts::certified(site, &places), today)?;
        let folder = Folder::new()?;
        let ca = folder.file("ca.pem");
        private::replace(&ca, authority.pem())?;

        let (tell, heard) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        let mut datagrams = BTreeMap::new();
        let mut shown = BTreeMap::new();
        for (opening, socket) in sockets {
            match socket {
                Socket::Datagrams(socket) => {
                    let socket = Arc::new(socket);
                    datagrams.insert((opening.door, opening.node), Arc::clone(&socket));
                    tasks.spawn(lines::receive(socket, opening, tell.clone()));
                }
                Socket::Streams(listener) => {
                    let tls = certificate(&opening, &authority, &mut shown)?;
                    tasks.spawn(lines::accept(listener, opening, tls, tell.clone()));
                }
            }
        }
        let now = clocks.now();
        let clock = WallClock::new(now, clocks.stamp());
        let servers = deployment::servers(now, site, &places, clock, seed);
        tasks.spawn(Looping { clocks, servers, datagrams, heard }.run());
        Ok(Lab { facts: Facts::of(site, &openings, &places, ca), tasks, folder })
    }

    /// Where everything is.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Ends it: every port is free, and the folder gone, when this returns.
    pub async fn end(mut self) {
        self.tasks.shutdown().await;
        drop(self.folder);
    }
}

/// What a door shows; each kind of certificate is made once.
fn certificate(
    opening: &Opening,
    authority: &Authority,
    shown: &mut BTreeMap<Certificate, Arc<ServerConfig>>,
) -> Result<Option<Arc<ServerConfig>>, Problem> {
    let (Carrier::Secure(kind) | Carrier::Upgraded(kind)) = opening.carrier else { return Ok(None) };
    if let Some(known) = shown.get(&kind) {
        return Ok(Some(Arc::clone(known)));
    }
    let made = authority.show(kind)?;
    shown.insert(kind, Arc::clone(&made));
    Ok(Some(made))
}
