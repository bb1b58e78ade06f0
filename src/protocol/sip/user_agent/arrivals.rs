//! Requests outside of dialogs that came lately: the same one by another way is merged (RFC 3261 §8.2.2.2).
#![deny(clippy::indexing_slicing)]

use crate::machine::Moment;
use crate::protocol::sip::message::{Method, Request};
use std::collections::VecDeque;
use std::time::Duration;

/// For how long it is known that a request came: as long as its transaction may live.
const WINDOW: Duration = Duration::from_secs(32);

/// Requests that are remembered.
const MOST: usize = 256;

/// What came.
#[derive(Debug, Default)]
pub struct Arrivals {
    known: VecDeque<(Moment, Arrival)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Arrival {
    call_id: String,
    from_tag: String,
    cseq: u32,
    method: Method,
}

impl Arrivals {
    /// Whether the same request has come before, by another way: retransmissions never get here. It has now.
    pub fn has_come(&mut self, now: Moment, request: &Request) -> bool {
        let headers = &request.headers;
        let (Ok(call_id), Ok(from), Ok(cseq)) = (headers.call_id(), headers.from(), headers.cseq()) else { return false };
        let arrival = Arrival {
            call_id: call_id.to_owned(),
            from_tag: from.tag().unwrap_or_default().to_owned(),
            cseq: cseq.number,
            method: cseq.method,
        };
        self.known.retain(|(at, _)| now.since(*at) < WINDOW);
        let known = self.known.iter().any(|(_, before)| *before == arrival);
        if !known {
            if self.known.len() >= MOST {
                self.known.pop_front();
            }
            self.known.push_back((now, arrival));
        }
        known
    }
}
