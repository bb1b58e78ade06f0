//! Voicemail from sign-in on: the service profile names Unity Connection, the mailbox is read, the telephone says what is
//! new, and each way in which the server may fail.

use super::user::User;
use offhook::engine::command::{Command, PlayerWish, VoicemailWish};
use offhook::engine::event::*;
use offhook::engine::input::PlayerIn;
use offhook::engine::output::PlayerOut;
use offhook::lab::site::Answers;
use offhook::protocol::http::Names;
use std::time::Duration;

/// Nobody leaves a message during the story.
const QUIET: &str = "cast.voicemail-after = 100000\ncast.rings-after = 100000\n";

fn signed_in(site: &str) -> User {
    let mut user = User::by_address(&format!("{QUIET}{site}"));
    user.wait(3.0);
    user
}

fn link(user: &User) -> LinkState {
    user.state().links.get(&Service::Voicemail).cloned().unwrap_or(LinkState::Offline)
}

fn messages(user: &User) -> Vec<Voicemail> {
    user.state().mailbox.messages
}

/// What was asked of Unity Connection, without the host.
fn asked(user: &User) -> Vec<String> {
    user.mail.iter().map(|request| format!("{} {}", request.method.as_str(), request.url.path())).collect()
}

fn lamp(user: &User) -> Option<(u32, u32)> {
    user.state().mailbox.lamp.and_then(|lamp| lamp.counts)
}

#[test]
fn the_mailbox_is_read_once_after_sign_in_and_the_password_goes_nowhere_else() {
    let mut user = signed_in("");
    assert!(matches!(link(&user), LinkState::Online { address } if address == "ana at cuc1.lab.example"));
    let list = messages(&user);
    assert_eq!(list.iter().map(|message| message.read).collect::<Vec<_>>(), [false, true], "the newest comes first");
    assert!(list[0].at > list[1].at && !list[0].number.is_empty() && list[0].length > Some(Duration::from_secs(1)));
    assert_eq!((user.state().mailbox.unheard(), lamp(&user)), (Some(1), Some((1, 1))));
    let folders = "GET /vmrest/mailbox/folders";
    let once = ["GET /vmrest/mailbox".to_owned(), format!("{folders}/inbox/messages"), format!("{folders}/deleted/messages")];
    assert_eq!(asked(&user), once, "what the telephone says agrees with what was read");
    user.wait(3600.0);
    assert_eq!(asked(&user), once, "as long as the telephone says nothing, nothing is asked");
    for request in &user.mail {
        assert_eq!(request.url.host_str(), Some("cuc1.lab.example"));
        assert!(request.credentials.is_some() && !request.clear && request.url.scheme() == "https");
        assert_eq!(request.names, Names::Domains(vec!["lab.example".into()]));
    }
}

#[test]
fn a_message_is_played_marked_deleted_and_put_back() {
    let mut user = signed_in("");
    let message = messages(&user)[0].id.clone();
    user.wish(VoicemailWish::Play(message.clone()));
    let playing = user.playing().expect("it is played").clone();
    assert_eq!((&playing.message, playing.phase), (&message, PlayPhase::Playing));
    assert_eq!(Some(playing.length), messages(&user)[0].length, "the file is as long as the list says");
    assert!(messages(&user)[0].read, "what is played counts as heard");
    assert_eq!((lamp(&user), user.state().mailbox.unheard()), (Some((0, 2)), Some(0)));
    user.command(Command::Player(PlayerWish::Seek(1_000)));
    user.command(Command::Player(PlayerWish::Pause(true)));
    user.played(PlayerIn::At(Duration::from_secs(1)));
    assert_eq!(user.playing().map(|playing| (playing.phase, playing.at)), Some((PlayPhase::Paused, Duration::from_secs(1))));
    user.command(Command::Player(PlayerWish::Pause(false)));
    user.played(PlayerIn::Ended);
    assert_eq!(user.playing().map(|playing| playing.phase), Some(PlayPhase::Ended));
    assert_eq!(user.orders.iter().filter(|order| matches!(order, PlayerOut::Seek(1_000) | PlayerOut::Pause(_))).count(), 3);
    let fetched = asked(&user).iter().filter(|asked| asked.contains("attachments")).count();
    user.wish(VoicemailWish::Play(message.clone()));
    assert_eq!(asked(&user).iter().filter(|asked| asked.contains("attachments")).count(), fetched, "it is kept in memory");

    user.wish(VoicemailWish::Mark { message: message.clone(), read: false });
    assert_eq!((messages(&user)[0].read, lamp(&user)), (false, Some((1, 1))));
    user.wish(VoicemailWish::Delete(message.clone()));
    assert_eq!(user.playing(), None, "what is deleted is not played on");
    let list = messages(&user);
    assert!(list.len() == 2 && list[1].id == message && list[1].deleted, "{list:?}");
    assert_eq!((lamp(&user), user.state().mailbox.unheard()), (Some((0, 1)), Some(0)));
    user.wish(VoicemailWish::Undelete(message.clone()));
    assert!(messages(&user)[0].id == message && !messages(&user)[0].deleted);
    assert_eq!(lamp(&user), Some((1, 1)));
    let lists = asked(&user).iter().filter(|asked| asked.ends_with("inbox/messages")).count();
    assert_eq!(lists, 1, "what we did ourselves is known without reading it anew: {:?}", asked(&user));
}

