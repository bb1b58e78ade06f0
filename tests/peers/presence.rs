//! Sign-in at the presence server, over sockets: curl asks the lab's EPAS and CCMCIP, slixmpp shows its XMPP a one-time
//! password, and the real binary signs in by `_cuplogin`, by hand, and in phone mode of release 8.

use super::Case;
use super::by_address::{built_in, hears_echo, user};
use super::distance::{Far, Service};
use super::lab::Lab;
use super::offhook::User;
use super::round_trips;
use super::slixmpp::{self, Slixmpp};
use super::world::World;
use std::time::Duration;

pub const CASES: &[Case] = &[
    Case { name: "presence: curl signs in at EPAS", needs: &["curl"], run: curl_signs_in },
    Case { name: "presence: curl asks CCMCIP for devices", needs: &["curl"], run: curl_lists_devices },
    Case { name: "presence: slixmpp shows a one-time password, once", needs: &["curl", slixmpp::NEEDS], run: shows_once },
    Case { name: "presence: send and call by _cuplogin", needs: &[], run: by_record },
    Case { name: "presence: the second node where the first is lost", needs: &[], run: second_node },
    Case { name: "presence: a node sends people home", needs: &[], run: sent_home },
    Case { name: "presence: a server that is set by hand", needs: &[], run: by_hand },
    Case { name: "presence: phone mode of release 8", needs: &[], run: phone_mode },
    Case { name: "presence: a wrong password is tried once", needs: &[], run: wrong_password },
];

const EPAS: &str = "https://imp1.lab.example:8443/EPASSoap/service/v80";
const CCMCIP: &str = "https://cucm1.lab.example:8443/ccmcip/Personalization";
const HEADERS: [&str; 2] = ["--header", "Content-Type: application/soap+xml; charset=utf-8"];

fn envelope(header: &str, body: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' \
         xmlns='urn:cisco:epas:soap'><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// Status and body of what EPAS answers.
fn soap(lab: &Lab<'_>, header: &str, body: &str) -> (String, String) {
    let text = envelope(header, body);
    let arguments = [&["--write-out", "\n%{http_code}", "--data-binary", &text, EPAS][..], &HEADERS].concat();
    let (code, said) = lab.curl(&arguments);
    assert_eq!(code, 0, "{said}");
    let (body, status) = said.rsplit_once('\n').unwrap();
    (status.to_owned(), body.to_owned())
}

fn login(password: &str) -> String {
    format!(
        "<login client-version='1.0' client-type='CUPC' force='true'><username>ana</username><password>{password}</password></login>"
    )
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before}: {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after}: {text}")).0
}

fn session(lab: &Lab<'_>) -> String {
    let (status, body) = soap(lab, "", &login("ana-demo"));
    assert_eq!(status, "200", "{body}");
    let key = between(&body, "session-key>", "<");
    format!("<session-key>{key}</session-key>")
}

fn curl_signs_in() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("cup"));
    let (status, body) = soap(&lab, "", &login("wrong"));
    assert!(status == "500" && body.contains("User authentication failed"), "{status} {body}");
    let session = session(&lab);
    let (_, config) = soap(&lab, &session, "<get-all-config><system-config/><user-config/></get-all-config>");
    assert!(config.contains("<property name=\"Presence.Domain\">lab.example</property>"), "{config}");
    let (status, body) = soap(&lab, "<session-key>none</session-key>", "<get-onetime-password/>");
    assert!(status == "500" && body.contains("Invalid session key"), "{body}");
    assert_eq!(soap(&lab, "", "<unknown/>").0, "500");
    let (_, said) = lab.curl(&["--write-out", "%{http_code}", "--output", "/dev/null", "--data", "x", EPAS]);
    assert_eq!(said, "415", "SOAP 1.2 and nothing else");
}

fn curl_lists_devices() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "");
    let ask = |shown: &str| {
        lab.curl(&[
            "--user",
            shown,
            "--header",
            "Content-Type: text/xml",
            "--data",
            "<getDevices><user>ana</user></getDevices>",
            CCMCIP,
        ])
        .1
    };
    // The password is in base64 before Basic authentication encodes it once more.
    let devices = ask("ana:YW5hLWRlbW8=");
    assert!(devices.contains("<name>CSFANA</name>") && devices.contains("Client Services Framework"), "{devices}");
    assert!(ask("ana:ana-demo").contains("HTTP Status 401"), "a page with status 200");
}

