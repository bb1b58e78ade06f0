//! Two threads call each other over loopback.

use super::super::choice::Choice;
use super::super::fake::{Desk, Fake, until as until_it_is};
use super::super::keeper::headset;
use super::super::{Sound, bind};
use super::*;
use crate::media::tone::{Sine, level_of};
use crate::protocol::rtp::{Codec, Direction, Events};
use std::path::Path;
use std::sync::mpsc::{Receiver as Facts, channel as facts};
use std::time::{Duration, Instant};

fn plan(remote: SocketAddr, codec: Codec) -> Box<MediaPlan> {
    let payload_type = match codec {
        Codec::Opus => 111,
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
    };
    Box::new(MediaPlan {
        remote: Some(remote),
        remote_rtcp: Some(SocketAddr::new(remote.ip(), remote.port() + 1)),
        rtcp_mux: false,
        codec,
        send_payload_type: payload_type,
        receive: vec![(payload_type, codec)],
        send_events: Some(Events { payload_type: 101, clock_rate: codec.clock_rate() }),
        receive_events: Some(101),
        direction: Direction::SendRecv,
        ptime: 20,
        max_bitrate: None,
        seal: None,
        open: None,
    })
}

fn tone(path: &Path, frequency: f64) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for sample in Sine::new(frequency, 0.4, 16_000).take(16_000) {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
}

/// Waits for a fact that fits.
fn until<T>(told: &Facts<MediaIn>, mut fits: impl FnMut(MediaIn) -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if let Some(found) = fits(told.recv_timeout(left).unwrap()) {
            return found;
        }
    }
}

fn stopped(fact: MediaIn) -> Option<Figures> {
    match fact {
        MediaIn::Stopped(figures) => Some(figures),
        _ => None,
    }
}

#[test]
fn two_calls_over_loopback_play_and_record_tones_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    for codec in [Codec::Opus, Codec::Pcma] {
        let ports: Vec<MediaPort> = (0..2).map(|_| bind("127.0.0.1".parse().unwrap()).unwrap()).collect();
        let addresses: Vec<SocketAddr> = ports.iter().map(MediaPort::rtp_address).collect();
        let mut ends = Vec::new();
        for (number, port) in ports.into_iter().enumerate() {
            let [play, record] = ["play", "record"].map(|what| folder.path().join(format!("{what}-{number}.wav")));
            tone(&play, [440.0, 660.0][number]);
            let sound = Sound { play: Some(play), record: Some(record.clone()) }.open().unwrap();
            let (tell, told) = facts();
            let seed = u64::try_from(number).unwrap();
            let thread = start(port, sound, Chance::seeded(seed), move |fact| _ = tell.send(fact)).unwrap();
            ends.push((thread, told, record));
        }
        for (number, (thread, ..)) in ends.iter().enumerate() {
            thread.send(MediaOut::Run(plan(addresses[1 - number], codec)));
        }
        ends[0].0.send(MediaOut::Dtmf('7'));
        let key = until(&ends[1].1, |fact| if let MediaIn::Dtmf(key) = fact { Some(key) } else { None });
        assert_eq!(key, '7');
        for (_, told, _) in &ends {
            until(told, |fact| (fact == MediaIn::PlayedOut).then_some(()));
            let figures = until(told, |fact| if let MediaIn::Figures(figures) = fact { Some(figures) } else { None });
            assert!(figures.packets_received > 30, "{figures:?}");
        }
        for (number, (thread, told, record)) in ends.into_iter().enumerate() {
            thread.send(MediaOut::Stop);
            let figures = until(&told, stopped);
            assert!(figures.packets_sent > 50 && figures.packets_received > 50, "{figures:?}");
            // Stopped is said when the recording is whole.
            let heard: Vec<i16> = hound::WavReader::open(&record).unwrap().samples().map(Result::unwrap).collect();
            let frequency = [660.0, 440.0][number];
            let best = heard.chunks(4800).map(|part| level_of(part, frequency, 48_000)).fold(0.0, f64::max);
            assert!((best - 0.4).abs() < 0.1, "{codec:?} {number}: {best}");
        }
    }
}

