//! The people of `offhook lab`, met by software that we did not write: slixmpp chats with them and sits in their room,
//! baresip calls their echo, curl reads what they have left.

use super::Case;
use super::baresip::{self, Baresip};
use super::lab::Lab;
use super::offhook::User;
use super::slixmpp::{self, Slixmpp};
use super::sound::{self, Recording, Tone};
use super::world::World;
use serde_json::Value;

pub const CASES: &[Case] = &[
    Case { name: "lab: slixmpp signs in, chats and sits in the room", needs: &[slixmpp::NEEDS], run: chats },
    Case { name: "lab: slixmpp signs in by PLAIN alone", needs: &[slixmpp::NEEDS], run: signs_in_by_plain },
    Case { name: "lab: baresip registers and calls the echo", needs: &[baresip::NEEDS], run: calls_in_clear },
    Case { name: "lab: baresip calls the echo over TLS and SRTP", needs: &[baresip::NEEDS], run: calls_sealed },
    Case { name: "lab: curl reads its Unity Connection", needs: &["curl"], run: reads_voicemail },
    Case {
        name: "voicemail: what offhook lists, saves, plays and deletes is what curl finds",
        needs: &["curl"],
        run: same_voicemail,
    },
];

const ANA: (&str, &str) = ("ana@lab.example/slixmpp", "ana-demo");

fn chats() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "");
    let mut ana = Slixmpp::sign_in_at(&world, ANA, lab.at("xmpp"), &lab.ca());
    ana.order(&serde_json::json!({"do": "roster"}));
    ana.process.wait_until("tells its roster", |process| !process.told("roster").is_empty());
    let roster = ana.process.told("roster").remove(0);
    assert_eq!(roster["contacts"]["bob@lab.example"], "both", "{roster}");
    ana.process.wait_until("sees the cast", |process| {
        process.told("presence").iter().any(|told| told["from"].as_str().unwrap().starts_with("bob@lab.example/"))
    });
    ana.says("bob@lab.example", "Hello Bob, what is 12 * 12?");
    ana.process.wait_until("is answered", |process| {
        process.told("message").iter().any(|told| told["body"].as_str().unwrap().contains("12 * 12 is 144."))
    });
    let room = "lobby@conference-2-StandAloneCluster5af3c.lab.example".to_lowercase();
    let inside = ana.joins(&room, "Ana");
    assert!(inside.iter().any(|nick| nick == "Bob") && inside.iter().any(|nick| nick == "Ana"), "{inside:?}");
    ana.order(&serde_json::json!({"do": "say", "room": room, "body": "Chen, what is 2 + 3?"}));
    ana.process.wait_until("is answered in the room", |process| {
        let answers = |told: &Value| told["kind"] == "groupchat" && told["body"].as_str().unwrap().contains("2 + 3 is 5.");
        process.told("message").iter().any(answers)
    });
    ana.settle();
}

fn signs_in_by_plain() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "chat.mechanisms = [\"plain\"]\nchat.stream-management = false\n");
    let mut ana = Slixmpp::sign_in_at(&world, ANA, lab.at("xmpp"), &lab.ca());
    ana.settle();
}

/// A telephone of 1001, whose user has the password that baresip is given here.
const CLEAR: &str = "encrypted = false\n[[people]]\nname = \"1001\"\npassword = \"pw-1001\"\nnumber = \"1001\"\n";

fn calls_in_clear() {
    for (transport, codecs) in [("udp", "PCMU/8000/1"), ("tcp", "opus/48000/2")] {
        let world = World::new();
        let lab = Lab::start(&world, "lab", CLEAR);
        calls_echo(&world, &lab, transport, codecs, "");
    }
}

fn calls_sealed() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", &CLEAR.replace("false", "true"));
    calls_echo(&world, &lab, "tls", "opus/48000/2,PCMU/8000/1", ";mediaenc=srtp-mand");
}