#[test]
fn what_the_cast_leaves_is_told_by_the_telephone_and_then_read() {
    let mut user = User::by_address("cast.voicemail-after = 30\ncast.rings-after = 100000");
    user.wait(3.0);
    assert_eq!(messages(&user).len(), 2);
    user.wait(60.0);
    assert_eq!(messages(&user).len(), 3);
    assert_eq!((lamp(&user), user.state().mailbox.unheard()), (Some((2, 1)), Some(2)));
}

#[test]
fn one_message_is_read_as_an_object_and_as_an_array_and_an_empty_mailbox_is_empty() {
    for (site, count) in [
        ("voicemail.messages = 1\n", 1),
        ("voicemail.messages = 1\nvoicemail.single-as-object = false\n", 1),
        ("voicemail.messages = 0\n", 0),
    ] {
        let user = signed_in(site);
        assert!(matches!(link(&user), LinkState::Online { .. }), "{site}: {:?}", link(&user));
        assert!(user.state().mailbox.known && messages(&user).len() == count, "{site}: {:?}", messages(&user));
    }
}

#[test]
fn pages_are_read_one_after_the_other() {
    let user = signed_in("voicemail.messages = 7\nvoicemail.page = 3\n");
    assert_eq!(messages(&user).len(), 7);
    assert_eq!(asked(&user).iter().filter(|asked| asked.ends_with("inbox/messages")).count(), 3);
}

#[test]
fn each_fault_is_told_and_tried_again_and_chat_and_phone_stand_all_the_same() {
    for (fault, says) in [
        ("fault = \"absent\"", "cannot be reached"),
        ("fault = \"silent\"", "no answer in time"),
        ("fault = \"malformed\"", "no JSON"),
        ("fault = \"noise\"", "no HTTP"),
        ("fault = \"portal\"", "HTML"),
        ("fault = \"bomb\"", "cuc1.lab.example answered, but"),
        ("fault = \"truncated\"", "broke off"),
        ("fault = \"endless\"", "too long"),
        ("fault = \"redirect\"", "sends elsewhere (302)"),
        ("status = 503", "answered 503"),
    ] {
        let mut user = signed_in(&format!("[voicemail.answers]\n{fault}\n"));
        user.wait(9.0);
        let LinkState::Waiting { why, retry_in } = link(&user) else { panic!("{fault}: {:?}", link(&user)) };
        assert!(why.what.starts_with("Voicemail: ") && why.what.contains(says), "{fault}: {why}");
        assert_eq!(retry_in, Duration::from_secs(15), "{fault}");
        for service in [Service::SignIn, Service::Chat, Service::Phone] {
            assert!(matches!(user.state().links.get(&service), Some(LinkState::Online { .. })), "{fault}: {service:?}");
        }
        assert!(user.mail.iter().all(|request| request.url.host_str() == Some("cuc1.lab.example")), "{fault}");
        // It is tried again ever less often, and works once the server does.
        let tried = user.mail.len();
        user.wait(600.0);
        assert!(user.mail.len() - tried <= 5, "{fault}: {} times in ten minutes", user.mail.len() - tried);
        user.town_mut().unity().settings_mut().answers = Answers::default();
        user.wait(301.0);
        assert!(matches!(link(&user), LinkState::Online { .. }), "{fault}: {:?}", link(&user));
        assert_eq!(messages(&user).len(), 2, "{fault}");
    }
}

#[test]
fn what_nobody_here_can_mend_is_not_tried_again() {
    for (site, says, tries) in [
        ("[voicemail.answers]\nstatus = 401\n", "does not take your user name and password", 1),
        ("[voicemail.answers]\nstatus = 404\n", "has no mailbox for ana", 1),
        ("[voicemail.answers]\ncertificate = \"wrong-name\"\n", "the certificate is for another name", 1),
        ("[profile]\nwithout = [\"VoicemailServiceCredentialsSource\"]\n", "does not say that it takes your password", 0),
    ] {
        let mut user = signed_in(site);
        user.wait(900.0);
        let LinkState::Failed(why) = link(&user) else { panic!("{site}: {:?}", link(&user)) };
        assert!(why.what.contains(says) && !why.next.is_empty(), "{site}: {why}");
        assert_eq!(user.mail.len(), tries, "{site}: {:?}", asked(&user));
        assert_ne!(why.kind, ProblemKind::Password, "the password is not forgotten for it");
    }
}

