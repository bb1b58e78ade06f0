//! Prosody: an XMPP server with archive, carbons and stream management. Its users are alice, bob and carol, their
//! passwords `pw-NAME`.

use super::ports;
use super::process::Process;
use super::world::{DOMAIN, World};
use std::process::Command;

pub const NEEDS: &str = "prosody";

/// How it differs from the usual server.
#[derive(Clone, Copy, Default)]
pub struct Habits {
    /// It offers PLAIN alone.
    pub plain_only: bool,
    /// It has no stream management.
    pub no_stream_management: bool,
}

pub struct Prosody {
    pub process: Process,
    /// STARTTLS.
    pub port: u16,
    /// TLS from the first byte.
    pub direct_port: u16,
    habits: Habits,
    starts: usize,
}

impl Prosody {
    pub fn start(world: &World) -> Prosody {
        Prosody::start_with(world, Habits::default())
    }

    pub fn start_with(world: &World, habits: Habits) -> Prosody {
        let port = ports::free();
        for name in ["alice", "bob", "carol"] {
            let folder = DOMAIN.replace('.', "%2e");
            world.write(
                &format!("prosody-data/{folder}/accounts/{name}.dat"),
                &format!("return {{ [\"password\"] = \"pw-{name}\"; }};\n"),
            );
        }
        Prosody { process: launch(world, port, habits, 0), port, direct_port: port + 1, habits, starts: 1 }
    }

    /// Starts it anew on its ports, with its data, after `process` was ended.
    pub fn start_again(&mut self, world: &World) {
        self.process = launch(world, self.port, self.habits, self.starts);
        self.starts += 1;
    }

    /// The value of `--xmpp-server`.
    pub fn server(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

fn launch(world: &World, port: u16, habits: Habits, start: usize) -> Process {
    let folder = world.path().display();
    let smacks = if habits.no_stream_management { "" } else { "\"smacks\";" };
    let weak = if habits.plain_only { "\"SCRAM-SHA-1\", \"SCRAM-SHA-256\", \"DIGEST-MD5\"" } else { "\"DIGEST-MD5\"" };
    let config = format!(
        r#"run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/prosody-data"
plugin_paths = {{ "/usr/lib/prosody/modules", "/usr/share/prosody-modules" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {direct} }}
use_ipv6 = false
ssl = {{ key = "{folder}/srv.key", certificate = "{folder}/srv.crt" }}
c2s_direct_tls_ssl = ssl
c2s_require_encryption = true
authentication = "internal_plain"
disable_sasl_mechanisms = {{ {weak} }}
storage = {{ archive = "memory" }}
archive_expires_after = "never"
default_archive_policy = true
modules_enabled = {{ "roster"; "saslauth"; "tls"; "disco"; "carbons"; "blocklist"; "vcard4"; "vcard_legacy"; "version";
    "time"; "ping"; "mam"; "csi"; "posix"; "offline"; "pep"; {smacks} }}
modules_disabled = {{ "s2s" }}
log = {{ debug = "*console" }}
VirtualHost "{DOMAIN}"
"#,
        direct = port + 1,
    );
    let config = world.write("prosody.cfg.lua", &config);
    let mut command = Command::new("prosody");
    command.arg("-F").arg("--config").arg(config);
    let mut process = Process::start(world.path(), &format!("prosody-{start}"), &mut command);
    process.wait_for_port(port);
    process.wait_for_port(port + 1);
    process
}
