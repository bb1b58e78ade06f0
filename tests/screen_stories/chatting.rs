//! Chatting: both ways, with how far each message has come, what is new, who writes, and drafts.

use super::user::{BO, CYRA, User};
use offhook::engine::event::{Delivery, Show};
use offhook::lab::xmpp::{Fault, ServerIn, WireIn};
use offhook::tui::action::Context;
use offhook::tui::keymap::Keymap;
use offhook::tui::model::{Focus, Item, Screen};
use offhook::tui::preferences::NotifyText;

fn open(user: &mut User, name: &str) {
    user.press("f2 /");
    user.write(name);
    user.press("enter");
}

fn deliveries(user: &User) -> Vec<Delivery> {
    let timeline = user.model.timeline().unwrap();
    let items = (0..timeline.len()).filter_map(|number| match timeline.item(number) {
        Some(Item::Message(message)) if message.ours => Some(message.delivery.clone()),
        _ => None,
    });
    items.collect()
}

#[test]
fn two_people_chat_and_each_sees_what_has_come_of_it() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    open(&mut user, "bo");
    user.sees(&["Nothing was written yet."]);
    user.shot("empty-conversation");
    user.write("is the trunk to Lyon up again?");
    user.press("enter");
    user.wait(2.0);
    assert_eq!(deliveries(&user), [Delivery::Delivered], "Bo's client says that it is there");
    user.wait(60.0);
    user.hears(BO, "for now. 408 after 32 s every time it drops");
    user.hears(BO, "their SBC, not ours: see https://status.example.test/lyon?since=09:00");
    user.wait(61.0);
    user.write("then I'll ask them to look at it, and call you when they have answered; it may well take");
    user.press("alt-enter");
    user.write("the whole morning");
    user.shot("writing");
    user.press("enter");
    user.wait(2.0);
    user.sees(&["Saturday 22 November", "10:12", "Bo", "you", "✓✓", "the whole morning"]);
    user.main_shot("conversation");
    assert!(user.alerts.is_empty(), "what is in sight rings no bell: {:?}", user.alerts);
}

#[test]
fn a_message_says_on_disk_sent_delivered_failed_or_unknown() {
    let mut user = User::signed_in();
    user.sign_in(CYRA);
    open(&mut user, "bo");
    // Bo is not there: the server has it, and nobody else.
    user.write("sent");
    user.press("enter");
    user.wait(2.0);
    // It takes what comes and does nothing with it, and then the stream is gone for good.
    user.at_chat_server(ServerIn::Fault(Fault::NoResumption, true));
    user.at_chat_server(ServerIn::Fault(Fault::NoArchive, true));
    user.at_wire(WireIn::Cut);
    user.wait(120.0);
    user.at_chat_server(ServerIn::Fault(Fault::Silent, true));
    user.write("unknown");
    user.press("enter");
    user.wait(1.0);
    user.at_chat_server(ServerIn::Fault(Fault::Silent, false));
    user.at_wire(WireIn::Cut);
    user.wait(300.0);
    user.at_chat_server(ServerIn::Fault(Fault::NoArchive, false));
    user.unplug();
    user.write("given up");
    user.press("enter");
    user.wait(1.0);
    user.press("tab delete");
    user.wait(1.0);
    user.press("i");
    user.write("on disk");
    user.press("enter");
    user.wait(1.0);
    let failed = |delivery: &Delivery| matches!(delivery, Delivery::Failed(_));
    let told = deliveries(&user);
    assert!(
        matches!(&told[..], [Delivery::Sent, Delivery::Unknown, given_up, Delivery::Unsent] if failed(given_up)),
        "{told:?}"
    );
    user.sees(&["✓", "?", "✗", "…", "may have been sent", "not sent:"]);
    user.main_shot("deliveries");
    user.plug_in();
    user.wait(400.0);
    let told = deliveries(&user);
    assert_eq!(told[3], Delivery::Sent, "what waited on disk goes out by itself");
    // The server has never heard of the other one: it is sent again only when the user says so.
    assert_eq!(told[1], Delivery::Unsent);
    user.press("tab k k k");
    user.sees(&["r send again", "Delete give up"]);
    user.press("r");
    user.wait(2.0);
    assert_eq!(deliveries(&user)[1], Delivery::Sent, "{:?}", deliveries(&user));
}

