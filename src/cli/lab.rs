//! `offhook lab`

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::{named_file, say};
use crate::app::block_on;
use crate::app::lab::Lab;
use crate::engine::event::Problem;
use crate::lab::Site;
use crate::machine::visible_line;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `offhook lab`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The same seed gives the same day
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// What kind of deployment: a TOML file, or the name of one that comes along (default, clear, cucm8, cup, im-only,
    /// phone, standard, two-clusters, webex)
    #[arg(long, value_name = "FILE")]
    pub site: Option<PathBuf>,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(lab(args)))
}

async fn lab(args: Args) -> Result<Exit, Problem> {
    let mut interrupts = Interrupts::hear()?;
    let site = site(&args)?;
    let lab = Lab::start(&site, args.seed).await?;
    let facts = serde_json::to_string(lab.facts())
        .map_err(|why| Problem::local(format!("What the lab has to say is no JSON: {why}."), "Please report it."))?;
    if say::line(&facts)? {
        interrupts.next().await;
    }
    lab.end().await;
    Ok(Exit::Done)
}

/// The site that is meant.
pub(super) fn site(args: &Args) -> Result<Site, Problem> {
    match &args.site {
        Some(file) => read(file),
        None => built_in("default"),
    }
}

/// A file; or, where there is none of this name, a site that comes along.
fn read(file: &Path) -> Result<Site, Problem> {
    let name = file.to_string_lossy();
    if !file.exists() && !name.contains(['/', '.']) {
        return built_in(&name);
    }
    let shown = visible_line(&name);
    Site::parse(&named_file::read(file)?)
        .map_err(|mistake| Problem::local(format!("{shown}:{}", visible_line(&mistake.to_string())), ""))
}

fn built_in(name: &str) -> Result<Site, Problem> {
    Site::built_in(name).map_err(|what| Problem::local(visible_line(&what), "Give a file: offhook lab --site FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_site_that_comes_along() {
        let definition = <Args as clap::Args>::augment_args(clap::Command::new("lab"));
        let help = definition.get_arguments().find(|option| option.get_id() == "site").and_then(clap::Arg::get_help);
        let help = help.unwrap().to_string();
        let listed = help.split_once('(').and_then(|(_, rest)| rest.split_once(')')).unwrap().0.to_owned();
        let there = Site::built_in("none").unwrap_err();
        assert!(there.ends_with(&format!("there are {}.", listed.split_whitespace().collect::<Vec<_>>().join(" "))), "{there}");
    }
}
