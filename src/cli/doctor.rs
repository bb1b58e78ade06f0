//! `offhook doctor`: what works, what does not, and what to do.

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::say;
use crate::app::{block_on, doctor};
use crate::engine::doctor::{Finding, Part, Verdict};
use crate::engine::event::Problem;
use crate::io::paths::Paths;
use serde_json::json;
use std::process::ExitCode;
use unicode_width::UnicodeWidthStr;

/// `offhook doctor`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// No line is longer.
const WIDTH: usize = 80;

/// Where sentences begin.
const INDENT: usize = 15;

/// Runs it.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    say::end(examine(args.json))
}

fn examine(json: bool) -> Result<Exit, Problem> {
    let paths = Paths::from_environment()?;
    let findings = block_on(async {
        let mut interrupts = Interrupts::hear()?;
        tokio::select! {
            findings = doctor::examine(&paths) => findings,
            () = interrupts.next() => Err(Problem::local("You gave up.", "")),
        }
    })?;
    let report = if json { object(&findings) } else { report(&findings) };
    say::results(report.as_bytes())?;
    let works = findings.iter().all(|finding| finding.verdict != Verdict::Fails);
    Ok(if works { Exit::Done } else { Exit::Unwell })
}

fn object(findings: &[Finding]) -> String {
    let one = |finding: &Finding| {
        json!({
            "part": finding.part.name(),
            "verdict": finding.verdict.name(),
            "what": finding.what,
            "next": Some(&finding.next).filter(|next| !next.is_empty()),
        })
    };
    let findings: Vec<_> = findings.iter().map(one).collect();
    format!("{}\n", json!({ "findings": findings }))
}

/// For people: a heading a part, and below it what was found.
fn report(findings: &[Finding]) -> String {
    let mut text = String::new();
    let mut part: Option<Part> = None;
    for finding in findings {
        if part.replace(finding.part) != Some(finding.part) {
            text.push_str(&format!("{}\n", finding.part.name()));
        }
        let mut beginning = format!("  {:<1$}", finding.verdict.wording(), INDENT - 2);
        for line in wrapped(&finding.what) {
            text.push_str(&format!("{beginning}{line}\n"));
            beginning = " ".repeat(INDENT);
        }
        for (number, line) in wrapped(&finding.next).into_iter().enumerate() {
            text.push_str(&format!("{}{}{line}\n", " ".repeat(INDENT), if number == 0 { "→ " } else { "  " }));
        }
    }
    text
}

/// Lines that fit beside the verdict. A word that fits nowhere stands alone, and whole: it is there to be copied.
fn wrapped(text: &str) -> Vec<String> {
    let room = WIDTH - INDENT - 2;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_fits_eighty_columns_and_says_what_to_do() {
        let findings = [
            Finding::works(Part::Terminal, "TERM is xterm-256color: 24-bit colours."),
            Finding::fails(Part::Terminal, "word ".repeat(40), "Write to ~/.tmux.conf: set -s set-clipboard on ".repeat(3)),
            Finding::unchecked(Part::Clock, "No server was there to compare it with.", ""),
        ];
        let text = report(&findings);
        assert!(
            text.starts_with("terminal\n  works        TERM is xterm-256color: 24-bit colours.\n  does not     word"),
            "{text}"
        );
        assert!(text.ends_with("clock\n  not checked  No server was there to compare it with.\n"), "{text}");
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
        assert_eq!(text.matches('→').count(), 1);
        assert!(object(&findings).contains("\"part\":\"clock\"") && object(&findings).contains("\"next\":null"));
    }
}
