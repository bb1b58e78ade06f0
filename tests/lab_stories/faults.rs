//! Every service of the lab failing in turn, in every way that it can: what was asked and what came of it, and the frame that
//! the user sees in the end, which says what happened, why, and what to do. Where a service has no such way, the table says so
//! by having no row for it: a name server and TFTP show no certificate, and streams have no status but that of SIP.
//!
//! The table says what must be seen; `faults/` has each case whole: its questions and answers, or stanzas, or SIP, and its
//! frame. To write them anew: `OFFHOOK_REGENERATE=1 cargo test --test lab_stories faults`.

use super::frames;
use super::transcript::{Of, Sent};
use super::user::User;
use offhook::engine::signin::{Manual, Server};
use offhook::tui::keymap::{KEYMAPS, Keymap};
use offhook::tui::model::{Model, Screen, Setup};
use offhook::tui::preferences::Preferences;
use offhook::tui::terminal::Pictures;
use offhook::tui::theme::{Background, Depth, THEMES, Theme};
use std::path::PathBuf;

/// Nobody rings or leaves a message during a story.
const QUIET: &str = "cast.rings-after = 100000\ncast.voicemail-after = 100000\n";

const CUP: &str = include_str!("../../src/lab/sites/cup.toml");

/// Where the user looks.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// At what is there, whatever that is.
    Here,
    /// At the steps of sign-in.
    SignIn,
    /// At what the settings say of the account.
    Settings,
    /// At the notices, where what is too long for the last lines stands whole.
    Notices,
}

use Look::{Here, Notices, Settings, SignIn};

const FAULTS: [(&str, &str); 5] = [
    ("absent", "fault = \"absent\""),
    ("slow", "fault = \"silent\""),
    ("503", "status = 503"),
    ("malformed", "fault = \"malformed\""),
    ("certificate", "certificate = \"wrong-name\""),
];

/// What goes on all the same: nothing is said of chat, which would stand between them.
const ALL_WORKS: &str = "1 voicemail · ☎ ready";
const RECONNECTS: &str = "sign-in reconnecting";
const NOTHING_WORKS: &str = "sign-in failed";

