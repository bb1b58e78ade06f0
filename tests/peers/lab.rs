//! `offhook lab`, asked by software that we did not write: dig its DNS, curl its web servers, tftp and atftp its files.

use super::Case;
use super::offhook::User;
use super::process::{DEADLINE, Process};
use super::world::World;
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const CASES: &[Case] = &[
    Case { name: "lab: says where it is, and leaves nothing", needs: &[], run: begins_and_ends },
    Case { name: "lab: what a killed one has left goes with the next", needs: &[], run: killed },
    Case { name: "lab: a site that is wrong is refused with its place", needs: &[], run: wrong_site },
    Case { name: "lab: dig asks its DNS", needs: &["dig"], run: dig_asks },
    Case { name: "lab: dig meets every kind of record", needs: &["dig"], run: dig_meets },
    Case { name: "lab: curl asks its directory of organisations", needs: &["curl"], run: curl_asks_cas },
    Case { name: "lab: curl asks its UDS", needs: &["curl"], run: curl_asks_uds },
    Case { name: "lab: curl keeps its connection and its cookies", needs: &["curl"], run: curl_keeps },
    Case { name: "lab: curl meets every fault", needs: &["curl"], run: curl_meets },
    Case { name: "lab: files are the same over HTTPS, HTTP and TFTP", needs: &["curl", "tftp", "atftp"], run: files },
];

pub struct Lab<'a> {
    world: &'a World,
    process: Process,
    pub facts: Value,
}

impl<'a> Lab<'a> {
    /// With this site.
    pub fn start(world: &'a World, name: &str, site: &str) -> Lab<'a> {
        let site = world.write(&format!("{name}.toml"), site).display().to_string();
        let user = User::new(world, name);
        let mut command = user.command(&["lab", "--seed", "7", "--site", &site]);
        let mut process = Process::start_apart(world.path(), name, &mut command);
        process.wait_until("says where it is", |process| !process.objects().is_empty());
        let facts = process.objects().remove(0);
        Lab { world, process, facts }
    }

    pub fn at(&self, what: &str) -> SocketAddr {
        self.facts[what].as_str().unwrap_or_else(|| panic!("no {what}: {}", self.facts)).parse().unwrap()
    }

    pub fn ca(&self) -> PathBuf {
        PathBuf::from(self.facts["ca"].as_str().unwrap())
    }

    fn dig(&self, arguments: &[&str]) -> String {
        let at = self.at("dns");
        let (host, port) = (format!("@{}", at.ip()), at.port().to_string());
        let mut command = Command::new("dig");
        command.args([host.as_str(), "-p", &port, "+time=2", "+tries=1", "+nocookie"]).args(arguments);
        said(&mut command).1
    }

    /// curl's exit code and what it wrote.
    pub fn curl(&self, arguments: &[&str]) -> (i32, String) {
        let ip = self.at("dns").ip();
        let names = ["cucm1:8443", "imp1:8443", "cucm1:6972", "cucm1:6970", "cuc1:443"].map(|name| {
            let (host, port) = name.split_once(':').unwrap();
            format!("{host}.lab.example:{port}:{ip}")
        });
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "20", "--cacert"]).arg(self.ca());
        for name in &names {
            command.args(["--resolve", name]);
        }
        said(command.args(arguments))
    }

    /// The status that curl gets.
    fn status(&self, arguments: &[&str]) -> String {
        self.curl(&[&["--output", "/dev/null", "--write-out", "%{http_code}"], arguments].concat()).1
    }
}

fn said(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).trim().to_owned())
}

const UDS: &str = "https://cucm1.lab.example:8443/cucm-uds";

