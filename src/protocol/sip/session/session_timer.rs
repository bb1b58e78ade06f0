//! Session timers (RFC 4028): how long a call lasts without a refresh, and who refreshes it.
//!
//! We never ask for one; we agree to what the far side, or a proxy, asks for.
#![deny(clippy::indexing_slicing)]

use crate::machine::{Moment, Wake};
use crate::protocol::sip::message::{Headers, Request};
use std::time::Duration;

/// The shortest interval that we agree to (RFC 4028 §5).
pub const MIN_SE: Duration = Duration::from_secs(90);

/// The longest that is believed: a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimer {
    /// The session interval.
    pub interval: Duration,
    /// We refresh.
    pub ours: bool,
    /// When our refresh is due; `None` when it is theirs, or ours is on its way.
    pub refresh: Option<Moment>,
    /// When the session is dead without one.
    pub expires: Moment,
}

impl SessionTimer {
    /// Agreed at `now`.
    #[must_use]
    pub fn agreed(now: Moment, interval: Duration, ours: bool) -> SessionTimer {
        let interval = interval.clamp(MIN_SE, LONGEST);
        let margin = Duration::from_secs(32).min(interval / 3);
        SessionTimer {
            interval,
            ours,
            refresh: ours.then(|| now + interval / 2),
            expires: now + if ours { interval } else { interval.saturating_sub(margin) },
        }
    }

    /// What the 2xx to a request of ours has settled (RFC 4028 §7.2). `None`: no timer.
    #[must_use]
    pub fn in_response(now: Moment, headers: &Headers) -> Option<SessionTimer> {
        let (interval, refresher) = session_expires(headers)?;
        Some(SessionTimer::agreed(now, interval, refresher == Some(Refresher::Uac)))
    }

    /// What we settle for a request that came (RFC 4028 §9), and the value of Session-Expires that says so. The far side
    /// refreshes where it can.
    #[must_use]
    pub fn for_request(now: Moment, headers: &Headers) -> Option<(SessionTimer, Refresher)> {
        let (interval, asked) = session_expires(headers)?;
        let refresher = if knows_timer(headers) { asked.unwrap_or(Refresher::Uac) } else { Refresher::Uas };
        Some((SessionTimer::agreed(now, interval, refresher == Refresher::Uas), refresher))
    }

    /// Writes what was settled into the headers of a request or a 2xx.
    pub fn write(&self, refresher: Refresher, headers: &mut Headers) {
        headers.set("Session-Expires", format!("{};refresher={}", self.interval.as_secs(), refresher.word()));
    }

    /// When something is due.
    #[must_use]
    pub fn wake(&self) -> Wake {
        match self.refresh {
            Some(at) if at < self.expires => Wake { at, why: "session refresh" },
            _ => Wake { at: self.expires, why: "session expiry" },
        }
    }
}

/// Who refreshes, in the terms of the transaction that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answered it.
    Uas,
}

impl Refresher {
    const fn word(self) -> &'static str {
        match self {
            Refresher::Uac => "uac",
            Refresher::Uas => "uas",
        }
    }
}

/// Whether `request` asks for an interval that is too small for us, from one who understands a 422 (RFC 4028 §9).
#[must_use]
pub fn is_too_small(request: &Request) -> bool {
    knows_timer(&request.headers) && session_expires(&request.headers).is_some_and(|(interval, _)| interval < MIN_SE)
}

/// The Min-SE of a 422.
#[must_use]
pub fn min_se(headers: &Headers) -> Option<Duration> {
    delta(headers.get("Min-SE")?).map(|seconds| seconds.clamp(MIN_SE, LONGEST))
}

fn knows_timer(headers: &Headers) -> bool {
    headers.supported().contains(&"timer") || headers.require().contains(&"timer")
}

fn session_expires(headers: &Headers) -> Option<(Duration, Option<Refresher>)> {
    let value = headers.get("Session-Expires")?;
    let refresher = value.split(';').skip(1).find_map(|param| {
        let (name, value) = param.split_once('=')?;
        let named = |word| name.trim().eq_ignore_ascii_case("refresher") && value.trim().eq_ignore_ascii_case(word);
        if named("uac") { Some(Refresher::Uac) } else { named("uas").then_some(Refresher::Uas) }
    });
    Some((delta(value)?, refresher))
}

/// The seconds that a value begins with.
fn delta(value: &str) -> Option<Duration> {
    let digits = value.split(';').next()?.trim();
    digits.parse::<u32>().ok().map(|seconds| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        lines.iter().for_each(|(name, value)| headers.push(name, value));
        headers
    }

    #[test]
    fn who_refreshes_follows_table_2_of_the_standard() {
        let now = Moment::START;
        let ours = |lines: &[(&str, &str)]| SessionTimer::for_request(now, &headers(lines)).map(|(timer, _)| timer.ours);
        assert_eq!(ours(&[("Session-Expires", "1800"), ("Supported", "timer")]), Some(false));
        assert_eq!(ours(&[("Session-Expires", "1800;refresher=uas"), ("Supported", "100rel, timer")]), Some(true));
        // A proxy asks, and the caller knows nothing of it.
        assert_eq!(ours(&[("x", "1800;refresher=uac")]), Some(true));
        assert_eq!(ours(&[("Supported", "timer")]), None);
        let timer = |value| SessionTimer::in_response(now, &headers(&[("Session-Expires", value)]));
        assert_eq!(
            timer("180;refresher=uac").map(|timer| (timer.refresh, timer.expires)),
            Some((Some(now + Duration::from_secs(90)), now + Duration::from_secs(180)))
        );
        assert_eq!(
            timer("180;refresher=uas").map(|timer| (timer.refresh, timer.expires)),
            Some((None, now + Duration::from_secs(148)))
        );
        assert_eq!(timer("1").map(|timer| timer.interval), Some(MIN_SE));
        assert_eq!(timer("4294967295").map(|timer| timer.interval), Some(LONGEST));
        assert_eq!(timer("soon"), None);
    }
}