/// A service; what was asked of it; and of each of the faults in their order: what came of it, where the user looks, and what
/// stands there. No row for a fault that it cannot have.
type Service = (&'static str, &'static str, [Option<(&'static str, Look, &'static [&'static str])>; 5]);

const NETWORK: &str = "Check the network, and whether the server is up.";
const BUSY: &str = "Another server is tried where there is one;";
const ADMINISTRATOR: &str = "If that is wrong, tell the administrator of the server.";
const TRUST: &str = "If you know this certificate, trust it.";
const BY_HAND: &str = "g a set servers by hand";
const UNSAID: &str = "The DNS cannot say where ana@lab.example signs in";
const AGAIN: &str = "It is tried again by itself at";
const ASKED: &str = "Send in clear?";
const UNTRUSTED: &str = "This server's certificate is not trusted";

const TABLE: [Service; 11] = [
    (
        "dns.answers",
        "DNS Srv(\"_cisco-uds._tcp.lab.example\")",
        [
            Some(("Timeout", SignIn, &["no answer within 5 s: counts as absent", UNSAID, AGAIN, RECONNECTS])),
            Some(("Timeout", SignIn, &["no answer within 5 s: counts as absent", UNSAID, AGAIN, RECONNECTS])),
            Some(("Failed", SignIn, &["the name server has failed", UNSAID, AGAIN, RECONNECTS])),
            Some(("Timeout", SignIn, &["no answer within 5 s: counts as absent", UNSAID, AGAIN, RECONNECTS])),
            None,
        ],
    ),
    (
        "cas.answers",
        "/cas/FederatedSSO",
        [
            Some(("refused", SignIn, &["nobody listens there (connection refused)", ALL_WORKS])),
            Some(("no answer in time", SignIn, &["no answer within 3 s: counts as none for this start", ALL_WORKS])),
            Some(("503", SignIn, &["this is no answer of a CAS: status 503", ALL_WORKS])),
            Some(("200", SignIn, &["this is no answer of a CAS: text that is no XML", ALL_WORKS])),
            Some(("another name", SignIn, &["the certificate is for another name", ALL_WORKS])),
        ],
    ),
    (
        "uds.answers",
        "GET https://cucm1.lab.example:8443/cucm-uds/clusterUser",
        [
            Some(("refused", SignIn, &["could not be reached for the home cluster of the user", NETWORK, AGAIN, RECONNECTS])),
            Some(("no answer", SignIn, &["asked for the home cluster of the user", NETWORK, AGAIN, RECONNECTS])),
            Some(("503", SignIn, &["is too busy to give the home cluster of the user (503)", BUSY, AGAIN, RECONNECTS])),
            Some(("200", SignIn, &["the answer of clusterUser was expected", ADMINISTRATOR, BY_HAND, NOTHING_WORKS])),
            Some(("another name", SignIn, &["is not trusted for the home cluster of the user", TRUST, BY_HAND, NOTHING_WORKS])),
        ],
    ),
    (
        "files.https",
        "GET https://cucm1.lab.example:6972/",
        [
            Some(("refused", Here, &[ASKED, "over HTTP from", "could not be reached for", NETWORK, "allow it"])),
            Some(("no answer", Here, &[ASKED, "over HTTP from", "did not answer in time", NETWORK, "allow it"])),
            Some(("503", Here, &[ASKED, "over HTTP from", "is too busy to give", BUSY, "allow it"])),
            Some(("200", Here, &[ASKED, "over HTTP from", "was expected", ADMINISTRATOR, "allow it"])),
            Some(("another name", Here, &[ASKED, "over HTTP from", "is not trusted", TRUST, "allow it"])),
        ],
    ),
    (
        "files.http",
        "GET http://cucm1.lab.example:6970/",
        [
            Some(("refused", SignIn, &["cucm1.lab.example:6970 could not be reached for the", ALL_WORKS])),
            Some(("no answer", SignIn, &["cucm1.lab.example:6970 did not answer in time", ALL_WORKS])),
            Some(("503", SignIn, &["cucm1.lab.example:6970 is too busy to give the", ALL_WORKS])),
            Some(("200", SignIn, &["cucm1.lab.example:6970: a device configuration was expected", ALL_WORKS])),
            None,
        ],
    ),
    (
        "files.tftp",
        "TFTP cucm1.lab.example/CSFANA.cnf.xml",
        [
            Some(("no answer", Here, &["did not give the device configuration over TFTP: no answer", NETWORK, "· available"])),
            Some(("no answer", Here, &["did not give the device configuration over TFTP: no answer", NETWORK, "· available"])),
            None,
            Some((
                "octets",
                Notices,
                &["a device configuration was expected, and text that is no XM", ADMINISTRATOR, "· available"],
            )),
            None,
        ],
    ),
    (
        "epas.answers",
        "POST https://imp1.lab.example:8443/",
        [
            Some((
                "refused",
                SignIn,
                &["imp2.lab.example:8443 could not be reached for the sign-in at", NETWORK, AGAIN, RECONNECTS],
            )),
            Some(("no answer", SignIn, &["imp2.lab.example:8443 did not answer in time", NETWORK, AGAIN, RECONNECTS])),
            Some(("503", SignIn, &["imp2.lab.example:8443 is too busy to give the sign-in at", BUSY, AGAIN, RECONNECTS])),
            Some(("200", SignIn, &["imp2.lab.example:8443: the answer of login was expected", ADMINISTRATOR, BY_HAND])),
            Some(("another name", SignIn, &["imp2.lab.example:8443 is not trusted for the sign-in", TRUST, BY_HAND])),
        ],
    ),
    (
        "ccmcip.answers",
        "https://cucm1.lab.example:8443/ccmcip/",
        [
            Some(("refused", SignIn, &["could not be reached for the list of devices", NETWORK, AGAIN, RECONNECTS])),
            Some((
                "no answer",
                SignIn,
                &["did not answer in time when asked for the list of devices", NETWORK, AGAIN, RECONNECTS],
            )),
            Some(("503", SignIn, &["is too busy to give the list of devices (503)", BUSY, AGAIN, RECONNECTS])),
            Some(("200", SignIn, &["the list of devices was expected, and XML that breaks off came", ADMINISTRATOR, BY_HAND])),
            Some(("another name", SignIn, &["is not trusted for the list of devices", TRUST, BY_HAND, NOTHING_WORKS])),
        ],
    ),
    (
        "chat.answers",
        "XMPP ana@lab.example",
        [
            Some((
                "refuses the connection",
                Settings,
                &["imp1.lab.example:5222 refuses the connection.", NETWORK, "Trying again in", "chat reconnecting · ☎ ready"],
            )),
            Some((
                "has not answered",
                Settings,
                &["imp1.lab.example:5222 has not answered in time.", NETWORK, "chat reconnecting · ☎ ready"],
            )),
            None,
            Some((
                "is no XMPP",
                Settings,
                &["What imp1.lab.example:5222 says is no XMPP.", "Ask its administrator", "chat reconnecting · ☎ ready"],
            )),
            Some(("is not trusted", Here, &[UNTRUSTED, "imp1.lab.example:5222", "trust it once", "chat failed · ☎ ready"])),
        ],
    ),
    (
        "phones.answers",
        "SIP Tls 127.0.0.1:5061",
        [
            Some((
                "refuses the connection",
                Settings,
                &["refuses the connection.", NETWORK, "Trying again in", "1 voicemail · ☎ reconnecting"],
            )),
            Some(("REGISTER", Settings, &["Trying again in", "1 voicemail · ☎ reconnecting"])),
            Some(("503", Settings, &["503", "Trying again in", "1 voicemail · ☎ reconnecting"])),
            Some(("is no SIP", Settings, &["says is no SIP.", "Ask its administrator", "1 voicemail · ☎ reconnecting"])),
            Some(("is not trusted", Here, &[UNTRUSTED, "cucm1.lab.example:5061", "trust it once", "1 voicemail · ☎ failed"])),
        ],
    ),
    (
        "voicemail.answers",
        "GET https://cuc1.lab.example/vmrest/",
        [
            Some(("refused", Settings, &["cuc1.lab.example cannot be reached: nobody listens", NETWORK, "Trying", ALL_WORKS])),
            Some(("no answer", Settings, &["cuc1.lab.example cannot be reached: no answer", NETWORK, "Trying", ALL_WORKS])),
            Some(("503", Settings, &["cuc1.lab.example answered 503", "If it lasts, tell the administrator", ALL_WORKS])),
            Some(("200", Settings, &["cuc1.lab.example answered, but", "a page to log in to the network", ALL_WORKS])),
            Some(("another name", Settings, &["cuc1.lab.example is not trusted: the certificate", "Look at its", ALL_WORKS])),
        ],
    ),
];

/// The site in which a service fails so, and what was set by hand.
fn site(service: &str, fault: &str) -> (String, Option<Manual>) {
    let fails = match (service, fault) {
        // Its 503 is SERVFAIL, for each record.
        ("dns.answers", "status = 503") => "dns.cisco-uds = \"servfail\"\n".to_owned(),
        _ => format!("{service} = {{ {fault} }}\n"),
    };
    match service {
        "epas.answers" => (format!("{QUIET}{fails}{CUP}"), None),
        "ccmcip.answers" => {
            let tftp = Server { host: "cucm1.lab.example".into(), port: 69 };
            let ccmcip = Server { host: "cucm1.lab.example".into(), port: 8443 };
            let manual = Manual::Cucm8 { tftp, cti: None, ccmcip: Some(ccmcip) };
            (format!("{QUIET}{fails}encrypted = false\nprofile.presence = \"none\"\n"), Some(manual))
        }
        // It comes after the one that goes before it has failed.
        "files.http" => (format!("{QUIET}{fails}encrypted = false\nfiles.https.fault = \"absent\"\n"), None),
        "files.tftp" => {
            let before = "files.https.fault = \"absent\"\nfiles.http.fault = \"absent\"\n";
            (format!("{QUIET}{fails}encrypted = false\n{before}"), None)
        }
        _ => (format!("{QUIET}{fails}"), None),
    }
}

/// Ana at her screen, when all that could be done has been done.
fn story(service: &str, fault: &str) -> (User, Model) {
    let (site, manual) = site(service, fault);
    let mut user = User::watched(&site, manual);
    // One try of what is tried again.
    let once = match service {
        "ccmcip.answers" => 12.0,
        "dns.answers" | "uds.answers" | "epas.answers" => 25.0,
        _ => 60.0,
    };
    user.wait(once);
    let names = |all: &[(&str, &str)]| all.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut model = Model::new(Setup {
        preferences: Preferences::default(),
        theme: Theme::named("dark", Depth::True).unwrap(),
        keymap: Keymap::named("default").unwrap(),
        themes: names(&THEMES),
        keymaps: names(&KEYMAPS),
        zone: |_| 3600,
        pictures: Pictures::default(),
        background: Background::Dark,
        now: super::user::BEGIN,
    });
    for event in user.told.events(|_| true) {
        model.apply(event);
    }
    (user, model)
}

/// What is seen, as one line: what stands beside the list, and the header with what it says at the right.
fn seen(model: &mut Model) -> String {
    let rows = frames::rows(&frames::draw(model, 120, 40).0);
    let (header, rest) = rows.split_first().unwrap();
    let rest = rest.iter().map(|row| row.split_once('│').map_or(row.as_str(), |(_, beside)| beside));
    let words: Vec<&str> = std::iter::once(header.as_str()).chain(rest).flat_map(str::split_whitespace).collect();
    words.join(" ")
}

#[test]
fn each_service_that_fails_is_asked_and_the_screen_says_what_happened_and_what_to_do() {
    let mut wrong = String::new();
    for (service, asked, rows) in TABLE {
        for ((name, fault), row) in FAULTS.into_iter().zip(rows) {
            let Some((came, look, words)) = row else { continue };
            let (user, mut model) = story(service, fault);
            if !user.wire.iter().any(|sent| sent.text.contains(asked)) {
                wrong += &format!("{service} {name}: nobody has asked {asked}: {:#?}\n", user.wire);
            }
            // The answers of streams are lines of their own.
            let answers =
                |sent: &Sent| (sent.text.contains(asked) || sent.text.starts_with(['→', '←', '✗'])) && sent.text.contains(came);
            if !user.wire.iter().any(answers) {
                wrong += &format!("{service} {name}: {came:?} did not come: {:#?}\n", user.wire);
            }
            if look != Here {
                model.overlays.clear();
                model.screen = match look {
                    SignIn => Screen::SignIn,
                    Notices => Screen::Notices,
                    Here | Settings => Screen::Settings,
                };
            }
            wrong += &other_than_kept(&user, &mut model, service, name).unwrap_or_default();
            let seen = seen(&mut model);
            for word in words.iter().filter(|word| !seen.contains(**word)) {
                wrong += &format!("{service} {name}: {word:?} is not to be seen: {seen}\n");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The case as text: what went over the wire that the service is on, and the frame.
fn transcript(user: &User, model: &mut Model, service: &str) -> String {
    let of = match service {
        "chat.answers" => Of::Chat,
        "phones.answers" => Of::Phone,
        _ => Of::Questions,
    };
    let sent: String = user.wire.iter().filter(|sent| sent.of == of).map(Sent::lines).collect();
    format!("{sent}--- the frame\n{}\n", frames::rows(&frames::draw(model, 120, 40).0).join("\n"))
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/lab_stories/faults")
}

/// How the case differs from the one in the tree.
fn other_than_kept(user: &User, model: &mut Model, service: &str, fault: &str) -> Option<String> {
    let (is, path) = (transcript(user, model, service), folder().join(file(service, fault)));
    if std::env::var_os("OFFHOOK_REGENERATE").is_some() {
        std::fs::write(&path, is).unwrap();
        return None;
    }
    let was = std::fs::read_to_string(&path).unwrap_or_default();
    let first = was.lines().zip(is.lines()).find(|(was, is)| was != is).or(Some(("", "its end"))).filter(|_| was != is)?;
    Some(format!("{service} {fault} is not as in {}: it was {:?}, and is {:?}\n", path.display(), first.0, first.1))
}

fn file(service: &str, fault: &str) -> String {
    format!("{}-{fault}.txt", service.replace('.', "-").replace("-answers", ""))
}

#[test]
fn every_case_in_the_tree_is_one_of_the_table() {
    let cases: Vec<String> = TABLE
        .iter()
        .flat_map(|(service, _, rows)| {
            let told = FAULTS.iter().zip(rows).filter(|(_, row)| row.is_some());
            told.map(|((fault, _), _)| file(service, fault))
        })
        .collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(cases.contains(&name), "{name} is no case: remove it");
    }
    assert!(cases.iter().all(|case| folder().join(case).exists()));
}