fn begins_and_ends() {
    let world = World::new();
    let (mut one, other) = (Lab::start(&world, "one", ""), Lab::start(&world, "other", "encrypted = false"));
    let (at, theirs) = (one.at("https"), other.at("https"));
    assert_eq!((at.port(), theirs.port()), (8443, 8443));
    assert_ne!(at.ip(), theirs.ip());
    assert!(at.ip().is_loopback() && one.facts["domain"] == "lab.example");
    let ana = &one.facts["accounts"][0];
    assert_eq!((&ana["address"], &ana["number"]), (&"ana@lab.example".into(), &"1001".into()));
    assert!(one.facts["cas"].as_str().unwrap().ends_with("/cas/FederatedSSO"));
    let folder = one.ca().parent().unwrap().to_owned();
    assert!(one.ca().exists());
    one.process.signal("TERM");
    assert_eq!(one.process.wait_for_end(DEADLINE).code(), Some(0), "{}", one.process.log());
    assert!(!folder.exists(), "{} is left", folder.display());
    assert!(TcpListener::bind(at).is_ok(), "the port is free again");
    let mut other = other;
    other.process.signal("INT");
    assert_eq!(other.process.wait_for_end(DEADLINE).code(), Some(0));
}

fn killed() {
    let world = World::new();
    let mut first = Lab::start(&world, "lab", "");
    let left = first.ca().parent().unwrap().to_owned();
    let beside = Lab::start(&world, "lab", "");
    first.process.signal("KILL");
    assert_ne!(first.process.wait_for_end(DEADLINE).code(), Some(0));
    assert!(left.join("ca.pem").exists(), "a kill leaves it");
    let mut next = Lab::start(&world, "lab", "");
    assert!(!left.exists(), "{} is left", left.display());
    assert!(beside.ca().exists(), "who lives keeps what is theirs");
    next.process.signal("TERM");
    assert_eq!(next.process.wait_for_end(DEADLINE).code(), Some(0), "{}", next.process.log());
}

fn wrong_site() {
    let world = World::new();
    let user = User::new(&world, "wrong");
    let site = world.write("wrong.toml", "domain = \"lab.example\"\n[uds]\nanswers = { fault = \"lazy\" }\n");
    let ended = user.run("lab", &["lab", "--site", site.to_str().unwrap()]).expect(5);
    assert!(ended.said.contains("wrong.toml:3:21: ") && ended.out.is_empty(), "{}", ended.said);
    let ended = user.run("lab", &["lab", "--site", "nowhere"]).expect(5);
    assert!(ended.said.contains("two-clusters"), "the names that there are: {}", ended.said);
}

fn dig_asks() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "nodes = 2");
    let uds = "_cisco-uds._tcp.lab.example";
    let expected = "10 10 8443 cucm1.lab.example.\n20 10 8443 cucm2.lab.example.";
    for over in ["+notcp", "+tcp"] {
        assert_eq!(lab.dig(&["+short", over, "SRV", uds]), expected, "{over}");
    }
    assert_eq!(lab.dig(&["+short", "A", "cucm1.lab.example"]), lab.at("https").ip().to_string());
    assert_eq!(lab.dig(&["+short", "+noedns", "A", "CUCM1.Lab.Example"]), lab.at("https").ip().to_string());
    let none = lab.dig(&["SRV", "_cuplogin._tcp.lab.example"]);
    assert!(none.contains("status: NXDOMAIN") && none.contains("SOA"), "{none}");
    let empty = lab.dig(&["AAAA", "cucm1.lab.example"]);
    assert!(empty.contains("status: NOERROR") && empty.contains("ANSWER: 0") && empty.contains("SOA"), "{empty}");
    assert!(lab.dig(&["A", "elsewhere.example"]).contains("status: REFUSED"));
    let kept = lab.dig(&["+tcp", "+keepopen", "+short", "cucm1.lab.example", "imp1.lab.example"]);
    assert_eq!(kept.lines().count(), 2, "two questions on one connection: {kept}");
}

