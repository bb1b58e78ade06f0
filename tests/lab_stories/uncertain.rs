//! What is not known for certain of these deployments is a setting of the site. Whatever it is set to, Ana is signed in with
//! all that she has, and what it is about is on her screen as it should be.

use super::user::User;
use offhook::engine::command::VoicemailWish;
use offhook::engine::event::{Delivery, Event, LinkState, Service, Show};

const QUIET: &str = "cast.rings-after = 100000\ncast.voicemail-after = 100000\n";

/// Each stands for one sentence of the fact sheet, by section; and what shows on a wire that it is so.
const POINTS: [(&str, &str, &str); 37] = [
    ("§1 how an error of CAS is wrapped", "cas.error-shape = \"flat\"", ""),
    ("§1 how an error of CAS is wrapped", "cas.error-shape = \"deep\"", ""),
    ("§3 serviceProfile/uri", "uds.profile-uri = \"element\"", ""),
    ("§3 jabberProfile", "uds.jabber-profile = false", ""),
    ("§3 what a search looks at", "directory.name-search = \"user-names\"", ""),
    ("§5 names of signed files", "files.signed = true", ""),
    ("§5 transportLayerProtocol", "device.transport = 1", ""),
    ("§5 transportLayerProtocol", "device.transport = 3", ""),
    ("§5 transportLayerProtocol, in clear", "encrypted = false\ndevice.transport = 1", ""),
    ("§5 deviceSecurityMode", "device.security-in-words = true", ""),
    ("§5 deviceSecurityMode, in clear", "encrypted = false\ndevice.security-in-words = true", ""),
    ("§5 contact", "device.contact = false", ""),
    ("§5 featureID 21", "device.blf = true", ""),
    (
        "§6 booleans",
        "[client-config.Policies]\nIM_Enabled = \"TRUE\"\nTelephony_Enabled = \"on\"\nVoicemail_Enabled = \"True\"",
        "",
    ),
    ("§7 nesting", "profile.nesting = \"deeper\"", ""),
    ("§7 nesting", "profile.nesting = \"prefixed\"", ""),
    ("§8.2 mechanisms", "chat.mechanisms = [\"plain\"]", ""),
    ("§8.2 resources", "cast.resource = \"jabber_4711\"", "bob@lab.example/jabber_4711"),
    ("§8.2 priorities", "cast.priority = 127", "<priority>127</priority>"),
    ("§8.3 calls and meetings", "cast.shows-calls = \"dnd\"", ""),
    ("§8.3 calls and meetings", "cast.shows-calls = \"custom-status\"", ""),
    ("§8.3 calls and meetings", "cast.shows-calls = \"bare\"", ""),
    ("§8.4 extensions", "chat.archive = false", ""),
    ("§8.4 extensions", "chat.stream-management = false", ""),
    (
        "§8.4 extensions",
        "chat.unknown = [\"urn:xmpp:carbons:2\", \"urn:xmpp:mam:2\", \"http://jabber.org/protocol/disco#info\", \"http://jabber.org/protocol/disco#items\"]",
        "service-unavailable",
    ),
    ("§8.4 compliance", "chat.blocks = [\"secret\"]", ""),
    ("§8.4 compliance", "chat.blocks = [\"secret\"]\nchat.blocked = \"notice\"", ""),
    ("§9 no single sign-on", "single-sign-on = \"unknown\"", ""),
    ("§11 204", "voicemail.done = 200", "→ 200 0 octets"),
    ("§11 what a refusal says", "voicemail.refusals-say-why = false", ""),
    ("§11 Low and Confidential", "voicemail.priority = \"Low\"\nvoicemail.sensitivity = \"Confidential\"", ""),
    ("§11 secure messages", "voicemail.refuses-secure = false", ""),
    ("§12.1 the realm of digests", "phones.realm = \"cucm1.lab.example\"", "realm=\"cucm1.lab.example\""),
    ("§12.1 no digest", "device.digest = false", ""),
    (
        "§12.1 what an answer to REGISTER carries",
        "phones.trying = false\nphones.newreg = false\nphones.remotecc-response = true",
        "",
    ),
    ("§12.1 one client at a time", "phones.second-client = \"refused\"", ""),
    ("§12.2 waiting messages are told", "phones.tells-waiting = false", ""),
];

fn online(user: &User, service: Service) -> bool {
    matches!(user.state().links.get(&service), Some(LinkState::Online { .. }))
}

