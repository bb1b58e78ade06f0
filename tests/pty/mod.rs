//! A pseudo-terminal, and the real program in it: what all who look at the screen from outside have in common. Whoever uses it
//! decides how long to wait, and for what.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

/// What says something of the terminal that the tests run in, and must not reach the one that they make.
const OF_THIS_TERMINAL: [&str; 14] = [
    "NO_COLOR",
    "COLORTERM",
    "TERM_PROGRAM",
    "TMUX",
    "STY",
    "SSH_CONNECTION",
    "SSH_CLIENT",
    "SSH_TTY",
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "COLUMNS",
    "LINES",
    "PULSE_SERVER",
    "DBUS_SESSION_BUS_ADDRESS",
];

/// Columns and rows.
pub type Size = (u16, u16);

/// What a terminal is sent, piece by piece, with when each came.
pub type Output = Receiver<(Instant, Vec<u8>)>;

pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    slave: Box<dyn SlavePty + Send>,
    keys: Box<dyn Write + Send>,
}

impl Pty {
    pub fn open(size: Size) -> Pty {
        let pair = native_pty_system().openpty(pty_size(size)).unwrap();
        let keys = pair.master.take_writer().unwrap();
        Pty { master: pair.master, slave: pair.slave, keys }
    }

    /// Starts a program in it.
    pub fn spawn(&self, command: CommandBuilder) -> Box<dyn Child + Send + Sync> {
        self.slave.spawn_command(command).unwrap()
    }

    /// What the terminal is sent.
    pub fn reader(&self) -> Box<dyn Read + Send> {
        self.master.try_clone_reader().unwrap()
    }

    /// What the terminal is sent, read all the time from now on.
    pub fn listen(&self) -> Output {
        let mut reader = self.reader();
        let (told, heard) = channel();
        std::thread::spawn(move || {
            let mut some = vec![0; 65_536];
            while let Ok(count @ 1..) = reader.read(&mut some) {
                if told.send((Instant::now(), some[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        heard
    }

    /// Keys, as a terminal sends them.
    pub fn type_keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// The window has another size now.
    pub fn resize(&self, size: Size) {
        self.master.resize(pty_size(size)).unwrap();
    }

    /// Sets the terminal's driver up as a shell does when a program of its own was stopped.
    pub fn taken_by_a_shell(&self) {
        let name = self.master.tty_name().unwrap();
        assert!(Command::new("stty").arg("-F").arg(name).arg("sane").status().unwrap().success());
    }

    /// How the terminal's driver is set: lines, echo, signals.
    pub fn modes(&self) -> String {
        let modes = self.master.get_termios().unwrap();
        format!("{:?} {:?} {:?}", modes.input_flags, modes.output_flags, modes.local_flags)
    }
}

/// What the terminal shows, to be fed with what it is sent.
pub fn parser((columns, rows): Size) -> vt100::Parser {
    vt100::Parser::new(cells(rows), cells(columns), 0)
}

/// So many rows or columns.
pub fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

/// This command in a terminal of its own: with what surrounds the tests, but for what says where they run.
pub fn surrounded(command: &Command) -> CommandBuilder {
    let mut builder = CommandBuilder::new(command.get_program());
    builder.args(command.get_args());
    OF_THIS_TERMINAL.iter().for_each(|name| builder.env_remove(name));
    builder.env("TERM", "xterm-256color");
    builder.env("LANG", "C.UTF-8");
    builder.env_remove("LC_ALL");
    // A machine without sound, whatever this one has.
    builder.env("ALSA_CONFIG_PATH", "/dev/null");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => builder.env(name, value),
            None => builder.env_remove(name),
        }
    }
    if let Some(folder) = command.get_current_dir() {
        builder.cwd(folder);
    }
    builder
}

/// A program whose user has nothing but this home: all that the machine says otherwise is left out.
pub fn alone(program: &Path, home: &Path) -> CommandBuilder {
    let runtime = home.join("run");
    std::fs::create_dir_all(&runtime).unwrap();
    let mut builder = CommandBuilder::new(program);
    builder.env_clear();
    builder.env("HOME", home);
    builder.env("XDG_RUNTIME_DIR", runtime);
    builder.env("PATH", std::env::var_os("PATH").unwrap());
    builder.env("TERM", "xterm-256color");
    builder.env("ALSA_CONFIG_PATH", "/dev/null");
    builder
}

fn pty_size((columns, rows): Size) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
