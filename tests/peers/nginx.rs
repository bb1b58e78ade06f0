//! nginx: a web server that others wrote, which answers over TLS what a case tells it to.

use super::ports;
use super::process::Process;
use super::world::World;
use std::process::Command;

pub const NEEDS: &str = "nginx";

pub struct Nginx {
    pub process: Process,
    pub port: u16,
}

impl Nginx {
    /// Over TLS, with the world's server certificate; `places` are `location` blocks.
    pub fn start(world: &World, places: &str) -> Nginx {
        let port = ports::free();
        let folder = world.path().display();
        let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|name| format!("  {name}_temp_path {folder}/nginx-{name};\n"))
            .collect();
        let config = format!(
            "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr info;\nevents {{}}\nhttp {{\n{paths}\
             \x20 log_format asked '$connection $ssl_server_name $request';\n  access_log {folder}/nginx.asked asked;\n\
             \x20 server {{\n    listen 127.0.0.1:{port} ssl;\n    ssl_certificate {folder}/srv.crt;\n\
             \x20   ssl_certificate_key {folder}/srv.key;\n    default_type text/xml;\n{places}\n  }}\n}}\n"
        );
        let mut command = Command::new("nginx");
        command.arg("-e").arg("stderr").arg("-p").arg(world.path());
        command.arg("-c").arg(world.write("nginx.conf", &config));
        let mut process = Process::start(world.path(), "nginx", &mut command);
        process.wait_for_port(port);
        Nginx { process, port }
    }

    /// Each request: the number of its connection, the name that TLS asked for, and what was asked.
    pub fn asked(world: &World) -> Vec<(String, String, String)> {
        let text = std::fs::read_to_string(world.file("nginx.asked")).unwrap_or_default();
        let parts = |line: &str| {
            let mut parts = line.splitn(3, ' ').map(str::to_owned);
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
        };
        text.lines().map(parts).collect()
    }
}
