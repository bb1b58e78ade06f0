//! `offhook voicemail list|play|save|delete|undelete`: the mailbox of an account that signs in by its address.

use super::exit::Exit;
use super::interrupt::Interrupts;
use super::say;
use super::whose::OneAccount;
use crate::app::{Headless, block_on, no_sound};
use crate::engine::command::{Command, PlayerWish, Services, VoicemailWish};
use crate::engine::event::{
    AccountName, Event, LinkState, PlayPhase, Problem, ProblemKind, Service, Ticket, Voicemail, VoicemailTold,
};
use crate::io::audio::quiet::stderr_to;
use crate::io::paths::Paths;
use crate::io::private;
use crate::machine::visible_line;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// `offhook voicemail`
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    wish: Wish,
}

/// Which message, of whom.
#[derive(Debug, clap::Args)]
struct Which {
    /// Which, as `offhook voicemail list` says; the beginning is enough where only one begins so
    id: String,
    #[command(flatten)]
    account: OneAccount,
}

#[derive(Debug, clap::Subcommand)]
enum Wish {
    /// Lists the messages, newest first; those that were deleted and can be put back come last
    List {
        #[command(flatten)]
        account: OneAccount,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Plays a message; it counts as heard then
    Play(Which),
    /// Saves the sound of a message, as the server has it, as a WAV file
    Save {
        #[command(flatten)]
        which: Which,
        /// Where to
        file: PathBuf,
        /// Replace the file, where there is one
        #[arg(long)]
        force: bool,
    },
    /// Deletes a message
    Delete(Which),
    /// Puts a message back that was deleted
    Undelete(Which),
}

/// Of the only sound that is fetched.
const TICKET: Ticket = Ticket(1);

/// Runs it.
#[must_use]
pub fn run(args: Args) -> ExitCode {
    say::end(block_on(async {
        match args.wish {
            Wish::List { account, json } => list(account.name(), json).await,
            Wish::Play(which) => play(&which).await,
            Wish::Save { which, file, force } => save(&which, &file, force).await,
            Wish::Delete(which) => delete(&which).await,
            Wish::Undelete(which) => undelete(&which).await,
        }
    }))
}

/// A mailbox that has been read.
struct Mailbox {
    phone: Headless,
    messages: Vec<Voicemail>,
    more: bool,
    interrupts: Interrupts,
}

impl Mailbox {
    /// Signs in, and reads.
    async fn open(mut phone: Headless) -> Result<Mailbox, Problem> {
        // A prompt for the password hides what is typed: whoever gives up must find the terminal as it was.
        let mut interrupts = Interrupts::hear()?;
        if phone.account.address.is_none() {
            let what = format!("Account {} has no voicemail: nobody has looked for its server.", phone.account.name);
            let next = "Add one whose address finds it: offhook account add NAME --address USER@DOMAIN";
            return Err(Problem::local(what, next));
        }
        let account = phone.name();
        phone.command(Command::SignIn { account, services: Services::VOICEMAIL }).await;
        let listed = loop {
            match next(&mut phone, &mut interrupts).await {
                Ok(Event::Voicemail { told: VoicemailTold::Listed { messages, more, .. }, .. }) => break Ok((messages, more)),
                Ok(
                    Event::Link { service: Service::SignIn | Service::Voicemail, state: LinkState::Failed(why), .. }
                    | Event::Link { service: Service::Voicemail, state: LinkState::Waiting { why, .. }, .. },
                )
                | Err(why) => break Err(why),
                Ok(Event::Notice(notice)) => say::note(&notice.problem.to_string()),
                Ok(_) => {}
            }
        };
        match listed {
            Ok((messages, more)) => Ok(Mailbox { phone, messages, more, interrupts }),
            Err(why) => {
                phone.sign_out().await;
                Err(why)
            }
        }
    }