fn calls_echo(world: &World, lab: &Lab, transport: &str, codecs: &str, more: &str) {
    std::fs::copy(lab.ca(), world.file("ca.crt")).unwrap();
    let tone = world.file("tone.wav");
    sound::write(&tone, &sound::tone(Tone { hertz: 440.0, level: 0.4 }, 30.0));
    let options = baresip::Options {
        user: "1001",
        proxy: &format!("sip:{};transport={transport}", lab.at("sip")),
        play: tone.to_str().unwrap(),
        codecs,
        answer: "manual",
        loss: 0,
        more,
    };
    let phone = Baresip::start(world, &options);
    let dialled = phone.order("dial", "sip:9000@example.test");
    assert_eq!(dialled["ok"], true, "{dialled}");
    phone.wait_for_packets(200);
    phone.order("hangup", "");
    let heard = Recording::read(&phone.heard());
    let level = heard.middle().level_at(440.0);
    assert!(level > 0.2, "{transport} {codecs}: 440 Hz at {level}");
}

fn reads_voicemail() {
    let world = World::new();
    let lab = Lab::start(&world, "lab", "voicemail.messages = 1\ncast.voicemail-after = 100000\n");
    let base = format!("https://cuc1.lab.example:{}/vmrest", lab.at("voicemail").port());
    let resolve = format!("cuc1.lab.example:{}:{}", lab.at("voicemail").port(), lab.at("voicemail").ip());
    let json = |path: &str| -> Value {
        let url = format!("{base}{path}");
        let (code, body) =
            lab.curl(&["--resolve", &resolve, "--user", "ana:ana-demo", "--header", "Accept: application/json", &url]);
        assert_eq!(code, 0, "{body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("no JSON ({error}): {body}"))
    };
    assert_eq!(json("/mailbox")["DisplayName"], "Ana Ruiz");
    let messages = json("/mailbox/folders/inbox/messages");
    // A single message is an object.
    let message = &messages["Message"];
    assert_eq!((&messages["@total"], &message["Read"]), (&"1".into(), &"false".into()), "{messages}");
    let id = message["MsgId"].as_str().unwrap();
    let file = world.file("message.wav");
    let sound = format!("{base}/messages/{id}/attachments/0");
    let output = file.to_str().unwrap();
    assert_eq!(lab.curl(&["--resolve", &resolve, "--user", "ana:ana-demo", "--output", output, &sound]).0, 0);
    let bytes = std::fs::read(&file).unwrap();
    // WAVE, format 7 (µ-law), one channel, 8,000 samples a second.
    assert_eq!(
        (&bytes[8..12], &bytes[20..24], &bytes[24..28]),
        (&b"WAVE"[..], &[7, 0, 1, 0][..], &8_000_u32.to_le_bytes()[..])
    );
    let url = format!("{base}/messages/{id}");
    let put =
        ["--request", "PUT", "--header", "Content-Type: application/xml", "--data", "<Message><Read>true</Read></Message>"];
    let status = ["--write-out", "%{http_code}", "--output", "/dev/null", "--resolve", &resolve, "--user", "ana:ana-demo"];
    assert_eq!(lab.curl(&[&put[..], &status, &[url.as_str()]].concat()).1, "204");
    assert_eq!(json("/mailbox/folders/inbox/messages")["Message"]["Read"], "true");
    assert_eq!(lab.curl(&[&["--request", "DELETE"], &status[..], &[url.as_str()]].concat()).1, "204");
    let deleted = json("/mailbox/folders/deleted/messages");
    assert_eq!(deleted["@total"], "1", "{deleted}");
    let without =
        lab.curl(&["--resolve", &resolve, "--write-out", "%{http_code}", "--output", "/dev/null", &format!("{base}/mailbox")]);
    assert_eq!(without.1, "401");
}

/// The mailbox as curl finds it, over the lab's sockets.
struct Curl<'a> {
    lab: &'a Lab<'a>,
    base: String,
    resolve: String,
}

