//! offhook-config(5): the files that are the user's to read and to write, and what may stand in them.

use clap_mangen::roff::{Roff, bold, roman};

/// The keys of `offhook.toml`, what each may be as it comes and else, and what it does.
const PREFERENCES: [(&str, &str, &str); 7] = [
    (
        "theme",
        "\"auto\"",
        "How it looks: auto, which is dark or light as the terminal says it is (OSC 11; dark where it does not say), dark, light, \
         mono, or a file of the folder themes. Where NO_COLOR is set there are no colours whatever it is.",
    ),
    ("keymap", "\"default\"", "Which keys do what: default, vim, or a file of the folder keymaps."),
    ("signs", "\"unicode\"", "Signs beyond ASCII: unicode or ascii."),
    ("bell", "true", "Whether the terminal's bell rings on messages and calls."),
    ("notify", "\"who-and-what\"", "How much a notification says: nothing, something, who or who-and-what."),
    ("typing", "true", "Whether others are told that you are writing to them."),
    ("photos", "true", "Whether photos of people are fetched and shown, where the terminal can show them."),
];

/// The other files, and who writes them.
const FILES: [(&str, &str); 9] = [
    ("accounts/NAME.toml", "One account. Its keys are the long options of offhook-account-add(1), as below."),
    (
        "themes/NAME.toml, keymaps/NAME.toml",
        "Looks and keys of your own. See offhook-theme(1), offhook-keys(1) and offhook-keys(7).",
    ),
    (
        "settings.toml",
        "Settings of sign-in, by account and for all. See offhook-settings(1), which writes it and says where each value is from.",
    ),
    ("jabber-bootstrap.properties", "What an installer says of a site, read at the first launch. See offhook-bootstrap(1)."),
    ("trust.toml", "Certificates that are trusted exactly as they are. See offhook-trust(1)."),
    ("sound.toml", "The microphone and the loudspeaker, as chosen in the settings of the screen."),
    ("discovery.toml", "What discovery has found, for the next start. It may be removed at any time."),
    ("$XDG_DATA_HOME/offhook/history.db", "Messages and calls (SQLite)."),
    ("$XDG_STATE_HOME/offhook/offhook.log", "What happened, without secrets."),
];

/// The page; `account_add` is the definition of `offhook account add`.
#[must_use]
pub fn man_page(account_add: &clap::Command) -> String {
    let mut page = Roff::new();
    page.control("TH", ["offhook-config", "5", "", concat!("offhook ", env!("CARGO_PKG_VERSION"))]);
    page.control("SH", ["NAME"]).text([roman("offhook-config - the files of offhook")]);
    page.control("SH", ["DESCRIPTION"]).text([roman(
        "The files below are in $XDG_CONFIG_HOME/offhook (~/.config/offhook) unless they say where. They are TOML, and yours alone: \
         one that others can write to is refused. What is wrong in one is said with file, line and column. None of them is needed.",
    )]);
    page.control("SH", ["PREFERENCES"]).text([roman("In offhook.toml, which the settings of the screen write:")]);
    for (key, usual, help) in PREFERENCES {
        page.control("TP", []).text([bold(format!("{key} = {usual}"))]);
        page.text([roman(help)]);
    }
    page.control("SH", ["ACCOUNTS"]).text([roman("In accounts/NAME.toml, which offhook-account-add(1) writes:")]);
    for option in account_add.get_arguments() {
        let (Some(key), Some(help)) = (option.get_long(), option.get_help()) else { continue };
        page.control("TP", []).text([bold(key)]);
        page.text([roman(format!("{help}."))]);
    }
    page.control("TP", []).text([bold("no-store")]);
    page.text([roman("No password of this account is kept anywhere: it is asked for each time.")]);
    page.control("SH", ["FILES"]);
    for (file, help) in FILES {
        page.control("TP", []).text([bold(file)]);
        page.text([roman(help)]);
    }
    page.control("SH", ["SEE ALSO"]).text([bold("offhook"), roman("(1), "), bold("offhook-keys"), roman("(7)")]);
    page.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::screen::preferences::Likes;
    use crate::cli::definition::Offhook;
    use crate::io::paths::Paths;
    use crate::tui::preferences::Preferences;
    use crate::tui::theme::Depth;
    use clap::CommandFactory;

    #[test]
    fn the_page_names_all_preferences_as_they_come() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let likes = Likes::open(&paths, Depth::True).unwrap();
        likes.keep(&Preferences::default()).unwrap();
        let file = paths.config().unwrap().join("offhook.toml");
        let kept = std::fs::read_to_string(&file).unwrap();
        let said: String = PREFERENCES.iter().map(|(key, usual, _)| format!("{key} = {usual}\n")).collect();
        assert_eq!(kept, said);
    }

    #[test]
    fn the_page_names_all_keys_of_an_account() {
        let definition = Offhook::command();
        let add = definition.find_subcommand("account").and_then(|account| account.find_subcommand("add")).unwrap();
        let page = man_page(add);
        for key in crate::io::accounts::KEYS {
            assert!(page.contains(&format!("\n\\fB{}\\fR", key.replace('-', "\\-"))), "{key}: {page}");
        }
    }
}
