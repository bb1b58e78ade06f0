//! Text that was written to harm, in every field that others fill: it shows as visible text, within its own columns.

use super::frames::{assert_tame, draw, rows};
use super::town::BEGIN;
use super::user::setup;
use offhook::engine::event::*;
use offhook::machine::{RemoteText, Stamp};
use offhook::tui::keymap::Key;
use offhook::tui::model::{Model, Overlay};
use offhook::tui::theme::Depth;
use offhook::tui::view;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::BTreeMap;
use std::time::Duration;

/// What strangers may write.
pub fn texts() -> Vec<String> {
    vec![
        "\u{1b}[2J\u{1b}]0;owned\u{7}\u{1b}[31mred".into(),
        "\u{9b}31m\u{9d}0;owned\u{9c}\u{85}".into(),
        "\u{202e}gpj.exe\u{202c} \u{2066}x\u{2069}\u{200f}".into(),
        "👩\u{200d}👩\u{200d}👧\u{200d}👦👍🏽🇫🇷🇫 \u{200d}\u{200d}".into(),
        format!("a{}b", "\u{301}".repeat(1000)),
        "one\ntwo\r\nthree\tfour\u{b}\u{c}\u{2028}five\u{2029}six\0".into(),
        "漢字かな交じり文 ｆｕｌｌ ﷽ \u{3164}".into(),
        "שלום 123 مرحبا (٣) abc".into(),
        "x".repeat(5000),
        "界".repeat(700),
        "\u{feff}\u{ad}\u{200b}\u{e0041}\u{fffc}\u{fff9}".into(),
        "https://раураl.com/\u{202e}moc https://xn--80ak6aa92e.com javascript:alert(1)".into(),
        String::new(),
        " ".into(),
        "\u{1f468}\u{fe0f}\u{20e3}*️⃣ ☎️ ☎ ✓".into(),
    ]
}

pub fn account() -> AccountName {
    AccountName("work".into())
}

/// The address of the person that is called `text` as far as an address can be.
fn address(number: usize, text: &str) -> String {
    format!("{}{number}@example.test", text.replace('/', "").chars().take(300).collect::<String>())
}

fn message(number: usize, from: &str, body: &str, ours: bool) -> Message {
    Message {
        key: MessageKey(format!("{number}{from}{ours}")),
        id: body.into(),
        from: if ours { "alice@example.test".into() } else { from.into() },
        to: if ours { from.into() } else { "alice@example.test".into() },
        body: body.into(),
        at: Stamp::from_micros(BEGIN.micros() + i64::try_from(number).unwrap() * 60_000_000),
        ours,
        archived: false,
        delivery: if ours { Delivery::Failed(body.into()) } else { Delivery::Received },
    }
}

/// All that can be told, with this text wherever somebody else may write it.
pub fn told(number: usize, text: &str) -> Vec<Event> {
    let remote = RemoteText::new(text);
    let jid = address(number, text);
    let call = CallId(u64::try_from(number).unwrap());
    let peer = RemoteText::new(format!("\"{text}\" <sip:{text}@{text};x={text}>"));
    let problem = |kind| Problem::new(kind, text, text);
    let sign_in = |told| Event::SignIn { account: account(), told };
    let record = CallRecord {
        incoming: true,
        peer: peer.clone(),
        name: remote.clone(),
        began: BEGIN,
        answered: Some(BEGIN),
        ended: BEGIN,
        end: CallEnd::Failed,
        reason: remote.clone(),
    };
    let mut untrusted = problem(ProblemKind::Untrusted);
    untrusted.certificate = Some(Box::new(Certificate {
        host: text.into(),
        port: 5222,
        sha256: text.into(),
        names: vec![remote.clone(), remote.clone()],
        issuer: remote.clone(),
        valid: (text.into(), text.into()),
        why: text.into(),
        self_signed: false,
    }));
    let contact = Contact {
        jid: jid.clone(),
        name: remote.clone(),
        we_see_them: true,
        they_see_us: true,
        asked: false,
        groups: vec![remote.clone()],
    };
    let presence =
        Presence { from: format!("{jid}/{text}").into(), show: Show::Away, status: remote.clone(), priority: 0, at: BEGIN };
    let voicemail = Voicemail {
        id: VoicemailId(text.into()),
        number: remote.clone(),
        name: remote.clone(),
        subject: remote.clone(),
        at: Some(BEGIN),
        length: None,
        read: false,
        urgent: number.is_multiple_of(2),
        private: false,
        secure: false,
        deleted: false,
    };
    let messages = vec![voicemail.clone(), Voicemail { deleted: true, id: VoicemailId(format!("x{text}")), ..voicemail }];
    let (at, length) = (Duration::from_secs(9), Duration::ZERO);
    let playing = Playing { account: account(), message: VoicemailId(text.into()), phase: PlayPhase::Playing, at, length };
    let at = Place { at: BEGIN, row: i64::try_from(number).unwrap() };
    vec![
        Event::Contact { account: account(), contact },
        Event::Presence { account: account(), presence },
        Event::SubscriptionAsked { account: account(), from: jid.clone() },
        Event::Message { account: account(), message: message(number, &jid, text, false), ticket: None },
        Event::Message { account: account(), message: message(number, &jid, text, true), ticket: None },
        Event::Message { account: account(), message: message(number, text, text, false), ticket: None },
        Event::Typing { account: account(), from: jid.clone(), typing: true },
        Event::Call {
            call,
            change: CallChange::Began {
                account: account(),
                incoming: number.is_multiple_of(2),
                peer,
                name: remote.clone(),
                ticket: None,
                at: BEGIN,
            },
        },
        Event::CallKept(PastCall { account: account(), place: at, call: record }),
        Event::Notice(Notice {
            account: Some(account()),
            level: NoticeLevel::Warning,
            problem: problem(ProblemKind::Protocol),
        }),
        Event::Link { account: account(), service: Service::Chat, state: LinkState::Failed(untrusted) },
        Event::Link { account: account(), service: Service::Phone, state: LinkState::Failed(problem(ProblemKind::Refused)) },
        Event::Link { account: account(), service: Service::Chat, state: LinkState::Online { address: text.into() } },
        Event::OwnPresence { account: account(), show: Show::Away, status: text.into() },
        Event::Sound(Sound {
            inputs: vec![text.into()],
            outputs: vec![text.into()],
            input: Some(text.into()),
            output: Some(text.into()),
            path: SoundPath::Silent(text.into()),
            over_ssh: true,
            through: Some(text.into()),
        }),
        sign_in(SignInTold::Began),
        sign_in(SignInTold::Step(Step {
            name: StepName::ServiceProfile,
            asked: true,
            question: Some(text.into()),
            server: Some(text.into()),
            transport: Some("https".into()),
            answer: Some(text.into()),
            took: Duration::from_millis(1),
            outcome: Outcome::Failed,
        })),
        sign_in(SignInTold::Decided(Decision {
            authenticator: Authenticator::Cucm,
            source: Some(Source::CiscoUds),
            rule: text.into(),
            product_mode: ProductMode::Default,
            servers: vec![text.into()],
        })),
        sign_in(SignInTold::Asks(Some(SignInAsk::Host { host: text.into(), purpose: text.into() }))),
        sign_in(SignInTold::Asks(Some(SignInAsk::Clear { leg: text.into(), why: Some(Problem::local(text, text)) }))),
        sign_in(SignInTold::Asks(Some(SignInAsk::Device(vec![DeviceChoice { name: text.into(), description: remote }])))),
        Event::Link { account: account(), service: Service::SignIn, state: LinkState::Failed(problem(ProblemKind::Refused)) },
        Event::DraftKept { account: account(), with: jid, text: text.into() },
        Event::Voicemail { account: account(), told: VoicemailTold::Listed { messages, more: true, keeps_deleted: true } },
        Event::Playing(Some(playing)),
    ]
}