fn dig_meets() {
    let world = World::new();
    let site =
        "[dns]\ncisco-uds = \"many\"\ncuplogin = \"servfail\"\ncollab-edge = \"silent\"\nsip = \"dot\"\nsips = \"foreign\"\n";
    let lab = Lab::start(&world, "lab", site);
    let srv = |name: &str, more: &[&str]| lab.dig(&[&["SRV", name], more].concat());
    let cut = srv("_cisco-uds._tcp.lab.example", &["+ignore"]);
    assert!(cut.contains("flags: qr aa tc"), "{cut}");
    // dig asks again over TCP by itself.
    assert_eq!(srv("_cisco-uds._tcp.lab.example", &["+short"]).lines().count(), 1000);
    assert!(srv("_cuplogin._tcp.lab.example", &[]).contains("status: SERVFAIL"));
    assert!(srv("_collab-edge._tls.lab.example", &["+time=1"]).contains("no servers could be reached"));
    assert_eq!(srv("_sip._tcp.lab.example", &["+short"]), "0 0 0 .");
    assert!(srv("_sips._tcp.lab.example", &["+short"]).ends_with("elsewhere.example."));
}

fn curl_asks_cas() {
    let world = World::new();
    let lab = Lab::start(&world, "none", "");
    let cas = |lab: &Lab| lab.facts["cas"].as_str().unwrap().to_owned();
    let (code, body) = lab.curl(&[&format!("{}?org=lab.example", cas(&lab))]);
    assert!(code == 0 && body.contains("<errorcode>1</errorcode>"), "{body}");
    let lab = Lab::start(&world, "sso", "cas.organisation = \"sso-redirect\"");
    let (_, head) = lab.curl(&["--include", &format!("{}?org=lab.example", cas(&lab))]);
    assert!(head.starts_with("HTTP/1.1 302 ") && head.contains("SAMLRequest="), "{head}");
    let lab = Lab::start(&world, "clear", "cas.clear = true\ncas.organisation = \"password\"");
    assert!(cas(&lab).starts_with("http://"));
    assert!(lab.curl(&[&format!("{}?org=lab.example", cas(&lab))]).1.contains(">7<"));
}

fn curl_asks_uds() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "");
    let own = format!("{UDS}/user/ana");
    assert_eq!(lab.status(&[&own]), "401");
    assert_eq!(lab.status(&["--user", "ana:wrong", &own]), "401");
    assert_eq!(lab.status(&["--user", "ana:ana-demo", &own]), "200");
    assert_eq!(lab.status(&["--user", "ana:ana-demo", &format!("{UDS}/user/bob")]), "404");
    assert_eq!(lab.status(&["--request", "PUT", "--data", "x", "--user", "ana:ana-demo", &own]), "405");
    let chunked = ["--request", "PUT", "--header", "Transfer-Encoding: chunked", "--data", "x", "--user", "ana:ana-demo", &own];
    assert_eq!(lab.status(&chunked), "405", "a body in chunks is read to its end");
    let (_, body) = lab.curl(&[&format!("{UDS}/clusterUser?username=ana")]);
    assert!(body.contains("<homeCluster serversUri=\"https://cucm1.lab.example:8443/cucm-uds/servers\">"), "{body}");
    assert_eq!(lab.curl(&["--cacert", "/etc/hostname", &own]).0, 77, "without its authority there is no trust");
    let at = lab.at("https");
    assert_eq!(lab.status(&[&format!("https://{at}/cucm-uds/version")]), "200", "the certificate shows the address too");
}

fn curl_keeps() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "");
    let (own, jar) = (format!("{UDS}/user/ana"), world.file("jar").display().to_string());
    let (_, twice) = lab.curl(&["--write-out", "\n%{num_connects}\n", &format!("{UDS}/version"), &format!("{UDS}/servers")]);
    let counts: Vec<&str> = twice.lines().filter(|line| line.len() == 1).collect();
    assert_eq!(counts, ["1", "0"], "two requests on one connection: {twice}");
    assert_eq!(lab.status(&["--user", "ana:ana-demo", "--cookie-jar", &jar, &own]), "200");
    let kept = std::fs::read_to_string(&jar).unwrap();
    assert!(kept.contains("JSESSIONID\t") && kept.contains("JSESSIONIDSSO\t"), "{kept}");
    assert_eq!(lab.status(&["--cookie", &jar, &own]), "200", "the cookie is enough");
    assert_eq!(lab.status(&["--cookie", &jar, &format!("{UDS}/user/bob")]), "404");
}