#[test]
fn a_slow_server_is_waited_for() {
    let mut user = signed_in("[voicemail.answers]\ndelay-ms = 4000\n");
    assert_eq!(link(&user), LinkState::Connecting);
    user.wait(12.0);
    assert_eq!(messages(&user).len(), 2);
    let message = messages(&user)[0].id.clone();
    user.wish(VoicemailWish::Delete(message.clone()));
    assert_eq!(user.state().mailbox.doing.get(&message), Some(&VoicemailDoing::Deleting));
    user.wait(4.0);
    assert!(user.state().mailbox.doing.is_empty() && messages(&user)[1].deleted);
}

fn refusals(user: &User) -> Vec<String> {
    let told = user.told.events(|event| matches!(event, Event::Voicemail { told: VoicemailTold::Refused { .. }, .. }));
    let refusal = |event: &&Event| match event {
        Event::Voicemail { told: VoicemailTold::Refused { problem, .. }, .. } => problem.to_string(),
        _ => String::new(),
    };
    told.iter().map(refusal).collect()
}

#[test]
fn what_is_refused_of_a_message_is_said_and_nothing_else_changes() {
    let mut user = signed_in("");
    let [message, other] = [0, 1].map(|at| messages(&user)[at].id.clone());
    let bare = |id: &VoicemailId| id.0.trim_start_matches("0:").to_owned();
    user.town_mut().unity().mailboxes.change("1001", &bare(&message), |kept| kept.secure = true);
    user.wish(VoicemailWish::Play(message.clone()));
    assert!(refusals(&user)[0].contains("The sound of a secure message is not given out"), "{:?}", refusals(&user));
    assert!(user.playing().is_none() && !messages(&user)[0].read, "what was not heard does not count as heard");
    // Somebody has purged it elsewhere.
    user.town_mut().unity().settings_mut().keeps_deleted = false;
    user.wish(VoicemailWish::Undelete(message.clone()));
    assert!(refusals(&user)[1].contains("is not deleted"), "{:?}", refusals(&user));
    user.town_mut().unity().settings_mut().answers.status = Some(503.try_into().unwrap());
    user.wish(VoicemailWish::Delete(message.clone()));
    user.wait(1.0);
    assert!(refusals(&user)[2].contains("answered 503") && !messages(&user)[0].deleted, "{:?}", refusals(&user));
    assert!(matches!(link(&user), LinkState::Waiting { .. }));
    user.wish(VoicemailWish::Delete(other));
    assert!(refusals(&user)[3].contains("not connected"), "{:?}", refusals(&user));
    assert!(user.state().mailbox.doing.is_empty());
}

#[test]
fn a_message_that_is_gone_goes_from_the_list_and_one_that_is_no_sound_is_not_played() {
    let mut user = signed_in("");
    let message = messages(&user)[0].id.clone();
    user.town_mut().unity().settings_mut().answers.status = Some(404.try_into().unwrap());
    user.wish(VoicemailWish::Mark { message: message.clone(), read: true });
    assert!(messages(&user).iter().all(|kept| kept.id != message));
    user.town_mut().unity().settings_mut().answers = Answers::default();
    user.wish(VoicemailWish::Read);
    assert_eq!(messages(&user).len(), 2);
    user.town_mut().unity().settings_mut().answers.fault = offhook::lab::site::Fault::Portal;
    user.wish(VoicemailWish::Play(message));
    assert!(refusals(&user).last().unwrap().contains("no WAV file"), "{:?}", refusals(&user));
    assert_eq!(user.playing(), None);
}

#[test]
fn where_nothing_is_kept_what_is_deleted_is_gone() {
    let mut user = signed_in("voicemail.keeps-deleted = false\n");
    assert!(!user.state().mailbox.keeps_deleted);
    let message = messages(&user)[0].id.clone();
    user.wish(VoicemailWish::Delete(message.clone()));
    assert!(messages(&user).len() == 1 && messages(&user)[0].id != message);
}

#[test]
fn who_signs_out_is_asked_and_told_nothing_more() {
    let mut user = signed_in("[voicemail.answers]\ndelay-ms = 500\n");
    let message = messages(&user)[0].id.clone();
    user.wish(VoicemailWish::Play(message));
    user.command(Command::SignOut { account: super::user::account() });
    user.wait(5.0);
    assert_eq!((link(&user), user.playing()), (LinkState::Offline, None));
    let asked_for = user.mail.len();
    user.wait(3600.0);
    assert_eq!(user.mail.len(), asked_for);
    user.command(Command::SignIn { account: super::user::account(), services: offhook::engine::command::Services::ALL });
    user.wait(5.0);
    assert!(matches!(link(&user), LinkState::Online { .. }));
}
