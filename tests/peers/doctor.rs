//! `offhook doctor` where there are servers: a lab in another process, with accounts of each kind.

use super::Case;
use super::by_address::{built_in, user};
use super::lab::Lab;
use super::offhook::User;
use super::world::World;
use serde_json::Value;

pub const CASES: &[Case] = &[
    Case {
        name: "doctor: the servers of an account by address are reached, found right, and asked for the time",
        needs: &[],
        run: reached,
    },
    Case { name: "doctor: whoever is outside is told that the services are behind an edge", needs: &[], run: outside },
    Case { name: "doctor: what is wrong with a server is said, with what to do", needs: &[], run: wrong },
    Case { name: "doctor: servers are looked for where sign-in looks, and it is said where that is", needs: &[], run: sought },
];

/// The site has an edge.
const EDGE: &str = "dns.collab-edge = \"present\"\n";

/// What the doctor finds of a part, as `verdict what next`.
fn findings(user: &User<'_>, label: &str, part: &str) -> Vec<String> {
    let said = user.run(label, &["doctor", "--json"]).json();
    let of_part = |finding: &&Value| finding["part"] == part;
    let line = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("verdict"), text("what"), text("next"))
    };
    said["findings"].as_array().unwrap().iter().filter(of_part).map(line).collect()
}

fn reached() {
    // The site, and the server that is looked at.
    for (site, server) in
        [("default", "cucm1.lab.example:8443"), ("cup", "imp1.lab.example:8443"), ("standard", "imp1.lab.example:5222")]
    {
        let world = World::new();
        let lab = Lab::start(&world, "lab", &built_in(site));
        let ana = user(&world, &lab, "ana", &[]);
        let certificates = findings(&ana, site, "certificates");
        let right =
            certificates.iter().any(|found| found.starts_with(&format!("works {server} (work): its certificate is right")));
        assert!(right, "{site}: {certificates:#?}");
        let dns = findings(&ana, &format!("{site}-dns"), "dns");
        assert!(dns.iter().any(|found| found.starts_with("works") && found.contains("lab.example")), "{site}: {dns:#?}");
        if site == "default" {
            let by_hand = ["settings", "--account", "work", "authenticator", "cup", "imp1.lab.example:8443"];
            ana.run("by-hand", &by_hand).expect(0);
            let found = findings(&ana, "by-hand-found", "certificates");
            let only = |place: &str| found.iter().any(|found| found.starts_with(&format!("works {place} (work)")));
            assert!(only("imp1.lab.example:8443") && !only(server), "{found:#?}");
            ana.run("automatic", &["settings", "--account", "work", "authenticator", "automatic"]).expect(0);
        }
        if site != "standard" {
            let clock = findings(&ana, &format!("{site}-clock"), "clock");
            assert!(
                clock.iter().any(|found| found.starts_with("works") && found.contains("valid by it")),
                "{site}: {clock:#?}"
            );
        }
    }
}

fn outside() {
    let (told, next) = ("outside of the network of work: its services are behind an edge (", "over its VPN");
    // Inside, nobody asks for it; where all services are left out, neither.
    for (records, excluded, is_asked, is_told) in [
        ("", &["webex", "cup"][..], false, false),
        ("dns.cisco-uds = \"absent\"\n", &[], true, true),
        ("dns.cisco-uds = \"absent\"\ndns.collab-edge = \"absent\"\n", &[], true, false),
        ("dns.cisco-uds = \"absent\"\n", &["webex", "cucm", "cup"], false, false),
    ] {
        let world = World::new();
        let records = format!("dns.cuplogin = \"absent\"\n{}{records}", if records.contains("edge") { "" } else { EDGE });
        let lab = Lab::start(&world, "lab", &format!("{records}{}", built_in("default")));
        let ana = user(&world, &lab, "ana", &[]);
        if !excluded.is_empty() {
            ana.run("exclude", &[&["settings", "exclude"], excluded].concat()).expect(0);
        }
        let dns = findings(&ana, "dns", "dns");
        let asked = dns.iter().any(|found| found.starts_with("works") && found.contains("_collab-edge._tls.lab.example"));
        let said = dns.iter().any(|found| found.starts_with("fails") && found.contains(told) && found.contains(next));
        assert_eq!((asked, said), (is_asked, is_told), "{records} {excluded:?}: {dns:#?}");
    }
}

fn wrong() {
    for (site, wrong, says) in [
        (
            "default",
            "uds.answers.certificate = \"expired\"\nepas.answers.certificate = \"expired\"\n",
            "by this machine's clock",
        ),
        (
            "cup",
            "epas.answers.certificate = \"foreign\"\nccmcip.answers.certificate = \"foreign\"\n",
            "no authority that this machine trusts",
        ),
        (
            "default",
            "uds.answers.fault = \"absent\"\nepas.answers.fault = \"absent\"\nccmcip.answers.fault = \"absent\"\n",
            "cannot be reached",
        ),
    ] {
        let world = World::new();
        let lab =
            Lab::start(&world, "lab", &format!("{wrong}{}", built_in(site).replace("[uds.answers]\nfault = \"absent\"\n", "")));
        let ana = user(&world, &lab, "ana", &[]);
        let found = findings(&ana, "wrong", "certificates");
        let fails =
            found.iter().any(|found| found.starts_with("fails") && found.contains(says) && !found.trim_end().ends_with(says));
        assert!(fails, "{wrong}: {found:#?}");
    }
}

fn sought() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &format!("voice-domain = \"voice.example\"\n{}", built_in("default")));
    let ana = user(&world, &lab, "ana", &[]);
    let server = "cucm1.lab.example:8443 (work)";
    let is_looked_at = |label: &str| findings(&ana, label, "certificates").iter().any(|found| found.contains(server));
    assert!(!is_looked_at("unnamed"), "nothing in its own domain leads there");
    ana.run("link", &["provision", "ciscojabber://provision?VoiceServicesDomain=voice.example"]).expect(0);
    assert!(is_looked_at("named"));
    let dns = findings(&ana, "dns", "dns");
    for said in [
        "work are looked for in voice.example: the voice services domain of a provisioning link",
        "_cisco-uds._tcp.voice.example",
    ] {
        assert!(dns.iter().any(|found| found.starts_with("works") && found.contains(said)), "{said}: {dns:#?}");
    }
    // Nobody asks for what is left out of discovery.
    ana.run("exclude", &["settings", "exclude", "cucm"]).expect(0);
    assert!(!is_looked_at("excluded"));
}
