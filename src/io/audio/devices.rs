//! The sound devices of this run, as the hands of a screen know them: for calls, for the bell, for a test, and what there is.
//!
//! Nothing here waits: devices are opened and looked for on threads of their own.

use super::bell::Bell;
use super::card::{Card, Cards};
use super::choice::Choice;
use super::headset::{Headset, Order};
use super::keeper::{Loss, Silent, headset};
use super::player::{Order as ToPlayer, Player};
use super::server::Surroundings;
use super::sound::OpenSound;
use crate::engine::ask::ChosenSound;
use crate::engine::event::{CallId, Problem, Sound, SoundPath};
use crate::engine::input::{PlayerIn, SoundIn};
use crate::engine::output::{PlayerOut, Ring};
use crate::media::{RATE, tone};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// What a look waits for devices that are just being opened anew.
const PATIENCE: Duration = Duration::from_secs(5);

/// Losses that are remembered as told.
const KEPT: usize = 8;

/// The devices, shared by all who use them.
#[derive(Clone)]
pub struct Devices(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    card: Arc<dyn Card>,
    choice: Mutex<Choice>,
    /// While anybody sits there.
    headset: Mutex<Weak<Headset>>,
    bell: Mutex<Option<Bell>>,
    test: Mutex<Option<Bell>>,
    player: Mutex<Option<Player>>,
    /// What was told already: a machine without a card is no news at every call.
    told: Mutex<Vec<Loss>>,
    /// One looks at a time, so that a later answer is a newer one.
    looking: Mutex<()>,
    tell: Mutex<Tell>,
}

type Tell = Arc<dyn Fn(SoundIn) + Send + Sync>;

impl std::fmt::Debug for Devices {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Devices").field("choice", &self.0.choice).finish_non_exhaustive()
    }
}

impl Devices {
    /// The devices of this machine, as chosen in `config`, the configuration folder; with the problem where that cannot be
    /// read. No device is touched yet.
    #[must_use]
    pub fn new(config: &Path) -> (Devices, Option<Problem>) {
        Devices::of(Arc::new(Cards), config)
    }

    /// The devices of another kind of card.
    #[must_use]
    pub fn of(card: Arc<dyn Card>, config: &Path) -> (Devices, Option<Problem>) {
        let (choice, problem) = match Choice::read(config) {
            Ok(choice) => (choice, None),
            Err(problem) => (Choice::default(), Some(problem)),
        };
        let devices = Devices(Arc::new(Shared {
            folder: config.to_owned(),
            card,
            choice: Mutex::new(choice),
            headset: Mutex::default(),
            bell: Mutex::default(),
            test: Mutex::default(),
            player: Mutex::default(),
            told: Mutex::default(),
            looking: Mutex::default(),
            tell: Mutex::new(Arc::new(|_| {})),
        }));
        (devices, problem)
    }

    /// From now on `tell` is told of levels and losses, from threads that may wait.
    pub fn tell_to(&self, tell: impl Fn(SoundIn) + Send + Sync + 'static) {
        *held(&self.0.tell) = Arc::new(tell);
    }

