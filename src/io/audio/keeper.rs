//! The thread that opens the devices of a headset, watches them, and closes them: what may block, blocks here.

use super::capture::Capture;
use super::card::{Card, Refused, Running};
use super::choice::Choice;
use super::headset::{Headset, Order, Slot};
use super::playback::Playback;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How often open devices are looked at.
const WATCH: Duration = Duration::from_millis(250);

/// A stream that does not turn for so long is gone, whatever the system says.
const STANDSTILL: Duration = Duration::from_secs(5);

/// A device that somebody else has is asked for so often, so far apart: we may be that somebody, just closing it.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(200);

/// What is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silent {
    /// We are not heard.
    Microphone,
    /// We hear nothing.
    Loudspeaker,
    /// Neither.
    Both,
}

/// Which of the two, and why it is silent from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Which.
    pub silent: Silent,
    /// Its name, if it was chosen.
    pub name: Option<String>,
    /// It did sound before.
    pub gone: bool,
    /// As the end of a sentence.
    pub why: String,
}

/// A headset of these devices. They are opened when somebody sits down, and closed when nobody sits there any more. `lost`
/// is told of each that cannot be opened or goes away, and once where neither can be opened.
///
/// # Errors
/// The system gives no thread.
pub fn headset(card: Arc<dyn Card>, choice: Choice, lost: impl Fn(Loss) + Send + 'static) -> std::io::Result<Arc<Headset>> {
    let (orders, heard) = channel();
    let headset = Arc::new(Headset::new(orders));
    let mut keeper = Keeper {
        headset: Arc::downgrade(&headset),
        card,
        choice,
        lost: Box::new(lost),
        microphone: None,
        loudspeaker: None,
        wants_microphone: false,
    };
    std::thread::Builder::new().name("sound devices".into()).spawn(move || keeper.keep(&heard))?;
    Ok(headset)
}

struct Keeper {
    headset: Weak<Headset>,
    card: Arc<dyn Card>,
    choice: Choice,
    lost: Box<dyn Fn(Loss) + Send>,
    microphone: Option<Watched>,
    loudspeaker: Option<Watched>,
    wants_microphone: bool,
}

/// A stream, and when it was last seen to turn.
struct Watched {
    running: Running,
    turns: u64,
    since: Instant,
}

impl Watched {
    fn new(running: Running) -> Watched {
        Watched { running, turns: 0, since: Instant::now() }
    }

    /// Why it is over, if it is.
    fn look(&mut self) -> Option<String> {
        let flow = &self.running.flow;
        let turns = flow.turns();
        if turns != self.turns {
            (self.turns, self.since) = (turns, Instant::now());
        }
        let stands = || (self.since.elapsed() > STANDSTILL).then(|| "it does not run".to_owned());
        flow.broken().map(str::to_owned).or_else(stands)
    }
}

impl Keeper {
    fn keep(&mut self, orders: &Receiver<Order>) {
        loop {
            let order = if self.microphone.is_some() || self.loudspeaker.is_some() {
                orders.recv_timeout(WATCH)
            } else {
                orders.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match order {
                Ok(Order::Open { microphone }) => {
                    self.wants_microphone |= microphone;
                    self.open();
                }
                Ok(Order::Again(choice, done)) => {
                    self.choice = choice;
                    self.close();
                    self.open();
                    // Whoever asked may have lost patience.
                    let _ = done.send(());
                }
                Ok(Order::Retry(done)) => {
                    if let Some(headset) = self.headset.upgrade() {
                        headset.forget_failures();
                    }
                    self.open();
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => self.watch(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.close();
    }

    /// Opens what is wanted, not open, and has not failed yet.
    fn open(&mut self) {
        let Some([microphone, loudspeaker]) = self.headset.upgrade().map(|headset| headset.standing()) else { return };
        let mut failed = [None, None];
        if loudspeaker.is_none() {
            let opened = patiently(|| self.card.output(self.choice.output.as_deref()));
            let Some(headset) = self.headset.upgrade() else { return };
            match opened {
                Ok((playback, running)) => {
                    headset.set_loudspeaker(Slot::Open(Box::new(playback)));
                    self.loudspeaker = Some(Watched::new(running));
                }
                Err(refused) => {
                    headset.set_loudspeaker(Slot::Failed(refused.why.clone()));
                    failed[0] = Some(refused.why);
                }
            }
        }
        if microphone.is_none() && self.wants_microphone {
            let opened = patiently(|| self.card.input(self.choice.input.as_deref()));
            let Some(headset) = self.headset.upgrade() else { return };
            match opened {
                Ok((capture, running)) => {
                    headset.set_microphone(Slot::Open(Box::new(capture)));
                    self.microphone = Some(Watched::new(running));
                }
                Err(refused) => {
                    headset.set_microphone(Slot::Failed(refused.why.clone()));
                    failed[1] = Some(refused.why);
                }
            }
        }
        let (silent, why) = match failed {
            [None, None] => return,
            [Some(why), None] => (Silent::Loudspeaker, why),
            [None, Some(why)] => (Silent::Microphone, why),
            [Some(why), Some(other)] if why == other => (Silent::Both, why),
            [Some(why), Some(other)] => (Silent::Both, format!("{other}; {why}")),
        };
        self.tell(silent, false, why);
    }

    /// What is gone is closed and told.
    fn watch(&mut self) {
        let Some(headset) = self.headset.upgrade() else { return };
        if let Some(why) = self.loudspeaker.as_mut().and_then(Watched::look) {
            tally("loudspeaker", &headset.set_loudspeaker(Slot::Failed(why.clone())), Playback::faults);
            self.tell(Silent::Loudspeaker, true, why);
            self.loudspeaker = None;
        }
        if let Some(why) = self.microphone.as_mut().and_then(Watched::look) {
            tally("microphone", &headset.set_microphone(Slot::Failed(why.clone())), Capture::faults);
            self.tell(Silent::Microphone, true, why);
            self.microphone = None;
        }
    }

    fn tell(&self, silent: Silent, gone: bool, why: String) {
        let name = match silent {
            Silent::Microphone => self.choice.input.clone(),
            Silent::Loudspeaker => self.choice.output.clone(),
            Silent::Both => None,
        };
        (self.lost)(Loss { silent, name, gone, why });
    }

    fn close(&mut self) {
        if let Some(headset) = self.headset.upgrade() {
            tally("microphone", &headset.set_microphone(Slot::Empty), Capture::faults);
            tally("loudspeaker", &headset.set_loudspeaker(Slot::Empty), Playback::faults);
        }
        (self.microphone, self.loudspeaker) = (None, None);
    }
}

/// The log keeps what went wrong with a device that is closed.
fn tally<End>(what: &str, slot: &Slot<End>, faults: impl Fn(&End) -> [u64; 3]) {
    if let Slot::Open(end) = slot {
        let [gaps, left_out, xruns] = faults(end);
        tracing::debug!(gaps, left_out, xruns, "{what} closed");
    }
}

fn patiently<End>(open: impl Fn() -> Result<End, Refused>) -> Result<End, Refused> {
    let mut opened = open();
    for _ in 1..TRIES {
        if !matches!(&opened, Err(refused) if refused.busy) {
            break;
        }
        std::thread::sleep(PAUSE);
        opened = open();
    }
    opened
}

#[cfg(test)]
mod tests;
