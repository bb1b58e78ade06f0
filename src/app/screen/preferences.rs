//! The user's preferences as a file, `offhook.toml` in the configuration folder, and the themes and keymaps that they
//! name: those that come with the program, and files of the user's beside it in `themes/` and `keymaps/`.

use crate::engine::event::Problem;
use crate::io::paths::Paths;
use crate::io::private;
use crate::tui::keymap::{KEYMAPS, Keymap};
use crate::tui::mistake::{Mistake, no_toml, unknown};
use crate::tui::preferences::{NotifyText, Preferences, Signs};
use crate::tui::theme::{AUTO, Background, Depth, THEMES, Theme};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::PathBuf;
use toml::Spanned;
use toml::de::DeTable;

/// The name of the file.
const FILE: &str = "offhook.toml";

/// What stands in the file. What is not there is as it comes.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
struct Stored {
    theme: Option<String>,
    keymap: Option<String>,
    signs: Option<String>,
    bell: Option<bool>,
    notify: Option<String>,
    typing: Option<bool>,
    photos: Option<bool>,
}

/// The files that hold what the user likes.
#[derive(Clone, Debug)]
pub struct Likes {
    folder: PathBuf,
    depth: Depth,
}

impl Likes {
    /// Those of the user, for a terminal with that many colours.
    ///
    /// # Errors
    /// There is no place for them.
    pub fn open(paths: &Paths, depth: Depth) -> Result<Likes, Problem> {
        Ok(Likes { folder: paths.config()?, depth })
    }

    /// Reads the preferences; also says what is wrong with the file, and then they are as they come.
    #[must_use]
    pub fn load(&self) -> (Preferences, Option<Problem>) {
        let path = self.folder.join(FILE);
        let text = match private::read(&path) {
            Ok(text) => text.unwrap_or_default(),
            Err(problem) => return (Preferences::default(), Some(problem)),
        };
        let (preferences, mistakes) = match toml::from_str::<Stored>(&text) {
            Ok(stored) => self.known(stored, &text),
            Err(why) => (Preferences::default(), vec![no_toml(&text, &why)]),
        };
        let wrong = (!mistakes.is_empty()).then(|| {
            let problem = Mistake::problem(&mistakes, &path.display().to_string());
            Problem { next: format!("{} What is wrong is as it comes.", problem.next).trim().to_owned(), ..problem }
        });
        (preferences, wrong)
    }

    /// What stands in the file, and the names in it that nothing has.
    fn known(&self, stored: Stored, text: &str) -> (Preferences, Vec<Mistake>) {
        let usual = Preferences::default();
        let mut mistakes = Vec::new();
        let mut named = |key: &str, kind: &str, name: Option<String>, all: &[String]| {
            let name = name?;
            let known = all.iter().position(|one| *one == name);
            if known.is_none() {
                let what = unknown(kind, &name, all.iter().map(String::as_str));
                mistakes.push(Mistake::at(text, place_of(text, key), what));
            }
            known
        };
        let signs: Vec<String> = Signs::ALL.iter().map(|signs| signs.name().to_owned()).collect();
        let notify: Vec<String> = NotifyText::ALL.iter().map(|notify| notify.name().to_owned()).collect();
        let (themes, keymaps) = (self.themes(), self.keymaps());
        let theme = named("theme", "theme", stored.theme, &themes);
        let keymap = named("keymap", "keymap", stored.keymap, &keymaps);
        let signs = named("signs", "way of signs", stored.signs, &signs);
        let notify = named("notify", "kind of notification", stored.notify, &notify);
        let preferences = Preferences {
            theme: theme.and_then(|at| themes.into_iter().nth(at)).unwrap_or(usual.theme),
            keymap: keymap.and_then(|at| keymaps.into_iter().nth(at)).unwrap_or(usual.keymap),
            signs: signs.and_then(|at| Signs::ALL.get(at).copied()).unwrap_or(usual.signs),
            bell: stored.bell.unwrap_or(usual.bell),
            notify: notify.and_then(|at| NotifyText::ALL.get(at).copied()).unwrap_or(usual.notify),
            typing: stored.typing.unwrap_or(usual.typing),
            photos: stored.photos.unwrap_or(usual.photos),
        };
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        (preferences, mistakes)
    }

