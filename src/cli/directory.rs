//! `offhook directory search|show`: people of the site of an account that signs in by its address.

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::whose::OneAccount;
use super::{ready, say};
use crate::app::{Headless, block_on, no_sound};
use crate::engine::command::{Command, DirectoryWish, Services};
use crate::engine::event::{AccountName, DirectoryPerson, DirectoryTold, Event, PersonId, Problem, ProblemKind, Ticket};
use crate::machine::{RemoteText, visible_line};
use serde_json::json;
use std::process::ExitCode;

/// `offhook directory`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    wish: Wish,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Finds people by the beginning of a name, a number or an address
    Search {
        /// A name, a number, or a mail address; the beginning is enough
        #[arg(required = true, num_args = 1..)]
        text: Vec<String>,
        #[command(flatten)]
        account: OneAccount,
        /// So many people at most
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
        most: u16,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Shows all that the directory knows of somebody
    Show {
        /// Who, as `offhook directory search` says
        id: String,
        #[command(flatten)]
        account: OneAccount,
        /// As a JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Of the only thing that is asked.
const TICKET: Ticket = Ticket(1);

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(async {
        match args.wish {
            Wish::Search { text, account, most, json } => {
                let wish = DirectoryWish::Search { words: text.join(" "), most, ticket: TICKET };
                search(account.name(), wish, json).await
            }
            Wish::Show { id, account, json } => show(account.name(), &id, json).await,
        }
    }))
}

/// Signs in, asks, and signs out.
async fn ask(account: Option<&AccountName>, wish: DirectoryWish) -> Result<(Vec<DirectoryPerson>, bool), Problem> {
    let mut interrupts = Interrupts::hear()?;
    let headless = Headless::start(account, no_sound()).await?;
    let mut headless = ready::ready(headless, Services::DIRECTORY, has_one, &mut interrupts).await?;
    let account = headless.name();
    headless.command(Command::Directory { account, wish }).await;
    let found = loop {
        let event = tokio::select! {
            event = headless.event() => event.ok_or_else(Headless::died)?,
            () = interrupts.next() => break Err(Problem::local("You gave up before the directory had answered.", "")),
        };
        match event {
            Event::Directory { told: DirectoryTold::Found { ticket: TICKET, people, more }, .. } => break Ok((people, more)),
            Event::Directory { told: DirectoryTold::Failed { ticket: TICKET, problem }, .. } => break Err(problem),
            Event::Notice(notice) => say::note(&notice.problem.to_string()),
            _ => {}
        }
    };
    headless.sign_out().await;
    found
}

fn has_one(headless: &Headless) -> Result<(), Problem> {
    if headless.account.address.is_some() {
        return Ok(());
    }
    let what = format!("Account {} has no directory: nobody has looked for one.", headless.account.name);
    Err(Problem::local(what, "Add one whose address finds it: offhook account add NAME --address USER@DOMAIN"))
}

async fn search(account: Option<&AccountName>, wish: DirectoryWish, json: bool) -> Result<Exit, Problem> {
    let (people, more) = ask(account, wish).await?;
    for person in &people {
        let line = if json { object(person) } else { row(person) };
        if !say::line(&line)? {
            return Ok(Exit::Done);
        }
    }
    if more {
        say::warning("there are more people; say more of the name, or take more with --most");
    }
    if people.is_empty() && !json {
        say::note("Nobody was found.");
    }
    Ok(Exit::Done)
}

async fn show(account: Option<&AccountName>, id: &str, json: bool) -> Result<Exit, Problem> {
    let person = PersonId(id.trim().to_owned());
    let (people, _) = ask(account, DirectoryWish::Show { person, ticket: TICKET }).await?;
    let Some(person) = people.first() else {
        let what = format!("The directory knows nobody called {}.", visible_line(id));
        return Err(Problem::new(ProblemKind::Refused, what, "Look for them: offhook directory search NAME"));
    };
    let text = if json { object(person) } else { card(person) };
    say::line(&text)?;
    Ok(Exit::Done)
}

fn object(person: &DirectoryPerson) -> String {
    let numbers = person.numbers.iter().map(|(line, number)| json!({ "line": line.name(), "number": number.raw() }));
    json!({
        "id": person.id.0,
        "name": person.name.raw(),
        "title": person.title.raw(),
        "department": person.department.raw(),
        "manager": person.manager.raw(),
        "numbers": numbers.collect::<Vec<_>>(),
        "uri": person.uri.raw(),
        "email": person.email.raw(),
        "chat": person.jid,
        "dial": person.dials(),
    })
    .to_string()
}

/// What there is of these, with a comma between.
fn joined(texts: &[&RemoteText]) -> String {
    texts.iter().filter(|text| !text.is_empty()).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn row(person: &DirectoryPerson) -> String {
    let numbers: Vec<&RemoteText> = person.numbers.iter().map(|(_, number)| number).collect();
    let parts = [joined(&numbers), joined(&[&person.title, &person.department])];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let rest = if parts.is_empty() { String::new() } else { format!("  {}", parts.join("  ")) };
    format!("{}  {}{rest}", visible_line(&person.id.0), person.name)
}

fn card(person: &DirectoryPerson) -> String {
    let mut lines = vec![person.name.to_string()];
    let mut line = |name: &str, text: String| {
        if !text.is_empty() {
            lines.push(format!("{name:<11} {text}"));
        }
    };
    line("id", visible_line(&person.id.0));
    for (name, text) in [("title", &person.title), ("department", &person.department), ("manager", &person.manager)] {
        line(name, text.to_string());
    }
    for (of, number) in &person.numbers {
        line(of.name(), number.to_string());
    }
    line("uri", person.uri.to_string());
    line("email", person.email.to_string());
    line("chat", person.jid.as_deref().map(visible_line).unwrap_or_default());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Line;

    fn person() -> DirectoryPerson {
        DirectoryPerson {
            id: PersonId("bo".into()),
            name: "Bo\u{1b}[2J".into(),
            title: "Engineer".into(),
            numbers: vec![(Line::Work, "1002".into()), (Line::Mobile, "+46 70".into())],
            uri: "bo@lab.example".into(),
            jid: Some("bo@lab.example".into()),
            ..DirectoryPerson::default()
        }
    }

    #[test]
    fn a_row_and_a_card_are_safe_to_print_and_the_object_is_raw() {
        assert_eq!(row(&person()), "bo  Bo␛[2J  1002, +46 70  Engineer");
        assert_eq!(
            card(&person()),
            "Bo␛[2J\nid          bo\ntitle       Engineer\nwork        1002\nmobile      +46 70\nuri         bo@lab.example\nchat        bo@lab.example"
        );
        let object: serde_json::Value = serde_json::from_str(&object(&person())).unwrap();
        assert_eq!((&object["name"], &object["dial"]), (&"Bo\u{1b}[2J".into(), &"1002".into()));
        assert_eq!(object["numbers"][1], json!({ "line": "mobile", "number": "+46 70" }));
    }
}
