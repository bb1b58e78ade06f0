//! A terminal with the real program in it: keys go in, and what it shows can be waited for.

use crate::offhook::User;
use crate::process::DEADLINE;
use crate::pty::{self, Pty, cells};
use portable_pty::Child;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub const ENTER: &str = "\r";
pub const TAB: &str = "\t";
pub const F2: &str = "\x1bOQ";
pub const F3: &str = "\x1bOR";
pub const CTRL_C: &str = "\x03";
pub const CTRL_R: &str = "\x12";
pub const CTRL_Z: &str = "\x1a";

/// How often the end of a program is looked for.
const LOOK: Duration = Duration::from_millis(5);

pub struct Terminal {
    pty: Pty,
    child: Box<dyn Child + Send + Sync>,
    heard: Arc<Heard>,
    reader: JoinHandle<()>,
    /// How the terminal was set before anything ran in it.
    modes: String,
}

#[derive(Default)]
struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// The window is to be closed at the next byte.
    closes: bool,
}

impl Heard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Takes what comes until nothing can come any more.
    fn listen(&self, mut reader: impl Read) {
        let mut chunk = [0; 65_536];
        while let Ok(count @ 1..) = reader.read(&mut chunk) {
            let mut state = self.state();
            state.parser.process(&chunk[..count]);
            state.raw.extend_from_slice(&chunk[..count]);
            self.changed.notify_all();
            if state.closes {
                return;
            }
        }
    }
}

impl Terminal {
    /// `offhook` alone, in this user's home, in a terminal of so many columns and rows.
    pub fn start(user: &User, size: (u16, u16)) -> Terminal {
        Terminal::start_with(user, size, &[])
    }

    /// The same with these variables.
    pub fn start_with(user: &User, size: (u16, u16), variables: &[(&str, &str)]) -> Terminal {
        let pty = Pty::open(size);
        let heard = Arc::new(Heard::default());
        heard.state().parser = pty::parser(size);
        let (reader, listener) = (pty.reader(), Arc::clone(&heard));
        let reader = std::thread::spawn(move || listener.listen(reader));
        let modes = pty.modes();
        let child = spawn(&pty, user, variables);
        Terminal { pty, child, heard, reader, modes }
    }

    /// Starts it anew in the same terminal, after it has ended.
    pub fn start_again(&mut self, user: &User) {
        self.child = spawn(&self.pty, user, &[]);
    }

    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Keys, as a terminal sends them.
    pub fn type_keys(&mut self, keys: &str) {
        self.pty.type_keys(keys);
    }

    /// A key with Alt.
    pub fn alt(&mut self, key: char) {
        self.type_keys(&format!("\x1b{key}"));
    }