/// What was told of our messages.
fn deliveries(user: &User) -> Vec<Delivery> {
    let of = |event: &&Event| match event {
        Event::Delivery { delivery, .. } => Some(delivery.clone()),
        _ => None,
    };
    user.told.events(|_| true).iter().filter_map(of).collect()
}

#[test]
fn whatever_an_uncertain_point_is_set_to_everything_works() {
    for (point, site, seen) in POINTS {
        let mut user = User::by_address(&format!("{QUIET}{site}\n"));
        user.wait(3.0);
        for service in [Service::SignIn, Service::Chat, Service::Phone, Service::Voicemail] {
            assert!(
                online(&user, service),
                "{point}: {service:?}: {:?}\n{:#?}",
                user.state().links.get(&service),
                user.told.events(|event| matches!(event, Event::Notice(_)))
            );
        }
        assert!(user.state().contacts.len() >= 4, "{point}");
        user.write("bob@lab.example", "What is 2 + 2?");
        user.wait(5.0);
        assert!(user.told.heard().iter().any(|text| text.contains('4')), "{point}: {:?}", user.told.heard());
        assert!(deliveries(&user).contains(&Delivery::Delivered), "{point}: {:?}", deliveries(&user));
        let message = user.state().mailbox.messages[0].id.clone();
        user.wish(VoicemailWish::Mark { message: message.clone(), read: true });
        user.wish(VoicemailWish::Delete(message));
        assert_eq!(user.state().mailbox.unheard(), Some(0), "{point}");
        assert_eq!(user.state().mailbox.messages.iter().filter(|message| message.deleted).count(), 1, "{point}");
        user.call("9000");
        user.wait(3.0);
        assert!(user.sound().iter().any(|sample| sample.unsigned_abs() > 1000), "{point}: the echo is not heard");
        user.hang_up();
        user.wait(1.0);
        assert_eq!(user.told.ends(), ["local"], "{point}");
        assert!(user.wire.iter().any(|sent| sent.text.contains(seen)), "{point}: {seen:?} was not to be seen");
        assert_eq!(user.state().mailbox.lamp.is_none(), site == "phones.tells-waiting = false", "{point}");
    }
}

/// What is seen of who is on a call, or in a meeting, in a long day.
fn seen_of_calls(site: &str) -> Vec<(Show, String)> {
    let mut user = User::by_address(&format!("{QUIET}{site}"));
    user.wait(4_000.0);
    let shown = |event: &&Event| match event {
        Event::Presence { presence, .. } => Some((presence.show, presence.status.raw().to_owned())),
        _ => None,
    };
    let mut all: Vec<(Show, String)> = user.told.events(|_| true).iter().filter_map(shown).collect();
    all.retain(|(_, status)| !matches!(status.as_str(), "Available" | "Away" | "Presenting"));
    all.retain(|(show, _)| matches!(show, Show::Away | Show::DoNotDisturb));
    all
}

#[test]
fn calls_and_meetings_are_seen_however_they_are_shown() {
    for (site, show) in [
        ("", Show::Away),
        ("cast.shows-calls = \"dnd\"\n", Show::DoNotDisturb),
        ("cast.shows-calls = \"custom-status\"\n", Show::Away),
    ] {
        let all = seen_of_calls(site);
        assert!(all.iter().any(|(_, status)| status == "On a call"), "{site}: {all:?}");
        assert!(all.iter().all(|(shown, _)| *shown == show), "{site}: {all:?}");
    }
    let bare = seen_of_calls("cast.shows-calls = \"bare\"\n");
    assert!(!bare.is_empty() && bare.iter().all(|seen| *seen == (Show::Away, String::new())), "{bare:?}");
}

#[test]
fn what_compliance_takes_out_is_said_to_who_wrote_it() {
    let mut user = User::by_address(&format!("{QUIET}chat.blocks = [\"Secret\"]\n"));
    user.wait(3.0);
    user.write("bob@lab.example", "This is a secret.");
    user.wait(5.0);
    let told = deliveries(&user);
    let Some(Delivery::Failed(why)) = told.last() else { panic!("{told:?}") };
    assert!(why.to_string().contains("A rule of this site blocks this message"), "{why}");
    assert_eq!(user.told.heard(), Vec::<String>::new(), "he has not read it");
    let mut user = User::by_address(&format!("{QUIET}chat.blocks = [\"secret\"]\nchat.blocked = \"notice\"\n"));
    user.wait(3.0);
    user.write("bob@lab.example", "This is a secret.");
    user.wait(5.0);
    assert_eq!(user.told.heard(), ["A rule of this site has blocked a message of yours."]);
}
