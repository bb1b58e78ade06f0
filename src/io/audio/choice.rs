//! Which devices the user chose: `sound.toml` in the configuration folder, by name; what is not there is the system's default.

use crate::engine::ask::ChosenSound;
use crate::engine::event::Problem;
use crate::io::private;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The file's name.
const NAME: &str = "sound.toml";

/// Devices by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// To be heard from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// To be played to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl From<ChosenSound> for Choice {
    fn from(ChosenSound { input, output }: ChosenSound) -> Choice {
        Choice { input, output }
    }
}

impl Choice {
    /// What was kept in `folder`.
    ///
    /// # Errors
    /// The file cannot be read, or is not what we wrote.
    pub fn read(folder: &Path) -> Result<Choice, Problem> {
        let path = path(folder);
        let Some(text) = private::read(&path)? else { return Ok(Choice::default()) };
        toml::from_str(&text).map_err(|error| {
            let why = crate::machine::visible_line(error.message());
            Problem::local(
                format!("{} is not understood: {why}. The system's default devices are used.", path.display()),
                "Choose the devices again; that writes the file anew.",
            )
        })
    }

    /// Keeps it in `folder`.
    ///
    /// # Errors
    /// The disk is full, read-only, or not ours.
    pub fn keep(&self, folder: &Path) -> Result<(), Problem> {
        let text = toml::to_string(self)
            .map_err(|error| Problem::local(format!("The choice of devices cannot be written: {error}."), ""))?;
        private::replace(&path(folder), &text)
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_found_again_and_a_broken_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Choice::read(folder.path()), Ok(Choice::default()));
        let chosen = Choice { input: Some("A \"quoted\" microphone".into()), output: None };
        chosen.keep(folder.path()).unwrap();
        assert_eq!(Choice::read(folder.path()), Ok(chosen));
        private::replace(&path(folder.path()), "input = 7\n").unwrap();
        let problem = Choice::read(folder.path()).unwrap_err();
        assert!(problem.what.contains("sound.toml is not understood"), "{problem}");
    }
}
