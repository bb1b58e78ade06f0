//! Voicemail on the screen: what there is, what is played, and what the keys ask the engine for.

use super::alone::Alone;
use super::frames;
use super::hostile::{account, check, texts};
use super::town::BEGIN;
use offhook::engine::command::{Command, PlayerWish, VoicemailWish};
use offhook::engine::event::*;
use offhook::machine::{RemoteText, Stamp};
use offhook::tui::keymap::Keymap;
use offhook::tui::model::{Overlay, Screen};
use offhook::tui::wish::Alert;
use std::time::Duration;

fn message(id: &str, minutes_ago: i64, name: &str, number: &str, seconds: u64) -> Voicemail {
    Voicemail {
        id: VoicemailId(format!("0:{id}")),
        number: number.into(),
        name: name.into(),
        subject: RemoteText::new(format!("Message from {name} ({number})")),
        at: Some(Stamp::from_micros(BEGIN.micros() - minutes_ago * 60_000_000)),
        length: Some(Duration::from_secs(seconds)),
        read: false,
        urgent: false,
        private: false,
        secure: false,
        deleted: false,
    }
}

fn five() -> Vec<Voicemail> {
    vec![
        message("a", 5, "Bo Lindqvist", "1002", 14),
        Voicemail { urgent: true, ..message("b", 50, "", "+46 8 555 01 02", 94) },
        Voicemail { read: true, ..message("c", 26 * 60, "Cyra Vance", "1003", 7) },
        Voicemail { read: true, private: true, secure: true, ..message("d", 200 * 60, "", "", 31) },
        Voicemail { read: true, deleted: true, ..message("e", 30, "Emil Roth", "1005", 3) },
    ]
}

/// Alice, whose mailbox can be read.
fn alice() -> Alone {
    let mut user = Alone::new();
    user.link(LinkState::Online { address: "alice at cuc1.lab.example".into() });
    user
}

/// Alice at her voicemail.
fn at(messages: Vec<Voicemail>) -> Alone {
    let mut user = alice();
    user.listed(messages, true);
    user.press("g v");
    assert_eq!(user.model.screen, Screen::Voicemail);
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Read]);
    user
}

impl Alone {
    fn link(&mut self, state: LinkState) {
        self.model.apply(&Event::Link { account: account(), service: Service::Voicemail, state });
    }

    fn mailbox_tells(&mut self, told: VoicemailTold) {
        self.hear(&Event::Voicemail { account: account(), told });
    }

    fn listed(&mut self, messages: Vec<Voicemail>, keeps_deleted: bool) {
        self.mailbox_tells(VoicemailTold::Listed { messages, more: false, keeps_deleted });
    }

    fn plays(&mut self, id: &str, phase: PlayPhase, at: u64) {
        let (message, length) = (VoicemailId(format!("0:{id}")), Duration::from_secs(14));
        let playing = Playing { account: account(), message, phase, at: Duration::from_secs(at), length };
        self.model.apply(&Event::Playing(Some(playing)));
    }

    /// What the engine was asked for of the mailbox since the last look.
    fn took_of_mailbox(&mut self) -> Vec<VoicemailWish> {
        self.took(|command| match command {
            Command::Voicemail { wish, .. } => Some(wish),
            _ => None,
        })
    }

    fn took_of_player(&mut self) -> Vec<PlayerWish> {
        self.took(|command| match command {
            Command::Player(wish) => Some(wish),
            _ => None,
        })
    }
}

fn id(id: &str) -> VoicemailId {
    VoicemailId(format!("0:{id}"))
}

#[test]
fn messages_stand_newest_first_with_who_when_how_long_and_whether_they_were_heard() {
    let mut user = at(five());
    user.sees(&["2 voicemail", "Bo Lindqvist  1002", "00:14", "+46 8 555 01 02", "urgent", "somebody unknown", "deleted"]);
    user.sees(&["Message from Bo Lindqvist (1002)"]);
    user.main_shot("voicemail");
    user.press("G");
    user.press("k");
    user.sees(&["private  secure"]);
}

