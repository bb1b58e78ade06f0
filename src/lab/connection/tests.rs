//! Unity Connection, asked as a client asks, and read by the product's own readers of its documents.

use super::{Connection, Settings, wav};
use crate::lab::sip::b2bua::Deposited;
use crate::machine::{Chance, Secret, Stamp};
use crate::protocol::cisco::connection::{Folders, Mailbox, Messages, Refusal, VoiceMessage};
use crate::protocol::http::{Credentials, Method, Request, Response};
use std::time::Duration;
use url::Url;

const NOW: Stamp = Stamp::from_micros(1_700_000_000_000_000);

fn connection(messages: u8) -> Connection {
    let mut connection = Connection::new(Settings::default(), "lab.example", Chance::seeded(1));
    connection.add("ana", "Ana Ruiz", "1001", "pw-ana");
    connection.add("bob", "Bob Okafor", "1002", "pw-bob");
    for number in 0..messages {
        let (mailbox, caller, name) = ("1001".to_owned(), "1003".to_owned(), "Chen <Wei>".to_owned());
        let at = Stamp::from_micros(NOW.micros() + i64::from(number) * 1_000_000);
        connection.mailboxes.deposit(at, Deposited { mailbox, caller, name, sound: vec![number; 16_001] });
    }
    connection
}

fn ask(connection: &mut Connection, method: Method, path: &str, accept: &str, body: &str) -> Response {
    let url = Url::parse(&format!("https://cuc1.lab.example/vmrest{path}")).unwrap();
    let credentials = Some(Credentials { user: "ana".into(), password: Secret::new("pw-ana".into()) });
    let headers = vec![("Accept".to_owned(), accept.to_owned())];
    let request = Request { method, credentials, headers, body: body.into(), ..Request::get(url, Duration::from_secs(5)) };
    connection.say(&request)
}

fn inbox(connection: &mut Connection, accept: &str) -> Vec<VoiceMessage> {
    let response = ask(connection, Method::Get, "/mailbox/folders/inbox/messages", accept, "");
    Messages::parse(&response.body).unwrap().messages
}

#[test]
fn lists_are_read_back_in_both_formats_also_of_one_and_of_none() {
    for count in 0..4 {
        let mut connection = connection(count);
        for accept in ["application/json", "application/xml", "*/*"] {
            let messages = inbox(&mut connection, accept);
            assert_eq!(messages.len(), usize::from(count), "{accept}");
            assert!(messages.iter().all(|message| !message.read && message.id.starts_with("0:")));
            assert!(messages.iter().rev().is_sorted_by_key(|message| message.arrived), "newest first");
            if let Some(first) = messages.first() {
                assert_eq!((first.caller_number.as_deref(), first.caller_name.as_deref()), (Some("1003"), Some("Chen <Wei>")));
                assert_eq!((first.duration, first.size), (Some(Duration::from_millis(2000)), Some(16_060)));
            }
        }
    }
    let one = ask(&mut connection(1), Method::Get, "/mailbox/folders/inbox/messages", "application/json", "");
    let value: serde_json::Value = serde_json::from_slice(&one.body).unwrap();
    assert!(value["Message"].is_object() && value["@total"] == "1", "{value}");
    let two = ask(&mut connection(2), Method::Get, "/mailbox/folders/inbox/messages", "application/json", "");
    assert!(serde_json::from_slice::<serde_json::Value>(&two.body).unwrap()["Message"].is_array());
}

#[test]
fn a_message_is_heard_marked_deleted_and_put_back() {
    let mut connection = connection(2);
    let id = inbox(&mut connection, "application/json")[0].id.clone();
    let path = format!("/messages/{id}");
    let alone = VoiceMessage::parse(&ask(&mut connection, Method::Get, &path, "application/json", "").body).unwrap();
    let sound = alone.attachments[0].uri.clone().unwrap();
    assert_eq!(sound, format!("/vmrest{path}/attachments/0"));
    let file = ask(&mut connection, Method::Get, &sound["/vmrest".len()..], "*/*", "").body;
    let length = u32::from_le_bytes(file[4..8].try_into().unwrap());
    assert_eq!((&file[..4], length as usize + 8), (&b"RIFF"[..], file.len()));
    assert_eq!((&file[wav::BEFORE_SOUND..wav::BEFORE_SOUND + 16_001], file.len() % 2), (&[1_u8; 16_001][..], 0));
    assert_eq!(connection.mailboxes.waiting("1001"), (2, 0));
    for body in ["<Message><Read>true</Read></Message>", "{\"Read\":\"true\"}", "{\"Message\":{\"Read\":true}}"] {
        assert_eq!(ask(&mut connection, Method::Put, &path, "*/*", body).status, 204, "{body}");
        assert_eq!(connection.mailboxes.waiting("1001"), (1, 1));
    }
    assert_eq!(ask(&mut connection, Method::Put, &path, "*/*", "{\"Size\":\"1\"}").status, 400);
    assert_eq!(ask(&mut connection, Method::Delete, &path, "*/*", "").status, 204);
    assert_eq!((inbox(&mut connection, "*/*").len(), connection.mailboxes.waiting("1001")), (1, (1, 0)));
    assert_eq!(ask(&mut connection, Method::Post, &format!("{path}?method=undelete"), "*/*", "").status, 204);
    assert_eq!(inbox(&mut connection, "*/*").len(), 2);
    ask(&mut connection, Method::Delete, &path, "*/*", "");
    assert_eq!(ask(&mut connection, Method::Post, "/mailbox/folders/deleted/messages?method=empty", "*/*", "").status, 204);
    assert_eq!(ask(&mut connection, Method::Get, &path, "*/*", "").status, 404);
    assert_eq!(std::iter::from_fn(|| connection.mailboxes.next_change()).collect::<Vec<_>>(), ["1001"]);
}

