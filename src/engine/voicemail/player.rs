//! What is played of a mailbox: one message at a time, and not while somebody rings or talks.
//!
//! It refuses to know sound: it hands on a file, and hears how far whoever plays it has come.

use crate::engine::command::PlayerWish;
use crate::engine::event::{AccountName, Event, PlayPhase, Playing, VoicemailId};
use crate::engine::input::PlayerIn;
use crate::engine::output::{Output, PlayerOut, SoundOut};
use crate::engine::state::{CallPhase, State};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The player.
#[derive(Debug, Default)]
pub struct Player {
    /// Files that were handed on.
    made: u64,
    current: Option<Current>,
    out: VecDeque<Output>,
}

#[derive(Debug)]
struct Current {
    playing: Playing,
    /// Kept to be heard again.
    file: Option<Arc<[u8]>>,
}

impl Player {
    /// A message is to be played from its beginning. Whether its sound has to be fetched: [`Player::there`] tells when it
    /// is.
    pub fn begin(&mut self, account: &AccountName, message: &VoicemailId, length: Option<Duration>) -> bool {
        let kept = self.current.take().filter(|current| current.is(account, message)).and_then(|current| current.file);
        self.order(PlayerOut::Stop);
        let (account, message, phase) = (account.clone(), message.clone(), PlayPhase::Waiting);
        let playing = Playing { account, message, phase, at: Duration::ZERO, length: length.unwrap_or_default() };
        self.current = Some(Current { playing, file: kept });
        let fetched = self.start();
        self.tell();
        !fetched
    }

    /// The sound of a message is there, or is not to be had.
    pub fn there(&mut self, account: &AccountName, message: &VoicemailId, file: Option<Arc<[u8]>>) {
        let Some(current) = self.current.as_mut().filter(|current| current.is(account, message)) else { return };
        match file {
            Some(file) => {
                current.file = Some(file);
                self.start();
            }
            None => self.stop(),
        }
    }

    /// Whoever plays tells of the file of that number. Where it cannot be played: which message, and why.
    pub fn told(&mut self, number: u64, told: PlayerIn) -> Option<(AccountName, VoicemailId, String)> {
        let current = self.current.as_mut().filter(|_| number == self.made)?;
        let playing = &mut current.playing;
        match told {
            PlayerIn::Length(length) => playing.length = length,
            PlayerIn::At(at) => {
                playing.at = at.min(playing.length);
                if playing.phase == PlayPhase::Waiting {
                    playing.phase = PlayPhase::Playing;
                }
            }
            PlayerIn::Ended => (playing.phase, playing.at) = (PlayPhase::Ended, playing.length),
            PlayerIn::Failed(why) => {
                let Playing { account, message, .. } = playing.clone();
                self.stop();
                return Some((account, message, why));
            }
        }
        self.tell();
        None
    }

    /// The user wants something.
    pub fn wish(&mut self, wish: PlayerWish) {
        let Some(Current { playing, file }) = self.current.as_mut() else { return };
        match (wish, playing.phase) {
            (PlayerWish::Stop, _) => self.stop(),
            // Nothing is heard yet that could stand still.
            (_, PlayPhase::Waiting) if file.is_none() => {}
            (PlayerWish::Pause(true), PlayPhase::Playing | PlayPhase::Waiting) => self.pause(true),
            (PlayerWish::Pause(false), PlayPhase::Paused) => self.pause(false),
            (PlayerWish::Pause(false), PlayPhase::Ended) => {
                playing.at = Duration::ZERO;
                self.start();
                self.tell();
            }
            (PlayerWish::Pause(_), _) => {}
            (PlayerWish::Seek(by), PlayPhase::Ended) if by < 0 => {
                let end = i64::try_from(playing.length.as_millis()).unwrap_or(i64::MAX);
                self.start();
                self.order(PlayerOut::Seek(end.saturating_add(by).max(0)));
                self.tell();
            }
            (PlayerWish::Seek(_), PlayPhase::Ended) => {}
            (PlayerWish::Seek(by), _) => self.order(PlayerOut::Seek(by)),
        }
    }

    /// A call has changed: whoever rings or talks is not talked over.
    pub fn hush_for(&mut self, state: &State) {
        let is_loud = state.calls.values().any(|call| match call.phase {
            CallPhase::Began | CallPhase::Ringing | CallPhase::Early => true,
            CallPhase::Talking { held_by_us, .. } => !held_by_us,
            CallPhase::Ended(_) => false,
        });
        let plays = self.current.as_ref().is_some_and(|current| current.playing.phase == PlayPhase::Playing);
        if is_loud && plays {
            self.pause(true);
        }
    }

    /// A message is deleted, or an account signs out: it is not played any more.
    pub fn forget(&mut self, account: &AccountName, message: Option<&VoicemailId>) {
        let is = |current: &Current| {
            current.playing.account == *account && message.is_none_or(|message| current.playing.message == *message)
        };
        if self.current.as_ref().is_some_and(is) {
            self.stop();
        }
    }

    /// The next thing to be done.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Hands the file on, if it is there.
    fn start(&mut self) -> bool {
        let Some(Current { playing, file: Some(file) }) = self.current.as_mut() else { return false };
        playing.phase = PlayPhase::Waiting;
        let file = Arc::clone(file);
        self.made += 1;
        self.order(PlayerOut::Play { number: self.made, file });
        true
    }

    fn pause(&mut self, paused: bool) {
        if let Some(Current { playing, .. }) = self.current.as_mut() {
            playing.phase = if paused { PlayPhase::Paused } else { PlayPhase::Playing };
            self.order(PlayerOut::Pause(paused));
            self.tell();
        }
    }

