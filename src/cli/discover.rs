//! `offhook discover`

use super::exit::Exit;
use super::say;
use crate::app::block_on;
use crate::app::discover::{Report, Wish, discover};
use crate::engine::addresses;
use crate::engine::event::{Decision, Problem, Source, Step, StepName};
use crate::engine::settings::ByAddress;
use crate::machine::visible_line;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use url::Url;

/// `offhook discover`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As in alice@example.test
    #[arg(value_name = "USER@DOMAIN", value_parser = addresses::user_at_domain)]
    address: (String, String),
    /// Ask this name server alone
    #[arg(long, value_name = "HOST:PORT", value_parser = addresses::name_server)]
    dns: Option<SocketAddr>,
    /// Ask this CAS instead of that of Webex
    #[arg(long, value_name = "URL", value_parser = addresses::cas)]
    cas: Option<Url>,
    /// PEM file of authorities to trust besides the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// As if nothing had been found before
    #[arg(long)]
    fresh: bool,
    /// Allow CAS to be asked over http, where others can listen and answer in its place
    #[arg(long)]
    allow_cleartext: bool,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(show(args)))
}

async fn show(args: Args) -> Result<Exit, Problem> {
    let (user, domain) = args.address;
    let address = ByAddress { user, domain, dns: args.dns, cas: args.cas, tftp_port: None };
    let shown = visible_line(&address.to_string());
    let wish = Wish { address, ca: args.ca, fresh: args.fresh, allow_cleartext: args.allow_cleartext };
    let report = discover(wish).await?;
    for notice in &report.notices {
        say::warning(&notice.to_string());
    }
    if args.json {
        say::line(&object(&report).to_string())?;
    } else {
        say::results(text(&shown, &report).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn object(report: &Report) -> Value {
    let Decision { authenticator, source, rule, product_mode, servers } = &report.decision;
    json!({
        "steps": report.steps.iter().map(step).collect::<Vec<_>>(),
        "decision": {
            "authenticator": authenticator.name(),
            "source": source.map_or("none", Source::name),
            "rule": rule,
            "product_mode": product_mode.name(),
            "servers": servers,
        },
    })
}

fn step(step: &Step) -> Value {
    json!({
        "source": step.name.name(),
        "asked": step.asked,
        "question": step.question,
        "server": step.server,
        "transport": step.transport,
        "answer": step.answer,
        "ms": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
        "outcome": step.outcome.name(),
    })
}

/// As the sign-in view shows it.
fn text(address: &str, report: &Report) -> String {
    let mut text = format!(" Discovery of  {address}\n");
    let widest = report.steps.iter().map(|step| answer(step).chars().count()).max().unwrap_or_default();
    for (number, step) in report.steps.iter().enumerate() {
        let number = match step.name {
            StepName::Source(_) => (number + 1).to_string(),
            _ => String::new(),
        };
        let (label, answer, ms) = (step.name.words(), answer(step), step.took.as_millis());
        text.push_str(&format!("  {number:>2}  {label:20}  {answer:widest$}  {ms:>6} ms\n"));
    }
    let decision = &report.decision;
    let servers = if decision.servers.is_empty() { String::new() } else { format!(": {}", decision.servers.join(", ")) };
    text.push_str(&format!("   →  {:20}  {}{servers}  ({})\n", "authenticator", decision.authenticator.words(), decision.rule));
    if decision.product_mode.name() != "default" {
        text.push_str(&format!("      {:20}  {}\n", "product mode", decision.product_mode.name()));
    }
    text
}

fn answer(step: &Step) -> String {
    let said = step.answer.clone().unwrap_or_else(|| "-".into());
    match step.outcome.name() {
        "failed" => format!("failed: {said}"),
        _ => said,
    }
}
