//! What a screen is told of devices that a test holds in its hands.

use super::super::fake::{Desk, Fake, until};
use super::*;
use crate::engine::event::CallId;
use crate::media::tone::level_of;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

struct Scene {
    desk: Arc<Desk>,
    devices: Devices,
    told: Receiver<SoundIn>,
    folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let (desk, folder) = (Arc::new(Desk::default()), tempfile::tempdir().unwrap());
    let (devices, problem) = Devices::of(Arc::new(Fake(Arc::clone(&desk))), folder.path());
    assert_eq!(problem, None);
    let (tell, told) = channel();
    devices.tell_to(move |what| tell.send(what).unwrap_or_default());
    Scene { desk, devices, told, folder }
}

fn look(devices: &Devices, chosen: Option<ChosenSound>) -> Sound {
    let (tell, told) = channel();
    devices.look(chosen, move |sound| tell.send(sound).unwrap());
    told.recv_timeout(Duration::from_secs(20)).unwrap()
}

fn failure(told: &Receiver<SoundIn>) -> Problem {
    match told.recv_timeout(Duration::from_secs(20)).unwrap() {
        SoundIn::Failed(problem) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_there_is_is_told_and_a_choice_is_kept() {
    let scene = scene();
    let sound = look(&scene.devices, None);
    assert_eq!((sound.path, sound.inputs, sound.input), (SoundPath::Devices, vec!["mic".to_owned()], None));
    let chosen = ChosenSound { input: Some("mic".into()), output: None };
    let sound = look(&scene.devices, Some(chosen));
    assert_eq!((sound.input.as_deref(), sound.output), (Some("mic"), None));
    let (again, _) = Devices::of(Arc::new(Fake(Arc::clone(&scene.desk))), scene.folder.path());
    assert_eq!(look(&again, None).input.as_deref(), Some("mic"));
    assert_eq!(scene.desk.opened(), 0, "to look is not to open");
    scene.desk.refuse("there is no such device now", false);
    let silent = SoundPath::Silent("Calls are silent: no sound device can be opened (there is no such device now).".into());
    assert_eq!(look(&scene.devices, None).path, silent);
}

#[test]
fn a_lost_device_is_told_with_what_to_do_and_a_missing_card_only_once() {
    let scene = scene();
    let mut open = scene.devices.for_calls();
    let call = open(CallId(1)).unwrap();
    until("both are open", || scene.desk.open() == [1, 1]);
    scene.desk.pull("there is no such device now");
    let problem = failure(&scene.told);
    assert_eq!(
        problem.to_string(),
        "The microphone is gone: there is no such device now. You are not heard; calls go on all the same. \
         Connect it and look at the settings, or choose another microphone there."
    );
    scene.desk.refuse("it is still away", false);
    let silent = "You hear but are not heard: there is no microphone (it is still away).";
    assert_eq!(look(&scene.devices, None).path, SoundPath::Silent(silent.into()));
    assert!(failure(&scene.told).what.contains("cannot be opened: it is still away"));
    scene.desk.allow();
    let opened = scene.desk.opened();
    assert_eq!(look(&scene.devices, None).path, SoundPath::Devices, "a look tries again what has failed");
    assert_eq!(scene.desk.opened(), opened + 1, "and only that");
    let chosen = ChosenSound { input: None, output: None };
    assert_eq!(look(&scene.devices, Some(chosen)).path, SoundPath::Devices);
    drop(call);
    until("both are closed", || scene.desk.open() == [0, 0]);

    scene.desk.refuse("this machine has none", false);
    for _ in 0..3 {
        let call = open(CallId(2)).unwrap();
        let headset = held(&scene.devices.0.headset).upgrade().unwrap();
        until("both have failed", || headset.standing().iter().all(|side| matches!(side, Some(Err(_)))));
        drop((call, headset));
        until("nobody sits there", || held(&scene.devices.0.headset).upgrade().is_none());
    }
    let said = failure(&scene.told).what;
    assert_eq!(said, "Calls are silent: neither microphone nor loudspeaker can be opened: this machine has none.");
    assert!(scene.told.try_recv().is_err());
}

#[test]
fn the_bell_rings_without_the_microphone_and_stops() {
    let Scene { desk, devices, .. } = scene();
    devices.ring(Some(Ring::Bell));
    let mut heard = Vec::new();
    until("it rings", || {
        heard.extend(desk.play(96));
        heard.len() > 9600 && level_of(&heard[heard.len() - 4800..], 440.0, 48_000) > 0.05
    });
    assert_eq!(desk.open(), [0, 1]);
    devices.ring(None);
    until("it is closed", || desk.open() == [0, 0]);
}

#[test]
fn a_test_tells_the_level_until_it_is_stopped() {
    let Scene { desk, devices, told, .. } = scene();
    devices.test(true);
    let (mut heard, mut level) = (Vec::new(), None);
    until("it is heard both ways", || {
        desk.speak(16_384, 96);
        heard.extend(desk.play(96));
        level = told.try_iter().last().or(level.take());
        let plays = heard.chunks(4800).any(|part| level_of(part, 440.0, 48_000) > 0.08);
        plays && matches!(level, Some(SoundIn::Level(Some(level))) if (0.4..0.6).contains(&level))
    });
    devices.test(false);
    until("the end is told", || told.try_iter().any(|what| what == SoundIn::Level(None)));
    until("both are closed", || desk.open() == [0, 0]);
}