#[test]
fn mailbox_folders_version_and_refusals_are_what_clients_read() {
    let mut connection = connection(1);
    for accept in ["application/json", "application/xml"] {
        let mailbox = Mailbox::parse(&ask(&mut connection, Method::Get, "/mailbox", accept, "").body).unwrap();
        assert!(mailbox.mounted && mailbox.keeps_deleted && mailbox.name.as_deref() == Some("Ana Ruiz"));
        let folders = Folders::parse(&ask(&mut connection, Method::Get, "/mailbox/folders", accept, "").body).unwrap();
        let counts: Vec<_> = folders.folders.iter().map(|folder| (folder.name.as_str(), folder.messages)).collect();
        assert_eq!(counts, [("inbox", Some(1)), ("deleted", Some(0)), ("sent", Some(0))]);
        let gone = ask(&mut connection, Method::Get, "/messages/0:nobody", accept, "");
        let why = Refusal::parse(&gone.body).unwrap();
        assert_eq!((gone.status, why.code.as_deref()), (404, Some("NOT_FOUND")));
    }
    assert_eq!(ask(&mut connection, Method::Get, "/version", "*/*", "").status, 200);
    let id = inbox(&mut connection, "*/*")[0].id.clone();
    let without_index = format!("/messages/{}", id.trim_start_matches("0:"));
    assert_eq!(ask(&mut connection, Method::Get, &without_index, "*/*", "").status, 404);
    connection.mailboxes.change("1001", id.trim_start_matches("0:"), |kept| kept.secure = true);
    assert_eq!(ask(&mut connection, Method::Get, &format!("/messages/{id}/attachments/0"), "*/*", "").status, 403);
}

#[test]
fn only_the_owner_comes_in_by_password_or_by_the_session_of_it() {
    let mut connection = connection(1);
    let url = Url::parse("https://cuc1.lab.example/vmrest/mailbox/folders/inbox/messages").unwrap();
    let plain = Request::get(url, Duration::from_secs(5));
    let with = |user: &str, password: &str| Request {
        credentials: Some(Credentials { user: user.into(), password: Secret::new(password.into()) }),
        ..plain.clone()
    };
    assert_eq!(connection.say(&plain).status, 401);
    assert_eq!(connection.say(&with("ana", "pw-bob")).status, 401);
    let bob = connection.say(&with("bob", "pw-bob"));
    assert_eq!(Messages::parse(&bob.body).unwrap().messages.len(), 0);
    let ana = connection.say(&with("ana@lab.example", "pw-ana"));
    let cookie = ana.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
    let again = Request { headers: vec![("Cookie".into(), cookie)], ..plain.clone() };
    assert_eq!(Messages::parse(&connection.say(&again).body).unwrap().messages.len(), 1);
}

#[test]
fn what_is_uncertain_is_as_the_site_says() {
    let mut connection = connection(1);
    let id = inbox(&mut connection, "*/*")[0].id.clone();
    let settings = connection.settings_mut();
    (settings.priority, settings.sensitivity) = ("Low".into(), "Confidential".into());
    (settings.done, settings.refusals_say_why) = (200.try_into().unwrap(), false);
    let message = &inbox(&mut connection, "application/json")[0];
    assert!(message.private && !message.urgent);
    let list = ask(&mut connection, Method::Get, "/mailbox/folders/inbox/messages", "application/xml", "");
    assert!(String::from_utf8_lossy(&list.body).contains("<Priority>Low</Priority><Sensitivity>Confidential</Sensitivity>"));
    let change = ask(&mut connection, Method::Put, &format!("/messages/{id}"), "*/*", "{\"Read\":\"true\"}");
    assert_eq!(change.status, 200);
    let refused = ask(&mut connection, Method::Get, "/messages/0:none", "application/json", "");
    let refusal = Refusal::parse(&refused.body).unwrap();
    assert_eq!((refused.status, refusal.code.as_deref(), refusal.message), (404, Some("NOT_FOUND"), None));
}
