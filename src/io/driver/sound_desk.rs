//! The media threads of the calls: a port that is bound, then a thread that runs, then its last figures.

use crate::engine::event::{CallId, Figures};
use crate::engine::input::{Input, MediaIn};
use crate::engine::output::MediaOut;
use crate::io::audio::{self, MediaPort, MediaThread, OpenSound};
use crate::machine::Chance;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use tokio::sync::mpsc;

/// Opens what a call plays and records.
pub type OpenForCall = Box<dyn FnMut(CallId) -> Result<OpenSound, String> + Send>;

/// All calls' sound.
pub struct SoundDesk {
    calls: BTreeMap<CallId, Line>,
    open: OpenForCall,
    chance: Chance,
    inputs: mpsc::Sender<Input>,
}

impl std::fmt::Debug for SoundDesk {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SoundDesk").field("calls", &self.calls).finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Line {
    Bound(MediaPort),
    Running(MediaThread),
}

impl SoundDesk {
    /// No calls yet.
    #[must_use]
    pub fn new(open: OpenForCall, chance: Chance, inputs: mpsc::Sender<Input>) -> SoundDesk {
        SoundDesk { calls: BTreeMap::new(), open, chance, inputs }
    }

    /// From now on calls are opened by this.
    pub fn open_by(&mut self, open: OpenForCall) {
        self.open = open;
    }

    /// Binds a pair of ports for `call`.
    ///
    /// # Errors
    /// The system's sentence.
    pub fn bind(&mut self, call: CallId, local: IpAddr) -> Result<SocketAddr, String> {
        let port = audio::bind(local).map_err(|error| error.to_string())?;
        let address = port.rtp_address();
        self.calls.insert(call, Line::Bound(port));
        Ok(address)
    }

    /// Hands an order to the thread of `call`; the first plan starts it.
    pub fn order(&mut self, call: CallId, order: MediaOut) {
        match (self.calls.remove(&call), order) {
            (Some(Line::Bound(port)), order @ (MediaOut::Run(_) | MediaOut::Early(_))) => self.start(call, port, order),
            (Some(Line::Running(thread)), MediaOut::Stop) => {
                thread.send(MediaOut::Stop);
                // Dropping it waits for it, and the loop waits for nobody.
                tokio::task::spawn_blocking(move || drop(thread));
            }
            (Some(Line::Running(thread)), order) => {
                thread.send(order);
                self.calls.insert(call, Line::Running(thread));
            }
            (_, MediaOut::Stop) => self.tell(call, MediaIn::Stopped(Figures::default())),
            (line, _) => self.calls.extend(line.map(|line| (call, line))),
        }
    }

    fn start(&mut self, call: CallId, port: MediaPort, plan: MediaOut) {
        let inputs = self.inputs.clone();
        let facts = move |fact| {
            // Figures come again; for them the beat does not wait. Where the loop is gone, nobody wants to know.
            let _ = match fact {
                MediaIn::Figures(_) => inputs.try_send(Input::Media(call, fact)).map_err(drop),
                fact => inputs.blocking_send(Input::Media(call, fact)).map_err(drop),
            };
        };
        let started = (self.open)(call)
            .and_then(|sound| audio::start(port, sound, self.chance.fork(), facts).map_err(|error| error.to_string()));
        match started {
            Ok(thread) => {
                thread.send(plan);
                self.calls.insert(call, Line::Running(thread));
            }
            Err(why) => self.tell(call, MediaIn::Failed(why)),
        }
    }

    fn tell(&self, call: CallId, fact: MediaIn) {
        let inputs = self.inputs.clone();
        tokio::spawn(async move { inputs.send(Input::Media(call, fact)).await });
    }
}
