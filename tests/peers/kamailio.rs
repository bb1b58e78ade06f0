//! Kamailio: a registrar and proxy with digest over UDP, TCP and TLS. Its users are alice and bob, their passwords `pw-NAME`.

use super::ports;
use super::process::Process;
use super::world::World;
use std::net::TcpStream;
use std::process::Command;

pub const NEEDS: &str = "kamailio";

pub struct Kamailio {
    pub process: Process,
    pub host: &'static str,
    /// UDP and TCP.
    pub port: u16,
    pub tls_port: u16,
}

impl Kamailio {
    pub fn start(world: &World) -> Kamailio {
        Kamailio::start_on(world, "127.0.0.1")
    }

    /// On another address of loopback; IPv6 in brackets.
    pub fn start_on(world: &World, host: &'static str) -> Kamailio {
        let port = ports::free();
        let tls_port = port + 1;
        let folder = world.path().display().to_string();
        let config = include_str!("kamailio.cfg")
            .replace("@HOST@", host)
            .replace("@PORT@", &port.to_string())
            .replace("@TLS@", &tls_port.to_string())
            .replace("@DIR@", &folder);
        let config = world.write("kamailio.cfg", &config);
        let tls = format!(
            "[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nprivate_key = {folder}/srv.key\n\
             certificate = {folder}/srv.crt\n[client:default]\nverify_certificate = no\n"
        );
        world.write("tls.cfg", &tls);
        world.write("db/version", &std::fs::read_to_string("/usr/share/kamailio/dbtext/kamailio/version").unwrap());
        let columns = "id(int,auto) username(string) domain(string) password(string) ha1(string,null) ha1b(string,null)";
        let users = "1:alice:example.test:pw-alice:x:x\n2:bob:example.test:pw-bob:x:x\n3:carol:example.test:pw-carol:x:x\n";
        world.write("db/subscriber", &format!("{columns}\n{users}"));
        world.write("run/.keep", "");
        let mut command = Command::new("kamailio");
        command.args(["-DD", "-E", "-m", "32", "-M", "4", "-f"]).arg(config);
        command.arg("-Y").arg(world.file("run")).arg("-P").arg(world.file("kamailio.pid"));
        let mut process = Process::start(world.path(), "kamailio", &mut command);
        for port in [port, tls_port] {
            let address = format!("{host}:{port}");
            process.wait_until(&format!("listens on {address}"), |_| TcpStream::connect(&address).is_ok());
        }
        Kamailio { process, host, port, tls_port }
    }

    /// The value of `--sip-proxy`.
    pub fn proxy(&self, transport: &str) -> String {
        let port = if transport == "tls" { self.tls_port } else { self.port };
        format!("sip:{}:{port};transport={transport}", self.host)
    }
}
