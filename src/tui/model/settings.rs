//! The settings that exist, as rows: what each is, what it is now, and what it says of itself.

use super::servers;
use super::setup::Setup;
use crate::engine::event::{AccountName, LinkState, Service, SoundPath};
use crate::engine::state::State;
use crate::machine::visible_line;
use crate::tui::theme::AUTO;
use std::collections::BTreeSet;

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A heading.
    Heading,
    /// Text to read.
    Text,
    /// An account: opening it offers what can be done with it.
    Account(AccountName),
    /// Who signs an account in, and where.
    Servers(AccountName),
    /// Add an account.
    AddAccount,
    /// Add one with servers of its own.
    AddByHand,
    /// What we are heard from.
    Input,
    /// What we hear from.
    Output,
    /// A test of both.
    TestSound,
    /// The colours.
    Theme,
    /// The keys.
    Keymap,
    /// Signs beyond ASCII.
    Signs,
    /// The bell.
    Bell,
    /// Notifications.
    Notify,
    /// Telling others that we write.
    Typing,
    /// Photos of people.
    Photos,
}

impl About {
    /// It can be chosen.
    #[must_use]
    pub fn can_be_chosen(&self) -> bool {
        !matches!(self, About::Heading | About::Text)
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What it is about.
    pub about: About,
    /// Its name.
    pub label: String,
    /// What it is now.
    pub value: String,
    /// A line about it, shown while it is chosen.
    pub help: String,
}

/// What an account says of itself while it stands on one line, and while all of it is shown.
const FOLDED: &str = "Enter: sign in or out, or remove it; Space: show all of it";
const UNFOLDED: &str = "Enter: sign in or out, or remove it; Space: show less of it";

/// All rows. Of an account that is not among `unfolded`, what is as it should be and what nobody has set is left out.
#[must_use]
pub fn rows(state: &State, setup: &Setup, unfolded: &BTreeSet<AccountName>) -> Vec<Setting> {
    let Setup { preferences, background, pictures, .. } = setup;
    let row = |about, label: &str, value: String, help: &str| Setting { about, label: label.into(), value, help: help.into() };
    let heading = |label: &str| row(About::Heading, label, String::new(), "");
    let on = |on: bool| if on { "on" } else { "off" }.to_owned();
    let mut rows = vec![heading("Looks and keys")];
    rows.push(row(
        About::Theme,
        "Theme",
        match preferences.theme.as_str() {
            AUTO => format!("{AUTO}: {} here", background.name()),
            name => visible_line(name),
        },
        "Space: the next one; files of yours: themes/NAME.toml",
    ));
    rows.push(row(
        About::Keymap,
        "Keys",
        visible_line(&preferences.keymap),
        "Space: the next one; files of yours: keymaps/NAME.toml",
    ));
    rows.push(row(About::Signs, "Signs", preferences.signs.name().into(), "Space: unicode ● ✓ or plain ASCII + v"));
    let shown = format!("{}; {}", on(preferences.photos), pictures.words());
    rows.push(row(About::Photos, "Photos of people", shown, "Space: fetch and show them, or not"));
    rows.push(heading("Sound"));
    let named = |name: &Option<String>| name.as_ref().map_or_else(|| "system default".to_owned(), |name| visible_line(name));
    rows.push(row(About::Input, "Microphone", named(&state.sound.input), "Space: the next one"));
    rows.push(row(About::Output, "Loudspeaker", named(&state.sound.output), "Space: the next one"));
    rows.push(row(About::Text, "Sound path", sound_words(state), ""));
    let test = if state.sound_level.is_some() { "Enter: end the test" } else { "Enter: hear a tone, see your level" };
    rows.push(row(About::TestSound, "Test", String::new(), test));
    rows.push(heading("When somebody writes or rings"));
    rows.push(row(About::Bell, "Bell", on(preferences.bell), "Space: ring the terminal's bell, or not"));
    rows.push(row(About::Notify, "Notification says", preferences.notify.name().into(), "Space: the next one"));
    rows.push(row(
        About::Typing,
        "Say that you write",
        on(preferences.typing),
        "Space: others see that you are writing, or not",
    ));
    rows.push(heading("Accounts"));
    for (name, account) in &state.accounts {
        let addresses = [&account.identity.jid, &account.identity.sip];
        let addresses: Vec<String> = addresses.into_iter().flatten().map(|address| visible_line(address)).collect();
        let is_unfolded = unfolded.contains(name);
        let help = if is_unfolded { UNFOLDED } else { FOLDED };
        rows.push(row(About::Account(name.clone()), &name.0, addresses.join("  "), help));
        let services = [
            (Service::SignIn, "sign-in"),
            (Service::Chat, "chat"),
            (Service::Phone, "phone"),
            (Service::Voicemail, "voicemail"),
        ];
        for (service, label) in services {
            // What is as it should be is worth no line of its own.
            let shown = |link: &&LinkState| is_unfolded || !matches!(link, LinkState::Online { .. });
            if let Some(link) = account.links.get(&service).filter(shown) {
                // The steps of sign-in say the whole of it.
                let words = match (service, link) {
                    (Service::SignIn, LinkState::Failed(_)) => "failed: “Show how sign-in went” says why".into(),
                    _ => link_words(link),
                };
                rows.push(row(About::Text, &format!("  {label}"), words, ""));
            }
        }
        if servers::has_servers(account) {
            let words = visible_line(&servers::way_words(&account.settings));
            let help = "Enter: have them found, or choose who signs you in, and where";
            rows.push(row(About::Servers(name.clone()), "  servers", words, help));
            for setting in account.settings.iter().filter(|setting| is_unfolded && setting.name != "authenticator") {
                let value = visible_line(&format!("{}  ({})", setting.value, setting.source));
                rows.push(row(About::Text, &format!("  {}", servers::words_of(&setting.name)), value, ""));
            }
        }
    }
    rows.push(row(About::AddAccount, "Add an account", String::new(), "Enter: an address and a password are enough"));
    let by_hand = "Enter: on open standards, with servers of your own";
    rows.push(row(About::AddByHand, "Add one by hand", String::new(), by_hand));
    rows
}

/// What a service is doing, in words.
#[must_use]
pub fn link_words(link: &LinkState) -> String {
    match link {
        LinkState::Offline => "signed out".into(),
        LinkState::Connecting => "connecting".into(),
        LinkState::NeedsPassword { refused: true, .. } => "the password was refused".into(),
        LinkState::NeedsPassword { .. } => "the password is wanted".into(),
        LinkState::Online { address } => format!("signed in as {}", visible_line(address)),
        LinkState::Waiting { why, retry_in } => {
            format!("{} Trying again in {:.0} s.", visible_line(&why.to_string()), retry_in.as_secs_f64().ceil())
        }
        LinkState::Failed(why) => visible_line(&why.to_string()),
    }
}

/// Where sound goes, honestly.
#[must_use]
pub fn sound_words(state: &State) -> String {
    let where_ = if state.sound.over_ssh { ", on the far side of SSH: devices of that machine" } else { "" };
    match &state.sound.path {
        SoundPath::Unknown => "not looked for yet".into(),
        SoundPath::Devices => format!("ready{where_}"),
        SoundPath::Silent(why) => visible_line(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::{Event, Identity, Problem, Sound};
    use crate::machine::Stamp;
    use crate::tui::keymap::Keymap;
    use crate::tui::preferences::Preferences;
    use crate::tui::terminal::Pictures;
    use crate::tui::theme::{Background, Theme};
    use std::time::Duration;

    fn setup() -> Setup {
        Setup {
            preferences: Preferences::default(),
            theme: Theme::default(),
            keymap: Keymap::default(),
            themes: Vec::new(),
            keymaps: Vec::new(),
            zone: |_| 0,
            now: Stamp::default(),
            pictures: Pictures::default(),
            background: Background::Light,
        }
    }

    #[test]
    fn the_theme_that_goes_by_the_terminal_says_what_it_is_there() {
        let theme = |name: &str| {
            let preferences = Preferences { theme: name.into(), ..Preferences::default() };
            let rows = rows(&State::default(), &Setup { preferences, ..setup() }, &BTreeSet::new());
            rows.into_iter().find(|row| row.about == About::Theme).unwrap().value
        };
        assert_eq!((theme("auto").as_str(), theme("dark").as_str()), ("auto: light here", "dark"));
    }

    #[test]
    fn an_account_stands_with_what_its_services_do() {
        let (mut state, account) = (State::default(), AccountName("work".into()));
        let (jid, sip) = (Some("me@example.test".to_owned()), Some("sip:me@example.test".to_owned()));
        state.apply(&Event::Account { account: account.clone(), identity: Identity { jid, sip, ..Identity::default() } });
        let why = Problem::local("No way.", "Go round.");
        let waiting = LinkState::Waiting { why, retry_in: Duration::from_millis(1200) };
        state.apply(&Event::Link { account: account.clone(), service: Service::Phone, state: waiting });
        let rows = rows(&state, &setup(), &BTreeSet::new());
        let at = rows.iter().position(|row| row.about == About::Account(account.clone())).unwrap();
        assert_eq!(rows.get(at).unwrap().value, "me@example.test  sip:me@example.test");
        let phone = rows.get(at + 1).unwrap();
        assert_eq!((phone.label.trim(), phone.value.as_str()), ("phone", "No way. Go round. Trying again in 2 s."));
        assert!(!phone.about.can_be_chosen());
    }

    #[test]
    fn every_row_that_can_be_chosen_says_what_a_key_does() {
        for row in rows(&State::default(), &setup(), &BTreeSet::new()) {
            let says = row.help.starts_with("Space: ") || row.help.starts_with("Enter: ");
            assert_eq!(row.about.can_be_chosen(), says, "{row:?}");
        }
    }

    #[test]
    fn the_sound_path_is_told_honestly() {
        let mut state = State::default();
        assert_eq!(sound_words(&state), "not looked for yet");
        let silent = Sound { path: SoundPath::Silent("no server\u{1b}".into()), ..Sound::default() };
        state.apply(&Event::Sound(silent));
        let words = sound_words(&state);
        assert!(words.contains("no server") && !words.contains('\u{1b}'), "{words:?}");
        state.apply(&Event::Sound(Sound { path: SoundPath::Devices, over_ssh: true, ..Sound::default() }));
        assert!(sound_words(&state).contains("on the far side of SSH"), "{}", sound_words(&state));
    }
}
