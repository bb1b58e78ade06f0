//! Sound outside any call: what devices there are, which the user chose, their test, and what rings when.
//!
//! It refuses to know how devices are found and opened: it asks, and tells what came back.

use super::ask::{Answer, AskId, ChosenSound, Question};
use super::event::{Event, Notice, NoticeLevel, SoundPath};
use super::input::SoundIn;
use super::output::{Output, Ring, SoundOut};
use super::state::{CallPhase, State};
use std::collections::VecDeque;

/// The devices, as far as the engine knows them.
#[derive(Debug)]
pub struct SoundRoom {
    /// Ask numbers are this and what follows.
    base: u64,
    made: u64,
    /// There is no device at all, and the user was told that calls are silent.
    has_none: bool,
    ringing: Option<Ring>,
    out: VecDeque<Output>,
}

impl SoundRoom {
    /// Nobody has looked, nothing rings.
    #[must_use]
    pub fn new(base: u64) -> SoundRoom {
        SoundRoom { base, made: 0, has_none: false, ringing: None, out: VecDeque::new() }
    }

    /// The user wants to know what there is now.
    pub fn look(&mut self) {
        self.ask(None);
    }

    /// The user has chosen.
    pub fn choose(&mut self, chosen: ChosenSound) {
        self.ask(Some(chosen));
    }

    /// The user tests the devices, or has heard enough.
    pub fn test(&mut self, on: bool) {
        self.out.push_back(Output::Sound(SoundOut::Test(on)));
    }

    /// A question of ours is answered. When several are on their way, each answer is truer than the one before.
    pub fn answered(&mut self, answer: Answer) {
        if let Answer::Sound(sound) = answer {
            self.has_none = matches!(sound.path, SoundPath::Silent(_)) && sound.inputs.is_empty() && sound.outputs.is_empty();
            self.out.push_back(Output::Event(Event::Sound(sound)));
        }
    }

    /// The devices tell.
    pub fn told(&mut self, told: SoundIn) {
        match told {
            SoundIn::Level(level) => self.out.push_back(Output::Event(Event::SoundLevel(level))),
            // Where there is none it goes without saying that it does not open.
            SoundIn::Failed(_) if self.has_none => self.ask(None),
            SoundIn::Failed(problem) => {
                let notice = Notice { account: None, level: NoticeLevel::Warning, problem };
                self.out.push_back(Output::Event(Event::Notice(notice)));
                self.ask(None);
            }
            // What is played is the player's own business.
            SoundIn::Player(..) => {}
        }
    }

