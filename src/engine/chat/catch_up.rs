//! What was missed (XEP-0313): page by page after the place that was reached, each page on disk before the place moves.

use super::incoming::{Incoming, Telling};
use super::outgoing::Outgoing;
use super::turn::Turn;
use crate::engine::ask::{Answer, AskId, StoreAnswer, StoreQuestion};
use crate::engine::event::{Event, Message, MessageKey, NoticeLevel, ProblemKind};
use crate::machine::Stamp;
use crate::protocol::xmpp::Known;
use crate::protocol::xmpp::archive::{Begin, End, Wanted};
use crate::protocol::xmpp::gate::Said;

/// Results on a page.
const PAGE: usize = 100;

/// Pages that are read in one go: an archive that never ends is not read for ever.
const PAGES: usize = 1000;

/// What is done with a place that the archive does not know any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Trusted,
    Unknown,
}

#[derive(Debug)]
enum Step {
    /// No session, or one that is not there for what comes.
    Idle,
    /// The disk is asked for the place.
    Position(AskId, Place),
    /// The archive is asked for a page.
    Page { query: String, wanted: Wanted, found: Vec<Message>, pages: usize },
    /// The page is being written to disk.
    Keeping { ask: AskId, wanted: Wanted, end: End, pages: usize },
    /// All has been read; what comes live moves the place.
    Done,
    /// There is no archive, or it failed us.
    Without,
}

/// Reading what was missed.
#[derive(Debug)]
pub(super) struct CatchUp {
    step: Step,
    /// How far this run has read. The place on disk may be further: another process of ours moves it too.
    reached: Option<String>,
    /// The newest live message that came meanwhile, unless the archive has given it as well.
    live: Option<String>,
    /// Whether a session of this run has caught up before.
    telling: Telling,
}

/// Whether it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Going,
    /// Just now.
    Ended,
}

impl CatchUp {
    pub(super) fn new() -> CatchUp {
        CatchUp { step: Step::Idle, reached: None, live: None, telling: Telling::WhenNew }
    }

    /// A new session begins; what was open before it is never answered.
    pub(super) fn reset(&mut self) {
        self.step = Step::Idle;
        self.live = None;
    }

    /// The server has an archive: read it.
    pub(super) fn begin(&mut self, known: &mut Known, turn: &mut Turn<'_>) {
        match self.reached.clone() {
            Some(reached) => self.ask(behind(reached), known, turn),
            None => self.ask_position(Place::Trusted, turn),
        }
    }

    /// There is more to be read than what has come live, unless it is being read already.
    pub(super) fn again(&mut self, known: &mut Known, turn: &mut Turn<'_>) {
        if matches!(self.step, Step::Done) {
            self.begin(known, turn);
        }
    }

    /// The server has no archive: nothing can be fetched.
    pub(super) fn without(&mut self, out: &mut Outgoing) -> Progress {
        self.step = Step::Without;
        out.tell(Event::CaughtUp { account: out.account() });
        Progress::Ended
    }

    /// The session goes on after its link was lost, and the screen has forgotten that it was caught up.
    pub(super) fn tell_again(&self, out: &mut Outgoing) {
        if matches!(self.step, Step::Done) {
            out.tell(Event::CaughtUp { account: out.account() });
        }
    }

