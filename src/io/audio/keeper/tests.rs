//! A headset of devices that a test holds in its hands.

use super::super::fake::{Desk, Fake, until};
use super::*;
use crate::media::{FRAME, Frame};
use std::sync::Mutex;

const LOUD: Frame = [1000; FRAME];

struct Scene {
    desk: Arc<Desk>,
    headset: Arc<Headset>,
    lost: Arc<Mutex<Vec<Loss>>>,
}

fn scene() -> Scene {
    let (desk, lost) = (Arc::new(Desk::default()), Arc::new(Mutex::new(Vec::new())));
    let losses = Arc::clone(&lost);
    let tell = move |loss| losses.lock().unwrap().push(loss);
    let headset = headset(Arc::new(Fake(Arc::clone(&desk))), Choice::default(), tell).unwrap();
    Scene { desk, headset, lost }
}

fn both_open(scene: &Scene) {
    until("both are open", || scene.headset.standing() == [Some(Ok(())), Some(Ok(()))]);
}

#[test]
fn devices_open_for_who_sits_down_and_close_behind_the_last() {
    let Scene { desk, headset, .. } = scene();
    assert_eq!(desk.open(), [0, 0]);
    let bell = headset.sit(false);
    until("the loudspeaker is open", || desk.open() == [0, 1]);
    let call = headset.sit(true);
    until("the microphone is open too", || desk.open() == [1, 1]);
    assert_eq!(desk.opened(), 2);
    drop((bell, headset));
    assert_eq!(desk.open(), [1, 1]);
    drop(call);
    until("both are closed", || desk.open() == [0, 0]);
}

#[test]
fn only_who_has_the_floor_is_heard_and_hears() {
    let scene = scene();
    let (first, second, bell) = (scene.headset.sit(true), scene.headset.sit(true), scene.headset.sit(false));
    both_open(&scene);
    scene.desk.speak(1000, 48_000);
    assert_eq!(first.frame(), [0; FRAME], "nobody has the floor");
    first.take_floor();
    assert!(!second.ask_floor() && !bell.ask_floor());
    until("the first is heard", || first.frame().iter().all(|sample| *sample > 990));
    scene.desk.speak(1000, 48_000);
    assert_eq!(second.frame(), [0; FRAME]);
    second.take(&LOUD);
    assert_eq!(scene.desk.play(960), vec![0; 960]);
    // The second is answered, then the first is taken back, then hangs up.
    second.take_floor();
    assert_eq!(first.frame(), [0; FRAME]);
    assert!(!first.ask_floor());
    first.take_floor();
    drop(first);
    assert!(second.ask_floor() && !bell.ask_floor());
    until("the second speaks", || {
        second.take(&LOUD);
        scene.desk.play(960).iter().all(|sample| (900..1100).contains(sample))
    });
    second.leave_floor();
    assert!(bell.ask_floor());
}

#[test]
fn a_device_that_vanishes_is_told_once_and_tried_again_when_the_user_chooses() {
    let scene = scene();
    let call = scene.headset.sit(true);
    call.take_floor();
    both_open(&scene);
    scene.desk.pull("the cable");
    until("the loss is told", || scene.lost.lock().unwrap().len() == 1);
    let loss = scene.lost.lock().unwrap()[0].clone();
    assert_eq!(loss, Loss { silent: Silent::Microphone, name: None, gone: true, why: "the cable".into() });
    until("it is closed", || scene.desk.open() == [0, 1]);
    // The call goes on, silent on that side only.
    assert_eq!(call.frame(), [0; FRAME]);
    until("it plays", || {
        call.take(&LOUD);
        scene.desk.play(960).iter().all(|sample| *sample > 900)
    });
    // Another call changes nothing.
    let another = scene.headset.sit(true);
    assert_eq!(scene.headset.standing()[0], Some(Err("the cable".into())));
    drop(another);
    let (done, wait) = channel();
    scene.headset.order(Order::Again(Choice { input: Some("other".into()), output: None }, done));
    wait.recv().unwrap();
    assert_eq!(
        (scene.headset.standing(), scene.desk.names.lock().unwrap().last().cloned()),
        ([Some(Ok(())), Some(Ok(()))], Some(Some("other".into())))
    );
    scene.desk.speak(1000, 48_000);
    until("it is heard", || call.frame().iter().all(|sample| *sample > 990));
    assert_eq!(scene.lost.lock().unwrap().len(), 1);
}

#[test]
fn where_nothing_can_be_opened_a_call_is_silent_and_says_why() {
    let scene = scene();
    scene.desk.refuse("there is no such device now", false);
    let call = scene.headset.sit(true);
    call.take_floor();
    let neither = Loss { silent: Silent::Both, name: None, gone: false, why: "there is no such device now".into() };
    until("it is told", || *scene.lost.lock().unwrap() == [neither.clone()]);
    call.take(&LOUD);
    assert_eq!(call.frame(), [0; FRAME]);
}

#[test]
fn a_device_that_is_busy_is_asked_for_again() {
    let scene = scene();
    scene.desk.refuse("another program has it", true);
    let _call = scene.headset.sit(true);
    until("it was asked for", || scene.desk.refused() > 1);
    scene.desk.allow();
    both_open(&scene);
    assert_eq!(scene.lost.lock().unwrap().len(), 0);
}
