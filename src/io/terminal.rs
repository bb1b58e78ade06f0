//! The terminal as a device: what is written to it without ever waiting for it, and a mark by which the next start knows
//! that somebody was killed in it.
//!
//! A terminal may stop taking bytes for as long as it likes (Ctrl-S, a stalled SSH, a suspended tmux). What it does not
//! take is kept, at most one frame of it: whoever draws asks [`Output::is_behind`] and draws nothing until
//! [`Output::catch_up`] has ended, so that calls and chats go on meanwhile and the next frame shows how things are then.
//! What is typed is read here too. It refuses to know what the bytes mean.

use crate::io::private;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::net::unix::pipe::{Receiver, Sender};

/// More than this is never kept.
const LARGEST: usize = 1 << 20;

/// Leaving waits so long for a terminal that takes nothing; then it is left as it is, and the next start repairs it.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where frames go.
#[derive(Debug)]
pub struct Output {
    /// A terminal takes bytes as a pipe does; it is asked for nothing else.
    device: Sender,
    /// What the terminal has not taken yet.
    behind: Vec<u8>,
}

impl Output {
    /// The terminal that stdout is, opened anew: not to wait for it is a property that would be shared with the shell.
    /// Where it has no name here, as in some containers, it is shared and waited for.
    ///
    /// # Errors
    /// Stdout is no terminal, or there is no event loop.
    pub fn open() -> io::Result<Output> {
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match path().and_then(|path| Ok(rustix::fs::open(path, flags, Mode::empty())?)) {
            Ok(own) => Output::new(File::from(own)),
            Err(_) if rustix::termios::isatty(rustix::stdio::stdout()) => {
                Output::new(File::from(rustix::io::dup(rustix::stdio::stdout())?))
            }
            Err(why) => Err(why),
        }
    }

    fn new(file: File) -> io::Result<Output> {
        Ok(Output { device: Sender::from_file_unchecked(file)?, behind: Vec::new() })
    }

    /// Whether the terminal has not taken all yet.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Ends when the terminal has taken all. It may be given up at any time, and be called again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn catch_up(&mut self) -> io::Result<()> {
        while self.is_behind() {
            self.device.writable().await?;
            match self.device.try_write(&self.behind) {
                Ok(taken) => {
                    self.behind.drain(..taken);
                }
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Waits until the terminal has taken all, and no longer than that.
    ///
    /// # Errors
    /// It did not take all in time, or is gone.
    pub fn finish(&mut self, patience: Duration) -> io::Result<()> {
        let end = Instant::now() + patience;
        while self.is_behind() {
            self.push()?;
            let left = end.saturating_duration_since(Instant::now());
            if self.is_behind() {
                if left.is_zero() {
                    return Err(io::Error::new(ErrorKind::TimedOut, "the terminal takes nothing"));
                }
                let timeout = Timespec::try_from(left).map_err(|_| ErrorKind::InvalidInput)?;
                poll(&mut [PollFd::new(&self.device, PollFlags::OUT)], Some(&timeout))?;
            }
        }
        Ok(())
    }

    /// Hands over what the terminal takes at once.
    fn push(&mut self) -> io::Result<()> {
        while self.is_behind() {
            // Not by way of the event loop, which would first have to see that it is ready.
            match rustix::io::write(&self.device, &self.behind).map_err(io::Error::from) {
                Ok(taken) => {
                    self.behind.drain(..taken);
                }
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }
}

impl Write for Output {
    /// In one write where the terminal takes it; the rest is kept. It does not wait.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.behind.len() + bytes.len() > LARGEST {
            return Err(io::Error::new(ErrorKind::StorageFull, "the terminal takes nothing"));
        }
        self.behind.extend_from_slice(bytes);
        self.push()?;
        Ok(bytes.len())
    }

    /// Waits a little.
    fn flush(&mut self) -> io::Result<()> {
        self.finish(PATIENCE)
    }
}

/// So much of what was typed is taken at once; the rest waits in the system.
const AT_ONCE: usize = 64 * 1024;

/// Where keys come from.
#[derive(Debug)]
pub struct Input {
    /// A terminal gives bytes as a pipe does; it is asked for nothing else.
    device: Receiver,
}

impl Input {
    /// The terminal that stdout is, opened anew as for [`Output`]; where it has no name here, the one that this process
    /// belongs to.
    ///
    /// # Errors
    /// There is no terminal, or no event loop.
    pub fn open() -> io::Result<Input> {
        let flags = OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let open = |path: &Path| rustix::fs::open(path, flags, Mode::empty());
        let own = path().and_then(|path| Ok(open(&path)?)).or_else(|_| open(Path::new("/dev/tty")))?;
        Input::new(File::from(own))
    }

    fn new(file: File) -> io::Result<Input> {
        Ok(Input { device: Receiver::from_file_unchecked(file)? })
    }

    /// What was typed; waits until there is something. It may be given up at any time, and be called again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn read(&mut self) -> io::Result<Vec<u8>> {
        loop {
            self.device.readable().await?;
            let mut typed = Vec::new();
            let end = self.take(&mut typed);
            if !typed.is_empty() {
                return Ok(typed);
            }
            end?;
        }
    }

    /// Takes all that is there, so that no sequence is cut in two; an error where there can be no more.
    fn take(&self, typed: &mut Vec<u8>) -> io::Result<()> {
        let mut piece = [0; 1024];
        while typed.len() < AT_ONCE {
            match self.device.try_read(&mut piece) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(taken) => {
                    typed.extend(piece.iter().take(taken));
                    if taken < piece.len() {
                        break;
                    }
                }
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) if why.kind() == ErrorKind::WouldBlock => break,
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }
}

/// A file, locked as long as this process lives, that says whether the terminal is entered. Found unlocked and entered,
/// its owner was killed.
#[derive(Debug)]
pub struct Mark {
    file: File,
    left_by_a_kill: bool,
}

impl Mark {
    /// The mark of this terminal, in a directory that lasts until the user signs out; `None` where another offhook lives in
    /// the same terminal, or none can be kept: then nothing is repaired.
    #[must_use]
    pub fn of_this_terminal(runtime: &Path) -> Option<Mark> {
        let name: Vec<u8> =
            path().ok()?.as_os_str().as_bytes().iter().map(|byte| if *byte == b'/' { b'-' } else { *byte }).collect();
        Mark::take(&runtime.join("offhook"), &format!("terminal{}", String::from_utf8_lossy(&name)))
    }

