//! The real program on a pseudo-terminal: it leaves it as it found it, mends what a kill has left, and is never held up by
//! one that does not read. No network.

#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code, reason = "others use more of it")]
mod pty;

use offhook::tui::terminal::{ASK_BACKGROUND, ENTER, Guard, LEAVE, REPAIR, leave_on_panic};
use portable_pty::{Child, CommandBuilder};
use pty::{Output, Pty};
use rustix::process::{Pid, Signal, kill_process};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No wait is longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A user at a terminal.
struct User {
    home: TempDir,
    pty: Pty,
}

struct Program(Box<dyn Child + Send + Sync>);

impl User {
    fn new() -> User {
        User { home: tempfile::tempdir().unwrap(), pty: Pty::open((80, 24)) }
    }

    fn start(&self) -> Program {
        self.run(self.alone(env!("CARGO_BIN_EXE_offhook").as_ref()))
    }

    fn alone(&self, program: &std::path::Path) -> CommandBuilder {
        pty::alone(program, self.home.path())
    }

    fn run(&self, command: CommandBuilder) -> Program {
        Program(self.pty.spawn(command))
    }

    /// What the terminal is sent, read all the time.
    fn reading(&self) -> Screen {
        Screen { heard: self.pty.listen(), seen: String::new() }
    }
}

struct Screen {
    heard: Output,
    seen: String,
}

impl Screen {
    /// Waits until that was sent; what was sent up to its end is gone then.
    fn wait_for(&mut self, what: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.seen.find(what) {
                let rest = self.seen.split_off(at + what.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left) {
                Ok((_, bytes)) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("{what:?} was not sent: {:?}", self.seen),
            }
        }
    }
}