    /// Keeps the preferences.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn keep(&self, preferences: &Preferences) -> Result<(), Problem> {
        let Preferences { theme, keymap, signs, bell, notify, typing, photos } = preferences.clone();
        let stored = Stored {
            theme: Some(theme),
            keymap: Some(keymap),
            signs: Some(signs.name().into()),
            bell: Some(bell),
            notify: Some(notify.name().into()),
            typing: Some(typing),
            photos: Some(photos),
        };
        let text =
            toml::to_string(&stored).map_err(|why| Problem::local(format!("The preferences cannot be kept: {why}."), ""))?;
        private::replace(&self.folder.join(FILE), &text)
    }

    /// Whether the terminal has colours.
    #[must_use]
    pub fn has_colours(&self) -> bool {
        self.depth != Depth::Attributes
    }

    /// The theme of that name, `auto` by what is behind the letters: the user's file first, else the one that comes with the
    /// program. What is wrong is told, and the usual one taken.
    #[must_use]
    pub fn theme(&self, name: &str, background: Background) -> (Theme, Option<Problem>) {
        let name = background.theme(name);
        let usual = || Theme::named(background.name(), self.depth).unwrap_or_default();
        match self.read("themes", name) {
            Ok(Some((path, text))) => match Theme::parse(&text, self.depth) {
                Ok(theme) => (theme, None),
                Err(mistakes) => (usual(), Some(Mistake::problem(&mistakes, &path.display().to_string()))),
            },
            Ok(None) => match Theme::named(name, self.depth) {
                Some(theme) => (theme, None),
                None => (usual(), Some(missing("theme", name))),
            },
            Err(problem) => (usual(), Some(problem)),
        }
    }

    /// The keymap of that name, as for [`Likes::theme`]; `default` is taken where something is wrong.
    #[must_use]
    pub fn keymap(&self, name: &str) -> (Keymap, Option<Problem>) {
        match self.read("keymaps", name) {
            Ok(Some((path, text))) => match Keymap::parse(&text) {
                Ok(keymap) => (keymap, None),
                Err(mistakes) => (Keymap::default(), Some(Mistake::problem(&mistakes, &path.display().to_string()))),
            },
            Ok(None) => match Keymap::named(name) {
                Some(keymap) => (keymap, None),
                None => (Keymap::default(), Some(missing("keymap", name))),
            },
            Err(problem) => (Keymap::default(), Some(problem)),
        }
    }

    /// The names of all themes there are.
    #[must_use]
    pub fn themes(&self) -> Vec<String> {
        self.names("themes", std::iter::once(AUTO).chain(THEMES.iter().map(|(name, _)| *name)))
    }

    /// The names of all keymaps there are.
    #[must_use]
    pub fn keymaps(&self) -> Vec<String> {
        self.names("keymaps", KEYMAPS.iter().map(|(name, _)| *name))
    }

    fn names<'a>(&self, folder: &str, built_in: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut names: Vec<String> = built_in.map(str::to_owned).collect();
        let files = std::fs::read_dir(self.folder.join(folder)).into_iter().flatten().flatten();
        let mut own: Vec<String> = files
            .filter_map(|file| {
                let path = PathBuf::from(file.file_name());
                let is_toml = path.extension().is_some_and(|end| end == "toml");
                path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_toml).map(str::to_owned)
            })
            .filter(|name| !names.contains(name))
            .collect();
        own.sort();
        names.extend(own);
        names
    }

    fn read(&self, folder: &str, name: &str) -> Result<Option<(PathBuf, String)>, Problem> {
        if name.contains(['/', '\0']) || name.starts_with('.') {
            return Ok(None);
        }
        let path = self.folder.join(folder).join(format!("{name}.toml"));
        Ok(private::read(&path)?.map(|text| (path, text)))
    }
}

/// Where the value of a key stands.
fn place_of(text: &str, key: &str) -> Option<Range<usize>> {
    let table = DeTable::parse(text).ok()?;
    table.get_ref().get(key).map(Spanned::span)
}

fn missing(kind: &str, name: &str) -> Problem {
    let name = crate::machine::visible_line(name);
    Problem::local(format!("There is no {kind} {name}."), "The settings show what there is; the usual one is used.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likes(text: &str) -> (tempfile::TempDir, Likes) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), text).unwrap();
        let likes = Likes { folder: folder.path().to_owned(), depth: Depth::True };
        (folder, likes)
    }

    #[test]
    fn a_mistake_is_told_with_file_line_and_column_and_all_else_holds() {
        let (folder, likes) = likes("bell = false\ntheme = \"lihgt\"\nsigns = \"ascii\"\nnotify = \"loud\"\n");
        let (preferences, problem) = likes.load();
        let file = folder.path().join(FILE).display().to_string();
        let problem = problem.unwrap();
        assert_eq!(problem.what, format!("{file}:2:9: No theme is called “lihgt”: did you mean “light”?"));
        assert!(problem.next.starts_with("There are 1 more in that file."), "{}", problem.next);
        let wanted = Preferences { bell: false, signs: Signs::Ascii, ..Preferences::default() };
        assert_eq!(preferences, wanted);
    }

    #[test]
    fn what_is_no_toml_or_no_setting_is_told_with_its_place_too() {
        for (text, place) in [("bell = \n", ":1:"), ("bell = true\nbel = true\n", ":2:1: "), ("\nbell = 3\n", ":2:8: ")] {
            let (folder, likes) = likes(text);
            let (preferences, problem) = likes.load();
            let file = folder.path().join(FILE).display().to_string();
            let what = problem.unwrap().what;
            assert!(what.starts_with(&format!("{file}{place}")), "{text:?}: {what}");
            assert!(!what.contains('\n') && preferences == Preferences::default(), "{what}");
        }
        let (_folder, likes) = likes("keymap = \"vim\"\n");
        assert_eq!(likes.load(), (Preferences { keymap: "vim".into(), ..Preferences::default() }, None));
    }

    #[test]
    fn auto_is_the_theme_for_what_is_behind_the_letters_and_the_users_own_file_of_it() {
        let home = tempfile::tempdir().unwrap();
        let paths = Paths::below(home.path());
        let likes = Likes::open(&paths, Depth::True).unwrap();
        for background in [Background::Dark, Background::Light] {
            let named = Theme::named(background.name(), Depth::True).unwrap();
            assert_eq!(likes.theme(AUTO, background), (named, None));
        }
        assert_eq!(likes.theme("dark", Background::Light).0, Theme::named("dark", Depth::True).unwrap());
        assert_eq!(likes.themes(), [AUTO, "dark", "light", "mono"]);
        let own = "base = \"light\"\n[roles]\ntext = { bold = true }\n";
        let folder = paths.config().unwrap().join("themes");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("light.toml"), own).unwrap();
        assert_eq!(likes.theme(AUTO, Background::Light), (Theme::parse(own, Depth::True).unwrap(), None));
        assert_eq!(likes.themes().len(), 4);
    }
}
