//! `offhook call`

use super::exit::Exit;
use super::say;
use crate::engine::event::Problem;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// `offhook call`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// From which account; not needed where there is only one
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// A number, a SIP URI, or user@host
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub target: String,
    /// Play this file to them; silence after its end
    #[arg(long, value_name = "WAV")]
    pub play: Option<PathBuf>,
    /// Record them: 48 kHz, mono, 16 bit
    #[arg(long, value_name = "WAV")]
    pub record: Option<PathBuf>,
    /// Talk for this long, then hang up; otherwise until the file has been played
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub talk: Option<Duration>,
    /// At the end, one JSON object on stdout
    #[arg(long)]
    pub json: bool,
}

/// Runs it.
#[must_use]
pub fn run(_args: Args) -> ExitCode {
    say::end(Err::<Exit, _>(Problem::local("This build cannot call yet.", "")))
}

/// More than nothing, less than a day.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "write seconds as in 10 or 2.5".to_owned())?;
    if number > 0.0 && number <= 86_400.0 {
        return Ok(Duration::from_secs_f64(number));
    }
    Err("take more than 0 and at most 86400 seconds".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_number_that_makes_sense() {
        assert_eq!(seconds("2.5").unwrap(), Duration::from_millis(2500));
        for bad in ["", "x", "0", "-1", "nan", "inf", "1e300"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
