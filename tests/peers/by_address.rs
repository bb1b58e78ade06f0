//! Headless commands of an account by address, at a lab in another process: over sockets from the first question to the last
//! word.

use super::lab::Lab;
use super::offhook::User;
use super::process::DEADLINE;
use super::sound::{self, Recording, Tone};
use super::world::World;
use super::{Case, checkout};

pub const CASES: &[Case] = &[
    Case { name: "address: send and listen", needs: &[], run: chats },
    Case { name: "address: call the echo, and answer whoever rings", needs: &[], run: calls },
    Case { name: "address: what goes in clear is refused without the switch", needs: &[], run: clear },
    Case { name: "address: files that come in clear are refused without the switch", needs: &[], run: clear_files },
    Case { name: "address: somebody of the second cluster", needs: &[], run: second_cluster },
    Case { name: "address: open standards alone", needs: &[], run: standard },
    Case {
        name: "address: what was found is connected to at once, and found anew where it leads nowhere",
        needs: &[],
        run: again,
    },
    Case { name: "address: phones alone have no chat", needs: &[], run: phones_alone },
    Case { name: "address: chat alone has no phone", needs: &[], run: chat_alone },
    Case { name: "address: chat that is switched off", needs: &[], run: switched_off },
    Case { name: "address: one of several softphones", needs: &[], run: several },
    Case { name: "address: a host outside of the domains", needs: &[], run: outside },
    Case { name: "address: a wrong password is tried once", needs: &[], run: wrong_password },
    Case { name: "address: a Webex organisation ends with the decision", needs: &[], run: webex },
    Case { name: "address: an account that moves to other servers by settings signs in there", needs: &[], run: moves },
];

/// Nobody rings and nobody leaves a message while something else is looked at.
pub const QUIET: &str = "cast.rings-after = 100000\ncast.voicemail-after = 100000\ncast.answers-within = 100\n";

/// A site that comes along, in which nobody rings.
pub fn built_in(name: &str) -> String {
    let text = std::fs::read_to_string(checkout(&format!("src/lab/sites/{name}.toml"))).unwrap();
    format!("{QUIET}{text}")
}

/// `person` of the lab, with an account by address.
pub fn user<'a>(world: &'a World, lab: &Lab<'_>, person: &str, more: &[&str]) -> User<'a> {
    let user = User::new(world, person);
    let (address, says_it) = (format!("{person}@lab.example"), format!("echo {person}-demo"));
    let (dns, cas, ca) = (lab.at("dns").to_string(), lab.facts["cas"].as_str().unwrap(), lab.ca().display().to_string());
    let mut arguments = vec!["account", "add", "work", "--address", &address, "--dns", &dns, "--cas", cas, "--ca", &ca];
    let tftp = lab.facts["tftp"].as_str().map(|_| lab.at("tftp").port().to_string());
    arguments.extend(tftp.iter().flat_map(|port| ["--tftp-port", port]));
    if !more.contains(&"--password-command") {
        arguments.extend(["--password-command", &says_it]);
    }
    arguments.extend(more);
    user.run("account", &arguments).expect(0);
    user
}

fn chats() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", QUIET);
    let ana = user(&world, &lab, "ana", &[]);
    let mut listener = ana.listen("listen");
    ana.run("send", &["send", "bob@lab.example", "Hello Bob, what is 12 * 12?"]).expect(0);
    listener.wait_until("is answered", |process| process.bodies().iter().any(|body| body.contains("12 * 12 is 144.")));
    ana.stop(listener).expect(0);
    assert_eq!(ana.outbox(), Vec::<serde_json::Value>::new());
    // Each command that signs in is a launch, and leaves what it has found to the next.
    let found = std::fs::read_to_string(ana.home().join("config/offhook/discovery.toml")).unwrap();
    assert!(found.contains("launches = 2\n") && found.contains("source = \"_cisco-uds\""), "{found}");
}

/// Calls the echo, and hears the tone that it plays.
pub fn hears_echo(world: &World, user: &User<'_>) -> serde_json::Value {
    let (tone, far) = (world.file("tone.wav"), world.file("far.wav"));
    sound::write(&tone, &sound::tone(Tone { hertz: 440.0, level: 0.4 }, 4.0));
    let (play, record) = (tone.display().to_string(), far.display().to_string());
    let call = user.run("call", &["call", "9000", "--play", &play, "--record", &record, "--json"]).expect(0).json();
    let level = Recording::ours(&far).middle().level_at(440.0);
    assert!(level > 0.2, "440 Hz at {level}: {call}");
    call
}