    /// What a call sounds through: for [`OpenForCall`](crate::io::driver::sound_desk::OpenForCall). It opens at once; the
    /// devices come to it as they open, and where there are none it is silent.
    pub fn for_calls(&self) -> impl FnMut(CallId) -> Result<OpenSound, String> + Send + 'static {
        let devices = self.clone();
        move |_| Ok(OpenSound { seat: devices.headset().map(|headset| headset.sit(true)), ..OpenSound::default() })
    }

    /// Rings like this, or not at all any more.
    pub fn ring(&self, ring: Option<Ring>) {
        let mut bell = held(&self.0.bell);
        *bell = None;
        let Some(seat) = ring.and_then(|_| self.headset()).map(|headset| headset.sit(false)) else { return };
        let quiet = None::<fn(Option<f32>)>;
        let started = match ring {
            Some(Ring::Ringback) => Bell::start(seat, tone::ringback(RATE), quiet),
            _ => Bell::start(seat, tone::bell(RATE), quiet),
        };
        *bell = started.map_err(|error| tracing::warn!(%error, "no bell")).ok();
    }

    /// Plays the test tone and tells the microphone's level, or stops doing so.
    pub fn test(&self, on: bool) {
        let mut test = held(&self.0.test);
        *test = None;
        if let Some(headset) = Some(on).filter(|on| *on).and_then(|_| self.headset()) {
            let tell = self.tell();
            let level = move |level| tell(SoundIn::Level(level));
            let started = Bell::start(headset.sit(true), tone::test(RATE), Some(level));
            *test = started.map_err(|error| tracing::warn!(%error, "no test")).ok();
        }
    }

    /// Plays messages, one at a time.
    pub fn play(&self, order: PlayerOut) {
        let mut player = held(&self.0.player);
        let to = |order| player.as_ref().into_iter().for_each(|player| player.order(order));
        match order {
            PlayerOut::Pause(paused) => to(ToPlayer::Pause(paused)),
            PlayerOut::Seek(by) => to(ToPlayer::Seek(by)),
            PlayerOut::Stop => *player = None,
            PlayerOut::Play { number, file } => {
                *player = None;
                let tell = self.tell();
                let told = move |told| tell(SoundIn::Player(number, told));
                *player = self.headset().and_then(|headset| Player::start(headset.sit(false), file, told).ok());
                if player.is_none() {
                    self.tell()(SoundIn::Player(number, PlayerIn::Failed("the system gives no thread for it.".into())));
                }
            }
        }
    }

    /// Looks what there is; where the user has chosen now, that is kept first, and devices in use are opened anew, else those
    /// that have failed are tried again. `answer`
    /// is told on a thread of its own.
    pub fn look(&self, chosen: Option<ChosenSound>, answer: impl FnOnce(Sound) + Send + 'static) {
        let devices = self.clone();
        let spawned = std::thread::Builder::new().name("sound devices".into()).spawn(move || {
            let _one = held(&devices.0.looking);
            answer(devices.found(chosen.map(Choice::from)));
        });
        if let Err(error) = spawned {
            tracing::warn!(%error, "the sound devices cannot be looked for");
        }
    }

    /// What there is. It may block.
    fn found(&self, chosen: Option<Choice>) -> Sound {
        let again = chosen.is_some();
        if let Some(chosen) = chosen {
            if let Err(problem) = chosen.keep(&self.0.folder) {
                self.tell()(SoundIn::Failed(problem));
            }
            *held(&self.0.choice) = chosen;
            held(&self.0.told).clear();
        }
        let choice = held(&self.0.choice).clone();
        let in_use = held(&self.0.headset).upgrade();
        let has_failed = |headset: &Arc<Headset>| headset.standing().iter().any(|side| matches!(side, Some(Err(_))));
        if let Some(headset) = in_use.as_ref().filter(|headset| again || has_failed(headset)) {
            let (done, wait) = channel();
            headset.order(if again { Order::Again(choice.clone(), done) } else { Order::Retry(done) });
            // Devices that take longer are told of when they fail.
            let _ = wait.recv_timeout(PATIENCE);
        }
        let [microphone, loudspeaker] = in_use.map(|headset| headset.standing()).unwrap_or_default();
        let probe = |input, name: &Option<String>| self.0.card.probe(input, name.as_deref()).map_err(|refused| refused.why);
        let microphone = microphone.unwrap_or_else(|| probe(true, &choice.input));
        let path = path(microphone, loudspeaker.unwrap_or_else(|| probe(false, &choice.output)));
        let [inputs, outputs] = self.0.card.names();
        let surroundings = Surroundings::of_this_process();
        let through = surroundings.carried_by();
        let over_ssh = surroundings.ssh && through.is_none();
        Sound { inputs, outputs, input: choice.input, output: choice.output, path, over_ssh, through }
    }

    /// The one that calls share; it is made anew when nobody has sat there for a while.
    fn headset(&self) -> Option<Arc<Headset>> {
        let mut kept = held(&self.0.headset);
        if let Some(headset) = kept.upgrade() {
            return Some(headset);
        }
        let (tell, shared) = (self.tell(), Arc::downgrade(&self.0));
        let made = headset(Arc::clone(&self.0.card), held(&self.0.choice).clone(), move |loss| {
            let Some(shared) = shared.upgrade() else { return };
            let mut told = held(&shared.told);
            let news = loss.gone || !told.contains(&loss);
            if news {
                tell(SoundIn::Failed(problem(&loss)));
                told.retain(|known| known != &loss);
                told.push(loss);
                let old = told.len().saturating_sub(KEPT);
                told.drain(..old);
            }
        });
        let headset = made.map_err(|error| tracing::warn!(%error, "no sound devices")).ok()?;
        *kept = Arc::downgrade(&headset);
        Some(headset)
    }

    fn tell(&self) -> Tell {
        Arc::clone(&held(&self.0.tell))
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether calls have sound, from the microphone's standing and the loudspeaker's.
fn path(microphone: Result<(), String>, loudspeaker: Result<(), String>) -> SoundPath {
    match (microphone, loudspeaker) {
        (Ok(()), Ok(())) => SoundPath::Devices,
        (Err(why), Ok(())) => SoundPath::Silent(format!("You hear but are not heard: there is no microphone ({why}).")),
        (Ok(()), Err(why)) => SoundPath::Silent(format!("You are heard but hear nothing: there is no loudspeaker ({why}).")),
        (Err(why), Err(other)) if why == other => {
            SoundPath::Silent(format!("Calls are silent: no sound device can be opened ({why})."))
        }
        (Err(why), Err(other)) => {
            SoundPath::Silent(format!("Calls are silent: there is no microphone ({why}) and no loudspeaker ({other})."))
        }
    }
}

/// In the user's words.
fn problem(loss: &Loss) -> Problem {
    let Loss { silent, name, gone, why } = loss;
    let (what, then) = match silent {
        Silent::Microphone => ("microphone", "You are not heard"),
        Silent::Loudspeaker => ("loudspeaker", "You hear nothing"),
        Silent::Both => {
            return Problem::local(
                format!("Calls are silent: neither microphone nor loudspeaker can be opened: {why}."),
                "Connect them and look at the settings, or choose others there.",
            );
        }
    };
    let name = name.as_ref().map(|name| format!(" {}", crate::machine::visible_line(name))).unwrap_or_default();
    let became = if *gone { "is gone" } else { "cannot be opened" };
    Problem::local(
        format!("The {what}{name} {became}: {why}. {then}; calls go on all the same."),
        format!("Connect it and look at the settings, or choose another {what} there."),
    )
}

#[cfg(test)]
mod tests;
