//! `offhook keys`: which keys do what, and whether a keymap file is right.

use super::exit::Exit;
use super::named_file::{read, verdict};
use super::say;
use crate::app::screen::preferences::Likes;
use crate::engine::event::Problem;
use crate::io::paths::Paths;
use crate::tui::action::{ACTIONS, Context};
use crate::tui::keymap::Keymap;
use crate::tui::mistake::Mistake;
use crate::tui::theme::Depth;
use clap_mangen::roff::{Roff, bold, roman};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `offhook keys`
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    wish: Option<Wish>,
    /// Of which keymap: default, vim, one of yours, or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "default")]
    keymap: String,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Says what is wrong in a keymap file
    Check {
        /// The file
        file: PathBuf,
    },
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(match args.wish {
        Some(Wish::Check { file }) => check(&file),
        None => list(&args.keymap),
    })
}

fn list(named: &str) -> Result<Exit, Problem> {
    let keymap = match named.contains('/') || named.ends_with(".toml") {
        true => Keymap::parse(&read(Path::new(named))?).map_err(|mistakes| Mistake::problem(&mistakes, named))?,
        false => match Likes::open(&Paths::from_environment()?, Depth::True)?.keymap(named) {
            (keymap, None) => keymap,
            (_, Some(problem)) => return Err(problem),
        },
    };
    for (title, rows) in table(&keymap) {
        say::line(&title)?;
        for Line { keys, name, help } in rows {
            if !say::line(&format!("  {keys:24}  {name:18}  {help}"))? {
                return Ok(Exit::Done);
            }
        }
        say::line("")?;
    }
    say::line("What has no key is in the palette, as everything is.")?;
    Ok(Exit::Done)
}

fn check(file: &Path) -> Result<Exit, Problem> {
    let checked = Keymap::parse(&read(file)?);
    Ok(verdict(file, checked.map(|keymap| format!("{} keys are bound.", keymap.bindings().len()))))
}

/// A row of the key help.
struct Line {
    keys: String,
    name: &'static str,
    help: &'static str,
}

/// Each context, and what can be done in it.
fn table(keymap: &Keymap) -> Vec<(String, Vec<Line>)> {
    let rows = |context: Context| {
        let here = ACTIONS.iter().filter(move |row| row.contexts.contains(&context));
        here.map(|row| Line { keys: keymap.keys_of(row.action, context).join("  "), name: row.name, help: row.help }).collect()
    };
    Context::ALL.into_iter().map(|context| (format!("{} [{}]", context.title(), context.name()), rows(context))).collect()
}

/// The man page offhook-keys(7).
#[must_use]
pub fn man_page() -> String {
    let mut page = Roff::new();
    page.control("TH", ["offhook-keys", "7", "", concat!("offhook ", env!("CARGO_PKG_VERSION"))]);
    page.control("SH", ["NAME"]).text([roman("offhook-keys - which keys do what in offhook")]);
    page.control("SH", ["DESCRIPTION"]).text([roman(
        "These are the keys of the keymap \"default\". Each action stands with the name by which keymap files and the palette \
         know it; what has no key is in the palette, as everything is. A keymap of your own is a TOML file in the folder \
         keymaps of $XDG_CONFIG_HOME/offhook; it begins with base = \"default\" and names what is different, in one table a \
         place. offhook-keys-check(1) says what is wrong in it.",
    )]);
    for (title, rows) in table(&Keymap::default()) {
        page.control("SH", [title.as_str()]);
        for Line { keys, name, help } in rows {
            page.control("TP", []).text([bold(if keys.is_empty() { "palette" } else { &keys })]);
            page.text([roman(format!("{help} ({name})."))]);
        }
    }
    page.control("SH", ["SEE ALSO"]).text([bold("offhook"), roman("(1), "), bold("offhook-keys"), roman("(1)")]);
    page.render()
}