    /// The message that is meant.
    async fn find(account: Option<&AccountName>, sound: bool, id: &str) -> Result<(Mailbox, Voicemail), Problem> {
        let phone = if sound { Headless::at_devices(account).await? } else { Headless::start(account, no_sound()).await? };
        let mailbox = Mailbox::open(phone).await?;
        match meant(&mailbox.messages, id) {
            Ok(message) => Ok((mailbox, message)),
            Err(problem) => {
                mailbox.phone.sign_out().await;
                Err(problem)
            }
        }
    }

    async fn wish(&self, wish: VoicemailWish) {
        let account = self.phone.name();
        self.phone.command(Command::Voicemail { account, wish }).await;
    }

    /// Waits for what decides it; what is refused is an error.
    async fn until<T>(&mut self, message: &Voicemail, is: impl Fn(&VoicemailTold) -> Option<T>) -> Result<T, Problem> {
        loop {
            match next(&mut self.phone, &mut self.interrupts).await? {
                Event::Voicemail { told, .. } => match (is(&told), told) {
                    (Some(found), _) => return Ok(found),
                    (None, VoicemailTold::Refused { message: of, problem }) if of == message.id => return Err(problem),
                    _ => {}
                },
                Event::Notice(notice) => say::note(&notice.problem.to_string()),
                _ => {}
            }
        }
    }