    /// Whether what was missed is still being read, or will be: there is an archive, or nobody has said that there is none.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.step, Step::Done | Step::Without)
    }

    /// How a message that came late, but not from the archive, is told.
    pub(super) fn telling(&self) -> Telling {
        self.telling
    }

    fn ask_position(&mut self, place: Place, turn: &mut Turn<'_>) {
        let ask = turn.out.store(StoreQuestion::ArchivePosition { account: turn.out.account() });
        self.step = Step::Position(ask, place);
    }

    fn ask(&mut self, begin: Begin, known: &mut Known, turn: &mut Turn<'_>) {
        let wanted = Wanted { with: None, start: None, begin, page: PAGE };
        let query = turn.ask_archive(known, &wanted);
        self.step = Step::Page { query, wanted, found: Vec::new(), pages: 1 };
    }

    /// The disk has answered.
    pub(super) fn answered(&mut self, id: AskId, answer: &Answer, known: &mut Known, turn: &mut Turn<'_>) -> Progress {
        match &self.step {
            Step::Position(ask, place) if *ask == id => {
                let (last, newest) = match answer {
                    Answer::Store(Ok(StoreAnswer::ArchivePosition { last, newest })) => (last.clone(), *newest),
                    _ => (None, None),
                };
                let begin = match (place, last, newest) {
                    (Place::Trusted, Some(last), _) => behind(last),
                    (Place::Unknown, _, Some(newest)) => Begin::At(Stamp::from_micros(newest.micros())),
                    // Never read to an end, though messages that came live may be on disk: what was before them may not.
                    (Place::Trusted, None, _) | (Place::Unknown, _, None) => Begin::Newest,
                };
                self.ask(begin, known, turn);
                Progress::Going
            }
            Step::Keeping { ask, wanted, end, pages } if *ask == id => {
                let (wanted, end, pages) = (wanted.clone(), end.clone(), *pages);
                // An archive that is empty the first time has a place too: its beginning.
                let empty = wanted.begin == Begin::Newest && end.complete;
                let place = end.last.clone().or_else(|| empty.then(String::new));
                if let Some(place) = place.filter(|_| !matches!(answer, Answer::Store(Err(_)))) {
                    self.move_to(place, turn.out);
                }
                match wanted.next(&end).filter(|_| pages < PAGES) {
                    Some(wanted) => {
                        let query = turn.ask_archive(known, &wanted);
                        self.step = Step::Page { query, wanted, found: Vec::new(), pages: pages + 1 };
                        Progress::Going
                    }
                    None => self.done(turn.out),
                }
            }
            _ => Progress::Going,
        }
    }

    /// A result came.
    pub(super) fn result(&mut self, of: &str, id: &str, said: Option<Said>, turn: &mut Turn<'_>) {
        let Step::Page { query, found, wanted, .. } = &mut self.step else { return };
        if query != of || found.len() >= 2 * wanted.page {
            return;
        }
        if self.live.as_deref() == Some(id) {
            self.live = None;
        }
        if let Some(said) = said {
            found.push(Incoming::message(said, true, turn));
        }
    }

    /// A page came to its end: to disk with it.
    pub(super) fn end(&mut self, of: &str, end: End, incoming: &mut Incoming, known: &mut Known, turn: &mut Turn<'_>) {
        known.queries.remove(of);
        let Step::Page { query, wanted, found, pages } = &mut self.step else { return };
        if query == of {
            let (wanted, pages) = (wanted.clone(), *pages);
            let ask = incoming.keep(std::mem::take(found), self.telling, turn.out);
            self.step = Step::Keeping { ask, wanted, end, pages };
        }
    }

    /// The archive gave an error instead, or nothing. Where it does not know our place, its clock is asked instead.
    pub(super) fn failed(&mut self, of: &str, why: &str, lost_place: bool, known: &mut Known, turn: &mut Turn<'_>) -> Progress {
        known.queries.remove(of);
        let Step::Page { query, wanted, .. } = &self.step else { return Progress::Going };
        if query != of {
            return Progress::Going;
        }
        if lost_place && matches!(wanted.begin, Begin::After(_)) && wanted.start.is_none() {
            self.reached = None;
            self.ask_position(Place::Unknown, turn);
            return Progress::Going;
        }
        self.step = Step::Without;
        let what = format!("What was missed could not be fetched from the server's archive: {why}.");
        let next = "It will be tried at the next sign-in.";
        turn.out.notice(NoticeLevel::Warning, ProblemKind::Protocol, what, next);
        Progress::Ended
    }

    /// A message came live and has this archive id.
    pub(super) fn live(&mut self, id: String, out: &mut Outgoing) {
        match self.step {
            Step::Done => self.move_to(id, out),
            Step::Idle | Step::Without => {}
            Step::Position(..) | Step::Page { .. } | Step::Keeping { .. } => self.live = Some(id),
        }
    }

    fn move_to(&mut self, last: String, out: &mut Outgoing) {
        out.store(StoreQuestion::MoveArchivePosition { account: out.account(), last: last.clone() });
        self.reached = Some(last);
    }

    fn done(&mut self, out: &mut Outgoing) -> Progress {
        // What came live and is not among the results came after them.
        if let Some(live) = self.live.take() {
            self.move_to(live, out);
        }
        self.step = Step::Done;
        // From now on this run knows by itself what it has told.
        self.telling = Telling::Always;
        out.tell(Event::CaughtUp { account: out.account() });
        Progress::Ended
    }
}

/// Where to read on from a place that was reached.
fn behind(place: String) -> Begin {
    if place.is_empty() { Begin::Oldest } else { Begin::After(place) }
}

/// The key under which a message of ours would be found.
pub(super) fn own_key(said: &Said) -> Option<MessageKey> {
    if said.ours { said.key().map(MessageKey) } else { None }
}