fn calls() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "cast.rings-after = 6\ncast.voicemail-after = 100000\n");
    let ana = user(&world, &lab, "ana", &[]);
    let call = hears_echo(&world, &ana);
    assert_eq!(call["encrypted"], true, "{call}");
    let record = world.file("ring.wav").display().to_string();
    let answers = ana.start("answer", &["answer", "--calls", "1", "--record", &record, "--json"]);
    // Somebody rings some time after somebody was seen to be there.
    let listener = ana.listen("listen");
    let answered = ana.finish(answers, DEADLINE).expect(0).json();
    ana.stop(listener).expect(0);
    assert_eq!(answered["calls"].as_array().map(Vec::len), Some(1), "{answered}");
    let loudness = Recording::ours(&world.file("ring.wav")).loudness();
    assert!(loudness > 0.005, "somebody speaks: {loudness}");
}

fn clear() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("clear"));
    let ana = user(&world, &lab, "ana", &[]);
    let refused = ana.run("refused", &["call", "9000"]).expect(5);
    let names = ["SIP over TCP to cucm1.lab.example:5060", "--account work cleartext allow", "--allow-cleartext"];
    assert!(names.iter().all(|name| refused.said.contains(name)), "{}", refused.said);
    // Chat is encrypted there, and needs no switch.
    ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
    ana.run("allow", &["settings", "--account", "work", "cleartext", "allow"]).expect(0);
    hears_echo(&world, &ana);
    // The switch of the account does the same.
    let eve = user(&world, &lab, "bob", &["--allow-cleartext"]);
    hears_echo(&world, &eve);
}

fn clear_files() {
    let world = World::new();
    let site = format!("{QUIET}[files]\nhttps.fault = \"absent\"\nhttp.fault = \"absent\"\n[cas]\nclear = true\n");
    let lab = Lab::start(&world, "lab", &site);
    // A question that goes over http is refused when the account is made.
    let (dns, cas) = (lab.at("dns").to_string(), lab.facts["cas"].as_str().unwrap());
    let arguments = ["account", "add", "work", "--address", "ana@lab.example", "--dns", &dns, "--cas", cas];
    let refused = User::new(&world, "nobody").run("account", &arguments).expect(2);
    assert!(refused.said.contains("--cas") && refused.said.contains("allow-cleartext"), "{}", refused.said);

    let ana = user(&world, &lab, "ana", &["--allow-cleartext"]);
    assert_eq!(hears_echo(&world, &ana)["encrypted"], true);
    let site = format!("{QUIET}[files]\nhttps.fault = \"absent\"\nhttp.fault = \"absent\"\n");
    let lab = Lab::start(&world, "other", &site);
    let bob = user(&world, &lab, "bob", &[]);
    let refused = bob.run("refused", &["call", "9000"]).expect(5);
    let names = ["from cucm1.lab.example:", "would go in clear", "cleartext allow"];
    assert!(names.iter().all(|name| refused.said.contains(name)), "{}", refused.said);
}

fn second_cluster() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("two-clusters"));
    let bob = user(&world, &lab, "bob", &[]);
    bob.run("send", &["send", "ana@lab.example", "Hello Ana"]).expect(0);
    hears_echo(&world, &bob);
}

fn standard() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("standard"));
    let ana = user(&world, &lab, "ana", &[]);
    ana.run("send", &["send", "bob@lab.example", "Hello Bob"]).expect(0);
    hears_echo(&world, &ana);
}

fn again() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", QUIET);
    let ana = user(&world, &lab, "ana", &[]);
    hears_echo(&world, &ana);
    let file = ana.home().join("config/offhook/discovery.toml");
    let found = std::fs::read_to_string(&file).unwrap();
    assert!(found.contains("[services.phone]") && !found.contains("ana-demo"), "{found}");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    // Where nobody listens any more, it is found anew.
    let moved = found.replace("imp1.lab.example:5222", "imp1.lab.example:5").replace(".example:5061", ".example:6");
    assert_ne!(moved, found);
    std::fs::write(&file, moved).unwrap();
    ana.run("send", &["send", "bob@lab.example", "Hello Bob"]).expect(0);
    hears_echo(&world, &ana);
    assert!(std::fs::read_to_string(&file).unwrap().contains("cucm1.lab.example:5061"));
}

fn phones_alone() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("phone"));
    let ana = user(&world, &lab, "ana", &[]);
    for arguments in [&["send", "bob@lab.example", "Hello"][..], &["listen"]] {
        let refused = ana.run("refused", arguments).expect(5);
        assert!(refused.said.contains("There is no chat for ana@lab.example"), "{}", refused.said);
    }
    assert_eq!(ana.outbox(), Vec::<serde_json::Value>::new());
    hears_echo(&world, &ana);
}

fn chat_alone() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("im-only"));
    let ana = user(&world, &lab, "ana", &[]);
    let refused = ana.run("refused", &["call", "9000"]).expect(5);
    let names = ["There is no phone for ana@lab.example", "im-only", "offhook send"];
    assert!(names.iter().all(|name| refused.said.contains(name)), "{}", refused.said);
    assert!(ana.run("answer", &["answer", "--calls", "1"]).expect(5).said.contains("no phone"));
    ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
}

