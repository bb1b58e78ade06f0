//! A card for tests: its streams turn when the test says so.

use super::capture::Capture;
use super::card::{Card, Refused, Running};
use super::flow::Flow;
use super::playback::Playback;
use super::ring::{Inlet, Outlet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What lies on the desk: the far ends of the streams.
#[derive(Debug, Default)]
pub struct Desk {
    microphone: Mutex<Option<(Inlet, Arc<Flow>)>>,
    loudspeaker: Mutex<Option<(Outlet, Arc<Flow>)>>,
    refusal: Mutex<Option<Refused>>,
    open: [Arc<AtomicUsize>; 2],
    opened: AtomicUsize,
    refused: AtomicUsize,
    /// The names by which microphones were opened.
    pub names: Mutex<Vec<Option<String>>>,
}

/// The card.
#[derive(Debug)]
pub struct Fake(pub Arc<Desk>);

struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Desk {
    /// Streams that are open: microphones, loudspeakers.
    pub fn open(&self) -> [usize; 2] {
        [self.open[0].load(Ordering::Relaxed), self.open[1].load(Ordering::Relaxed)]
    }

    /// Streams that were ever opened.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// Streams that were refused.
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    /// Somebody speaks into the microphone.
    pub fn speak(&self, sample: i16, count: usize) {
        self.speak_all(std::iter::repeat_n(sample, count));
    }

    /// Somebody says this.
    pub fn speak_all(&self, samples: impl Iterator<Item = i16>) {
        if let Some((inlet, flow)) = &mut *self.microphone.lock().unwrap() {
            inlet.put(samples);
            flow.turn(flow.now());
        }
    }

    /// What the loudspeaker plays now.
    pub fn play(&self, count: usize) -> Vec<i16> {
        let mut heard = vec![0; count];
        if let Some((outlet, flow)) = &mut *self.loudspeaker.lock().unwrap() {
            flow.turn(flow.now());
            let missing = count - outlet.take(heard.iter_mut());
            flow.starve(missing);
        }
        heard
    }

    /// The microphone is pulled out.
    pub fn pull(&self, why: &str) {
        if let Some((_, flow)) = &*self.microphone.lock().unwrap() {
            flow.break_off(why);
        }
    }

    /// Nothing opens any more.
    pub fn refuse(&self, why: &str, busy: bool) {
        *self.refusal.lock().unwrap() = Some(Refused { why: why.into(), busy });
    }

    /// It does again.
    pub fn allow(&self) {
        *self.refusal.lock().unwrap() = None;
    }

    fn may(&self) -> Result<(), Refused> {
        let refusal = self.refusal.lock().unwrap().clone();
        self.refused.fetch_add(usize::from(refusal.is_some()), Ordering::Relaxed);
        refusal.map_or(Ok(()), Err)
    }

    fn running(&self, side: usize, flow: Arc<Flow>) -> Running {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.open[side].fetch_add(1, Ordering::Relaxed);
        Running { flow, stream: Box::new(Open(Arc::clone(&self.open[side]))) }
    }
}

impl Card for Fake {
    fn input(&self, name: Option<&str>) -> Result<(Capture, Running), Refused> {
        self.0.may()?;
        self.0.names.lock().unwrap().push(name.map(str::to_owned));
        let flow = Arc::new(Flow::default());
        let (inlet, capture) = Capture::new(48_000, 960, Arc::clone(&flow)).unwrap();
        *self.0.microphone.lock().unwrap() = Some((inlet, Arc::clone(&flow)));
        Ok((capture, self.0.running(0, flow)))
    }

    fn output(&self, _name: Option<&str>) -> Result<(Playback, Running), Refused> {
        self.0.may()?;
        let flow = Arc::new(Flow::default());
        let (playback, outlet) = Playback::new(48_000, 960, Arc::clone(&flow)).unwrap();
        *self.0.loudspeaker.lock().unwrap() = Some((outlet, Arc::clone(&flow)));
        Ok((playback, self.0.running(1, flow)))
    }

    fn names(&self) -> [Vec<String>; 2] {
        [vec!["mic".into()], vec!["speaker".into()]]
    }

    fn probe(&self, _input: bool, _name: Option<&str>) -> Result<(), Refused> {
        self.0.may()
    }
}

/// Waits until it is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