    fn stop(&mut self) {
        self.current = None;
        self.order(PlayerOut::Stop);
        self.tell();
    }

    fn order(&mut self, order: PlayerOut) {
        self.out.push_back(Output::Sound(SoundOut::Player(order)));
    }

    fn tell(&mut self) {
        let playing = self.current.as_ref().map(|current| current.playing.clone());
        self.out.push_back(Output::Event(Event::Playing(playing)));
    }
}

impl Current {
    fn is(&self, account: &AccountName, message: &VoicemailId) -> bool {
        self.playing.account == *account && self.playing.message == *message
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{CallChange, CallId};
    use crate::machine::{RemoteText, Stamp};

    const SECOND: Duration = Duration::from_secs(1);

    fn work() -> AccountName {
        AccountName("work".into())
    }

    fn id(id: &str) -> VoicemailId {
        VoicemailId(id.into())
    }

    /// What it orders, and how it stands.
    fn said(player: &mut Player) -> (Vec<PlayerOut>, Option<(PlayPhase, Duration)>) {
        let (mut orders, mut state) = (Vec::new(), State::default());
        while let Some(output) = player.poll() {
            match output {
                Output::Sound(SoundOut::Player(order)) => orders.push(order),
                Output::Event(event) => state.apply(&event),
                other => panic!("{other:?}"),
            }
        }
        (orders, state.playing.map(|playing| (playing.phase, playing.at)))
    }

    /// It plays message `a`, 14 s long, which was fetched.
    fn playing() -> (Player, Arc<[u8]>) {
        let (mut player, file) = (Player::default(), Arc::from(&b"RIFF"[..]));
        assert!(player.begin(&work(), &id("a"), Some(14 * SECOND)));
        player.there(&work(), &id("a"), Some(Arc::clone(&file)));
        player.told(1, PlayerIn::Length(14 * SECOND));
        player.told(1, PlayerIn::At(Duration::ZERO));
        let (orders, stands) = said(&mut player);
        assert_eq!(orders, [PlayerOut::Stop, PlayerOut::Play { number: 1, file: Arc::clone(&file) }]);
        assert_eq!(stands, Some((PlayPhase::Playing, Duration::ZERO)));
        (player, file)
    }

    #[test]
    fn a_message_is_played_paused_sought_and_heard_to_its_end() {
        let (mut player, file) = playing();
        player.wish(PlayerWish::Pause(true));
        player.wish(PlayerWish::Seek(5_000));
        player.told(1, PlayerIn::At(5 * SECOND));
        assert_eq!(
            said(&mut player),
            (vec![PlayerOut::Pause(true), PlayerOut::Seek(5_000)], Some((PlayPhase::Paused, 5 * SECOND)))
        );
        player.wish(PlayerWish::Pause(false));
        player.told(1, PlayerIn::Ended);
        assert_eq!(said(&mut player), (vec![PlayerOut::Pause(false)], Some((PlayPhase::Ended, 14 * SECOND))));
        // From the end one goes back, or begins anew; nothing is fetched again.
        player.wish(PlayerWish::Seek(-5_000));
        let again = |number| PlayerOut::Play { number, file: Arc::clone(&file) };
        assert_eq!(said(&mut player).0, [again(2), PlayerOut::Seek(9_000)]);
        assert!(!player.begin(&work(), &id("a"), None));
        assert_eq!(said(&mut player).0, [PlayerOut::Stop, again(3)]);
        // What is told of a file before is not of this one.
        player.told(2, PlayerIn::Ended);
        assert_eq!(said(&mut player), (vec![], None));
    }

    #[test]
    fn only_what_was_asked_for_last_is_played() {
        let mut player = Player::default();
        assert!(player.begin(&work(), &id("a"), None) && player.begin(&work(), &id("b"), None));
        player.there(&work(), &id("a"), Some(Arc::from(&b"a"[..])));
        assert!(said(&mut player).0.iter().all(|order| *order == PlayerOut::Stop));
        player.there(&work(), &id("b"), None);
        assert_eq!(said(&mut player), (vec![PlayerOut::Stop], None));
        let (mut player, _) = playing();
        let failed = player.told(1, PlayerIn::Failed("no sound".into()));
        assert_eq!(failed, Some((work(), id("a"), "no sound".into())));
        assert_eq!(said(&mut player), (vec![PlayerOut::Stop], None));
    }

    #[test]
    fn nobody_who_rings_or_talks_is_talked_over() {
        let (mut player, _) = playing();
        let mut state = State::default();
        player.hush_for(&state);
        assert_eq!(said(&mut player).0, []);
        let change = CallChange::Began {
            account: work(),
            incoming: true,
            peer: RemoteText::default(),
            name: RemoteText::default(),
            ticket: None,
            at: Stamp::from_micros(0),
        };
        state.apply(&Event::Call { call: CallId(1), change });
        player.hush_for(&state);
        player.hush_for(&state);
        assert_eq!(said(&mut player).0, [PlayerOut::Pause(true)]);
    }

    #[test]
    fn what_is_deleted_or_signed_out_is_played_no_more() {
        let (mut player, _) = playing();
        player.forget(&work(), Some(&id("b")));
        assert_eq!(said(&mut player).0, []);
        player.forget(&work(), Some(&id("a")));
        assert_eq!(said(&mut player), (vec![PlayerOut::Stop], None));
        let (mut player, _) = playing();
        player.forget(&work(), None);
        assert_eq!(said(&mut player).0, [PlayerOut::Stop]);
    }
}