fn switched_off() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &format!("{QUIET}uds.chat-off = \"policy\"\n"));
    let ana = user(&world, &lab, "ana", &[]);
    let refused = ana.run("refused", &["send", "bob@lab.example", "Hello"]).expect(5);
    assert!(refused.said.contains("Chat is switched off for ana@lab.example"), "{}", refused.said);
    assert_eq!(ana.outbox(), Vec::<serde_json::Value>::new());
    hears_echo(&world, &ana);
}

fn several() {
    let world = World::new();
    let person =
        "[[people]]\nname = \"ana\"\npassword = \"ana-demo\"\nnumber = \"1001\"\ndevices = [\"CSFANA\", \"CSFHOME\"]\n";
    let lab = Lab::start(&world, "lab", &format!("{QUIET}{person}"));
    let ana = user(&world, &lab, "ana", &[]);
    let refused = ana.run("refused", &["call", "9000"]).expect(5);
    let names = ["2 softphones", "CSFANA", "CSFHOME", "offhook settings --account work device CSF"];
    assert!(names.iter().all(|name| refused.said.contains(name)), "{}", refused.said);
    // Chat needs none of them.
    ana.run("send", &["send", "ana@lab.example", "Hello"]).expect(0);
    ana.run("choose", &["settings", "--account", "work", "device", "CSFHOME"]).expect(0);
    hears_echo(&world, &ana);
}

fn outside() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &format!("{QUIET}dns.cisco-uds = \"foreign\"\n"));
    let ana = user(&world, &lab, "ana", &[]);
    let refused = ana.run("refused", &["send", "bob@lab.example", "Hello"]).expect(5);
    let host = refused.said.split_whitespace().find(|word| word.ends_with("elsewhere.example,")).unwrap_or_default();
    let host = host.trim_end_matches(',').to_owned();
    let how = format!("offhook settings --account work host allow {host}");
    assert!(!host.is_empty() && refused.said.contains(&how), "{}", refused.said);
    ana.run("allow", &["settings", "--account", "work", "host", "allow", &host]).expect(0);
    // It is asked now; there is nobody.
    let failed = ana.run("failed", &["send", "bob@lab.example", "Hello"]).expect(5);
    assert!(failed.said.contains("could not be reached") && !failed.said.contains("outside"), "{}", failed.said);
}

fn wrong_password() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", QUIET);
    let ana = user(&world, &lab, "ana", &["--password-command", "echo wrong; echo asked >> $HOME/asked"]);
    let refused = ana.run("refused", &["send", "bob@lab.example", "Hello"]).expect(5);
    assert!(refused.said.contains("ana@lab.example was not accepted with this password"), "{}", refused.said);
    assert_eq!(std::fs::read_to_string(ana.home().join("asked")).unwrap(), "asked\n");
}

fn webex() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("webex"));
    let ana = user(&world, &lab, "ana", &["--password-command", "echo asked >> $HOME/asked"]);
    for arguments in [&["send", "bob@lab.example", "Hello"][..], &["call", "9000"]] {
        let refused = ana.run("refused", arguments).expect(5);
        assert!(refused.said.contains("Webex organisation: sign-in is not available yet."), "{}", refused.said);
    }
    assert!(!ana.home().join("asked").exists(), "no password was asked for");
}

/// A lab where nobody signs in: its CAS says that the domain is a Webex organisation, and its DNS has no record of it.
pub const NOWHERE: &str = "cas.organisation = \"sso-redirect\"\n[dns]\ncisco-uds = \"absent\"\ncuplogin = \"absent\"\n\
                           collab-edge = \"absent\"\nxmpp-client = \"absent\"\nxmpps-client = \"absent\"\n\
                           sip = \"absent\"\nsips = \"absent\"\n";

fn moves() {
    let world = World::new();
    let (old, new) = (Lab::start(&world, "old", NOWHERE), Lab::start(&world, "new", QUIET));
    let ana = user(&world, &old, "ana", &[]);
    let refused = |label: &str| ana.run(label, &["send", "bob@lab.example", "Hello"]).expect(5).said;
    let set = |key: &str, value: &str| {
        ana.run(key, &["settings", "--account", "work", key, value]).expect(0);
    };
    let said = refused("at-the-old");
    assert!(said.contains("Webex organisation"), "{said}");
    // What the old CAS has said is not believed any more; the new one is not trusted yet, and the old DNS knows nothing.
    set("cas", new.facts["cas"].as_str().unwrap());
    let said = refused("cas");
    assert!(!said.contains("Webex organisation"), "{said}");
    set("dns", &new.at("dns").to_string());
    let said = refused("dns");
    assert!(said.contains("cucm1.lab.example:8443") && said.contains("certificate"), "{said}");
    set("ca", &new.ca().display().to_string());
    let mut listener = ana.listen("listen");
    ana.run("send", &["send", "bob@lab.example", "Hello Bob, what is 12 * 12?"]).expect(0);
    listener.wait_until("is answered", |process| process.bodies().iter().any(|body| body.contains("12 * 12 is 144.")));
    ana.stop(listener).expect(0);
}
