//! The user's preferences as a file, `offhook.toml` in the configuration folder, and the themes and keymaps that they
//! name: those that come with the program, and files of the user's beside it in `themes/` and `keymaps/`.

use crate::engine::event::Problem;
use crate::io::paths::Paths;
use crate::io::private;
use crate::tui::keymap::{KEYMAPS, Keymap};
use crate::tui::mistake::Mistake;
use crate::tui::preferences::{NotifyText, Preferences, Signs};
use crate::tui::theme::{Depth, THEMES, Theme};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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
        match toml::from_str::<Stored>(&text) {
            Ok(stored) => known(stored, &path),
            Err(why) => {
                let what = format!("{} cannot be used: {}", path.display(), why.to_string().trim());
                (Preferences::default(), Some(Problem::local(what, "Mend it; until then all is as it comes.")))
            }
        }
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

    /// The theme of that name: the user's file first, else the one that comes with the program. What is wrong is told, and
    /// `dark` taken.
    #[must_use]
    pub fn theme(&self, name: &str) -> (Theme, Option<Problem>) {
        match self.read("themes", name) {
            Ok(Some((path, text))) => match Theme::parse(&text, self.depth) {
                Ok(theme) => (theme, None),
                Err(mistakes) => (
                    Theme::named("dark", self.depth).unwrap_or_default(),
                    Some(Mistake::problem(&mistakes, &path.display().to_string())),
                ),
            },
            Ok(None) => match Theme::named(name, self.depth) {
                Some(theme) => (theme, None),
                None => (Theme::named("dark", self.depth).unwrap_or_default(), Some(missing("theme", name))),
            },
            Err(problem) => (Theme::named("dark", self.depth).unwrap_or_default(), Some(problem)),
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
        self.names("themes", THEMES.iter().map(|(name, _)| *name))
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

fn known(stored: Stored, path: &Path) -> (Preferences, Option<Problem>) {
    let usual = Preferences::default();
    let mut wrong = None;
    let mut unknown = |what: &str, value: &str| {
        let what = format!("{}: {what} = \"{}\" is not known.", path.display(), crate::machine::visible_line(value));
        wrong = Some(Problem::local(what, "The settings show what there is."));
    };
    let signs = match stored.signs {
        Some(name) => Signs::ALL.into_iter().find(|signs| signs.name() == name).unwrap_or_else(|| {
            unknown("signs", &name);
            usual.signs
        }),
        None => usual.signs,
    };
    let notify = match stored.notify {
        Some(name) => NotifyText::ALL.into_iter().find(|notify| notify.name() == name).unwrap_or_else(|| {
            unknown("notify", &name);
            usual.notify
        }),
        None => usual.notify,
    };
    let preferences = Preferences {
        theme: stored.theme.unwrap_or(usual.theme),
        keymap: stored.keymap.unwrap_or(usual.keymap),
        signs,
        bell: stored.bell.unwrap_or(usual.bell),
        notify,
        typing: stored.typing.unwrap_or(usual.typing),
        photos: stored.photos.unwrap_or(usual.photos),
    };
    (preferences, wrong)
}

fn missing(kind: &str, name: &str) -> Problem {
    let name = crate::machine::visible_line(name);
    Problem::local(format!("There is no {kind} {name}."), "The settings show what there is; the usual one is used.")
}
