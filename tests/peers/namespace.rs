//! A network of its own with its own name server, for what cannot be told a port: the system's resolver asks port 53 of
//! what `/etc/resolv.conf` names. Linux gives namespaces of network and mounts to root only.

use super::process::Process;
use super::world::World;
use std::process::{Command, Stdio};

/// What a case that uses one must name in its `needs`.
pub const NEEDS: &str = "root and namespaces";

/// Whether this process may make one.
pub fn is_allowed() -> bool {
    let tried = Command::new("unshare").args(["-n", "-m", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// The namespaces of a process that runs.
#[derive(Clone, Copy)]
pub struct Namespace {
    process: u32,
}

impl Namespace {
    /// `program`, to be run in it.
    pub fn command(self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.process.to_string(), "-n", "-m", "--", program]);
        command
    }
}

/// A namespace whose name server is dnsmasq with these options; it lasts as long as that.
pub fn with_names(world: &World, options: &[String]) -> (Process, Namespace) {
    let resolver = world.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1\n");
    let fixed = "listen-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\nlocal=/test/\nuser=\ngroup=\n";
    let pid = format!("pid-file={}\n", world.file("names.pid").display());
    let config = world.write("names.conf", &format!("{fixed}{pid}{}\n", options.join("\n")));
    let script = format!(
        "ip link set lo up && mount --bind '{}' \"$(realpath /etc/resolv.conf)\" && \
         exec dnsmasq --keep-in-foreground --log-facility=- --log-queries --conf-file='{}'",
        resolver.display(),
        config.display()
    );
    let mut command = Command::new("unshare");
    command.args(["-n", "-m", "--", "sh", "-c", &script]);
    let mut names = Process::start(world.path(), "names", &mut command);
    names.wait_for_line("started, version");
    let place = Namespace { process: names.id() };
    (names, place)
}
