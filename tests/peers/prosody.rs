//! Prosody: an XMPP server with archive, carbons and stream management. Its users are alice, bob and carol, their
//! passwords `pw-NAME`.

use super::namespace::Namespace;
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
    /// It keeps hashes of passwords, and so cannot offer PLAIN's rivals of old nor needs PLAIN: SCRAM alone.
    pub scram_only: bool,
    /// It has no TLS, and no port for TLS from the first byte.
    pub no_tls: bool,
    /// It has no stream management.
    pub no_stream_management: bool,
    /// It has no archive.
    pub no_archive: bool,
    /// It keeps its archive on disk, over restarts.
    pub lasting_archive: bool,
    /// It does not keep messages for those who are not there.
    pub no_offline_storage: bool,
    /// It takes pings, and never answers one.
    pub no_pongs: bool,
}

pub struct Prosody {
    pub process: Process,
    place: Option<Namespace>,
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
        Prosody::start_in(world, ports::free(), habits, None)
    }

    /// Starts it on this port and the next, in a network of its own if so.
    pub fn start_in(world: &World, port: u16, habits: Habits, place: Option<Namespace>) -> Prosody {
        for name in ["alice", "bob", "carol"] {
            let folder = DOMAIN.replace('.', "%2e");
            world.write(
                &format!("prosody-data/{folder}/accounts/{name}.dat"),
                &format!("return {{ [\"password\"] = \"pw-{name}\"; }};\n"),
            );
        }
        let process = launch(world, port, habits, 0, place);
        Prosody { process, place, port, direct_port: port + 1, habits, starts: 1 }
    }

    /// Starts it anew on its ports, with its data, after `process` was ended.
    pub fn start_again(&mut self, world: &World) {
        self.process = launch(world, self.port, self.habits, self.starts, self.place);
        self.starts += 1;
    }

    /// The value of `--xmpp-server`.
    pub fn server(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// The module of a server that takes pings and never answers one.
const NO_PONGS: &str = r#"
local function take() return true end
module:hook("iq-get/host/urn:xmpp:ping:ping", take, 1000)
module:hook("iq-get/bare/urn:xmpp:ping:ping", take, 1000)
module:hook("iq-get/self/urn:xmpp:ping:ping", take, 1000)
"#;

fn launch(world: &World, port: u16, habits: Habits, start: usize, place: Option<Namespace>) -> Process {
    let folder = world.path().display();
    let direct = port + 1;
    let mut modules = vec![
        "roster",
        "saslauth",
        "disco",
        "carbons",
        "blocklist",
        "vcard4",
        "vcard_legacy",
        "version",
        "time",
        "ping",
        "csi",
        "posix",
        "pep",
    ];
    let wanted = [
        ("tls", !habits.no_tls),
        ("smacks", !habits.no_stream_management),
        ("mam", !habits.no_archive),
        ("offline", !habits.no_offline_storage),
        ("no_pongs", habits.no_pongs),
    ];
    modules.extend(wanted.iter().filter(|(_, wanted)| *wanted).map(|(module, _)| *module));
    let modules: String = modules.iter().map(|module| format!("\"{module}\"; ")).collect();
    let kept = if habits.scram_only { "hashed" } else { "plain" };
    let weak = if habits.plain_only {
        "\"SCRAM-SHA-1\", \"SCRAM-SHA-256\", \"DIGEST-MD5\""
    } else if habits.scram_only {
        "\"PLAIN\", \"DIGEST-MD5\""
    } else {
        "\"DIGEST-MD5\""
    };
    let tls = if habits.no_tls {
        "c2s_require_encryption = false\nmodules_disabled = { \"s2s\", \"tls\" }".to_owned()
    } else {
        format!(
            "ssl = {{ key = \"{folder}/srv.key\", certificate = \"{folder}/srv.crt\" }}\nc2s_direct_tls_ssl = ssl\n\
             c2s_direct_tls_ports = {{ {direct} }}\nc2s_require_encryption = true\nmodules_disabled = {{ \"s2s\" }}"
        )
    };
    let archive = if habits.lasting_archive { "internal" } else { "memory" };
    world.write("prosody-modules/mod_no_pongs.lua", NO_PONGS);
    let config = format!(
        r#"run_as_root = true
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/prosody-data"
plugin_paths = {{ "{folder}/prosody-modules", "/usr/lib/prosody/modules", "/usr/share/prosody-modules" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
use_ipv6 = false
{tls}
authentication = "internal_{kept}"
disable_sasl_mechanisms = {{ {weak} }}
storage = {{ archive = "{archive}" }}
archive_expires_after = "never"
default_archive_policy = true
modules_enabled = {{ {modules} }}
log = {{ debug = "*console" }}
VirtualHost "{DOMAIN}"
"#
    );
    let config = world.write("prosody.cfg.lua", &config);
    let mut command = place.map_or_else(|| Command::new("prosody"), |place| place.command("prosody"));
    command.arg("-F").arg("--config").arg(config);
    let mut process = Process::start(world.path(), &format!("prosody-{start}"), &mut command);
    // Its ports cannot be seen from outside a network of its own; its log can.
    process.wait_for_line(&format!("c2s' on [127.0.0.1]:{port}"));
    if !habits.no_tls {
        process.wait_for_line(&format!("c2s_direct_tls' on [127.0.0.1]:{direct}"));
    }
    process
}