#[test]
fn before_the_answer_they_are_heard_and_we_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let ports: Vec<MediaPort> = (0..2).map(|_| bind("127.0.0.1".parse().unwrap()).unwrap()).collect();
    let addresses: Vec<SocketAddr> = ports.iter().map(MediaPort::rtp_address).collect();
    let mut ends = ports.into_iter().zip([440.0, 660.0]).map(|(port, frequency)| {
        let [play, record] = ["play", "record"].map(|what| folder.path().join(format!("{what}-{frequency}.wav")));
        tone(&play, frequency);
        let sound = Sound { play: Some(play), record: Some(record.clone()) }.open().unwrap();
        let (tell, told) = facts();
        (start(port, sound, Chance::seeded(frequency as u64), move |fact| _ = tell.send(fact)).unwrap(), told, record)
    });
    let (caller, at_caller, heard_by_caller) = ends.next().unwrap();
    let (gateway, at_gateway, heard_by_gateway) = ends.next().unwrap();
    let plans = [1, 0].map(|end| plan(addresses[end], Codec::Pcmu));
    caller.send(MediaOut::Early(Vec::new()));
    caller.send(MediaOut::Early(vec![(*plans[0]).clone()]));
    // Silence comes to the gateway before it says anything: what is between is open.
    gateway.send(MediaOut::Run(plans[1].clone()));
    let is_early = |fact| if let MediaIn::Early(early) = fact { Some(early) } else { None };
    assert!(until(&at_caller, is_early));
    caller.send(MediaOut::Dtmf('4'));
    let key = until(&at_gateway, |fact| if let MediaIn::Dtmf(key) = fact { Some(key) } else { None });
    assert_eq!(key, '4');
    // All of what the gateway plays is played, and ours has not begun.
    until(&at_gateway, |fact| (fact == MediaIn::PlayedOut).then_some(()));
    assert!(at_caller.try_iter().all(|fact| fact != MediaIn::PlayedOut));
    gateway.send(MediaOut::Stop);
    let figures = until(&at_gateway, stopped);
    assert!(figures.packets_received > 30, "{figures:?}");
    assert!(figures.level_in < 0.01, "{figures:?}");
    caller.send(MediaOut::Run(plans[0].clone()));
    until(&at_caller, |fact| (fact == MediaIn::PlayedOut).then_some(()));
    caller.send(MediaOut::Stop);
    until(&at_caller, stopped);
    let loudest = |record: &Path, frequency: f64| {
        let heard: Vec<i16> = hound::WavReader::open(record).unwrap().samples().map(Result::unwrap).collect();
        heard.chunks(4800).map(|part| level_of(part, frequency, 48_000)).fold(0.0, f64::max)
    };
    assert!((loudest(&heard_by_caller, 660.0) - 0.4).abs() < 0.1);
    assert!(loudest(&heard_by_gateway, 440.0) < 0.01);
}

#[test]
fn early_sound_waits_for_the_devices_until_it_is_heard_and_takes_them_from_nobody() {
    let desk = Arc::new(Desk::default());
    let headset = headset(Arc::new(Fake(Arc::clone(&desk))), Choice::default(), |_| {}).unwrap();
    let ringing = headset.sit(false);
    assert!(ringing.ask_floor());
    let ports: Vec<MediaPort> = (0..2).map(|_| bind("127.0.0.1".parse().unwrap()).unwrap()).collect();
    let addresses: Vec<SocketAddr> = ports.iter().map(MediaPort::rtp_address).collect();
    let mut ports = ports.into_iter();
    let (tell, told) = facts();
    let sound = OpenSound { seat: Some(headset.sit(true)), ..OpenSound::default() };
    let caller = start(ports.next().unwrap(), sound, Chance::seeded(1), move |fact| _ = tell.send(fact)).unwrap();
    let gateway = start(ports.next().unwrap(), OpenSound::default(), Chance::seeded(2), |_| {}).unwrap();
    caller.send(MediaOut::Early(vec![*plan(addresses[1], Codec::Pcmu)]));
    gateway.send(MediaOut::Run(plan(addresses[0], Codec::Pcmu)));
    until(&told, |fact| (fact == MediaIn::Early(true)).then_some(()));
    // Whoever has the floor keeps it; when it is left, what is early has it.
    let other = headset.sit(false);
    assert!(ringing.ask_floor() && !other.ask_floor());
    drop(ringing);
    until_it_is("early sound has the floor", || {
        let has = !other.ask_floor();
        if !has {
            other.leave_floor();
        }
        has
    });
    // Nobody is heard any more: it rings again.
    gateway.send(MediaOut::Stop);
    until(&told, |fact| (fact == MediaIn::Early(false)).then_some(()));
    until_it_is("the floor is free", || other.ask_floor());
    // Whoever is answered is talked to.
    caller.send(MediaOut::Run(plan(addresses[1], Codec::Pcmu)));
    until_it_is("the call has the floor", || !other.ask_floor());
    caller.send(MediaOut::Stop);
    until(&told, stopped);
}

