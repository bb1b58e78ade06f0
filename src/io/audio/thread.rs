//! The 20 ms thread of one call: sockets, the leg, what is played and recorded. The engine's plans come in, facts go out.

use super::port::MediaPort;
use super::sound::OpenSound;
use crate::engine::event::Figures;
use crate::engine::input::MediaIn;
use crate::engine::output::MediaOut;
use crate::machine::Chance;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// A running media thread. When it is dropped it is stopped and waited for.
#[derive(Debug)]
pub struct MediaThread {
    orders: Sender<MediaOut>,
    thread: Option<JoinHandle<()>>,
}

impl MediaThread {
    /// Hands an order to the thread. After [`MediaOut::Stop`] it says `Stopped` and ends; later orders are nothing to it.
    pub fn send(&self, order: MediaOut) {
        // A thread that has ended hears nothing, and has said why.
        let _ = self.orders.send(order);
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        self.send(MediaOut::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the thread of one call. Nothing is sent, heard, played or recorded before the first [`MediaOut::Run`].
pub fn start(
    port: MediaPort,
    sound: OpenSound,
    chance: Chance,
    facts: impl Fn(MediaIn) + Send + 'static,
) -> std::io::Result<MediaThread> {
    let (orders, heard) = channel();
    let thread = std::thread::Builder::new().name("media".into()).spawn(move || run(&port, &sound, &chance, &heard, &facts))?;
    Ok(MediaThread { orders, thread: Some(thread) })
}

fn run(_port: &MediaPort, _sound: &OpenSound, _chance: &Chance, orders: &Receiver<MediaOut>, facts: &dyn Fn(MediaIn)) {
    while let Ok(order) = orders.recv() {
        if order == MediaOut::Stop {
            break;
        }
    }
    facts(MediaIn::Stopped(Figures::default()));
}