    /// A call has changed: what is to ring now? Nothing where somebody talks, or is heard before answering; else the bell
    /// where somebody calls us, else ringback where it rings at the far side.
    pub fn ring_for(&mut self, state: &State) {
        let is = |wanted: fn(bool, &CallPhase) -> bool| state.calls.values().any(|call| wanted(call.incoming, &call.phase));
        let ring = if is(|_, phase| matches!(phase, CallPhase::Talking { .. } | CallPhase::Early)) {
            None
        } else if is(|incoming, phase| incoming && *phase == CallPhase::Began) {
            Some(Ring::Bell)
        } else if is(|incoming, phase| !incoming && *phase == CallPhase::Ringing) {
            Some(Ring::Ringback)
        } else {
            None
        };
        if self.ringing != ring {
            self.ringing = ring;
            self.out.push_back(Output::Sound(SoundOut::Ring(ring)));
        }
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn ask(&mut self, chosen: Option<ChosenSound>) {
        self.made += 1;
        self.out.push_back(Output::Ask(AskId(self.base + self.made), Question::Sound(chosen)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{
        AccountName, CallChange, CallEnd, CallId, Figures, Problem, ProblemKind, Sound, SoundPath, Ticket,
    };
    use crate::machine::{RemoteText, Stamp};
    use std::time::Duration;

    fn began(incoming: bool) -> CallChange {
        CallChange::Began {
            account: AccountName("a".into()),
            incoming,
            peer: RemoteText::default(),
            name: RemoteText::default(),
            ticket: Some(Ticket(1)).filter(|_| !incoming),
            at: Stamp::from_micros(0),
        }
    }

    fn answered() -> CallChange {
        let (setup, codec) = (Duration::ZERO, "opus/48000".to_owned());
        CallChange::Answered { setup, codec, encrypted: true, keys_in_clear: false, at: Stamp::from_micros(0) }
    }

    fn ended() -> CallChange {
        CallChange::Ended { end: CallEnd::Local, reason: RemoteText::default(), figures: Figures::default() }
    }

    /// What the room wants to ring after each of these.
    fn rings(changes: &[(u64, CallChange)]) -> Vec<Option<Ring>> {
        let (mut room, mut state, mut rings) = (SoundRoom::new(0), State::default(), Vec::new());
        for (call, change) in changes {
            state.apply(&Event::Call { call: CallId(*call), change: change.clone() });
            room.ring_for(&state);
            while let Some(output) = room.poll() {
                match output {
                    Output::Sound(SoundOut::Ring(ring)) => rings.push(ring),
                    other => panic!("{other:?}"),
                }
            }
        }
        rings
    }

    #[test]
    fn the_bell_rings_until_somebody_answers_or_it_is_over() {
        let bell = [Some(Ring::Bell), None];
        assert_eq!(rings(&[(1, began(true)), (1, answered()), (1, ended())]), bell);
        assert_eq!(rings(&[(1, began(true)), (1, ended())]), bell);
        // The second caller is not heard in the talk with the first, and rings when that is over.
        let second = [(1, began(true)), (1, answered()), (2, began(true)), (1, ended()), (2, ended())];
        assert_eq!(rings(&second), [bell, bell].concat());
    }

    #[test]
    fn ringback_sounds_while_it_rings_there() {
        let ringing = CallChange::Ringing { early_media: false };
        let back = [Some(Ring::Ringback), None];
        assert_eq!(rings(&[(1, began(false)), (1, ringing.clone()), (1, answered())]), back);
        assert_eq!(rings(&[(1, began(false)), (1, ringing), (1, ended())]), back);
        assert_eq!(rings(&[(1, began(false)), (1, ended())]), []);
    }

    #[test]
    fn a_far_side_that_is_heard_before_it_answers_is_not_rung_over() {
        let early = |early_media| (1, CallChange::Ringing { early_media });
        let progress = (1, CallChange::Progress);
        let back = [Some(Ring::Ringback), None];
        assert_eq!(rings(&[(1, began(false)), progress.clone(), early(true), (1, answered())]), []);
        assert_eq!(rings(&[(1, began(false)), early(false), early(true), (1, ended())]), back);
        // It falls silent, and still rings; or nobody says that it does.
        assert_eq!(rings(&[(1, began(false)), early(false), early(true), early(false), (1, ended())]), [back, back].concat());
        assert_eq!(rings(&[(1, began(false)), early(true), progress, (1, ended())]), []);
        // Who calls meanwhile is seen, and heard afterwards.
        let second = [(1, began(false)), early(true), (2, began(true)), (1, ended()), (2, ended())];
        assert_eq!(rings(&second), [Some(Ring::Bell), None]);
        assert_eq!(rings(&[(1, began(false)), early(true), (2, began(true)), (2, ended()), (1, ended())]), []);
    }

    #[test]
    fn questions_are_numbered_and_a_device_that_fails_is_told_and_looked_for() {
        let mut room = SoundRoom::new(100);
        room.look();
        let chosen = ChosenSound { input: None, output: Some("PulseAudio".into()) };
        room.choose(chosen.clone());
        assert_eq!(room.poll(), Some(Output::Ask(AskId(101), Question::Sound(None))));
        assert_eq!(room.poll(), Some(Output::Ask(AskId(102), Question::Sound(Some(chosen)))));
        let sound = Sound { path: SoundPath::Devices, ..Sound::default() };
        room.answered(Answer::Sound(sound.clone()));
        assert_eq!(room.poll(), Some(Output::Event(Event::Sound(sound))));
        let problem = Problem::new(ProblemKind::Local, "The microphone is gone.", "Choose another.");
        room.told(SoundIn::Failed(problem.clone()));
        assert!(matches!(room.poll(), Some(Output::Event(Event::Notice(notice))) if notice.problem == problem));
        assert_eq!(room.poll(), Some(Output::Ask(AskId(103), Question::Sound(None))));
        room.told(SoundIn::Level(Some(0.5)));
        assert_eq!(room.poll(), Some(Output::Event(Event::SoundLevel(Some(0.5)))));
        assert_eq!(room.poll(), None);
    }

    #[test]
    fn where_there_is_no_device_none_that_fails_is_told() {
        let mut room = SoundRoom::new(0);
        let silent = Sound { path: SoundPath::Silent("Calls are silent.".into()), ..Sound::default() };
        room.answered(Answer::Sound(silent.clone()));
        assert_eq!(room.poll(), Some(Output::Event(Event::Sound(silent))));
        room.told(SoundIn::Failed(Problem::new(ProblemKind::Local, "The microphone cannot be opened.", "Choose another.")));
        assert_eq!(room.poll(), Some(Output::Ask(AskId(1), Question::Sound(None))));
        assert_eq!(room.poll(), None);
    }
}
