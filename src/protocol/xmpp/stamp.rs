//! Delayed delivery (XEP-0203): whose stamps count, and how far they may go (attack A11).

use super::payload;
use crate::machine::Stamp;
use std::time::Duration;
use xmpp_parsers::delay::Delay;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;

/// How far another clock may be ahead of ours.
const AHEAD: Duration = Duration::from_secs(300);

/// 1999-01-01T00:00:00Z, the year in which Jabber began: nothing was delayed before it.
const FIRST: Stamp = Stamp::from_micros(915_148_800_000_000);

/// The stamp of the last `<delay/>` that was put there by one of whom `trusted` holds; whoever delays appends.
/// One without `from` counts for nothing: anybody may have written it.
#[must_use]
pub fn delayed(payloads: &[Element], now: Stamp, trusted: impl Fn(&Jid) -> bool) -> Option<Stamp> {
    payload::read(payloads, ns::DELAY)
        .filter(|delay: &Delay| delay.from.as_ref().is_some_and(&trusted))
        .last()
        .and_then(|delay| clamped(&delay, now))
}

/// The stamp of `delay`, not in the future; none when it lies before all XMPP.
#[must_use]
pub fn clamped(delay: &Delay, now: Stamp) -> Option<Stamp> {
    let stamp = Stamp::from_utc(&delay.stamp.0);
    let ahead = i64::try_from(AHEAD.as_micros()).unwrap_or(i64::MAX);
    if stamp < FIRST {
        None
    } else if stamp.micros() > now.micros().saturating_add(ahead) {
        Some(now)
    } else {
        Some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Stamp = Stamp::from_micros(1_763_802_720_000_000);

    fn delay(from: Option<&str>, stamp: &str) -> Element {
        let from = from.map_or(String::new(), |from| format!("from='{from}'"));
        format!("<delay xmlns='urn:xmpp:delay' {from} stamp='{stamp}'/>").parse().unwrap()
    }

    fn read(payloads: &[Element]) -> Option<Stamp> {
        delayed(payloads, NOW, |from| from.as_str() == "example.test")
    }

    #[test]
    fn only_trusted_stamps_count_and_the_last_of_them() {
        let past = "2025-11-21T00:00:00Z";
        assert_eq!(read(&[delay(Some("example.test"), past)]), Stamp::parse(past));
        assert_eq!(read(&[delay(Some("evil.test"), past)]), None);
        assert_eq!(read(&[delay(None, past)]), None);
        let two = [delay(Some("example.test"), "2001-01-01T00:00:00Z"), delay(Some("example.test"), past)];
        assert_eq!(read(&two), Stamp::parse(past));
    }

    #[test]
    fn the_future_is_now_and_before_the_beginning_is_nothing() {
        let ours = Some("example.test");
        assert_eq!(read(&[delay(ours, "2999-01-01T00:00:00Z")]), Some(NOW));
        let ahead = "2025-11-22T09:13:00Z";
        assert_eq!(read(&[delay(ours, ahead)]), Stamp::parse(ahead));
        assert_eq!(read(&[delay(ours, "1970-01-01T00:00:00Z")]), None);
        assert_eq!(read(&[delay(ours, "soon")]), None);
    }
}