#[test]
fn what_is_on_its_way_is_no_matter_of_doubt_until_the_link_is_cut() {
    let mut user = User::signed_in();
    open(&mut user, "bo");
    user.at_chat_server(ServerIn::Fault(Fault::Silent, true));
    user.write("on its way");
    user.press("enter");
    assert_eq!(deliveries(&user), [Delivery::OnWire]);
    user.sees(&["on its way", "↑"]);
    user.sees_not(&["may have been sent"]);
    // Read anew from the disk, where it is in doubt, it is on its way all the same.
    user.press("esc");
    open(&mut user, "cyra");
    user.model.timelines.retain(|(whom, _)| whom.with != "bo@example.test");
    open(&mut user, "bo");
    assert_eq!(deliveries(&user), [Delivery::OnWire]);
    user.unplug();
    assert_eq!(deliveries(&user), [Delivery::Unknown]);
    user.sees(&["may have been sent"]);
    user.at_chat_server(ServerIn::Fault(Fault::Silent, false));
    user.plug_in();
    user.wait(400.0);
    assert_eq!(deliveries(&user), [Delivery::Sent]);
}

#[test]
fn what_came_while_the_user_was_elsewhere_is_counted_rung_for_and_stands_below_a_line() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.sign_in(CYRA);
    open(&mut user, "bo");
    user.write("anything new?");
    user.press("enter");
    user.wait(2.0);
    open(&mut user, "cyra");
    user.hears(BO, "yes");
    user.hears(BO, "call me");
    assert_eq!(user.alerts.len(), 2);
    assert_eq!((user.alerts[0].who.as_str(), user.alerts[0].what.as_str()), ("Bo Lindqvist", "yes"));
    user.sees(&["2 unread"]);
    user.press("f2");
    user.main_shot("unread");
    user.press("n");
    user.wait(0.5);
    user.sees(&["─ new ─", "yes", "call me"]);
    user.sees_not(&["2 unread"]);
    user.main_shot("unread-line");
    // What comes now is seen at once, and the line stays where it was.
    user.hears(BO, "now");
    let rows = user.rows();
    let row = |words: &str| rows.iter().position(|row| row.contains(words)).unwrap();
    assert!(row("new ─") + 1 == row("yes") && row("call me") < row("now"), "{rows:#?}");
    user.sees_not(&["unread"]);
    // Who comes back later sees no line.
    open(&mut user, "cyra");
    open(&mut user, "bo");
    user.sees_not(&["─ new ─"]);
}

#[test]
fn who_does_not_look_at_the_terminal_has_unread_messages_until_they_do() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    open(&mut user, "bo");
    user.model.look(false);
    user.hears(BO, "are you there?");
    assert_eq!(user.alerts.len(), 1);
    user.sees(&["1 unread"]);
    user.model.look(true);
    user.wait(0.5);
    user.sees_not(&["unread"]);
}

#[test]
fn who_writes_is_shown_while_they_write_and_a_draft_stays() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    open(&mut user, "bo");
    user.write("hello");
    user.press("enter");
    user.wait(1.0);
    user.hears(BO, "hello yourself");
    let typing = offhook::engine::command::Command::Typing {
        account: super::town::account(),
        to: "alice@example.test".into(),
        typing: true,
    };
    user.town.command(BO, typing);
    user.wait(0.5);
    user.sees(&["Bo is writing"]);
    user.shot("typing");
    user.write("let me think about");
    user.wait(3.0);
    open(&mut user, "cyra");
    user.press("f2");
    user.sees(&["draft"]);
    open(&mut user, "bo");
    user.sees(&["let me think about"]);
    user.write(" it");
    user.press("enter");
    user.wait(1.0);
    user.press("f2");
    user.sees_not(&["draft"]);
}