#[test]
fn what_is_played_is_seen_and_stands_still_and_goes_on_and_back_by_key() {
    let mut user = at(five());
    user.press("enter");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Play(id("a"))]);
    user.mailbox_tells(VoicemailTold::Doing(id("a"), Some(VoicemailDoing::Fetching)));
    user.plays("a", PlayPhase::Waiting, 0);
    user.sees(&["fetching …"]);
    user.mailbox_tells(VoicemailTold::Doing(id("a"), None));
    user.plays("a", PlayPhase::Playing, 3);
    user.sees(&["playing", "00:03", "00:14", "━"]);
    user.main_shot("voicemail-playing");
    user.press("space");
    user.press("h left l right");
    assert_eq!(
        user.took_of_player(),
        [
            PlayerWish::Pause(true),
            PlayerWish::Seek(-5_000),
            PlayerWish::Seek(-5_000),
            PlayerWish::Seek(5_000),
            PlayerWish::Seek(5_000)
        ]
    );
    user.plays("a", PlayPhase::Paused, 3);
    user.press("space");
    user.press("s");
    assert_eq!(user.took_of_player(), [PlayerWish::Pause(false), PlayerWish::Stop]);
    // Elsewhere the line at the top says that something is heard, and `g v` comes back to it.
    user.plays("c", PlayPhase::Playing, 4);
    user.press("esc");
    user.sees(&["playing 00:04"]);
    user.press("g v");
    user.took_of_mailbox();
    user.press("m");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Mark { message: id("c"), read: false }]);
    user.model.apply(&Event::Playing(None));
    user.press("l");
    user.sees(&["Nothing is played."]);
    user.press("g g space");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Play(id("a"))]);
}

#[test]
fn a_message_is_deleted_and_put_back_and_the_list_does_not_jump() {
    let mut user = at(five());
    user.press("d");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Delete(id("a"))]);
    user.mailbox_tells(VoicemailTold::Doing(id("a"), Some(VoicemailDoing::Deleting)));
    user.sees(&["deleting …"]);
    user.mailbox_tells(VoicemailTold::Doing(id("a"), None));
    user.mailbox_tells(VoicemailTold::Changed(Voicemail { deleted: true, ..message("a", 5, "Bo Lindqvist", "1002", 14) }));
    user.sees(&["Deleted. u puts it back.", "1 voicemail"]);
    user.main_shot("voicemail-deleted");
    // The cursor is at the next one; `u` is for the one that was deleted last all the same.
    user.press("u");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Undelete(id("a"))]);
    user.mailbox_tells(VoicemailTold::Changed(message("a", 5, "Bo Lindqvist", "1002", 14)));
    user.press("m");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Mark { message: id("a"), read: true }]);
    user.press("u");
    user.sees(&["This message is not deleted."]);
    user.press("G d");
    assert_eq!(user.took_of_mailbox(), []);
    user.sees(&["This message is deleted already."]);
    user.press("u");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Undelete(id("e"))]);
    // A message that comes in moves the others, not the choice.
    user.press("g g j");
    let mut more = five();
    more.insert(0, message("new", 1, "Dara Osei", "1004", 5));
    user.listed(more, true);
    user.press("m");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Mark { message: id("b"), read: true }]);
}

#[test]
fn what_cannot_be_put_back_is_asked_about() {
    let mut user = at(five());
    user.listed(five(), false);
    user.press("d");
    assert_eq!(user.took_of_mailbox(), []);
    user.sees(&["Delete this message?", "cannot be put back"]);
    user.press("n");
    assert_eq!(user.took_of_mailbox(), []);
    user.press("d d");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Delete(id("b"))], "the choice has gone on, as after every d");
}

#[test]
fn who_left_it_is_called_back_where_that_is_a_number() {
    let called = |user: &mut Alone| {
        let target = |command| match command {
            Command::Call { target, .. } => Some(target),
            _ => None,
        };
        std::mem::take(&mut user.wished).into_iter().find_map(target)
    };
    let mut user = at(five());
    user.press("c");
    assert_eq!(called(&mut user).as_deref(), Some("1002"));
    user.press("j c");
    assert_eq!(called(&mut user).as_deref(), Some("+4685550102"));
    user.press("j j c");
    assert_eq!(called(&mut user), None);
    user.sees(&["Nobody knows the number that called."]);
    for hostile in
        ["sip:evil@evil.example", "1002@evil.example", "1002;x=y", "\u{1b}[2J", "#", "12345678901234567890123456789012345"]
    {
        let mut user = at(vec![message("x", 1, "", hostile, 3)]);
        user.press("c");
        assert_eq!(called(&mut user), None, "{hostile:?}");
        user.sees(&["is no number that could be called back"]);
    }
}

