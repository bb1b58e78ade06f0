//! The log: one file of lines, bounded in size, that never holds words, passwords or tokens.
//!
//! Every text passes the gate for remote text, so that `less` and `tail -f` are safe on it. Fields whose names speak of
//! secrets or of what people say are left out whatever is in them. Other people's crates may only warn: at finer levels
//! some of them log what they send.

use crate::engine::event::Problem;
use crate::io::private;
use crate::machine::{Stamp, visible_line};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// A log that has grown beyond this many bytes is put aside as `….1`, in place of the one before.
const LARGEST: u64 = 2 << 20;

/// A line is cut at this many bytes: a hostile peer cannot push everything else out of the log with a few of them.
const LINE: usize = 4096;

/// A field whose name has one of these in it is left out.
const UNSPOKEN: [&str; 14] = [
    "body",
    "text",
    "words",
    "password",
    "passwd",
    "secret",
    "token",
    "credential",
    "auth",
    "digest",
    "response",
    "nonce",
    "key",
    "sdp",
];

/// Starts the log of this process at `path`; the directory is there.
///
/// # Errors
/// The file cannot be opened, or there is a log already.
pub fn start(path: &Path, level: LevelFilter) -> Result<(), Problem> {
    let log = Log::open(path)?;
    let targets = Targets::new().with_default(level.min(LevelFilter::WARN)).with_target("offhook", level);
    tracing_subscriber::registry()
        .with(log.with_filter(targets))
        .try_init()
        .map_err(|_| Problem::local("The log has been started already.", ""))
}

/// The layer that writes the file.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: Mutex<File>,
}

impl Log {
    /// Opens the file, 0600, to write at its end.
    ///
    /// # Errors
    /// It is a link, somebody else's, or cannot be opened.
    pub fn open(path: &Path) -> Result<Log, Problem> {
        Ok(Log { path: path.to_owned(), file: Mutex::new(private::append(path)?) })
    }

    /// A log that cannot be written must not stop the program, and there is no better place to complain: failures end here.
    fn write(&self, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.metadata().is_ok_and(|found| found.len() >= LARGEST) {
            self.rotate(&mut file);
        }
        // One write of one line at the end of the file: several processes do not mix theirs.
        let _ = file.write_all(line.as_bytes());
    }

    /// Several processes write here. Whoever finds the file too large locks it, and puts it aside if it still stands at
    /// the path; else another one has done so.
    fn rotate(&self, file: &mut File) {
        let Ok(standing) = private::append(&self.path) else { return };
        if standing.lock().is_err() {
            return;
        }
        let (Ok(ours), Ok(at_path)) = (standing.metadata(), self.path.metadata()) else { return };
        if ours.ino() == at_path.ino() && ours.len() >= LARGEST {
            let mut aside = self.path.clone().into_os_string();
            aside.push(".1");
            let _ = std::fs::rename(&self.path, PathBuf::from(aside));
        }
        if let Ok(fresh) = private::append(&self.path) {
            *file = fresh;
        }
    }
}

impl<S: Subscriber + for<'lookup> LookupSpan<'lookup>> Layer<S> for Log {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let (now, about) = (now(), event.metadata());
        let mut line = format!("{now} {:>5} {}", about.level(), visible_line(about.target()));
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            line.push_str(&format!(" {}", visible_line(span.name())));
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.push_str(&format!("{{{}}}", fields.0.trim_start()));
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.push(':');
        line.push_str(&fields.0);
        cut(&mut line);
        line.push('\n');
        self.write(&line);
    }
}

/// The fields of a span or an event, as they may be read.
#[derive(Default)]
struct Fields(String);

impl Fields {
    fn add(&mut self, field: &Field, value: &str) {
        let name = field.name();
        let lower = name.to_ascii_lowercase();
        let shown =
            if UNSPOKEN.iter().any(|word| lower.contains(word)) { "••••".to_owned() } else { visible_line(value) };
        if name == "message" {
            self.0.push_str(&format!(" {shown}"));
        } else {
            self.0.push_str(&format!(" {name}={shown}"));
        }
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.add(field, &format!("{value:?}"));
    }
}

fn cut(line: &mut String) {
    if line.len() > LINE {
        let end = line.floor_char_boundary(LINE);
        line.truncate(end);
        line.push('…');
    }
}

/// What the clock on the wall says.
fn now() -> Stamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Stamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{RemoteText, Secret};

    fn logged(path: &Path, events: impl FnOnce()) -> String {
        let subscriber = tracing_subscriber::registry().with(Log::open(path).unwrap());
        tracing::subscriber::with_default(subscriber, events);
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn hostile_text_stays_on_its_line_and_cannot_act() {
        let home = tempfile::tempdir().unwrap();
        let text = logged(&home.path().join("log"), || {
            let name = "Eve\u{1b}]0;owned\u{7}\nINFO forged: line\u{9b}2J\u{202e}";
            tracing::info!(name, peer = %RemoteText::new(name), raw = ?name, "rang as {name}");
            let span = tracing::info_span!("call", from = name);
            span.in_scope(|| tracing::warn!("lost"));
        });
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
        assert!(text.contains("call{from=Eve␛]0;owned"), "{text}");
    }

    #[test]
    fn secrets_and_words_are_left_out_whatever_is_in_them() {
        let home = tempfile::tempdir().unwrap();
        let text = logged(&home.path().join("log"), || {
            let hidden = "hunter2";
            tracing::error!(password = hidden, body = %hidden, Authorization = ?hidden, refresh_token = hidden, "first");
            tracing::error!(digest_response = hidden, message_body = ?Some(hidden), secret = ?Secret::new(hidden.into()), "second");
            tracing::error!(value = ?Secret::new(hidden.into()), "third");
            tracing::info_span!("sign in", nonce = hidden).in_scope(|| tracing::error!(number = 7, "fourth"));
        });
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("password=••••") && text.contains("fourth number=7"), "{text}");
    }

    #[test]
    fn the_log_is_private_and_bounded() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("log");
        // Two processes have it open.
        let (one, two) = (Log::open(&path).unwrap(), Log::open(&path).unwrap());
        let line = format!("{}\n", "x".repeat(LINE));
        for _ in 0..LARGEST / LINE as u64 * 2 {
            one.write(&line);
            two.write(&line);
        }
        let mut sizes = Vec::new();
        for entry in std::fs::read_dir(home.path()).unwrap() {
            let found = entry.unwrap().metadata().unwrap();
            assert_eq!(found.permissions().mode() & 0o777, 0o600);
            sizes.push(found.len());
        }
        assert_eq!(sizes.len(), 2);
        assert!(sizes.iter().all(|size| *size <= LARGEST + 2 * line.len() as u64), "{sizes:?}");
        two.write("the end\n");
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("the end\n"), "both write to the one that stands");
    }

    #[test]
    fn a_line_has_an_end() {
        let mut line = "ž".repeat(LINE);
        cut(&mut line);
        assert!(line.len() <= LINE + '…'.len_utf8() && line.ends_with('…'));
    }
}
