//! What Ana's engine has told.

use offhook::engine::event::{CallChange, CallId, Event};

/// In order.
#[derive(Default)]
pub struct Told(pub Vec<Event>);

impl Told {
    pub fn events(&self, is: impl Fn(&Event) -> bool) -> Vec<&Event> {
        self.0.iter().filter(|event| is(event)).collect()
    }

    /// What others wrote.
    pub fn heard(&self) -> Vec<String> {
        let text = |event: &Event| match event {
            Event::Message { message, .. } if !message.ours => Some(message.body.raw().to_owned()),
            _ => None,
        };
        self.0.iter().filter_map(text).collect()
    }

    pub fn calls(&self) -> Vec<CallId> {
        let began = |event: &Event| match event {
            Event::Call { call, change: CallChange::Began { .. } } => Some(*call),
            _ => None,
        };
        self.0.iter().filter_map(began).collect()
    }

    /// How calls ended.
    pub fn ends(&self) -> Vec<&'static str> {
        let end = |event: &Event| match event {
            Event::Call { change: CallChange::Ended { end, .. }, .. } => Some(end.word()),
            _ => None,
        };
        self.0.iter().filter_map(end).collect()
    }
}
