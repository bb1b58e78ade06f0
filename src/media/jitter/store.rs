//! Packets that wait to be decoded, in the order of their sound. Bounded, and without allocation once it is made.

#![deny(clippy::indexing_slicing)]

use crate::protocol::rtp::Codec;

/// As many packets as may wait: 2 s of 20 ms.
const SLOTS: u8 = 100;

/// The largest payload that is kept: what fits a datagram on an Ethernet.
pub const LARGEST: usize = 1500;

/// What is known of a packet that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Of its first sample, on the stream's time line, at 48 kHz.
    pub position: i64,
    /// Samples at 48 kHz.
    pub duration: i64,
    /// Samples of the sound before it that it can tell.
    pub redundancy: i64,
    /// RTP sequence number.
    pub sequence: u16,
    /// What it is coded in.
    pub codec: Codec,
}

#[derive(Clone, Debug)]
struct Slot {
    packet: Packet,
    length: usize,
    bytes: [u8; LARGEST],
}

/// Packets in the order of their positions.
#[derive(Debug)]
pub struct Store {
    slots: Vec<Slot>,
    free: Vec<u8>,
    /// Earliest first.
    order: Vec<u8>,
}

impl Default for Store {
    fn default() -> Store {
        let packet = Packet { position: 0, duration: 0, redundancy: 0, sequence: 0, codec: Codec::Opus };
        let empty = Slot { packet, length: 0, bytes: [0; LARGEST] };
        Store {
            slots: vec![empty; usize::from(SLOTS)],
            free: (0..SLOTS).collect(),
            order: Vec::with_capacity(usize::from(SLOTS)),
        }
    }
}

impl Store {
    /// Takes a packet with its payload. `false` when one of the same position is there, or it is too large. When all
    /// slots are taken the earliest packet goes.
    pub fn insert(&mut self, packet: Packet, payload: &[u8]) -> bool {
        let place = self.order.partition_point(|slot| self.position(*slot) < packet.position);
        if payload.len() > LARGEST || self.order.get(place).is_some_and(|slot| self.position(*slot) == packet.position) {
            return false;
        }
        if self.free.is_empty() {
            self.pop();
        }
        let place = self.order.partition_point(|slot| self.position(*slot) < packet.position);
        let Some(number) = self.free.pop() else { return false };
        let Some(slot) = self.slots.get_mut(usize::from(number)) else { return false };
        slot.packet = packet;
        slot.length = payload.len();
        for (kept, byte) in slot.bytes.iter_mut().zip(payload) {
            *kept = *byte;
        }
        self.order.insert(place, number);
        true
    }

    fn position(&self, slot: u8) -> i64 {
        self.slots.get(usize::from(slot)).map_or(i64::MAX, |slot| slot.packet.position)
    }

    fn at(&self, place: usize) -> Option<&Slot> {
        self.order.get(place).and_then(|slot| self.slots.get(usize::from(*slot)))
    }

    /// The earliest packet.
    #[must_use]
    pub fn first(&self) -> Option<Packet> {
        self.at(0).map(|slot| slot.packet)
    }

    /// The one after it.
    #[must_use]
    pub fn second(&self) -> Option<Packet> {
        self.at(1).map(|slot| slot.packet)
    }

    /// What is in the earliest packet.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        self.at(0).and_then(|slot| slot.bytes.get(..slot.length)).unwrap_or_default()
    }

    /// Takes the earliest packet out.
    pub fn pop(&mut self) {
        if !self.order.is_empty() {
            self.free.push(self.order.remove(0));
        }
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.free.append(&mut self.order);
    }

    /// How many packets wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(position: i64) -> Packet {
        Packet { position, duration: 1, redundancy: 0, sequence: 0, codec: Codec::Opus }
    }

    fn insert(store: &mut Store, position: i64) -> bool {
        store.insert(packet(position), &position.to_be_bytes())
    }

    #[test]
    fn packets_come_out_in_order_and_once() {
        let mut store = Store::default();
        for position in [3, 1, 2, 5, 4, 3, 1] {
            insert(&mut store, position);
        }
        for position in 1..=5_i64 {
            assert_eq!(store.first().unwrap().position, position);
            assert_eq!(store.payload(), position.to_be_bytes());
            store.pop();
        }
        assert!(store.is_empty());
    }

    #[test]
    fn a_full_store_lets_the_earliest_go_and_a_huge_packet_is_refused() {
        let mut store = Store::default();
        for position in 0..1000 {
            assert!(insert(&mut store, position));
            assert!(!insert(&mut store, position));
        }
        assert_eq!((store.len(), store.first().unwrap().position), (100, 900));
        assert!(!store.insert(packet(5000), &[0; LARGEST + 1]));
        store.clear();
        assert!(store.is_empty() && insert(&mut store, 1));
    }
}
