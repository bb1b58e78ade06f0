//! The calls that ring or go on: which of them keys are for, and in which order they are shown.

use super::whom::{self, Whom, address_of_uri, number};
use crate::engine::event::CallId;
use crate::engine::state::{CallPhase, CallState, State};
use crate::tui::action::Action;

/// What a call is doing, as the user sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It rings here.
    RingsHere,
    /// We call, and nobody rings yet.
    Calling,
    /// It rings there.
    RingsThere,
    /// They are heard, and have not answered.
    HeardEarly,
    /// Both talk.
    Talking,
    /// We want them on hold, and it is not agreed yet.
    Holding,
    /// We hold them.
    HeldByUs,
    /// We want them back, and it is not agreed yet.
    Resuming,
    /// They hold us.
    HeldByThem,
    /// Over.
    Ended,
}

/// What this call is doing.
#[must_use]
pub fn doing(call: &CallState) -> Doing {
    match &call.phase {
        CallPhase::Began | CallPhase::Ringing | CallPhase::Early if call.incoming => Doing::RingsHere,
        CallPhase::Began => Doing::Calling,
        CallPhase::Ringing => Doing::RingsThere,
        CallPhase::Early => Doing::HeardEarly,
        CallPhase::Talking { held_by_us: true, .. } if call.hold_wanted => Doing::HeldByUs,
        CallPhase::Talking { held_by_us: true, .. } => Doing::Resuming,
        CallPhase::Talking { .. } if call.hold_wanted => Doing::Holding,
        CallPhase::Talking { held_by_them: true, .. } => Doing::HeldByThem,
        CallPhase::Talking { .. } => Doing::Talking,
        CallPhase::Ended(_) => Doing::Ended,
    }
}

/// The calls that are not over, oldest first.
#[must_use]
pub fn live(state: &State) -> Vec<(CallId, &CallState)> {
    state.calls.iter().filter(|(_, call)| doing(call) != Doing::Ended).map(|(id, call)| (*id, call)).collect()
}

/// The call that rings here, the oldest where there are several.
#[must_use]
pub fn ringing(state: &State) -> Option<CallId> {
    live(state).into_iter().find(|(_, call)| doing(call) == Doing::RingsHere).map(|(id, _)| id)
}

/// The call that talks, else one that is being set up by us, else one on hold.
#[must_use]
pub fn current(state: &State) -> Option<CallId> {
    let order = |call: &CallState| match doing(call) {
        Doing::Talking | Doing::HeldByThem | Doing::Resuming => 0,
        Doing::Calling | Doing::RingsThere | Doing::HeardEarly => 1,
        Doing::Holding | Doing::HeldByUs => 2,
        Doing::RingsHere => 3,
        Doing::Ended => 4,
    };
    live(state).into_iter().min_by_key(|(id, call)| (order(call), *id)).map(|(id, _)| id)
}

/// Another call that we hold, to switch to.
#[must_use]
pub fn held(state: &State, but: Option<CallId>) -> Option<CallId> {
    live(state).into_iter().find(|(id, call)| Some(*id) != but && is_held(call)).map(|(id, _)| id)
}

/// Something comes of what can be done with calls, as they are now.
#[must_use]
pub fn is_of_use(state: &State, action: Action) -> bool {
    let current = current(state);
    let doing = current.and_then(|id| state.calls.get(&id)).map(doing);
    match action {
        Action::Answer | Action::Decline => ringing(state).is_some(),
        Action::HangUp | Action::Mute => doing.is_some_and(|doing| doing != Doing::RingsHere),
        Action::Hold => {
            let answered = [Doing::Talking, Doing::HeldByThem, Doing::Resuming, Doing::Holding, Doing::HeldByUs];
            doing.is_some_and(|doing| answered.contains(&doing))
        }
        Action::SwitchCall => held(state, current).is_some(),
        _ => current.is_some(),
    }
}

/// They hear us and we hear them, or are about to.
#[must_use]
pub fn is_heard(call: &CallState) -> bool {
    matches!(doing(call), Doing::Talking | Doing::Resuming)
}

/// We hold them, or are about to.
#[must_use]
pub fn is_held(call: &CallState) -> bool {
    matches!(doing(call), Doing::Holding | Doing::HeldByUs)
}

/// We talk with them.
#[must_use]
pub fn is_on_call(state: &State, whom: &Whom) -> bool {
    let talks = |call: &CallState| matches!(call.phase, CallPhase::Talking { .. });
    let theirs = |call: &CallState| whom::of_caller(state, &call.account, &call.peer, &call.name).with == whom.with;
    state.calls.values().any(|call| talks(call) && theirs(call))
}

/// The call with this number or address that is not over.
#[must_use]
pub fn with(state: &State, target: &str) -> Option<CallId> {
    let target = address_of_uri(target);
    let is_with = |call: &CallState| {
        let peer = address_of_uri(call.peer.raw());
        peer == target || number(&peer) == target
    };
    live(state).into_iter().find(|(_, call)| is_with(call)).map(|(id, _)| id)
}

/// Why a call did not come about, for people, of what SIP says of it (RFC 3261 §21).
#[must_use]
pub fn failure_words(reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    let words = match reason.split(' ').next().unwrap_or_default() {
        "404" | "604" => "no such number",
        "484" => "the number is not complete",
        "403" => "it is not allowed",
        "410" => "nobody is there any more",
        "488" | "606" => "no sound that both sides know",
        "500" | "502" | "503" | "504" => "the server cannot do it now",
        _ => return reason.to_owned(),
    };
    format!("{words} ({})", reason.get(..3).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_call_failed_is_said_in_words_where_there_are_some() {
        assert_eq!(failure_words("404 Not Found"), "no such number (404)");
        assert_eq!(failure_words("the SIP server refused the password."), "the SIP server refused the password");
        assert_eq!((failure_words(""), failure_words("404")), (String::new(), "no such number (404)".to_owned()));
    }
}
