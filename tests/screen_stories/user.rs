//! Alice at her screen: what she presses, what she sees, and the town around her.

use super::actor::In;
use super::frames;
use super::roads::{Desk, SERVER};
use super::town::{BEGIN, Plan, Town, account};
use offhook::engine::Engine;
use offhook::engine::command::{Command, Services};
use offhook::engine::event::{Event, Show, Sound, SoundPath, Ticket};
use offhook::engine::input::{Input, MediaIn};
use offhook::engine::settings::Account;
use offhook::io::store::Store;
use offhook::lab::sip::ServerIn;
use offhook::lab::xmpp::{self, WireIn};
use offhook::machine::stamp::WallClock;
use offhook::machine::{Chance, Moment, Stamp};
use offhook::protocol::dns::{Answer, Question, Srv};
use offhook::protocol::sip::flow::Transport;
use offhook::tui::keymap::{KEYMAPS, Key, Keymap};
use offhook::tui::model::{Model, Setup};
use offhook::tui::preferences::Preferences;
use offhook::tui::terminal::Pictures;
use offhook::tui::theme::{AUTO, Background, Depth, THEMES, Theme};
use offhook::tui::wish::{Alert, Wish};
use ratatui::buffer::Buffer;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tempfile::TempDir;

pub const ALICE: usize = 1;
pub const BO: usize = 2;
pub const CYRA: usize = 3;
pub const DARA: usize = 4;
/// He has somebody else's phone, and no chat.
pub const EMIL: usize = 5;

/// Who lives in the town, by the number of their engine.
const NAMES: [&str; 5] = ["alice", "bo", "cyra", "dara", "phone:emil"];

/// What Alice calls the others, and their groups.
const KNOWN: [(&str, &str, &str); 3] =
    [("bo", "Bo Lindqvist", "Team"), ("cyra", "Cyra Vance", "Team"), ("dara", "Dara Osei", "Support")];

pub struct User {
    pub town: Town,
    pub model: Model,
    /// Columns and rows.
    pub size: (u16, u16),
    pub alerts: Vec<Alert>,
    pub copied: Vec<String>,
    pub kept: Vec<Preferences>,
    pub has_left: bool,
    heard: usize,
    history: TempDir,
}

/// An hour east of Greenwich, all year.
pub fn zone(_: Stamp) -> i32 {
    3600
}

pub fn setup(theme: &str, depth: Depth, now: Stamp) -> Setup {
    let names = |all: &[(&str, &str)]| all.iter().map(|(name, _)| (*name).to_owned()).collect();
    Setup {
        preferences: Preferences::default(),
        theme: Theme::named(theme, depth).unwrap(),
        keymap: Keymap::named("default").unwrap(),
        themes: std::iter::once(AUTO.to_owned()).chain(names(&THEMES)).collect(),
        keymaps: names(&KEYMAPS),
        zone,
        now,
        pictures: Pictures::default(),
        background: Background::Dark,
    }
}

impl User {
    /// Alice has started offhook and has no account.
    pub fn new() -> User {
        User::among(Transport::Tls, |_| Vec::new())
    }

    /// Alice has an account with chat and phone, whose password is stored or not, and starts offhook.
    pub fn at_home(stored: bool) -> User {
        let mut user = User::among(Transport::Tls, |account| vec![account]);
        if stored {
            user.town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
        }
        user.model.begin();
        user.wait(0.5);
        user
    }

    /// Alice has an account with chat and phone, and a machine that is set up so; she has not begun.
    pub fn at_her_desk(set_up: impl FnOnce(&mut Desk)) -> User {
        let mut user = User::among(Transport::Tls, |account| vec![account]);
        set_up(&mut user.town.roads.people.get_mut(&ALICE).unwrap().desk);
        user
    }

    /// Alice is signed in and has names for everybody; nobody else is there.
    pub fn signed_in() -> User {
        User::signed_in_over(Transport::Tls)
    }

    pub fn signed_in_over(transport: Transport) -> User {
        let mut user = User::among(transport, |account| vec![account]);
        user.town.roads.people.get_mut(&ALICE).unwrap().password = Some("secret".into());
        user.model.begin();
        user.wait(2.0);
        for (name, called, group) in KNOWN {
            let (jid, name, groups) = (format!("{name}@example.test"), called.to_owned(), vec![group.to_owned()]);
            user.town.command(ALICE, Command::KeepContact { account: account(), jid, name, groups });
        }
        user.wait(1.0);
        user
    }