fn shows_once() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("cup"));
    let (_, body) = soap(&lab, &session(&lab), "<get-onetime-password/>");
    let token = between(&body, "<password>", "<").to_owned();
    let who = ("ana@lab.example/slixmpp", token.as_str());
    let mut ana = Slixmpp::start_at(&world, who, lab.at("xmpp"), &lab.ca(), &["once"]);
    ana.process.wait_until("signs in", |process| !process.told("online").is_empty());
    ana.settle();
    let mut again = Slixmpp::start_at(&world, who, lab.at("xmpp"), &lab.ca(), &["once"]);
    again.process.wait_until("is refused", |process| !process.told("refused").is_empty());
    assert!(again.process.told("online").is_empty(), "it was good once");
}

fn by_record() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("cup"));
    let ana = user(&world, &lab, "ana", &[]);
    let mut listener = ana.listen("listen");
    ana.run("send", &["send", "bob@lab.example", "Hello Bob, what is 12 * 12?"]).expect(0);
    listener.wait_until("is answered", |process| process.bodies().iter().any(|body| body.contains("12 * 12 is 144.")));
    ana.stop(listener).expect(0);
    assert_eq!(hears_echo(&world, &ana)["encrypted"], true);
    // Nothing secret is left anywhere.
    let log = std::fs::read_to_string(ana.home().join("state/offhook/offhook.log")).unwrap_or_default();
    assert!(!log.contains("ana-demo"), "{log}");
}

fn second_node() {
    for (epas, chat) in [("epas.down = [1]", "down = [1]"), ("", "down = [1]"), ("epas.busy = [1]", "")] {
        let world = World::new();
        let site = built_in("cup").replace("[chat]\n", &format!("[chat]\n{chat}\n"));
        let lab = Lab::start(&world, "lab", &format!("{epas}\n{site}"));
        let ana = user(&world, &lab, "ana", &[]);
        ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
    }
    // Under a service profile, too.
    let world = World::new();
    let lab = Lab::start(&world, "lab", "chat.nodes = 2\nchat.down = [1]\n");
    user(&world, &lab, "ana", &[]).run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
}

fn sent_home() {
    for how in ["features", "see-other-host"] {
        let world = World::new();
        // EPAS says that XMPP is at the second node first, which sends everybody to the first one.
        let site = built_in("cup").replace("sends-home = \"features\"", &format!("sends-home = {how:?}"));
        let lab = Lab::start(&world, "lab", &format!("epas.names-nodes = false\nepas.down = [1]\n{site}"));
        let ana = user(&world, &lab, "ana", &[]);
        ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
    }
}

fn by_hand() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "chat.mechanisms = [\"plain\", \"cisco-vtg-token\"]\nuds.answers.fault = \"absent\"\n");
    let ana = user(&world, &lab, "ana", &[]);
    ana.run("hand", &["settings", "--account", "work", "authenticator", "cup", "imp1.lab.example"]).expect(0);
    ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(0);
    assert_eq!(hears_echo(&world, &ana)["encrypted"], true);
}

fn phone_mode() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("cucm8"));
    let ana = user(&world, &lab, "ana", &["--allow-cleartext"]);
    let tftp = format!("cucm1.lab.example:{}", lab.at("tftp").port());
    let by_hand = ["settings", "--account", "work", "authenticator", "cucm8", "--tftp", &tftp, "--ccmcip", "cucm1.lab.example"];
    ana.run("hand", &by_hand).expect(0);
    hears_echo(&world, &ana);
}

fn wrong_password() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &built_in("cup"));
    let far = Far::of(&lab, Duration::ZERO);
    let ana = User::new(&world, "ana");
    round_trips::account(&ana, &lab, &far, &["--password-command", "echo guess; echo asked >> $HOME/asked"]);
    far.taken();
    let ended = ana.run("send", &["send", "bob@lab.example", "Hello"]).expect(5);
    assert!(ended.said.contains("was not accepted with this password") && !ended.said.contains("guess"), "{}", ended.said);
    assert_eq!(std::fs::read_to_string(ana.home().join("asked")).unwrap(), "asked\n");
    let nodes = [0, 3].map(|node| far.opened(Service::Web, node));
    assert_eq!(nodes, [1, 0], "the second node hears nothing of it, and no files are asked for");
}
