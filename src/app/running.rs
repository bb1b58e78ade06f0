//! The engine, its hands and its loop, running: what headless commands and the screen have in common.

use crate::engine::Engine;
use crate::engine::command::Command;
use crate::engine::event::{Event, Notice, NoticeLevel, Problem};
use crate::engine::settings::Account;
use crate::io::audio::Devices;
use crate::io::driver::looping::Clocks;
use crate::io::driver::sound_desk::OpenForCall;
use crate::io::driver::{AccountDesk, Driver, Ears, Hands};
use crate::io::entropy;
use crate::io::paths::Paths;
use crate::io::secrets::Asking;
use crate::io::store::Store;
use crate::io::tls::connect::install_provider;
use std::future::Future;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Commands, inputs and events that may wait.
const WAITING: usize = 256;

/// Runs `work` to its end on this thread: sockets need no second one, and sound has threads of its own.
///
/// # Errors
/// The system gives us no reactor, or what `work` says.
pub fn block_on<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    install_provider();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::local(format!("The system has no room for an event loop: {error}."), ""))?;
    runtime.block_on(work)
}

/// For commands that make no sound.
#[must_use]
pub fn no_sound() -> OpenForCall {
    Box::new(|_| Err("this command takes no calls".into()))
}

/// How calls sound.
pub enum CallSound {
    /// As this opens for each of them.
    Opened(OpenForCall),
    /// Through the devices of this machine.
    Devices(Devices),
}

/// A loop that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) events: mpsc::Receiver<Event>,
    pub(super) driver: JoinHandle<()>,
}

impl Running {
    /// Starts the loop for `accounts`, which `desk` serves. Nothing is connected before a command asks for it.
    ///
    /// # Errors
    /// The history cannot be opened, or the system gives no randomness or no thread.
    pub(super) fn start(
        paths: &Paths,
        desk: AccountDesk,
        accounts: Vec<Account>,
        mut notices: Vec<Notice>,
        sound: CallSound,
    ) -> Result<Running, Problem> {
        let mut chance = entropy::chance()?;
        let clocks = Clocks::start();
        let (commands, heard_commands) = mpsc::channel(WAITING);
        let (heard_inputs, inputs) = mpsc::channel(WAITING);
        let (told, events) = mpsc::channel(WAITING);
        let mut store = Store::open(&paths.history()?)?;
        if let Some(problem) = store.take_notice() {
            notices.push(Notice { account: None, level: NoticeLevel::Warning, problem });
        }
        let discovery = desk.discovery()?;
        if discovery.is_sound() {
            // Beside whatever is done next: whoever needs to know waits for it.
            tokio::task::spawn_blocking(move || discovery.begin());
        } else {
            discovery.begin();
            let warn = |problem| Notice { account: None, level: NoticeLevel::Warning, problem };
            notices.extend(discovery.take_notices().into_iter().map(warn));
        }
        let asking = desk.asking();
        let hands = match sound {
            CallSound::Opened(open) => Hands::new(desk, store, open, chance.fork(), heard_inputs)?,
            CallSound::Devices(devices) => {
                Hands::new(desk, store, no_sound(), chance.fork(), heard_inputs)?.with_devices(devices)
            }
        };
        let mut engine = Engine::new(accounts, chance, clocks.now(), clocks.stamp());
        if asking == Asking::Screen {
            engine = engine.with_screen();
        }
        for notice in notices {
            engine.note(notice);
        }
        let driver = tokio::spawn(Driver::new(engine, clocks, hands, told).run(Ears { commands: heard_commands, inputs }));
        Ok(Running { commands, events, driver })
    }

    /// Has the loop sign out in order, and waits for its end.
    pub(super) async fn end(self) {
        drop((self.commands, self.events));
        // A loop that panicked has said so on stderr.
        let _ = self.driver.await;
    }
}
