//! A network of its own with its own name server, for what cannot be told a port: the system's resolver asks port 53 of
//! what `/etc/resolv.conf` names. Linux gives namespaces of network and mounts to root only.

use super::Case;
use super::offhook::User;
use super::process::Process;
use super::prosody::{self, Habits, Prosody};
use super::world::World;
use super::{dnsmasq, ports};
use std::process::{Command, Stdio};

/// What a case that uses one must name in its `needs`.
pub const NEEDS: &str = "root and namespaces";

pub const CASES: &[Case] = &[Case {
    name: "servers: found by SRV, the first of them dead",
    needs: &[NEEDS, prosody::NEEDS, dnsmasq::NEEDS],
    run: found_by_srv,
}];

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
fn with_names(world: &World, options: &[String]) -> (Process, Namespace) {
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

fn found_by_srv() {
    let world = World::new();
    let (dead, port) = (ports::free(), ports::free());
    let options = [
        "host-record=im.example.test,127.0.0.1".to_owned(),
        format!("srv-host=_xmpps-client._tcp.example.test,im.example.test,{dead},1,5"),
        format!("srv-host=_xmpp-client._tcp.example.test,im.example.test,{port},2,5"),
    ];
    let (names, place) = with_names(&world, &options);
    let prosody = Prosody::start_in(&world, port, Habits::default(), Some(place));
    let ca = world.file("ca.crt").display().to_string();
    let bob = User::chatting_with(&world, "bob", "pw-bob", &["--ca", &ca]).inside(place);
    let mut listener = bob.listen("listen");
    bob.run("send", &["send", "bob@example.test", "found"]).expect(0);
    let log = names.log();
    for asked in ["query[SRV] _xmpp-client._tcp.example.test", "query[SRV] _xmpps-client._tcp.example.test"] {
        assert!(log.contains(asked), "{log}");
    }
    assert!(prosody.process.log().contains("bob@example.test/offhook-"));
    listener.signal("INT");
    listener.wait_for_end(super::process::DEADLINE);

    // A domain without such records is asked for itself, at the usual port; and one that is not there is said to be so.
    let eve = User::new(&world, "eve").inside(place);
    let add = ["account", "add", "eve", "--jid", "eve@nowhere.test", "--password-command", "echo pw"];
    eve.run("account", &add).expect(0);
    let ended = eve.run("send", &["send", "alice@example.test", "hello"]).expect(5);
    assert!(ended.said.contains("No XMPP server was found"), "{}", ended.said);
    assert!(ended.said.contains("--xmpp-server"), "{}", ended.said);
}
