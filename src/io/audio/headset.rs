//! Microphone and loudspeaker as all calls share them: one of them has the floor, the others hear and say nothing.
//!
//! Whoever sits at the headset may take the floor; only who has it reaches for the devices, so that the locks around them
//! are free: nobody ever waits for one here, and where the [keeper](super::keeper) just puts a device in, a frame is silent.

use super::capture::Capture;
use super::playback::Playback;
use crate::media::{Frame, SILENCE};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

/// The devices that calls share, while anybody sits at them.
#[derive(Debug)]
pub struct Headset {
    /// Who has it; nobody is 0.
    floor: AtomicU64,
    /// Seats that were given.
    seats: AtomicU64,
    microphone: Mutex<Slot<Capture>>,
    loudspeaker: Mutex<Slot<Playback>>,
    /// To the keeper, which ends with this.
    orders: Sender<Order>,
}

/// One of the two devices.
#[derive(Debug)]
pub enum Slot<End> {
    /// Nobody has wanted it yet, or it is being opened.
    Empty,
    /// It sounds.
    Open(Box<End>),
    /// It cannot be opened, or is gone: why, as the end of a sentence.
    Failed(String),
}

/// To the keeper of the devices.
#[derive(Debug)]
pub enum Order {
    /// The loudspeaker is wanted, and the microphone too where it says so.
    Open {
        /// With the microphone.
        microphone: bool,
    },
    /// What has failed is tried again, what sounds goes on; says so when that is done.
    Retry(Sender<()>),
    /// The user has chosen these; says so when that is done.
    Again(super::choice::Choice, Sender<()>),
}

impl Headset {
    /// One without devices; its keeper hears the orders.
    #[must_use]
    pub fn new(orders: Sender<Order>) -> Headset {
        Headset {
            floor: AtomicU64::new(0),
            seats: AtomicU64::new(0),
            microphone: Mutex::new(Slot::Empty),
            loudspeaker: Mutex::new(Slot::Empty),
            orders,
        }
    }

    /// Sits down: the loudspeaker is opened if it is not, and the microphone if it is wanted.
    #[must_use]
    pub fn sit(self: &Arc<Headset>, microphone: bool) -> Seat {
        self.order(Order::Open { microphone });
        Seat { number: self.seats.fetch_add(1, Ordering::Relaxed) + 1, headset: Arc::clone(self) }
    }

    /// To the keeper.
    pub fn order(&self, order: Order) {
        // A keeper that the system gave no thread has said so.
        let _ = self.orders.send(order);
    }

    /// Puts a microphone in, or why there is none. For the keeper.
    pub fn set_microphone(&self, slot: Slot<Capture>) -> Slot<Capture> {
        std::mem::replace(&mut self.microphone.lock().unwrap_or_else(PoisonError::into_inner), slot)
    }

    /// Puts a loudspeaker in, or why there is none. For the keeper.
    pub fn set_loudspeaker(&self, slot: Slot<Playback>) -> Slot<Playback> {
        std::mem::replace(&mut self.loudspeaker.lock().unwrap_or_else(PoisonError::into_inner), slot)
    }

    /// What has failed may be opened again. For the keeper.
    pub fn forget_failures(&self) {
        self.microphone.lock().unwrap_or_else(PoisonError::into_inner).forget_failure();
        self.loudspeaker.lock().unwrap_or_else(PoisonError::into_inner).forget_failure();
    }

    /// Of the microphone, then the loudspeaker: whether it sounds, and why it does not; nothing where nobody wanted it.
    #[must_use]
    pub fn standing(&self) -> [Option<Result<(), String>>; 2] {
        [
            self.microphone.lock().unwrap_or_else(PoisonError::into_inner).standing(),
            self.loudspeaker.lock().unwrap_or_else(PoisonError::into_inner).standing(),
        ]
    }
}

impl<End> Slot<End> {
    fn forget_failure(&mut self) {
        if let Slot::Failed(_) = self {
            *self = Slot::Empty;
        }
    }

    fn standing(&self) -> Option<Result<(), String>> {
        match self {
            Slot::Empty => None,
            Slot::Open(_) => Some(Ok(())),
            Slot::Failed(why) => Some(Err(why.clone())),
        }
    }
}

/// How the loudspeaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loudspeaker {
    /// It is being opened.
    Opening,
    /// What it takes is heard.
    Sounds,
    /// It cannot be opened, or is gone.
    Silent,
}

/// A place at the headset. It gives up the floor when it is dropped.
#[derive(Debug)]
pub struct Seat {
    number: u64,
    headset: Arc<Headset>,
}

impl Seat {
    /// Takes the floor from whoever has it.
    pub fn take_floor(&self) {
        self.headset.floor.store(self.number, Ordering::Relaxed);
    }

    /// Takes the floor if nobody has it. Whether it is ours now.
    pub fn ask_floor(&self) -> bool {
        match self.headset.floor.compare_exchange(0, self.number, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => true,
            Err(whose) => whose == self.number,
        }
    }

    /// Leaves the floor to the others.
    pub fn leave_floor(&self) {
        // Who does not have it cannot leave it.
        let _ = self.headset.floor.compare_exchange(self.number, 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// How the loudspeaker stands.
    #[must_use]
    pub fn loudspeaker(&self) -> Loudspeaker {
        match self.headset.loudspeaker.try_lock().as_deref() {
            Ok(Slot::Open(playback)) if playback.has_begun() => Loudspeaker::Sounds,
            Ok(Slot::Failed(_)) => Loudspeaker::Silent,
            _ => Loudspeaker::Opening,
        }
    }

    fn has_floor(&self) -> bool {
        self.headset.floor.load(Ordering::Relaxed) == self.number
    }

    /// The next frame of the microphone; silence for who does not have the floor.
    #[must_use]
    pub fn frame(&self) -> Frame {
        match self.headset.microphone.try_lock().as_deref_mut() {
            Ok(Slot::Open(capture)) if self.has_floor() => capture.frame(),
            _ => SILENCE,
        }
    }

    /// Hands a frame to the loudspeaker; from who does not have the floor it takes none.
    pub fn take(&self, frame: &Frame) {
        if let Ok(Slot::Open(playback)) = self.headset.loudspeaker.try_lock().as_deref_mut()
            && self.has_floor()
        {
            playback.take(frame);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave_floor();
    }
}