#[test]
fn a_paste_never_sends_and_stands_as_it_was_written() {
    let mut user = User::signed_in();
    open(&mut user, "bo");
    user.model.paste("one\r\ntwo\nthree\n");
    user.wait(0.5);
    assert_eq!(deliveries(&user), []);
    user.sees(&["one", "two", "three"]);
    user.press("ctrl-_");
    user.sees_not(&["two"]);
}

#[test]
fn hands_that_know_vim_write_move_and_leave() {
    let mut user = User::signed_in();
    user.model.set_keymap(Keymap::named("vim").unwrap());
    user.sign_in(BO);
    user.press("/");
    user.write("bo");
    user.press("enter");
    assert_eq!(user.model.inner(), Context::Conversation, "who opens it reads");
    user.press("esc");
    assert_eq!(user.model.inner(), Context::People);
    user.press("i");
    assert_eq!(user.model.inner(), Context::Compose, "who wants to write writes");
    user.press("esc esc l");
    assert_eq!(user.model.inner(), Context::Conversation);
    user.press("A");
    user.write("jk");
    user.sees(&["jk"]);
    user.press("ctrl-c ctrl-w h");
    assert_eq!(user.model.inner(), Context::People);
    user.press("ctrl-w l");
    assert_eq!(user.model.inner(), Context::Conversation);
    user.press("ctrl-c ctrl-c ctrl-c");
    assert!(!user.has_left);
    user.press(": q enter");
    assert!(user.has_left);
}

#[test]
fn what_was_written_is_copied_whole_and_its_link_alone() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    user.hears(BO, "see https://status.example.test/lyon.");
    open(&mut user, "bo");
    user.press("tab y Y");
    assert_eq!(user.copied, ["see https://status.example.test/lyon.", "https://status.example.test/lyon"]);
}

#[test]
fn somebody_outside_the_roster_writes_and_stands_among_the_others() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    let account = super::town::account();
    let gone = offhook::engine::command::Command::RemoveContact { account, jid: "bo@example.test".into() };
    user.town.command(super::user::ALICE, gone);
    user.wait(1.0);
    user.hears(BO, "who are you?");
    user.sees(&["Others", "bo@example.test"]);
    user.shot("stranger");
    assert_eq!(user.alerts.last().unwrap().who, "bo@example.test");
}

#[test]
fn at_a_wide_screen_list_and_conversation_stand_side_by_side() {
    let mut user = User::signed_in();
    user.size = (120, 40);
    user.sign_in(BO);
    user.sign_in(CYRA);
    user.shows_presence(CYRA, Show::Away, "lunch");
    user.hears(CYRA, "back at one");
    open(&mut user, "bo");
    user.write("morning");
    user.press("enter");
    user.wait(1.0);
    user.sees(&["Cyra Vance", "morning", "│"]);
    user.hears(BO, "good morning");
    user.sees_not(&["2 unread"]);
    assert_eq!((user.model.focus, matches!(user.model.screen, Screen::Chat(_))), (Focus::Compose, true));
    assert_eq!(user.model.setup.preferences.notify, NotifyText::WhoAndWhat);
    user.shot("side-by-side");
}

#[test]
fn what_was_seen_while_the_disk_refused_is_marked_when_it_is_mended() {
    let mut user = User::signed_in();
    user.sign_in(BO);
    open(&mut user, "bo");
    user.wait(1.0);
    user.model.look(false);
    user.hears(BO, "nobody looks");
    let unread = |user: &User| {
        let account = user.model.state.accounts.values().next().unwrap();
        account.conversations["bo@example.test"].unread
    };
    assert_eq!(unread(&user), 1);
    user.break_disk(true);
    user.model.look(true);
    user.wait(25.0);
    user.sees(&["cannot be kept"]);
    let told = user.model.state.notices.iter().filter(|notice| notice.problem.what.contains("you have seen")).count();
    assert_eq!((unread(&user), told), (1, 1), "it is tried again, and told once");
    user.break_disk(false);
    user.wait(11.0);
    assert_eq!(unread(&user), 0);
}