fn curl_meets() {
    let world = World::new();
    let meets = |name: &str, answers: &str| {
        let lab = Lab::start(&world, name, &format!("[uds.answers]\n{answers}\n"));
        lab.curl(&["--write-out", "\n%{http_code}", &format!("{UDS}/servers")])
    };
    for certificate in ["wrong-name", "expired", "not-yet", "foreign", "self-signed"] {
        let (code, said) = meets(certificate, &format!("certificate = {certificate:?}"));
        assert_eq!(code, 60, "{certificate}: {said}");
    }
    assert_eq!(meets("cut", "fault = \"truncated\"").0, 18, "a part of the answer");
    assert_eq!(meets("noise", "fault = \"noise\"").0, 1, "no HTTP");
    assert!(meets("busy", "status = 503").1.ends_with("503"));
    assert!(meets("portal", "fault = \"portal\"").1.contains("Guest network"));
    let (code, said) = meets("slow", "fault = \"trickle\"\ntrickle-ms = 1");
    assert!(code == 0 && said.contains("</servers>"), "{said}");
    let lab = Lab::start(&world, "silent", "uds.answers.fault = \"silent\"");
    assert_eq!(lab.curl(&["--max-time", "1", &format!("{UDS}/servers")]).0, 28, "no answer in time");
    let absent = ["uds", "epas", "ccmcip"].map(|name| format!("{name}.answers.fault = \"absent\"\n")).concat();
    let lab = Lab::start(&world, "absent", &absent);
    assert!(lab.facts["https"].is_null(), "{}", lab.facts);
    assert_eq!(lab.curl(&[&format!("{UDS}/servers")]).0, 7, "nobody listens");
    let lab = Lab::start(&world, "endless", "uds.answers.fault = \"endless\"");
    let (code, _) = lab.curl(&["--max-filesize", "1000000", "--output", "/dev/null", &format!("{UDS}/servers")]);
    assert_eq!(code, 63, "too long");
}

fn files() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "files.missing = [\"global-settings.xml\"]");
    let https = lab.curl(&["https://cucm1.lab.example:6972/CSFANA.cnf.xml"]);
    assert!(https.0 == 0 && https.1.contains("<deviceSecurityMode>3</deviceSecurityMode>"), "{}", https.1);
    assert_eq!(lab.curl(&["http://cucm1.lab.example:6970/CSFANA.cnf.xml"]), https);
    assert_eq!(lab.status(&["http://cucm1.lab.example:6970/global-settings.xml"]), "404");
    assert!(lab.curl(&["https://cucm1.lab.example:6972/jabber-config.xml"]).1.contains("<DirectoryServerType>UDS<"));
    let at = lab.at("tftp");
    let (host, port) = (at.ip().to_string(), at.port().to_string());
    let fetched = |name: &str, command: &mut Command| {
        let into = lab.world.file(name);
        let (_, told) = said(command.current_dir(lab.world.path()));
        (std::fs::read_to_string(&into).unwrap_or_default().trim().to_owned(), told)
    };
    let hpa = |file: &str, into: &str| {
        let mut command = Command::new("tftp");
        command.args([&host, &port, "-m", "binary", "-c", "get", file, into]);
        fetched(into, &mut command)
    };
    assert_eq!(hpa("CSFANA.cnf.xml", "hpa.xml").0, https.1);
    let (nothing, told) = hpa("global-settings.xml", "none.xml");
    assert!(nothing.is_empty() && told.contains("File not found"), "{told}");
    for (into, options) in [("plain.xml", &[][..]), ("blocks.xml", &["--option", "blksize 1024", "--option", "tsize 0"][..])] {
        let mut command = Command::new("atftp");
        command.args(options).args(["--get", "-r", "CSFANA.cnf.xml", "-l", into, &host, &port]);
        let (file, told) = fetched(into, &mut command);
        assert_eq!(file, https.1, "{into}: {told}");
    }
    assert!(Path::new(&lab.ca()).exists());
}
