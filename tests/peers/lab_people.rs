//! The people of `offhook lab`, met by software that we did not write: slixmpp chats with them and sits in their room,
//! baresip calls their echo, curl reads what they have left.

use super::Case;
use super::baresip::{self, Baresip};
use super::lab::Lab;
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
    phone.order("dial", "sip:9000@example.test");
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
