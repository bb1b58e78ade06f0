//! The books of a story: at its end everybody signs out, and what was begun must have ended, once.

use super::roads::Reach;
use super::sound::{At, Thread, figures};
use super::town::Town;
use offhook::engine::event::{CallChange, CallEnd, Event, LinkState};
use std::collections::BTreeMap;

impl Town {
    /// Everything is mended, everybody signs out, and the books are checked.
    pub fn end(mut self) {
        self.roads.reach = Reach::Open;
        self.roads.cut_off.clear();
        self.seconds(1.0);
        for engine in self.engines() {
            self.sign_out(engine);
        }
        self.seconds(400.0);
        self.balance();
        for engine in self.engines() {
            assert!(
                self.is_at_rest(engine),
                "{engine} still waits for {:?}",
                offhook::machine::Machine::wake(self.engine(engine))
            );
            assert!(
                matches!(self.link(engine), None | Some(LinkState::Offline | LinkState::Failed(_))),
                "{engine}: {:?}",
                self.link(engine)
            );
        }
        assert!(!self.server().is_busy(), "the server has transactions that never end");
        let open: Vec<_> = self.roads.flows.keys().filter(|(actor, _)| self.roads.people.contains_key(actor)).collect();
        assert!(open.is_empty(), "flows are left open: {open:?}");
    }

    /// What must be true at any time when no call is left.
    pub fn balance(&mut self) {
        for engine in self.engines() {
            let person = &self.roads.people[&engine];
            let mut open: BTreeMap<_, Vec<&CallChange>> = BTreeMap::new();
            for (_, event) in &person.events {
                if let Event::Call { call, change } = event {
                    open.entry(*call).or_default().push(change);
                }
            }
            for (call, changes) in &open {
                let at = (engine, *call);
                let began = |change: &&&CallChange| matches!(change, CallChange::Began { .. });
                let ended = |change: &&&CallChange| matches!(change, CallChange::Ended { .. });
                assert!(began(&changes.first().unwrap()) && changes.iter().filter(began).count() == 1, "{at:?}: {changes:?}");
                assert!(ended(&changes.last().unwrap()) && changes.iter().filter(ended).count() == 1, "{at:?}: {changes:?}");
                self.check_sound(at, changes.last().unwrap());
            }
            assert_eq!(person.kept.len(), open.len(), "{engine}: every call is kept once: {:?}", person.kept);
            let told = person.events.iter().filter_map(|(_, event)| match event {
                Event::CallKept(kept) => Some(&kept.call),
                _ => None,
            });
            assert!(told.eq(&person.kept), "{engine}: every call that is kept is told: {:?}", person.events);
            for (record, changes) in person.kept.iter().zip(in_order_of_end(&person.events, &open)) {
                let CallChange::Ended { end, reason, .. } = changes.last().unwrap() else { panic!() };
                assert_eq!((record.end, record.reason.raw()), (*end, reason.raw()));
                let talked = changes.iter().any(|change| matches!(change, CallChange::Answered { .. }));
                assert_eq!(record.answered.is_some(), talked, "{record:?}");
                assert!(record.began <= record.answered.unwrap_or(record.ended), "{record:?}");
                assert!(record.answered.unwrap_or(record.began) <= record.ended, "{record:?}");
            }
            let folded = person.state.clone();
            assert_eq!(*self.engine(engine).state(), folded, "{engine}: the state is the fold of the events");
        }
        let sounding: Vec<&At> =
            self.roads.studio.threads.iter().filter(|(_, thread)| thread.stops == 0).map(|(at, _)| at).collect();
        assert!(sounding.is_empty(), "media threads are left: {sounding:?}");
    }

    /// A port was asked for at most once and stopped as often, and the last figures are those of the thread.
    fn check_sound(&self, at: At, end: &CallChange) {
        let Some(Thread { ports, stops, plans, .. }) = self.roads.studio.threads.get(&at) else { return };
        assert_eq!(ports.len(), *stops, "{at:?}: ports and stops");
        assert!(*stops <= 1, "{at:?}: stopped {stops} times");
        let CallChange::Ended { figures: told, end, .. } = end else { panic!() };
        if *plans > 0 {
            assert_eq!(*told, figures(at), "{at:?}: ended {}", CallEnd::word(*end));
        }
    }
}

/// The changes of every call, in the order in which the calls ended.
fn in_order_of_end<'a>(
    events: &'a [(offhook::machine::Moment, Event)],
    open: &'a BTreeMap<offhook::engine::event::CallId, Vec<&'a CallChange>>,
) -> impl Iterator<Item = &'a Vec<&'a CallChange>> {
    events.iter().filter_map(|(_, event)| match event {
        Event::Call { call, change: CallChange::Ended { .. } } => open.get(call),
        _ => None,
    })
}
