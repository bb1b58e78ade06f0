//! A ring of samples between two threads: one puts in, one takes out, and neither ever waits, locks or allocates.

use std::sync::Arc;
use std::sync::atomic::{AtomicI16, AtomicUsize, Ordering};

#[derive(Debug)]
struct Ring {
    /// A power of two.
    slots: Box<[AtomicI16]>,
    /// How many were ever put in, and taken out; both go round at the end of `usize`.
    put: AtomicUsize,
    taken: AtomicUsize,
}

impl Ring {
    fn slot(&self, number: usize) -> Option<&AtomicI16> {
        self.slots.get(number & (self.slots.len() - 1))
    }

    fn len(&self) -> usize {
        self.put.load(Ordering::Acquire).wrapping_sub(self.taken.load(Ordering::Acquire))
    }
}

/// The side that puts in.
#[derive(Debug)]
pub struct Inlet(Arc<Ring>);

/// The side that takes out.
#[derive(Debug)]
pub struct Outlet(Arc<Ring>);

/// A ring with room for at least `room` samples.
#[must_use]
pub fn ring(room: usize) -> (Inlet, Outlet) {
    let slots = (0..room.next_power_of_two()).map(|_| AtomicI16::new(0)).collect();
    let ring = Arc::new(Ring { slots, put: AtomicUsize::new(0), taken: AtomicUsize::new(0) });
    (Inlet(Arc::clone(&ring)), Outlet(ring))
}

impl Inlet {
    /// How many samples wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.len()
    }

    /// Puts samples in. Answers how many were lost because the ring is full.
    pub fn put(&mut self, samples: impl Iterator<Item = i16>) -> usize {
        let ring = &self.0;
        let (taken, mut put, mut lost) = (ring.taken.load(Ordering::Acquire), ring.put.load(Ordering::Relaxed), 0);
        for sample in samples {
            match ring.slot(put).filter(|_| put.wrapping_sub(taken) < ring.slots.len()) {
                Some(slot) => {
                    slot.store(sample, Ordering::Relaxed);
                    put = put.wrapping_add(1);
                }
                None => lost += 1,
            }
        }
        ring.put.store(put, Ordering::Release);
        lost
    }
}

impl Outlet {
    /// How many samples wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.0.len()
    }

    /// Takes samples out, as many as there are and `out` can hold. Answers how many.
    pub fn take<'a>(&mut self, out: impl Iterator<Item = &'a mut i16>) -> usize {
        let ring = &self.0;
        let (put, first) = (ring.put.load(Ordering::Acquire), ring.taken.load(Ordering::Relaxed));
        let mut taken = first;
        let mut out = out;
        while taken != put
            && let Some(place) = out.next()
        {
            *place = ring.slot(taken).map_or(0, |slot| slot.load(Ordering::Relaxed));
            taken = taken.wrapping_add(1);
        }
        ring.taken.store(taken, Ordering::Release);
        taken.wrapping_sub(first)
    }

    /// Takes `count` samples out unheard, or as many as there are.
    pub fn skip(&mut self, count: usize) {
        let ring = &self.0;
        let count = count.min(ring.len());
        ring.taken.store(ring.taken.load(Ordering::Relaxed).wrapping_add(count), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_out_as_they_went_in_and_a_full_ring_loses_the_newest() {
        let (mut inlet, mut outlet) = ring(6);
        assert_eq!(inlet.put(1..=10), 2);
        let mut heard = [0; 5];
        assert_eq!((outlet.take(heard.iter_mut()), heard), (5, [1, 2, 3, 4, 5]));
        assert_eq!((inlet.put(11..=13), inlet.waiting()), (0, 6));
        outlet.skip(2);
        assert_eq!((outlet.take(heard.iter_mut()), heard), (4, [8, 11, 12, 13, 5]));
        outlet.skip(7);
        assert_eq!((outlet.waiting(), outlet.take(heard.iter_mut())), (0, 0));
    }

    #[test]
    fn two_threads_pass_a_million_samples_in_order() {
        let (mut inlet, mut outlet) = ring(1000);
        let putting = std::thread::spawn(move || {
            let mut next = 0_u32;
            while next < 1_000_000 {
                let room = u32::try_from(1024 - inlet.waiting()).unwrap().min(1_000_000 - next).min(77);
                assert_eq!(inlet.put((next..next + room).map(|number| (number % 30_000) as i16)), 0);
                next += room;
                std::thread::yield_now();
            }
        });
        let mut next = 0_u32;
        while next < 1_000_000 {
            let mut heard = [-1; 100];
            let count = outlet.take(heard.iter_mut());
            for sample in &heard[..count] {
                assert_eq!(*sample, (next % 30_000) as i16);
                next += 1;
            }
            std::thread::yield_now();
        }
        putting.join().unwrap();
    }
}