    fn among(transport: Transport, accounts: impl Fn(Account) -> Vec<Account>) -> User {
        let plan = Plan { chat: true, screen: true, ..Plan::over(transport) };
        let mut town = plan.town(&NAMES);
        let srv = Srv { priority: 1, weight: 0, port: 5222, target: "xmpp.example.test".into() };
        town.roads.zone.insert(Question::Srv("_xmpp-client._tcp.example.test".into()), Answer::Srv(vec![srv]));
        let addresses = Answer::Addresses(vec!["10.0.0.99".parse().unwrap()]);
        town.roads.zone.insert(Question::Addresses("xmpp.example.test".into()), addresses);
        let mine = plan.account("alice");
        *town.engine(ALICE) = Engine::new(accounts(mine.clone()), Chance::seeded(7), Moment::START, BEGIN).with_screen();
        let history = tempfile::tempdir().unwrap();
        let alice = town.roads.people.get_mut(&ALICE).unwrap();
        alice.store = Some(Store::open(&history.path().join("history.db")).unwrap());
        alice.password = None;
        alice.desk.new = Some(Ok(mine));
        alice.desk.sound = Sound {
            inputs: vec!["Headset".into(), "Webcam".into()],
            outputs: vec!["Headset".into(), "Monitor".into()],
            path: SoundPath::Devices,
            ..Sound::default()
        };
        let mut user = User {
            town,
            model: Model::new(setup("dark", Depth::True, BEGIN)),
            size: (80, 24),
            alerts: Vec::new(),
            copied: Vec::new(),
            kept: Vec::new(),
            has_left: false,
            heard: 0,
            history,
        };
        user.wait(0.1);
        user
    }

    pub fn now(&self) -> Stamp {
        WallClock::new(Moment::START, BEGIN).at(self.town.world.now())
    }

    /// Time passes: commands go to the engine, events come from it, and the screen is drawn when something is told.
    pub fn wait(&mut self, seconds: f64) {
        let until = self.town.world.now() + Duration::from_secs_f64(seconds);
        loop {
            self.carry_out();
            let now = self.town.world.now();
            let wake = self.model.wake().map(|wake| {
                let micros = wake.micros().saturating_sub(self.now().micros());
                now + Duration::from_micros(u64::try_from(micros).unwrap_or(0))
            });
            let next = [self.town.world.next_instant(), wake].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else { break };
            self.run_to(next);
            self.model.set_clock(self.now());
            self.model.tick();
            self.hear();
        }
        self.run_to(until);
        self.model.set_clock(self.now());
        self.hear();
    }

    fn run_to(&mut self, at: Moment) {
        // The end is an event of its own, so that time moves even where nothing happens.
        let nobody = SocketAddr::new(IpAddr::from([0, 0, 0, 0]), 0);
        self.town.world.post(at, SERVER, In::Sip(ServerIn::Closed(nobody)));
        self.town.world.run(at, &mut self.town.roads);
    }

    fn hear(&mut self) {
        let events = &self.town.roads.people[&ALICE].events;
        let new: Vec<Event> = events.iter().skip(self.heard).map(|(_, event)| event.clone()).collect();
        if new.is_empty() {
            return;
        }
        self.heard += new.len();
        new.iter().for_each(|event| self.model.apply(event));
        self.draw();
    }

    fn carry_out(&mut self) {
        while let Some(wish) = self.model.poll() {
            match wish {
                Wish::Command(command) => self.town.command(ALICE, command),
                Wish::Copy(text) => self.copied.push(text),
                Wish::Notify(alert) => self.alerts.push(alert),
                Wish::Keep(preferences) => {
                    self.model.set_theme(Theme::named(Background::Dark.theme(&preferences.theme), Depth::True).unwrap());
                    self.model.set_keymap(Keymap::named(&preferences.keymap).unwrap());
                    self.kept.push(preferences);
                }
                Wish::Quit => self.has_left = true,
                Wish::Redraw | Wish::Suspend => {}
            }
        }
    }

    /// Presses keys, as a keymap file names them: `g g`, `enter`, `alt-x`.
    pub fn press(&mut self, keys: &str) {
        for key in Key::parse_sequence(keys).unwrap() {
            self.key(key);
        }
        self.wait(0.1);
    }

    /// Types text, a key a letter.
    pub fn write(&mut self, text: &str) {
        text.chars().for_each(|letter| self.key(Key::char(letter)));
        self.wait(0.1);
    }

    fn key(&mut self, key: Key) {
        self.draw();
        self.model.set_clock(self.now());
        self.model.key(key);
        self.carry_out();
    }