    /// Pasted text, marked as such.
    pub fn paste(&mut self, text: &str) {
        self.type_keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// The window has another size now.
    pub fn resize(&mut self, size: (u16, u16)) {
        let (columns, rows) = size;
        self.heard.state().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.pty.resize(size);
    }

    /// Bytes that have come so far.
    pub fn bytes(&self) -> usize {
        self.heard.state().raw.len()
    }

    /// What has come so far.
    pub fn raw(&self) -> Vec<u8> {
        self.heard.state().raw.clone()
    }

    /// What is shown, as text.
    pub fn contents(&self) -> String {
        self.heard.state().parser.screen().contents()
    }

    /// What is shown, with its looks, and the cursor last.
    pub fn picture(&self) -> Vec<String> {
        picture(self.heard.state().parser.screen())
    }

    /// Waits until what is shown is so.
    pub fn until(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let start = Instant::now();
        let mut state = self.heard.state();
        while !is_so(state.parser.screen()) {
            let left = DEADLINE.saturating_sub(start.elapsed());
            if left.is_zero() {
                let shown = drawn(state.parser.screen());
                drop(state);
                panic!("the screen never {what}:\n{shown}");
            }
            state = self.heard.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until what is shown looks as it did, with its looks and the cursor; `rows` are those of then.
    pub fn looks(&self, rows: &[String]) {
        let start = Instant::now();
        let mut state = self.heard.state();
        loop {
            let now = picture(state.parser.screen());
            if now == rows {
                return;
            }
            let left = DEADLINE.saturating_sub(start.elapsed());
            if left.is_zero() {
                let shown = drawn(state.parser.screen());
                drop(state);
                let other: Vec<_> = rows.iter().zip(&now).filter(|(then, now)| then != now).collect();
                panic!("the screen never looks as it did:\n{shown}\nrows then and now: {other:#?}");
            }
            state = self.heard.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until the text is shown.
    pub fn shows(&self, text: &str) {
        self.until(&format!("shows “{text}”"), |screen| screen.contents().contains(text));
    }

    /// Waits until the text is not shown.
    pub fn hides(&self, text: &str) {
        self.until(&format!("hides “{text}”"), |screen| !screen.contents().contains(text));
    }

    /// Waits until one row has all these texts in it.
    pub fn shows_row(&self, texts: &[&str]) {
        self.until(&format!("shows a row with {texts:?}"), |screen| {
            rows(screen).iter().any(|row| texts.iter().all(|text| row.contains(text)))
        });
    }

    /// Waits until the terminal is as before it was entered, as far as the program has a say.
    pub fn is_left(&self) {
        self.until("is left", |screen| !is_entered(screen) && !screen.hide_cursor());
        let start = Instant::now();
        while self.pty.modes() != self.modes {
            assert!(start.elapsed() < DEADLINE, "the modes stay {}", self.pty.modes());
            std::thread::sleep(LOOK);
        }
    }

    /// Sends a signal to the program alone.
    pub fn signal(&self, signal: &str) {
        let id = self.id().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap();
        assert!(sent.success(), "no {signal} to {id}");
    }

    /// Waits until the program is stopped (proc(5): T).
    pub fn is_stopped(&self) {
        let start = Instant::now();
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
            if stat.rsplit(')').next().unwrap().trim_start().starts_with('T') {
                return;
            }
            assert!(start.elapsed() < DEADLINE, "never stops: {stat}\n{}", self.contents());
            std::thread::sleep(LOOK);
        }
    }

    /// Waits for the end of the program, and says how it was: its exit code; more than 255 for a signal.
    pub fn ends(&mut self) -> u32 {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return if status.signal().is_some() { 256 } else { status.exit_code() };
            }
            assert!(start.elapsed() < DEADLINE, "it does not end:\n{}", drawn(self.heard.state().parser.screen()));
            std::thread::sleep(LOOK);
        }
    }

    /// Closes the window, and waits for the end of the program.
    pub fn closes(mut self) {
        self.heard.state().closes = true;
        // Another size makes the program draw: the reader hears it and goes, so that nobody holds the terminal any more.
        let (rows, columns) = self.heard.state().parser.screen().size();
        self.resize((columns.get() - 1, rows.get()));
        self.reader.join().unwrap();
        drop(self.pty);
        let start = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < DEADLINE, "it outlives its window");
            std::thread::sleep(LOOK);
        }
    }
}

fn spawn(pty: &Pty, user: &User, variables: &[(&str, &str)]) -> Box<dyn Child + Send + Sync> {
    let mut command = user.command(&[]);
    command.envs(variables.iter().copied());
    pty.spawn(pty::surrounded(&command))
}

/// The program has the terminal.
fn is_entered(screen: &vt100::Screen) -> bool {
    screen.alternate_screen() || screen.bracketed_paste()
}

pub fn rows(screen: &vt100::Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).collect()
}

/// What can be seen: of each row the letters and their looks, of blanks what is behind them; and the cursor.
fn picture(screen: &vt100::Screen) -> Vec<String> {
    let (rows, columns) = screen.size();
    let seen = |cell: &vt100::Cell| {
        let behind = (cell.bgcolor(), cell.inverse(), cell.underline());
        let looks = (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic());
        match cell.contents().trim() {
            "" if behind == (vt100::Color::Default, false, false) => " ".to_owned(),
            "" => format!(" {behind:?}"),
            letter if (looks, behind) == Default::default() => letter.to_owned(),
            letter => format!("{letter}{looks:?}{behind:?}"),
        }
    };
    let row = |row| (0..columns.get()).filter_map(|column| screen.cell(row, column)).map(seen).collect::<String>();
    let cursor = (!screen.hide_cursor()).then(|| screen.cursor_position());
    (0..rows.get()).map(row).chain([format!("{cursor:?}")]).collect()
}

/// The whole screen, with its edges.
fn drawn(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let edge = format!("+{}+", "-".repeat(usize::from(columns.get())));
    let rows: Vec<String> = rows(screen).iter().map(|row| format!("|{row}")).collect();
    format!(
        "{edge}\n{}\n{edge}\nalternate screen {}, bracketed paste {}, cursor hidden {} at {:?}",
        rows.join("\n"),
        screen.alternate_screen(),
        screen.bracketed_paste(),
        screen.hide_cursor(),
        screen.cursor_position()
    )
}
