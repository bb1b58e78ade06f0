//! `offhook provision`: takes the settings of a link that an administrator has sent.

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use crate::io::discovery::{DiscoveryFiles, Provisioned};
use crate::io::paths::Paths;
use crate::machine::visible_line;
use crate::protocol::cisco::Provision;
use std::process::ExitCode;

/// `offhook provision`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As in 'ciscojabber://provision?ServicesDomain=example.test&VoiceServicesDomain=voice.example.test'
    #[arg(value_name = "LINK")]
    link: String,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    say::end(provision(&args.link))
}

fn provision(link: &str) -> Result<Exit, Problem> {
    let said = match Provision::parse(link) {
        Ok(said) => said,
        Err(why) => {
            say::failure(&Problem::local(why, ""));
            return Ok(Exit::Usage);
        }
    };
    for (name, _) in &said.others {
        say::note(&format!("{} is kept and has no effect here.", visible_line(name)));
    }
    DiscoveryFiles::open(&Paths::from_environment()?)?.change_settings(|settings| take(&mut settings.provisioned, said))?;
    say::note("The link's settings are kept; they count from the next launch on.");
    Ok(Exit::Done)
}

/// What the link does not name stays as it is.
fn take(known: &mut Provisioned, said: Provision) {
    let Provision { services_domain, voice_services_domain, excluded, others } = said;
    known.services_domain = services_domain.or(known.services_domain.take());
    known.voice_domain = voice_services_domain.or(known.voice_domain.take());
    known.excluded = excluded.or(known.excluded);
    known.others.extend(others);
}