#[test]
fn new_voicemail_is_told_once_and_what_was_there_is_not() {
    let mut user = alice();
    user.listed(five(), true);
    assert_eq!(user.alerts, []);
    let mut more = five();
    more.insert(0, message("new", 1, "Dara Osei", "1004", 5));
    user.listed(more.clone(), true);
    user.listed(more, true);
    assert_eq!(user.alerts, [Alert { who: "Dara Osei".into(), what: "has left you voicemail".into(), call: false }]);
    user.sees(&["Dara Osei has left you voicemail: g v", "3 voicemail"]);
}

#[test]
fn a_mailbox_that_is_not_there_says_why_and_the_lamp_is_seen_without_one() {
    let mut user = Alone::new();
    user.press("g v");
    user.sees(&["No account has a mailbox that can be read here."]);
    user.mailbox_tells(VoicemailTold::Lamp(Lamp { lit: true, counts: None }));
    user.sees(&["voicemail", "It can be heard by telephone only"]);
    user.mailbox_tells(VoicemailTold::Lamp(Lamp { lit: true, counts: Some((3, 1)) }));
    user.sees(&["3 voicemail"]);
    user.link(LinkState::Connecting);
    user.sees(&["reading …"]);
    let why = Problem::new(ProblemKind::Unreachable, "Voicemail: cuc1.lab.example answered 503.", "");
    user.link(LinkState::Waiting { why, retry_in: Duration::from_secs(15) });
    user.sees(&["cuc1.lab.example answered 503. Trying again in 15 s."]);
    user.main_shot("voicemail-waiting");
    user.link(LinkState::Online { address: "alice at cuc1.lab.example".into() });
    user.listed(vec![], true);
    user.sees(&["No messages."]);
    user.press("j k d u c m p space h l s G");
    assert!(user.took_of_mailbox().is_empty() && user.took_of_player().is_empty());
}

#[test]
fn the_letters_of_calls_are_not_taken_here_and_alt_is() {
    let mut user = at(five());
    let change = CallChange::Began {
        account: account(),
        incoming: true,
        peer: "sip:1003@lab.example".into(),
        name: "Cyra Vance".into(),
        ticket: None,
        at: BEGIN,
    };
    user.model.apply(&Event::Call { call: CallId(7), change });
    user.carry_out();
    user.sees(&["Cyra Vance", "Alt-a answer", "Alt-d decline"]);
    user.took_of_mailbox();
    user.press("d");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Delete(id("a"))], "nobody is declined by a slip");
    user.press("alt-d");
    assert!(user.wished.iter().any(|command| matches!(command, Command::Decline { call: CallId(7), .. })), "{:?}", user.wished);
}

#[test]
fn the_palette_finds_voicemail_and_plays_it() {
    let mut user = at(five());
    user.press("esc");
    user.press("ctrl-p");
    user.write("voicemail cyra");
    user.sees(&["Play the voicemail from Cyra Vance"]);
    user.main_shot("voicemail-palette");
    user.press("enter");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Read, VoicemailWish::Play(id("c"))]);
    assert_eq!(user.model.screen, Screen::Voicemail);
}