#[test]
fn what_came_before_there_was_a_plan_is_not_heard() {
    let port = bind("127.0.0.1".parse().unwrap()).unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..200_u16 {
        let mut packet = vec![0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
        packet[2..4].copy_from_slice(&number.to_be_bytes());
        packet[4..8].copy_from_slice(&(u32::from(number) * 160).to_be_bytes());
        packet.extend([0x10; 160]);
        far.send_to(&packet, port.rtp_address()).unwrap();
    }
    let (tell, told) = facts();
    let thread = start(port, OpenSound::default(), Chance::seeded(1), move |fact| _ = tell.send(fact)).unwrap();
    thread.send(MediaOut::Run(plan(far.local_addr().unwrap(), Codec::Pcmu)));
    let figures = until(&told, |fact| if let MediaIn::Figures(figures) = fact { Some(figures) } else { None });
    assert_eq!(figures.packets_received, 0, "it is many seconds old");
}

#[test]
fn a_call_that_never_began_stops_and_frees_its_port() {
    let port = bind("127.0.0.1".parse().unwrap()).unwrap();
    let address = port.rtp_address();
    let (tell, told) = facts();
    let thread = start(port, OpenSound::default(), Chance::seeded(1), move |fact| _ = tell.send(fact)).unwrap();
    thread.send(MediaOut::Dtmf('1'));
    thread.send(MediaOut::Stop);
    assert_eq!(until(&told, stopped), Figures::default());
    drop(thread);
    assert!(UdpSocket::bind(address).is_ok());
}

#[test]
fn files_are_refused_before_the_call() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Sound { play: None, record: Some(folder.path().join("no/such/folder.wav")) }.open().is_err());
    assert!(Sound { play: Some(folder.path().join("none.wav")), record: None }.open().is_err());
    assert!(Sound::default().open().is_ok());
}

/// Two ends over loopback, the first of them at these devices; and what is told of each.
fn at_devices(seat: Seat) -> [(MediaThread, Facts<MediaIn>); 2] {
    let ports: Vec<MediaPort> = (0..2).map(|_| bind("127.0.0.1".parse().unwrap()).unwrap()).collect();
    let addresses: Vec<SocketAddr> = ports.iter().map(MediaPort::rtp_address).collect();
    let mut seat = Some(seat);
    let mut ends = ports.into_iter().zip(0..).map(|(port, number)| {
        let (tell, told) = facts();
        let sound = OpenSound { seat: seat.take(), ..OpenSound::default() };
        let thread = start(port, sound, Chance::seeded(number), move |fact| _ = tell.send(fact)).unwrap();
        (thread, told)
    });
    let ends = [ends.next().unwrap(), ends.next().unwrap()];
    for (number, (thread, _)) in ends.iter().enumerate() {
        thread.send(MediaOut::Run(plan(addresses[1 - number], Codec::Opus)));
    }
    ends
}

/// Speaks into the microphone at its pace until a figure of the call is so.
fn speak_until(desk: &Desk, told: &Facts<MediaIn>, is_so: impl Fn(&Figures) -> bool) {
    let mut sine = Sine::new(440.0, 0.5, 48_000);
    until_it_is("the figures are so", || {
        desk.speak_all(sine.by_ref().take(96));
        told.try_iter().any(|fact| matches!(fact, MediaIn::Figures(figures) if is_so(&figures)))
    });
}

#[test]
fn a_muted_call_sends_silence_and_one_that_is_held_leaves_the_devices_to_the_other() {
    let desk = Arc::new(Desk::default());
    let headset = headset(Arc::new(Fake(Arc::clone(&desk))), Choice::default(), |_| {}).unwrap();
    let [(first, of_first), (_far, at_far)] = at_devices(headset.sit(true));
    speak_until(&desk, &of_first, |figures| figures.level_out > 0.2);
    speak_until(&desk, &at_far, |figures| figures.level_in > 0.2);
    first.send(MediaOut::Mute(true));
    speak_until(&desk, &of_first, |figures| figures.level_out == 0.0);
    speak_until(&desk, &at_far, |figures| figures.level_in < 0.01);
    first.send(MediaOut::Mute(false));
    speak_until(&desk, &at_far, |figures| figures.level_in > 0.2);

    let [(second, of_second), _other_far] = at_devices(headset.sit(true));
    first.send(MediaOut::Hold(true));
    speak_until(&desk, &of_second, |figures| figures.level_out > 0.2);
    speak_until(&desk, &of_first, |figures| figures.level_out < 0.01);
    // When the second is over the first is still on hold; then it is taken back.
    second.send(MediaOut::Stop);
    until(&of_second, stopped);
    speak_until(&desk, &of_first, |figures| figures.level_out < 0.01);
    first.send(MediaOut::Hold(false));
    speak_until(&desk, &of_first, |figures| figures.level_out > 0.2);
}
