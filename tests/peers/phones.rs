//! The ground of the calls: Kamailio, users of offhook and of baresip, and what a call's report must say.

use super::baresip::{Baresip, Options};
use super::kamailio::Kamailio;
use super::offhook::{Ended, User};
use super::process::Process;
use super::sound::{self, Tone};
use super::world::World;
use serde_json::Value;
use std::path::PathBuf;

/// What baresip plays where it does not matter.
pub const BARESIP_HZ: f64 = 700.0;

pub const ALICE: &str = "sip:alice@example.test";
pub const BOB: &str = "sip:bob@example.test";

pub struct Town {
    pub world: World,
    pub kamailio: Kamailio,
}

/// How a baresip is set up.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    pub user: &'a str,
    pub transport: &'a str,
    pub codecs: &'a str,
    /// `srtp`, `srtp-mand` or nothing.
    pub encryption: &'a str,
    /// `auto` or `manual`.
    pub answer: &'a str,
    /// Per cent of loss that its encoder reckons with.
    pub loss: u32,
}

pub const OPUS: &str = "opus/48000/1";
pub const PCMU: &str = "PCMU/8000/1";

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup { user: "bob", transport: "udp", codecs: OPUS, encryption: "", answer: "auto", loss: 0 }
    }
}

impl Town {
    pub fn new() -> Town {
        let world = World::new();
        let kamailio = Kamailio::start(&world);
        Town { world, kamailio }
    }

    /// Where only IPv6 is spoken.
    pub fn of_ipv6() -> Town {
        let world = World::new();
        let kamailio = Kamailio::start_on(&world, "[::1]");
        Town { world, kamailio }
    }

    /// Alice with an account over this transport, where sound and signalling may be clear.
    pub fn alice(&self, transport: &str) -> User<'_> {
        self.user("alice", &self.kamailio.proxy(transport), true)
    }

    /// A user of offhook with an account of that name.
    pub fn user(&self, name: &str, proxy: &str, clear: bool) -> User<'_> {
        let user = User::new(&self.world, name);
        self.add_account(&user, name, proxy, clear).expect(0);
        user
    }

    /// `offhook account add`
    pub fn add_account(&self, user: &User, name: &str, proxy: &str, clear: bool) -> Ended {
        let (address, ca) = (format!("sip:{name}@example.test"), self.world.file("ca.crt").display().to_string());
        let password = format!("echo pw-{name}");
        let mut arguments =
            vec!["account", "add", name, "--sip", &address, "--sip-proxy", proxy, "--ca", &ca, "--password-command", &password];
        if clear {
            arguments.push("--allow-cleartext");
        }
        user.run("account", &arguments)
    }

    /// A baresip that plays a tone.
    pub fn baresip(&self, setup: Setup) -> Baresip {
        let tone = self.tone("baresip-plays.wav", BARESIP_HZ, 30.0).display().to_string();
        self.baresip_plays(setup, &tone)
    }

    /// A baresip that plays `file`, and hangs up at its end.
    pub fn baresip_plays(&self, setup: Setup, file: &str) -> Baresip {
        self.baresip_through(setup, file, &self.kamailio.proxy(setup.transport))
    }

    /// A baresip that plays `file` and has `proxy` for its proxy.
    pub fn baresip_through(&self, setup: Setup, file: &str, proxy: &str) -> Baresip {
        let Setup { user, codecs, encryption, answer, loss, .. } = setup;
        let more = if encryption.is_empty() { String::new() } else { format!(";mediaenc={encryption}") };
        Baresip::start(&self.world, &Options { user, proxy, play: file, codecs, answer, loss, more: &more })
    }

    /// A WAV file of one tone at half of full scale.
    pub fn tone(&self, name: &str, hertz: f64, seconds: f64) -> PathBuf {
        let path = self.world.file(name);
        sound::write(&path, &sound::tone(Tone { hertz, level: 0.5 }, seconds));
        path
    }

    /// `offhook answer`, registered.
    pub fn answering(&self, user: &User, arguments: &[&str]) -> Process {
        let mut process = user.start("answer", &[&["answer", "--json"], arguments].concat());
        process.wait_for_line("signed in as");
        process
    }
}

/// `offhook call` to its end.
pub fn call(user: &User, target: &str, arguments: &[&str]) -> Ended {
    user.run("call", &[&["call", "--json", target], arguments].concat())
}

/// The one call in what `offhook answer` has printed.
pub fn only_call(ended: &Ended) -> Value {
    let report = ended.json();
    let calls = report["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 1, "{report}");
    calls[0].clone()
}

/// What a report of a call that never was talked in must say.
pub fn check_untalked(report: &Value, end: &str, reason: &str) {
    assert_eq!(report["end"], end, "{report}");
    assert!(report["reason"].as_str().unwrap().contains(reason), "{report}");
    assert_eq!((&report["setup_ms"], &report["codec"]), (&Value::Null, &Value::Null), "{report}");
    assert_eq!((&report["packets_sent"], &report["packets_received"]), (&Value::from(0), &Value::from(0)), "{report}");
    assert_eq!(report["encrypted"], false, "{report}");
}

/// What a report of a call that was talked in must say.
pub struct Talked<'a> {
    pub codec: &'a str,
    pub encrypted: bool,
    pub end: &'a str,
    /// What was talked at least, in packets of 20 ms.
    pub packets: u64,
}

impl Talked<'_> {
    pub fn check(&self, report: &Value) {
        let number = |field: &str| report[field].as_u64().unwrap_or_else(|| panic!("no {field}: {report}"));
        assert_eq!(report["codec"], self.codec, "{report}");
        assert_eq!(report["encrypted"], self.encrypted, "{report}");
        assert_eq!(report["end"], self.end, "{report}");
        assert_eq!(report["reason"], "", "{report}");
        assert!(report["setup_ms"].as_f64().unwrap() > 0.0, "{report}");
        assert!(report["jitter_ms"].as_f64().unwrap() >= 0.0, "{report}");
        assert_eq!(number("lost"), 0, "{report}");
        for way in ["sent", "received"] {
            let (packets, octets) = (number(&format!("packets_{way}")), number(&format!("octets_{way}")));
            assert!(packets >= self.packets, "{way}: {report}");
            let (least, most) = if self.codec == "PCMU/8000" { (160, 160) } else { (3, 400) };
            assert!((packets * least..=packets * most).contains(&octets), "{way}: {report}");
        }
    }
}