impl<'a> Curl<'a> {
    fn of(lab: &'a Lab<'a>) -> Curl<'a> {
        let at = lab.at("voicemail");
        let (base, resolve) =
            (format!("https://cuc1.lab.example:{}/vmrest", at.port()), format!("cuc1.lab.example:{}:{}", at.port(), at.ip()));
        Curl { lab, base, resolve }
    }

    fn ask(&self, path: &str, more: &[&str]) -> String {
        let url = format!("{}{path}", self.base);
        let fixed = ["--resolve", &self.resolve, "--user", "ana:ana-demo", "--header", "Accept: application/json"];
        let (code, body) = self.lab.curl(&[&fixed[..], more, &[url.as_str()]].concat());
        assert_eq!(code, 0, "{path}: {body}");
        body
    }

    /// Of each message of a folder its id, and whether it was heard.
    fn folder(&self, folder: &str) -> Vec<(String, bool)> {
        let list: Value = serde_json::from_str(&self.ask(&format!("/mailbox/folders/{folder}/messages"), &[])).unwrap();
        let messages = match &list["Message"] {
            Value::Array(many) => many.clone(),
            Value::Null => vec![],
            one => vec![one.clone()],
        };
        messages.iter().map(|one| (one["MsgId"].as_str().unwrap().to_owned(), one["Read"] == "true")).collect()
    }
}

fn same_voicemail() {
    let world = World::new();
    for (count, site) in [(1, "voicemail.messages = 1\n"), (2, "voicemail.messages = 2\n")] {
        let name = format!("lab-{count}");
        let lab = Lab::start(&world, &name, &format!("cast.voicemail-after = 100000\n{site}"));
        let curl = Curl::of(&lab);
        let user = User::new(&world, &format!("ana-{count}"));
        let (dns, ca) = (lab.at("dns").to_string(), lab.ca().display().to_string());
        let cas = lab.facts["cas"].as_str().unwrap();
        let add = ["account", "add", "lab", "--address", "ana@lab.example", "--dns", &dns, "--cas", cas, "--ca", &ca];
        user.run("add", &[&add[..], &["--password-command", "echo ana-demo"]].concat()).expect(0);
        let listed = || -> Vec<Value> {
            let said = user.run("list", &["voicemail", "list", "--json"]).expect(0).out;
            said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let list = listed();
        let ids = |list: &[Value]| list.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&list), curl.folder("inbox").into_iter().map(|(id, _)| id).collect::<Vec<_>>());
        let (id, ms) = (ids(&list).remove(0), list[0]["ms"].as_u64().unwrap());
        assert!(list.len() == count && list[0]["read"] == false && ms > 1_000, "{list:?}");

        // The file is the one that curl gets: nothing is added to it, and none is replaced by a slip.
        let (mine, theirs) = (world.file(&format!("mine-{count}.wav")), world.file(&format!("theirs-{count}.wav")));
        let save = ["voicemail", "save", id.trim_start_matches("0:"), mine.to_str().unwrap()];
        user.run("save", &save).expect(0);
        curl.ask(&format!("/messages/{id}/attachments/0"), &["--output", theirs.to_str().unwrap()]);
        let sound = std::fs::read(&mine).unwrap();
        assert!(sound == std::fs::read(&theirs).unwrap() && sound.starts_with(b"RIFF"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&mine).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "nobody else's business");
        let ended = user.run("save-again", &save).expect(5);
        assert!(ended.said.contains("is there already") && ended.said.contains("--force"), "{}", ended.said);
        user.run("save-force", &[&save[..], &["--force"]].concat()).expect(0);
        assert_eq!(curl.folder("inbox")[0], (id.clone(), false), "what is saved is not heard");

        let said = user.run("play", &["voicemail", "play", &id]).expect(0).said;
        assert!(said.contains("playing the message of"), "{said}");
        assert_eq!(curl.folder("inbox")[0], (id.clone(), true));
        user.run("delete", &["voicemail", "delete", &id]).expect(0);
        assert_eq!(curl.folder("deleted"), [(id.clone(), true)]);
        assert_eq!(curl.folder("inbox").len(), count - 1);
        assert_eq!(listed().last().map(|one| (one["id"] == id.as_str(), one["deleted"].clone())), Some((true, true.into())));
        user.run("undelete", &["voicemail", "undelete", &id]).expect(0);
        assert!(curl.folder("deleted").is_empty() && curl.folder("inbox").len() == count);
        let ended = user.run("none", &["voicemail", "delete", "no-such-message"]).expect(5);
        assert!(ended.said.contains("There is no message no-such-message."), "{}", ended.said);
    }
}