/// A model of an account with chat and phone.
pub fn model() -> Model {
    let mut model = Model::new(setup("dark", Depth::True, BEGIN));
    let identity =
        Identity { jid: Some("alice@example.test".into()), sip: Some("sip:alice@example.test".into()), ..Identity::default() };
    model.apply(&Event::Account { account: account(), identity });
    model.apply(&Event::Conversations { account: account(), conversations: BTreeMap::new() });
    model
}

/// A frame is tame, and the line between the panes is where it belongs in every row.
#[track_caller]
pub fn check(model: &mut Model, width: u16, height: u16) -> Buffer {
    let (buffer, _) = draw(model, width, height);
    assert_tame(&buffer);
    if width >= 90 && height >= 5 && model.overlays.is_empty() {
        let rule = (width / 4).clamp(26, 36);
        let area = Rect::new(0, 0, width, height);
        let below = view::status::lines(model, area) + view::tour::lines(model, area) + view::calls::strips(model, area);
        for y in 1..height - below {
            let symbol = buffer[(rule, y)].symbol().trim_matches('\u{200e}').to_owned();
            assert_eq!(symbol, "│", "row {y} of {width}x{height}:\n{}", rows(&buffer).join("\n"));
        }
    }
    buffer
}

fn press(model: &mut Model, keys: &str) {
    Key::parse_sequence(keys).unwrap().into_iter().for_each(|key| _ = model.key(key));
}

#[test]
fn hostile_text_in_every_field_shows_as_text_on_every_screen() {
    for (number, text) in texts().into_iter().enumerate() {
        let mut model = model();
        let overlays = |model: &mut Model| model.overlays.clear();
        for event in told(number, &text) {
            model.apply(&event);
            check(&mut model, 80, 24);
        }
        // What was asked on the way, then every screen.
        while !model.overlays.is_empty() {
            check(&mut model, 80, 24);
            check(&mut model, 40, 12);
            press(&mut model, "esc");
        }
        for keys in [
            "f2",
            "g g enter",
            "esc j j j enter",
            "esc",
            "g c",
            "g n",
            "g v",
            "g v j",
            "g i",
            "g i j j",
            "g s",
            "g s j j",
            "o",
            ":",
            "?",
            "p",
            "+",
            "f2 j e",
            "f2 j delete",
        ] {
            press(&mut model, "esc esc f2");
            press(&mut model, keys);
            for (width, height) in [(120, 40), (80, 24), (60, 15), (33, 9), (20, 5), (7, 3), (1, 1)] {
                check(&mut model, width, height);
            }
            overlays(&mut model);
        }
        // Found in the palette, narrowed in the list, pasted where one writes.
        for keys in [":", "/", "ctrl-r", "C", "+", "p"] {
            press(&mut model, "esc esc f2");
            press(&mut model, keys);
            model.paste(&text);
            check(&mut model, 80, 24);
            check(&mut model, 120, 40);
            overlays(&mut model);
        }
        assert!(!matches!(model.overlays.last(), Some(Overlay::Question(_))));
    }
}

#[test]
fn escape_sequences_are_seen_and_not_obeyed() {
    let mut model = model();
    let text = "\u{1b}[2Jgone";
    told(1, text).iter().for_each(|event| model.apply(event));
    model.overlays.clear();
    let buffer = check(&mut model, 80, 24);
    assert!(rows(&buffer).iter().any(|row| row.contains("[2Jgone")), "{:#?}", rows(&buffer));
    let title = view::title(&model);
    assert!(!title.contains(char::is_control), "{title:?}");
}
