//! Whatever a deployment does wrong, over sockets and with the real binary: it says what happened and what to do, ends within
//! its deadlines, goes on where the order allows, and stays below 200 MB.
//!
//! | what goes wrong | proven by |
//! |---|---|
//! | certificate wrong, expired, not yet valid, self-signed, of a foreign CA | here, `certificates`; `io/http/carrier/tests.rs`; in virtual time `signin_stories/bad_input.rs` |
//! | SRV target outside of the domains | `by_address.rs`, `outside`; `signin_order/records.rs`; `signin_stories/presence.rs` |
//! | SRV target `.` | here, `records`; `signin_order/records.rs` |
//! | 1,000 records | here, `records`; `signin_order/records.rs`, `dnsmasq.rs` |
//! | redirect to http and to a foreign host | here, `answers`; `engine/signin/uds/tests/faults.rs`; credentials: `io/http/carrier/tests.rs` |
//! | XML bombs | here, `answers`; `engine/signin/uds/tests/faults.rs` |
//! | answers of 100 MB, memory below 200 MB | here, `answers`, of every service |
//! | truncated, slow, silent, malformed | here, `answers`; `signin_stories/bad_input.rs` |
//! | HTML with status 200, captive portal | here, `answers` and `portal` |
//! | clock years off | here, `certificates`: each side's clock is right for itself, and the sentence names ours |
//! | cookies for other hosts | `io/http/cookies.rs`; over sockets `io/http/carrier/tests.rs` |
//! | a profile that names no authenticator | `signin_stories/bad_input.rs`; here, `profile` |
//! | a device configuration with every element missing in turn | `signin_stories/bad_input.rs`; by value `engine/signin/uds/tests/devices.rs` |
//! | any mix of them | `engine/signin/uds/tests/faults.rs`, `signin_order/table.rs` |

use super::Case;
use super::by_address::{built_in, user};
use super::lab::Lab;
use super::offhook::{Ended, User};
use super::process::DEADLINE;
use super::world::World;
use std::cell::Cell;

pub const CASES: &[Case] = &[
    Case { name: "bad input: certificates", needs: &[], run: certificates },
    Case { name: "bad input: records", needs: &[], run: records },
    Case { name: "bad input: answers of user data services", needs: &[], run: answers_of_uds },
    Case { name: "bad input: answers of the presence server", needs: &[], run: answers_of_epas },
    Case { name: "bad input: answers of the CAS", needs: &[], run: answers_of_cas },
    Case { name: "bad input: answers of the servers of files", needs: &[], run: answers_of_files },
    Case { name: "bad input: a captive portal", needs: &[], run: portal },
    Case { name: "bad input: a profile that names nobody", needs: &[], run: profile },
];

/// In KiB. It may be 200 MB; whoever keeps one answer of 100 MB has more than this.
const MOST: u64 = 100 << 10;

const SEND: &[&str] = &["send", "bob@lab.example", "Hello"];
const CALL: &[&str] = &["call", "9000"];

/// What an answer may be, and a word of what is said of it where the service is needed.
const FAULTS: [(&str, &str); 9] = [
    ("silent", "did not answer in time"),
    ("malformed", "came"),
    ("noise", "no HTTP"),
    ("portal", "HTML"),
    ("bomb", "document type"),
    ("truncated", "could not be reached"),
    ("trickle", "did not answer in time"),
    ("endless", "too long"),
    ("redirect", "not followed"),
];

/// What a run said, and that it needed no more memory than it may.
fn run(user: &User<'_>, label: &str, arguments: &[&str]) -> Ended {
    let mut process = user.start(label, arguments);
    let peak = Cell::new(0);
    let id = process.id();
    let end = process.wait_watching(DEADLINE * 2, || peak.set(peak.get().max(high_water(id))));
    assert!(peak.get() > 0 && peak.get() < MOST, "{label}: {} KiB", peak.get());
    Ended { code: end.code().unwrap_or(-1), out: process.out(), said: process.log() }
}