    fn take(directory: &Path, name: &str) -> Option<Mark> {
        private::directory(directory).ok()?;
        let mut file = private::append(&directory.join(name)).ok()?;
        file.try_lock().ok()?;
        let mut said = String::new();
        file.seek(io::SeekFrom::Start(0)).ok()?;
        file.read_to_string(&mut said).ok()?;
        Some(Mark { file, left_by_a_kill: !said.is_empty() })
    }

    /// Whether the one before was killed in the terminal.
    #[must_use]
    pub fn left_by_a_kill(&self) -> bool {
        self.left_by_a_kill
    }

    /// Notes that the terminal is entered, or left.
    ///
    /// # Errors
    /// The disk is full or read-only.
    pub fn set(&mut self, entered: bool) -> io::Result<()> {
        // A file that is empty is not cut again: that alone would be written to disk.
        if self.file.metadata()?.len() > 0 {
            self.file.set_len(0)?;
        }
        if entered { self.file.write_all(b"entered\n") } else { Ok(()) }
    }
}

/// Puts the terminal's line discipline back to what a shell wants: lines, echo, signals. A kill leaves it raw.
///
/// # Errors
/// Stdin is no terminal.
pub fn make_sane() -> io::Result<()> {
    let stdin = rustix::stdio::stdin();
    let mut modes = rustix::termios::tcgetattr(stdin)?;
    modes.input_modes.insert(InputModes::ICRNL | InputModes::IXON);
    modes.output_modes.insert(OutputModes::OPOST | OutputModes::ONLCR);
    modes.local_modes.insert(
        LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK | LocalModes::ISIG | LocalModes::IEXTEN,
    );
    Ok(rustix::termios::tcsetattr(stdin, OptionalActions::Now, &modes)?)
}

/// Where the terminal of stdout stands.
fn path() -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let name = rustix::termios::ttyname(rustix::stdio::stdout(), Vec::new())?;
    Ok(PathBuf::from(std::ffi::OsString::from_vec(name.into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};

    /// A terminal that takes only what is read from it.
    fn slow() -> (File, Output) {
        let (read, write) = pipe_with(PipeFlags::NONBLOCK).unwrap();
        (File::from(read), Output::new(File::from(write)).unwrap())
    }

    #[tokio::test]
    async fn a_terminal_that_takes_nothing_stops_nobody_and_misses_nothing() {
        let (mut read, mut output) = slow();
        let frame: Vec<u8> = (0..300_000u32).map(|at| at as u8).collect();
        output.write_all(&frame).unwrap();
        assert!(output.is_behind());
        assert_eq!(output.finish(Duration::ZERO).unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(output.write_all(&vec![0; LARGEST]).is_err(), "what is kept has a bound");
        let mut taken = Vec::new();
        while taken.len() < frame.len() {
            let mut some = [0; 4096];
            match read.read(&mut some) {
                Ok(count) => taken.extend_from_slice(&some[..count]),
                Err(why) if why.kind() == ErrorKind::WouldBlock => {
                    // Given up and called again.
                    let _ = tokio::time::timeout(Duration::ZERO, output.catch_up()).await;
                    output.push().unwrap();
                }
                Err(why) => panic!("{why}"),
            }
        }
        assert!(taken == frame && !output.is_behind());
        output.catch_up().await.unwrap();
    }

    #[tokio::test]
    async fn a_terminal_that_is_gone_is_an_error() {
        let (read, mut output) = slow();
        drop(read);
        assert!(output.write_all(b"frame").is_err());
    }

    #[tokio::test]
    async fn what_is_typed_comes_whole_and_waiting_for_it_holds_up_nothing() {
        let (read, write) = pipe_with(PipeFlags::NONBLOCK).unwrap();
        let (mut input, mut keyboard) = (Input::new(File::from(read)).unwrap(), File::from(write));
        let nothing = tokio::time::timeout(Duration::ZERO, input.read()).await;
        assert!(nothing.is_err(), "nothing was typed");
        for typed in [b"a".to_vec(), vec![b'b'; 3 * 1024], vec![b'c'; 1025]] {
            keyboard.write_all(&typed).unwrap();
            assert!(input.read().await.unwrap() == typed);
            assert!(tokio::time::timeout(Duration::ZERO, input.read()).await.is_err());
        }
        drop(keyboard);
        assert!(input.read().await.is_err(), "it is gone");
    }

    #[test]
    fn a_mark_tells_a_kill_from_an_end() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("run");
        let take = || Mark::take(&directory, "terminal-dev-pts-3");
        let mut first = take().unwrap();
        assert!(!first.left_by_a_kill());
        first.set(true).unwrap();
        assert!(take().is_none(), "one that lives is left alone");
        drop(first);
        let mut second = take().unwrap();
        assert!(second.left_by_a_kill(), "it ended without leaving");
        second.set(true).unwrap();
        second.set(false).unwrap();
        drop(second);
        assert!(!take().unwrap().left_by_a_kill());
    }
}