    /// Opens the palette, types, and takes what is best.
    pub fn palette(&mut self, words: &str) {
        self.press("f6 f6 ctrl-p");
        self.write(words);
        self.press("enter");
    }

    pub fn draw(&mut self) -> Buffer {
        let size = self.size;
        self.draw_at(size)
    }

    fn draw_at(&mut self, (width, height): (u16, u16)) -> Buffer {
        frames::draw(&mut self.model, width, height).0
    }

    /// What is on the screen, row by row.
    pub fn rows(&mut self) -> Vec<String> {
        let buffer = self.draw();
        frames::rows(&buffer)
    }

    pub fn shows(&mut self, words: &str) -> bool {
        self.rows().iter().any(|row| row.contains(words))
    }

    /// Each of these stands on the screen.
    #[track_caller]
    pub fn sees(&mut self, words: &[&str]) {
        frames::sees(&self.rows(), words);
    }

    /// None of these stands on the screen.
    #[track_caller]
    pub fn sees_not(&mut self, words: &[&str]) {
        let rows = self.rows();
        for words in words {
            assert!(!rows.iter().any(|row| row.contains(words)), "{words:?} is on the screen:\n{}", rows.join("\n"));
        }
    }

    /// The screen as it is now is as it was, at the usual sizes, in colour and in mono.
    #[track_caller]
    pub fn shot(&mut self, name: &str) {
        self.shots(name, &[(80, 24), (120, 40)]);
    }

    /// As [`User::shot`], on the smallest terminal too.
    #[track_caller]
    pub fn main_shot(&mut self, name: &str) {
        self.shots(name, &[(60, 15), (80, 24), (120, 40)]);
    }

    #[track_caller]
    fn shots(&mut self, name: &str, sizes: &[(u16, u16)]) {
        for (width, height) in sizes {
            self.draw_at((*width, *height));
            // What a larger room asks for comes.
            self.wait(0.05);
            frames::check(&mut self.model, name, *width, *height);
        }
        self.draw();
        self.wait(0.05);
    }

    pub fn sign_in(&mut self, person: usize) {
        self.town.command(person, Command::SignIn { account: account(), services: Services::ALL });
        self.wait(2.0);
    }

    pub fn shows_presence(&mut self, person: usize, show: Show, status: &str) {
        self.town.command(person, Command::SetPresence { account: account(), show, status: status.into() });
        self.wait(0.2);
    }

    /// The disk reads no calls any more, and so no pages; or does again.
    pub fn break_disk(&mut self, broken: bool) {
        let (from, to) = if broken { ("calls", "calls_away") } else { ("calls_away", "calls") };
        let history = rusqlite::Connection::open(self.history.path().join("history.db")).unwrap();
        history.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
    }

    /// Somebody writes to Alice.
    pub fn hears(&mut self, from: usize, body: &str) {
        let (to, body) = ("alice@example.test".to_owned(), body.to_owned());
        self.town.command(from, Command::Send { account: account(), to, body, ticket: Ticket(1) });
        self.wait(0.5);
    }

    /// Somebody calls Alice.
    pub fn is_called_by(&mut self, from: usize) {
        self.town.command(from, Command::Call { account: account(), target: "alice".into(), ticket: Ticket(2) });
        self.wait(1.0);
    }

    /// The media thread of Alice's last call tells something.
    pub fn media(&mut self, told: MediaIn) {
        let call = self.town.last_call(ALICE);
        self.town.input(ALICE, Input::Media(call, told));
        self.wait(0.05);
    }

    pub fn at_wire(&mut self, input: WireIn) {
        let (now, wire) = (self.town.world.now(), self.town.roads.chat.unwrap() + ALICE);
        self.town.world.post(now, wire, In::Wire(input));
    }

    pub fn at_chat_server(&mut self, input: xmpp::ServerIn) {
        let (now, server) = (self.town.world.now(), self.town.roads.chat.unwrap());
        self.town.world.post(now, server, In::Xmpp(input));
        self.wait(0.01);
    }

    /// The network is away: chat and phone are cut, and do not come back.
    pub fn unplug(&mut self) {
        self.town.cut(ALICE);
        self.town.roads.reach = super::roads::Reach::Refused;
        self.at_wire(WireIn::Reach(xmpp::Reach::Closed));
        self.at_wire(WireIn::Cut);
        self.wait(1.0);
    }

    pub fn plug_in(&mut self) {
        self.town.mend(ALICE);
        self.at_wire(WireIn::Reach(xmpp::Reach::Open));
        self.wait(0.1);
    }
}

impl Drop for User {
    /// A story that fails shows the screen.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.rows().join("\n"));
        }
    }
}