impl Program {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(i32::try_from(self.0.process_id().unwrap()).unwrap()).unwrap(), signal).unwrap();
    }

    /// Waits until it is stopped (proc(5): T).
    fn stopped(&self) {
        let end = Instant::now() + PATIENCE;
        let stat = format!("/proc/{}/stat", self.0.process_id().unwrap());
        while !std::fs::read_to_string(&stat).unwrap().rsplit(')').next().unwrap().starts_with(" T") {
            assert!(Instant::now() < end, "it goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it has ended.
    fn ended(&mut self) {
        let end = Instant::now() + PATIENCE;
        while self.0.try_wait().unwrap().is_none() {
            assert!(Instant::now() < end, "it goes on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            let _ = self.0.wait();
        }
    }
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let user = User::new();
        let mut screen = user.reading();
        let before = user.pty.modes();
        let mut program = user.start();
        screen.wait_for(ENTER);
        screen.wait_for("\x1b[?2026l");
        program.signal(signal);
        program.ended();
        screen.wait_for(LEAVE);
        assert_eq!(before, user.pty.modes(), "{signal:?}");
    }
}

#[test]
fn who_is_stopped_without_a_word_and_goes_on_takes_the_terminal_back_from_the_shell() {
    let mut user = User::new();
    let mut screen = user.reading();
    let before = user.pty.modes();
    let mut program = user.start();
    screen.wait_for(ENTER);
    screen.wait_for("\x1b[?2026l");
    let entered = user.pty.modes();
    program.signal(Signal::STOP);
    program.stopped();
    user.pty.taken_by_a_shell();
    assert_ne!(user.pty.modes(), entered);
    program.signal(Signal::CONT);
    screen.wait_for(LEAVE);
    screen.wait_for(ENTER);
    screen.wait_for("\x1b[?2026l");
    assert_eq!(user.pty.modes(), entered, "keys come one by one again");
    // No Enter: what is typed is heard at once.
    user.pty.type_keys("zebra");
    screen.wait_for("a");
    program.signal(Signal::TERM);
    program.ended();
    screen.wait_for(LEAVE);
    assert_eq!(before, user.pty.modes());
}

#[test]
fn what_a_kill_has_left_is_put_right_by_the_next_start() {
    let user = User::new();
    let mut screen = user.reading();
    let before = user.pty.modes();
    let mut first = user.start();
    assert!(!screen.wait_for(ENTER).contains(REPAIR), "there was nothing to repair");
    screen.wait_for("\x1b[?2026l");
    first.signal(Signal::KILL);
    first.ended();
    assert_ne!(before, user.pty.modes(), "it is raw still");

    let mut second = user.start();
    assert!(screen.wait_for(ENTER).contains(REPAIR));
    screen.wait_for("\x1b[?2026l");
    second.signal(Signal::TERM);
    second.ended();
    screen.wait_for(LEAVE);
    assert_eq!(before, user.pty.modes(), "lines, echo and signals are back");
    let mut third = user.start();
    assert!(!screen.wait_for(ENTER).contains(REPAIR), "it was left in order");
    third.signal(Signal::TERM);
    third.ended();
}

#[test]
fn a_terminal_that_does_not_read_holds_up_nothing() {
    let mut user = User::new();
    let mut program = user.start();
    // Nobody reads: each Ctrl-L asks for a whole frame, until the terminal takes no more.
    for _ in 0..200 {
        user.pty.type_keys("\x0c");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(program.0.try_wait().unwrap().is_none());
    program.signal(Signal::TERM);
    program.ended();
    // It was given up: what the terminal had room for is all there is.
    let screen = user.reading();
    let mut taken = Vec::new();
    while let Ok((_, bytes)) = screen.heard.recv_timeout(Duration::from_millis(200)) {
        taken.extend(bytes);
    }
    let taken = String::from_utf8_lossy(&taken);
    assert!(taken.contains(ENTER) && !taken.ends_with(LEAVE), "the terminal took all");
}

/// Tells the test binary that it is the one that panics.
const PANICKER: &str = "OFFHOOK_TEST_PANICKER";

/// Not a test: what a child does. Without its variable it has nothing to do.
#[test]
fn panicker() {
    if std::env::var_os(PANICKER).is_some() {
        leave_on_panic();
        let _guard = Guard::enter(std::io::stdout()).unwrap();
        panic!("a fault of ours");
    }
}

#[test]
fn a_panic_leaves_the_terminal_as_it_was_before_it_says_why() {
    let user = User::new();
    let mut screen = user.reading();
    let before = user.pty.modes();
    let mut command = user.alone(&std::env::current_exe().unwrap());
    command.args(["--exact", "panicker", "--nocapture", "--test-threads=1"]);
    command.env(PANICKER, "1");
    let mut program = user.run(command);
    screen.wait_for(ENTER);
    screen.wait_for(LEAVE);
    screen.wait_for("a fault of ours");
    program.ended();
    assert_eq!(before, user.pty.modes());
}

/// The accent of the dark theme, and that of the light one.
const ACCENTS: [&str; 2] = ["130;170;255", "36;86;196"];

#[test]
fn a_light_terminal_gets_the_light_theme_and_what_it_answers_is_no_key() {
    let [dark, light] = ACCENTS;
    let mut user = User::new();
    let mut screen = user.reading();
    let mut command = user.alone(env!("CARGO_BIN_EXE_offhook").as_ref());
    command.env("COLORTERM", "truecolor");
    let mut program = user.run(command);
    // It does not wait for the answer.
    let mut sent = screen.wait_for("\x1b[?2026l");
    assert!(sent.matches(ASK_BACKGROUND).count() == 1 && sent.contains(dark), "{sent:?}");
    user.pty.type_keys("\x1b]11;rgb:ffff/ff");
    user.pty.type_keys("ff/ffff\x1b\\");
    let redrawn = screen.wait_for(light);
    assert!(!redrawn.contains(ASK_BACKGROUND), "it is asked once");
    sent.push_str(&redrawn);
    user.pty.type_keys("\x1b[?997;1n");
    sent.push_str(&screen.wait_for(dark));
    user.pty.type_keys("zebra@example.test");
    let end = Instant::now() + PATIENCE;
    let mut seen = pty::parser((80, 24));
    seen.process(sent.as_bytes());
    seen.process(screen.seen.as_bytes());
    while !seen.screen().contents().contains("zebra@example.test") {
        match screen.heard.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok((_, bytes)) => seen.process(&bytes),
            Err(_) => panic!("it is not on the screen: {}", seen.screen().contents()),
        }
    }
    let contents = seen.screen().contents();
    assert!(!contents.contains("11;") && !contents.contains("rgb") && !contents.contains("997"), "{contents}");
    program.signal(Signal::TERM);
    program.ended();
    assert!(screen.wait_for(LEAVE).ends_with(LEAVE));
}

#[test]
fn no_terminal_is_asked_for_colours_that_are_not_drawn_or_that_would_print_the_question() {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "linux")] {
        let user = User::new();
        let mut screen = user.reading();
        let mut command = user.alone(env!("CARGO_BIN_EXE_offhook").as_ref());
        command.env(name, value);
        let mut program = user.run(command);
        let sent = screen.wait_for("\x1b[?2026l");
        assert!(!sent.contains("]11;"), "{name}: {sent:?}");
        program.signal(Signal::TERM);
        program.ended();
    }
}

#[test]
fn a_key_and_a_resize_that_come_together_both_count() {
    let wide = (100, 30);
    let mut user = User::new();
    let mut screen = user.reading();
    let mut program = user.start();
    screen.wait_for("\x1b[?2026l");
    user.pty.type_keys("zebra@example.test");
    user.pty.resize(wide);
    let end = Instant::now() + PATIENCE;
    let mut seen = pty::parser(wide);
    // All that was typed, on a screen whose last row is the thirtieth.
    let is_there = |seen: &vt100::Parser| {
        let rows: Vec<String> = seen.screen().rows(0, 100).collect();
        rows.iter().any(|row| row.contains("zebra@example.test")) && rows.last().is_some_and(|row| !row.trim().is_empty())
    };
    while !is_there(&seen) {
        let left = end.saturating_duration_since(Instant::now());
        match screen.heard.recv_timeout(left) {
            Ok((_, bytes)) => seen.process(&bytes),
            Err(_) => panic!("it is not on the screen: {}", seen.screen().contents()),
        }
    }
    program.signal(Signal::TERM);
    program.ended();
}