    /// Signs out, whatever came of it.
    async fn end<T>(self, result: Result<T, Problem>) -> Result<T, Problem> {
        self.phone.sign_out().await;
        result
    }
}

/// What happens next; where the user gives up, that.
async fn next(phone: &mut Headless, interrupts: &mut Interrupts) -> Result<Event, Problem> {
    tokio::select! {
        event = phone.event() => event.ok_or_else(Headless::died),
        () = interrupts.next() => Err(Problem::local("You gave up before the mailbox had answered.", "")),
    }
}

/// Of these messages the one whose id is, or alone begins with, what was typed; the index before an id may be left out.
fn meant(messages: &[Voicemail], typed: &str) -> Result<Voicemail, Problem> {
    let without = |id: &str| id.strip_prefix("0:").unwrap_or(id).to_owned();
    let typed = without(typed.trim());
    let exact = messages.iter().find(|message| without(&message.id.0) == typed);
    let begin: Vec<&Voicemail> = messages.iter().filter(|message| without(&message.id.0).starts_with(&typed)).collect();
    let refused = |what: String| Err(Problem::new(ProblemKind::Refused, what, "See which there are: offhook voicemail list"));
    match (exact, begin.as_slice()) {
        (Some(message), _) => Ok(message.clone()),
        (None, [message]) if !typed.is_empty() => Ok((*message).clone()),
        (None, []) => refused(format!("There is no message {}.", visible_line(&typed))),
        (None, _) => refused(format!("Several messages begin with {}.", visible_line(&typed))),
    }
}

async fn list(account: Option<&AccountName>, json: bool) -> Result<Exit, Problem> {
    let Mailbox { phone, messages, more, .. } = Mailbox::open(Headless::start(account, no_sound()).await?).await?;
    phone.sign_out().await;
    for message in &messages {
        let line = if json { object(message) } else { row(message) };
        if !say::line(&line)? {
            return Ok(Exit::Done);
        }
    }
    if more {
        say::warning("there are older messages; they are not listed");
    }
    if messages.is_empty() && !json {
        say::note("No messages.");
    }
    Ok(Exit::Done)
}

fn object(message: &Voicemail) -> String {
    json!({
        "id": message.id.0,
        "number": message.number.raw(),
        "name": message.name.raw(),
        "subject": message.subject.raw(),
        "at": message.at.map(|at| at.to_string()),
        "ms": message.length.map(|length| u64::try_from(length.as_millis()).unwrap_or(u64::MAX)),
        "read": message.read,
        "urgent": message.urgent,
        "private": message.private,
        "secure": message.secure,
        "deleted": message.deleted,
    })
    .to_string()
}

fn row(message: &Voicemail) -> String {
    let at = message.at.map(|at| at.to_string()).unwrap_or_else(|| "-".into());
    let marks =
        [(!message.read, "new"), (message.urgent, "urgent"), (message.private, "private"), (message.deleted, "deleted")];
    let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    let marks = if marks.is_empty() { String::new() } else { format!("  ({})", marks.join(", ")) };
    format!("{}  {at}  {}  {}{marks}", visible_line(&message.id.0), minutes(message.length), who(message))
}

fn who(message: &Voicemail) -> String {
    match (message.name.is_empty(), message.number.is_empty()) {
        (false, false) => format!("{} {}", message.name, message.number),
        (false, true) => message.name.to_string(),
        (true, false) => message.number.to_string(),
        (true, true) => "somebody unknown".into(),
    }
}

fn minutes(length: Option<Duration>) -> String {
    length.map_or_else(|| "-:--".into(), |length| format!("{}:{:02}", length.as_secs() / 60, length.as_secs() % 60))
}

async fn play(which: &Which) -> Result<Exit, Problem> {
    let (mut mailbox, message) = Mailbox::find(which.account.name(), true, &which.id).await?;
    say::note(&format!("playing the message of {}, {}", who(&message), minutes(message.length)));
    // What the system's libraries think of the sound devices goes to the log.
    let quiet = stderr_to(&Paths::from_environment()?.log()?)?;
    mailbox.wish(VoicemailWish::Play(message.id.clone())).await;
    // It counts as heard once it was fetched; who knows whether it does by the time when a short one is over?
    let (mut marked, mut ended) = (message.read || message.deleted, false);
    let mut began = false;
    let result = loop {
        if ended && marked {
            break Ok(Exit::Done);
        }
        let event = tokio::select! {
            event = mailbox.phone.event() => event.ok_or_else(Headless::died)?,
            () = mailbox.interrupts.next() => {
                mailbox.phone.command(Command::Player(PlayerWish::Stop)).await;
                break Ok(Exit::Done);
            }
        };
        match event {
            Event::Playing(Some(playing)) if playing.phase == PlayPhase::Playing => began = true,
            Event::Playing(Some(playing)) if playing.phase == PlayPhase::Ended => ended = true,
            Event::Voicemail { told: VoicemailTold::Changed(now), .. } if now.id == message.id => marked |= now.read,
            Event::Voicemail { told: VoicemailTold::Refused { message: of, problem }, .. } if of == message.id => {
                if !began {
                    break Err(problem);
                }
                quiet.note(&format!("offhook: warning: {problem}"));
                marked = true;
            }
            Event::Notice(notice) => quiet.note(&notice.problem.to_string()),
            _ => {}
        }
    };
    mailbox.end(result).await
}

async fn save(which: &Which, file: &Path, force: bool) -> Result<Exit, Problem> {
    if !force && file.symlink_metadata().is_ok() {
        return Err(exists(file));
    }
    let (mut mailbox, message) = Mailbox::find(which.account.name(), false, &which.id).await?;
    mailbox.wish(VoicemailWish::Fetch(message.id.clone(), TICKET)).await;
    let fetched = mailbox.until(&message, |told| match told {
        VoicemailTold::Fetched { ticket: TICKET, file } => Some(Arc::clone(file)),
        _ => None,
    });
    let sound = fetched.await;
    let sound = mailbox.end(sound).await?;
    write(file, &sound, force)?;
    say::note(&format!("The message of {} is in {}.", who(&message), visible_line(&file.display().to_string())));
    Ok(Exit::Done)
}

/// Writes a file that only its owner may read; one that is there is replaced only where that is wanted.
fn write(file: &Path, sound: &[u8], force: bool) -> Result<(), Problem> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(file).and_then(|mut open| open.write_all(sound));
    written.map_err(|why| match why.kind() {
        std::io::ErrorKind::AlreadyExists => exists(file),
        _ => {
            let name = visible_line(&file.display().to_string());
            Problem::local(format!("{name} cannot be written: {}.", private::said(&why)), "Take another file.")
        }
    })
}

