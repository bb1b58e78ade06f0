//! Keys (DTMF): telephone-events (RFC 4733), and tones where those are not agreed.

use super::call::{Call, lossy, plan};
use offhook::lab::Link;
use offhook::media::tone::level_of;
use offhook::protocol::rtp::Codec;
use std::time::Duration;

#[test]
fn keys_are_heard_once_each_and_in_order_over_a_lossy_path() {
    const KEYS: &str = "0123456789*#ABCD";
    for codec in [Codec::Opus, Codec::Pcmu] {
        let mut call = Call::of(codec, lossy(100));
        call.run(1);
        for key in KEYS.chars() {
            call.legs[0].dtmf(key);
        }
        call.run(6);
        let heard: String = std::iter::from_fn(|| call.legs[1].heard_key()).collect();
        assert_eq!(heard, KEYS, "{codec:?}");
        assert_eq!(call.legs[0].heard_key(), None);
        // The voice is back after the keys.
        call.heard[1].clear();
        call.run(2);
        assert!(call.continuity(1, 0) > 0.7);
    }
}

#[test]
fn keys_are_tones_where_events_are_not_agreed() {
    let mut plans = [plan(Codec::Pcma, 1), plan(Codec::Pcma, 0)];
    for plan in &mut plans {
        (plan.send_events, plan.receive_events) = (None, None);
    }
    let mut call = Call::new(plans, || Link::clean(Duration::from_millis(20)));
    call.run(1);
    call.legs[0].dtmf('8');
    call.heard[1].clear();
    call.run(1);
    let both =
        call.heard[1].chunks(2400).filter(|part| level_of(part, 852.0, 48_000) > 0.15 && level_of(part, 1336.0, 48_000) > 0.15);
    assert!(both.count() >= 1);
}