#[test]
fn what_somebody_left_stands_in_the_conversation_with_them_and_enter_plays_it() {
    let mut user = alice();
    let contact = Contact {
        jid: "bo@example.test".into(),
        name: "Bo Lindqvist".into(),
        we_see_them: true,
        they_see_us: true,
        asked: false,
        groups: Vec::new(),
    };
    user.model.apply(&Event::Contact { account: account(), contact });
    user.listed(five(), true);
    user.press("f2 /");
    user.write("bo lind");
    user.press("enter");
    let asked = std::mem::take(&mut user.wished).into_iter().find_map(|command| match command {
        Command::ReadConversation { ticket, .. } => Some(ticket),
        _ => None,
    });
    let page = |entries: Vec<Entry>| Page {
        with: "bo@example.test".into(),
        ticket: asked.unwrap(),
        entries,
        more_before: false,
        more_after: false,
        seen: None,
    };
    let wrote = |minutes_ago: i64, text: &str| {
        let at = Stamp::from_micros(BEGIN.micros() - minutes_ago * 60_000_000);
        let message = Message {
            key: MessageKey(text.into()),
            id: text.into(),
            from: "bo@example.test".into(),
            to: "alice@example.test".into(),
            body: text.into(),
            at,
            ours: false,
            archived: false,
            delivery: Delivery::Received,
        };
        Entry { place: Place { at, row: -minutes_ago }, kind: EntryKind::Message(message) }
    };
    let entries = vec![wrote(9, "are you there?"), wrote(1, "call me")];
    user.model.apply(&Event::Page { account: account(), page: page(entries) });
    user.main_shot("voicemail-in-conversation");
    let rows = frames::rows(&check(&mut user.model, 80, 24));
    let at = |words: &str| rows.iter().position(|row| row.contains(words)).unwrap_or_else(|| panic!("{words}"));
    assert!(at("are you there?") < at("new voicemail, 00:14") && at("new voicemail, 00:14") < at("call me"));
    assert!(!rows.iter().any(|row| row.contains("01:34")), "that was of somebody else");
    // It is chosen as an entry like the others, and Enter plays it.
    user.press("f6 k k enter");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Read, VoicemailWish::Play(id("a"))]);
    assert_eq!(user.model.screen, Screen::Voicemail);
    // One that was deleted is not there any more; one that was heard is new no longer.
    let mut heard = five();
    heard[0].read = true;
    user.listed(heard, true);
    user.press("esc");
    let rows = frames::rows(&check(&mut user.model, 120, 40));
    assert!(rows.iter().any(|row| row.contains("✉") && row.contains(" voicemail, 00:14") && !row.contains("new")), "{rows:#?}");
    user.listed(five()[1..].to_vec(), true);
    let rows = frames::rows(&check(&mut user.model, 120, 40));
    assert!(!rows.iter().any(|row| row.contains("00:14")), "{rows:#?}");
}

#[test]
fn vim_deletes_with_two_letters() {
    let mut user = at(five());
    user.model.set_keymap(Keymap::named("vim").unwrap());
    user.press("d");
    assert_eq!(user.took_of_mailbox(), []);
    user.press("d");
    assert_eq!(user.took_of_mailbox(), [VoicemailWish::Delete(id("a"))]);
}

#[test]
fn hostile_names_numbers_and_subjects_show_as_text() {
    for text in texts() {
        let mut user = alice();
        let hostile = |at: &str| Voicemail {
            id: VoicemailId(format!("0:{at}{text}")),
            name: text.as_str().into(),
            number: text.as_str().into(),
            subject: text.as_str().into(),
            urgent: true,
            ..message(at, 5, "", "", u64::MAX / 2)
        };
        let nameless = Voicemail { name: RemoteText::default(), at: None, length: None, ..hostile("b") };
        user.listed(vec![hostile("a"), nameless], true);
        let problem = Problem::new(ProblemKind::Protocol, text.clone(), text.clone());
        user.mailbox_tells(VoicemailTold::Refused { message: hostile("a").id, problem: problem.clone() });
        user.link(LinkState::Failed(problem));
        let playing = Playing {
            account: account(),
            message: hostile("a").id,
            phase: PlayPhase::Playing,
            at: Duration::MAX,
            length: Duration::from_secs(1),
        };
        user.press("g v");
        for playing in [None, Some(playing)] {
            user.model.apply(&Event::Playing(playing));
            for (width, height) in [(120, 40), (80, 24), (60, 15), (33, 9), (20, 5), (7, 3), (1, 1)] {
                check(&mut user.model, width, height);
            }
        }
        user.press("ctrl-p");
        check(&mut user.model, 80, 24);
        assert!(matches!(user.model.overlays.last(), Some(Overlay::Palette(_))));
    }
}