fn exists(file: &Path) -> Problem {
    let what = format!("{} is there already.", visible_line(&file.display().to_string()));
    Problem::local(what, "Take another file, or replace it with --force.")
}

async fn delete(which: &Which) -> Result<Exit, Problem> {
    let (mut mailbox, message) = Mailbox::find(which.account.name(), false, &which.id).await?;
    mailbox.wish(VoicemailWish::Delete(message.id.clone())).await;
    let kept = mailbox.until(&message, |told| match told {
        VoicemailTold::Changed(now) if now.id == message.id && now.deleted => Some(true),
        VoicemailTold::Gone(id) if *id == message.id => Some(false),
        _ => None,
    });
    let kept = kept.await;
    let kept = mailbox.end(kept).await?;
    let back = format!(" To put it back: offhook voicemail undelete {}", visible_line(&message.id.0));
    say::note(&format!("The message of {} is deleted.{}", who(&message), if kept { back } else { String::new() }));
    Ok(Exit::Done)
}

async fn undelete(which: &Which) -> Result<Exit, Problem> {
    let (mut mailbox, message) = Mailbox::find(which.account.name(), false, &which.id).await?;
    mailbox.wish(VoicemailWish::Undelete(message.id.clone())).await;
    let back = mailbox.until(&message, |told| match told {
        VoicemailTold::Changed(now) if now.id == message.id && !now.deleted => Some(()),
        _ => None,
    });
    let back = back.await;
    mailbox.end(back).await?;
    say::note(&format!("The message of {} is back.", who(&message)));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::VoicemailId;
    use crate::machine::RemoteText;

    fn message(id: &str) -> Voicemail {
        Voicemail {
            id: VoicemailId(id.into()),
            number: "1002\u{1b}[2J".into(),
            name: RemoteText::default(),
            subject: RemoteText::default(),
            at: None,
            length: Some(Duration::from_millis(74_900)),
            read: false,
            urgent: true,
            private: false,
            secure: false,
            deleted: false,
        }
    }

    #[test]
    fn a_message_is_meant_by_its_id_or_by_how_it_alone_begins() {
        let messages = [message("0:ab"), message("0:abc"), message("0:xy")];
        let found = |typed: &str| meant(&messages, typed).map(|message| message.id.0).map_err(|problem| problem.what);
        for (typed, id) in [("0:ab", "0:ab"), ("ab", "0:ab"), ("abc", "0:abc"), (" x", "0:xy"), ("0:x", "0:xy")] {
            assert_eq!(found(typed).as_deref(), Ok(id), "{typed}");
        }
        assert!(found("a").unwrap_err().contains("Several"));
        assert!(found("").unwrap_err().contains("Several"));
        assert!(found("q\u{1b}").unwrap_err().contains("no message q␛"));
        assert!(meant(&messages[2..], "").is_err());
    }

    #[test]
    fn a_row_is_safe_to_print_and_the_object_is_raw() {
        assert_eq!(row(&message("0:ab")), "0:ab  -  1:14  1002␛[2J  (new, urgent)");
        let object: serde_json::Value = serde_json::from_str(&object(&message("0:ab"))).unwrap();
        assert_eq!((&object["number"], &object["ms"], &object["at"]), (&"1002\u{1b}[2J".into(), &74_900.into(), &json!(null)));
    }

    #[test]
    fn a_file_that_is_there_is_not_replaced_unless_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        write(&file, b"one", false).unwrap();
        let problem = write(&file, b"two", false).unwrap_err();
        assert!(problem.to_string().contains("is there already") && problem.next.contains("--force"), "{problem}");
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        write(&file, b"2", true).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"2");
        assert!(write(&folder.path().join("no/such.wav"), b"", false).unwrap_err().what.contains("cannot be written"));
    }
}