/// The most memory that a process has had, in KiB (proc(5), VmHWM); 0 once it is gone.
fn high_water(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Ana at this site.
fn ana(site: &str, run: impl FnOnce(&User<'_>)) {
    let world = World::new();
    let lab = Lab::start(&world, "lab", site);
    run(&user(&world, &lab, "ana", &[]));
}

/// It ends with a sentence that has all these words, and with one that says what to do.
fn ends(user: &User<'_>, label: &str, arguments: &[&str], words: &[&str]) {
    let ended = run(user, label, arguments).expect(5);
    for word in words {
        assert!(ended.said.contains(word), "{label}: no “{word}” in\n{}", ended.said);
    }
    let advice =
        ["ask the administrator", "tell the administrator", "Check the", "open a page in a browser", "administrator must"];
    let advised = advice.iter().any(|advice| ended.said.to_lowercase().contains(&advice.to_lowercase()));
    assert!(advised, "{label}: nothing to do in\n{}", ended.said);
    assert!(!ended.said.contains("ana-demo"), "{label}: {}", ended.said);
}

fn certificates() {
    for (kind, says) in [
        ("wrong-name", "it is for another name than lab.example"),
        ("expired", "by this machine's clock"),
        ("not-yet", "by this machine's clock"),
        ("years-ago", "by this machine's clock"),
        ("in-years", "by this machine's clock"),
        ("foreign", "no authority that this machine trusts"),
        ("self-signed", "it is self-signed"),
    ] {
        let site = format!("{}\n[uds.answers]\ncertificate = {kind:?}\n", built_in("default"));
        ana(&site, |ana| ends(ana, kind, SEND, &["that is not trusted", says]));
    }
}

fn records() {
    ana(&format!("dns.cisco-uds = \"dot\"\n{}", built_in("default")), |ana| {
        ends(ana, "dot", SEND, &["Nobody in the DNS", "say who signs it in"]);
    });
    ana(&format!("dns.cisco-uds = \"many\"\n{}", built_in("default")), |ana| {
        run(ana, "many", SEND).expect(0);
    });
}

fn answers(service: &str, around: &str, arguments: &[&str]) {
    for (fault, says) in FAULTS {
        let site = format!("{service} = {{ fault = {fault:?}, trickle-ms = 300 }}\n{around}");
        ana(&site, |ana| ends(ana, fault, arguments, &[says]));
    }
}

fn answers_of_uds() {
    answers("uds.answers", &built_in("default"), SEND);
}

fn answers_of_epas() {
    answers("epas.answers", &built_in("cup").replace("nodes = 2\n", "").replace("sends-home = \"features\"\n", ""), SEND);
}

fn answers_of_cas() {
    for (fault, _) in FAULTS {
        let site = format!("cas.answers = {{ fault = {fault:?}, trickle-ms = 1000 }}\n{}", built_in("default"));
        // The order goes on.
        ana(&site, |ana| drop(run(ana, fault, SEND).expect(0)));
    }
}

fn answers_of_files() {
    for (fault, _) in FAULTS {
        let absent = "files.http.fault = \"absent\"\nfiles.tftp.fault = \"absent\"\n";
        let files = format!("files.https = {{ fault = {fault:?}, trickle-ms = 1000 }}\n{absent}");
        let site = format!("{files}{}", built_in("default"));
        ana(&site, |ana| {
            let ended = run(ana, fault, CALL).expect(5);
            assert!(ended.said.contains("no phone") || ended.said.contains("service profile"), "{fault}: {}", ended.said);
        });
    }
}

fn portal() {
    let all = ["cas.answers", "uds.answers", "epas.answers", "ccmcip.answers", "files.https", "files.http"];
    let all = all.map(|service| format!("{service}.fault = \"portal\"\n")).concat();
    ana(&format!("{all}{}", built_in("default")), |ana| {
        ends(ana, "portal", SEND, &["HTML", "open a page in a browser"]);
    });
}

fn profile() {
    ana(&format!("profile.without = [\"IMandPresence\"]\n{}", built_in("default")), |ana| {
        let ended = run(ana, "nobody", SEND).expect(5);
        assert!(ended.said.contains("There is no chat for ana@lab.example"), "{}", ended.said);
    });
    // Where there is no profile, what the user's own resource says stands in.
    ana(&format!("profile.without = [\"ServiceProfile\"]\n{}", built_in("default")), |ana| {
        let ended = run(ana, "nothing", SEND).expect(0);
        assert!(ended.said.contains("a service profile was expected"), "{}", ended.said);
    });
}
