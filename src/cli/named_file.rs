//! A file that the user names on the command line: a keymap, a theme, a site.

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use crate::io::private;
use crate::machine::visible_line;
use crate::tui::mistake::Mistake;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// None of them is larger.
const LARGEST: u64 = 1 << 20;

/// Its text.
///
/// # Errors
/// It cannot be read, is too large, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, Problem> {
    let shown = visible_line(&path.to_string_lossy());
    let cannot = |why: &str| Problem::local(format!("{shown} cannot be read: {why}."), "");
    let mut bytes = Vec::new();
    let file = File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    file.map_err(|why| cannot(&private::said(&why)))?;
    if bytes.len() as u64 > LARGEST {
        return Err(cannot(&format!("it is larger than {LARGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8 text"))
}

/// Says that it is right, or all that is wrong in it.
#[must_use]
pub fn verdict(file: &Path, checked: Result<String, Vec<Mistake>>) -> Exit {
    let name = file.display().to_string();
    match checked {
        Ok(sum) => {
            say::note(&format!("{} is right: {sum}", visible_line(&name)));
            Exit::Done
        }
        Err(mistakes) => {
            mistakes.iter().for_each(|mistake| say::note(&mistake.written(&name)));
            Exit::Failed
        }
    }
}
