//! A terminal of 120x40 with a program in it: what it shows, when each piece of output came, and what it has had of the
//! machine.

use crate::pty::{self, Output, Pty};
use portable_pty::{Child, CommandBuilder};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};
use vt100::{Parser, Screen};

const SIZE: pty::Size = (120, 40);

/// Whatever is waited for must come by then.
const DEADLINE: Duration = Duration::from_secs(120);

pub struct Terminal {
    screen: Parser,
    pty: Pty,
    output: Output,
    child: Box<dyn Child + Send + Sync>,
    /// Just before the program was started.
    pub born: Instant,
    /// Written by the program so far.
    pub bytes: usize,
}

/// What a key has cost.
pub struct Echo {
    /// From its writing to the arrival of what shows it.
    pub after: Duration,
    /// What the program has written for it.
    pub bytes: usize,
}

impl Terminal {
    pub fn start(command: CommandBuilder) -> Terminal {
        let pty = Pty::open(SIZE);
        let output = pty.listen();
        let born = Instant::now();
        let child = pty.spawn(command);
        Terminal { screen: pty::parser(SIZE), pty, output, child, born, bytes: 0 }
    }

    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen is so; answers when the output came that made it so.
    pub fn wait(&mut self, what: &str, is_so: impl Fn(&Screen) -> bool) -> Instant {
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE {
            match self.output.recv_timeout(Duration::from_secs(1)) {
                Ok((at, bytes)) => {
                    self.take(&bytes);
                    if is_so(self.screen.screen()) {
                        return at;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if is_so(self.screen.screen()) {
                        return Instant::now();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        panic!("never shows {what}:\n{}", self.text());
    }

    /// Waits until all these words stand on the screen.
    pub fn wait_for(&mut self, words: &[&str]) -> Instant {
        self.wait(&format!("{words:?}"), |screen| {
            let text = screen.contents();
            words.iter().all(|word| text.contains(word))
        })
    }

    /// Hears the program until it has written nothing for so long, at most for ten times that.
    pub fn settle(&mut self, quiet: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < quiet * 10 {
            match self.output.recv_timeout(quiet) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(_) => return,
            }
        }
    }

    /// Hears the program for so long.
    pub fn hear(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.output.recv_timeout(left) {
                Ok((_, bytes)) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => panic!("the program has ended:\n{}", self.text()),
            }
        }
    }

    pub fn write(&mut self, keys: &str) {
        self.pty.type_keys(keys);
    }

    /// Types a letter where the cursor stands, and waits until it stands there.
    pub fn echo(&mut self, letter: char) -> Echo {
        let (row, column) = self.screen.screen().cursor_position();
        let (letter, before) = (letter.to_string(), self.bytes);
        let begun = Instant::now();
        self.write(&letter);
        let shown = self.wait(&format!("{letter:?} at {row},{column}"), |screen| {
            screen.cell(row, column).is_some_and(|cell| cell.contents() == letter)
        });
        self.settle(Duration::from_millis(20));
        Echo { after: shown - begun, bytes: self.bytes - before }
    }

    /// VmRSS, in MiB (proc(5)).
    pub fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// utime and stime of all its threads, in ticks of USER_HZ (proc(5), fields 14 and 15).
    pub fn ticks(&self) -> u32 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
        fields[11].parse::<u32>().unwrap() + fields[12].parse::<u32>().unwrap()
    }

    /// Hears the program until it has had no CPU for a second, and answers what it has had since `before`, in seconds.
    pub fn spent_since(&mut self, before: u32) -> f64 {
        let (mut last, begun) = (self.ticks(), Instant::now());
        while begun.elapsed() < DEADLINE {
            self.hear(Duration::from_secs(1));
            let now = self.ticks();
            // One who is never still has a tick now and then.
            if now <= last + 1 {
                break;
            }
            last = now;
        }
        f64::from(last - before) / TICKS_A_SECOND
    }

    fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.screen.process(bytes);
    }
}

/// USER_HZ of every Linux.
const TICKS_A_SECOND: f64 = 100.0;

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
