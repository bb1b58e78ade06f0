//! A process of a test: in a group of its own, its output in a file that can be waited on, gone when it is dropped.

use serde_json::Value;
use std::fs::File;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Whatever is waited for must come by then; it is a bound for failures, not a pause.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How often a file or a process is looked at while something is awaited.
const LOOK: Duration = Duration::from_millis(5);

pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; stdout and stderr go to `NAME.log` in `folder`.
    pub fn start(folder: &Path, name: &str, command: &mut Command) -> Process {
        let log = folder.join(format!("{name}.log"));
        let out = File::create(&log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Process { name: name.to_owned(), child, log }
    }

    /// Starts it with stdout in `NAME.out`, apart from stderr.
    pub fn start_apart(folder: &Path, name: &str, command: &mut Command) -> Process {
        Process::spawn_apart(folder, name, command.stdin(Stdio::null()))
    }

    /// As [`Process::start_apart`], with an open stdin.
    pub fn start_obedient(folder: &Path, name: &str, command: &mut Command) -> (Process, ChildStdin) {
        let mut process = Process::spawn_apart(folder, name, command.stdin(Stdio::piped()));
        let orders = process.child.stdin.take().unwrap();
        (process, orders)
    }

    fn spawn_apart(folder: &Path, name: &str, command: &mut Command) -> Process {
        let log = folder.join(format!("{name}.log"));
        let child = command
            .stdout(File::create(folder.join(format!("{name}.out"))).unwrap())
            .stderr(File::create(&log).unwrap())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Process { name: name.to_owned(), child, log }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// What it has written on stdout, when it was started with that apart.
    pub fn out(&self) -> String {
        std::fs::read_to_string(self.log.with_extension("out")).unwrap_or_default()
    }

    /// The JSON objects on stdout, one a whole line, that it has written so far.
    pub fn objects(&self) -> Vec<Value> {
        let out = self.out();
        let whole = out.rfind('\n').map_or("", |end| &out[..end]);
        let object = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}"));
        whole.lines().map(object).collect()
    }

    /// Those whose `type` this is.
    pub fn told(&self, kind: &str) -> Vec<Value> {
        self.objects().into_iter().filter(|object| object["type"] == kind).collect()
    }

    /// What was said in the messages that it has told so far.
    pub fn bodies(&self) -> Vec<String> {
        self.told("message").iter().map(|message| message["body"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until it has told so many messages, and says what was said in them.
    pub fn wait_for_messages(&mut self, count: usize) -> Vec<String> {
        self.wait_until(&format!("tells {count} messages"), |process| process.bodies().len() >= count);
        self.bodies()
    }

    /// Waits until its log holds `text`.
    pub fn wait_for_line(&mut self, text: &str) {
        self.wait_until(&format!("writes “{text}”"), |process| process.log().contains(text));
    }

    /// Waits until it listens on this TCP port of loopback.
    pub fn wait_for_port(&mut self, port: u16) {
        self.wait_until(&format!("listens on {port}"), |_| TcpStream::connect(("127.0.0.1", port)).is_ok());
    }

    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&Process) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(is_so(self), "{} ended ({status}) before it {what}:\n{}", self.name, self.log());
                return;
            }
            let elapsed = start.elapsed();
            assert!(elapsed < DEADLINE, "{} never {what}:\n{}\n{}", self.name, self.out(), self.log());
            std::thread::sleep(LOOK);
        }
    }

    /// Waits for its end, for at most `deadline`.
    pub fn wait_for_end(&mut self, deadline: Duration) -> ExitStatus {
        self.wait_watching(deadline, || {})
    }

    /// The same, and looks at something all the while.
    pub fn wait_watching(&mut self, deadline: Duration, watch: impl Fn()) -> ExitStatus {
        let start = Instant::now();
        loop {
            watch();
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < deadline, "{} does not end:\n{}", self.name, self.log());
            std::thread::sleep(LOOK);
        }
    }

    /// Sends a signal to the whole group.
    pub fn signal(&self, signal: &str) {
        let _ = Command::new("kill").args([&format!("-{signal}"), "--", &format!("-{}", self.child.id())]).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.signal("KILL");
        let _ = self.child.wait();
    }
}
