//! The 20 ms thread of one call: sockets, the leg, what is played and recorded. The engine's plans come in, facts go out.
//!
//! Packets are read when they come, so that their arrival times are true; frames are played and sent on the beat.

use super::clock::Beat;
use super::device::{Sink, Source};
use super::headset::Seat;
use super::port::MediaPort;
use super::recorder::Recorder;
use super::sound::OpenSound;
use crate::engine::event::Figures;
use crate::engine::input::MediaIn;
use crate::engine::output::MediaOut;
use crate::machine::{Chance, Moment};
use crate::media::frame::FRAME_TIME;
use crate::media::{self, Channel, Early, Frame, Leg, SILENCE};
use crate::protocol::rtp::MediaPlan;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;

/// Figures are told once in so many beats.
const FIGURES: u32 = 12;

/// Datagrams read in one go, so that a flood does not stop the beat.
const BURST: usize = 64;

/// No datagram of ours or theirs is longer; what is, is cut and then refused.
const LARGEST: usize = 2048;

/// A running media thread. When it is dropped it is stopped and waited for.
#[derive(Debug)]
pub struct MediaThread {
    orders: Sender<MediaOut>,
    thread: Option<JoinHandle<()>>,
}

impl MediaThread {
    /// Hands an order to the thread. After [`MediaOut::Stop`] it says `Stopped` and ends; later orders are nothing to it.
    pub fn send(&self, order: MediaOut) {
        // A thread that has ended hears nothing, and has said why.
        let _ = self.orders.send(order);
    }
}

impl Drop for MediaThread {
    fn drop(&mut self) {
        self.send(MediaOut::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Starts the thread of one call. Nothing is sent, heard, played or recorded before the first plan; before
/// [`MediaOut::Run`] nothing of ours is sent but silence and keys.
///
/// # Errors
/// When no thread can be made.
pub fn start(
    port: MediaPort,
    sound: OpenSound,
    chance: Chance,
    facts: impl Fn(MediaIn) + Send + Sync + 'static,
) -> std::io::Result<MediaThread> {
    let (orders, heard) = channel();
    let facts: Facts = Arc::new(facts);
    let thread = std::thread::Builder::new().name("media".into()).spawn(move || {
        let OpenSound { source, recorder, seat } = sound;
        let seat = seat.map(Arc::new);
        let source = match Source::start(source, seat.as_ref()) {
            Ok(source) => source,
            Err(why) => {
                facts(MediaIn::Failed(why));
                Source::Silent
            }
        };
        let figures = match wait(&heard) {
            None => Figures::default(),
            Some(plans) => run(Call::new(&port, source, (recorder, seat), chance, &facts, plans), &heard, &facts),
        };
        drop(port);
        facts(MediaIn::Stopped(figures));
    })?;
    Ok(MediaThread { orders, thread: Some(thread) })
}

type Facts = Arc<dyn Fn(MediaIn) + Send + Sync>;

/// What a call begins under; before it is answered with all under which somebody may be heard.
type Plans = (MediaPlan, Option<Vec<MediaPlan>>);

/// Waits for the first plan; `None` when it is not to come.
fn wait(orders: &Receiver<MediaOut>) -> Option<Plans> {
    loop {
        match orders.recv() {
            Ok(MediaOut::Run(plan)) => return Some((*plan, None)),
            Ok(MediaOut::Early(plans)) => {
                if let Some(newest) = plans.last() {
                    return Some((newest.clone(), Some(plans)));
                }
            }
            // The engine orders nothing else before the first plan.
            Ok(MediaOut::Dtmf(_) | MediaOut::Mute(_) | MediaOut::Hold(_)) => {}
            Ok(MediaOut::Stop) | Err(_) => return None,
        }
    }
}

/// A call until it is over; its last figures.
fn run(mut call: Call<'_>, orders: &Receiver<MediaOut>, facts: &Facts) -> Figures {
    while !call.obey(orders) {
        if let Err(error) = call.listen() {
            facts(MediaIn::Failed(format!("The ports of the call cannot be read: {error}.")));
            break;
        }
        let now = call.beat.now();
        if call.beat.until_next(now).is_zero() {
            call.tick(now, facts);
        }
    }
    call.bye()
}

struct Call<'a> {
    port: &'a MediaPort,
    leg: Leg,
    /// Until it is answered: who may be heard, and whether it was told that somebody is.
    early: Option<(Early, bool)>,
    beat: Beat,
    source: Source,
    sink: Sink,
    /// At the devices, if it has any.
    seat: Option<Arc<Seat>>,
    muted: bool,
    /// The far side is on hold: the devices are for other calls.
    held: bool,
    beats: u32,
}

impl<'a> Call<'a> {
    fn new(
        port: &'a MediaPort,
        source: Source,
        (recorder, seat): (Option<Recorder>, Option<Arc<Seat>>),
        chance: Chance,
        facts: &Facts,
        (plan, early): Plans,
    ) -> Call<'a> {
        // What came before there was a plan has no arrival times, and may be many seconds old.
        for socket in port.sockets() {
            _ = (0..BURST).find(|_| drain(socket, |_, _| {}) < BURST);
        }
        let told = Arc::clone(facts);
        let sink = Sink::start(recorder, seat.as_ref(), move |why| told(MediaIn::RecordingFailed(why))).unwrap_or_else(|why| {
            facts(MediaIn::RecordingFailed(why));
            Sink::Silent
        });
        let beat = Beat::new(FRAME_TIME);
        let now = beat.now();
        let mut leg = Leg::new(now, plan, chance);
        let early = early.map(|plans| {
            let mut early = Early::default();
            early.expect(now, plans, &mut leg);
            (early, false)
        });
        // Whoever is answered is talked to.
        if let Some(seat) = seat.as_ref().filter(|_| early.is_none()) {
            seat.take_floor();
        }
        Call { port, leg, early, beat, source, sink, seat, muted: false, held: false, beats: 0 }
    }

    /// Does what was ordered. Whether it is over.
    fn obey(&mut self, orders: &Receiver<MediaOut>) -> bool {
        loop {
            match orders.try_recv() {
                Ok(MediaOut::Run(plan)) => self.run(*plan),
                Ok(MediaOut::Early(plans)) => {
                    if let Some((early, _)) = &mut self.early {
                        early.expect(self.beat.now(), plans, &mut self.leg);
                    }
                }
                Ok(MediaOut::Dtmf(key)) => self.leg.dtmf(key),
                Ok(MediaOut::Mute(muted)) => self.muted = muted,
                Ok(MediaOut::Hold(held)) => self.hold(held),
                Ok(MediaOut::Stop) | Err(TryRecvError::Disconnected) => return true,
                Err(TryRecvError::Empty) => return false,
            }
        }
    }

    /// It is answered, or goes on under another plan.
    fn run(&mut self, plan: MediaPlan) {
        let now = self.beat.now();
        let Some((early, _)) = self.early.take() else { return self.leg.replan(now, plan) };
        early.answered(now, plan, &mut self.leg);
        if let Some(seat) = &self.seat {
            seat.take_floor();
        }
    }

    /// A call that is held leaves the floor; one that is taken back takes it.
    fn hold(&mut self, held: bool) {
        if let Some(seat) = self.seat.as_ref().filter(|_| self.held != held) {
            if held { seat.leave_floor() } else { seat.take_floor() }
        }
        self.held = held;
    }

    /// Waits for packets until the next beat, and takes those that are there.
    fn listen(&mut self) -> std::io::Result<()> {
        let [rtp, rtcp] = self.port.sockets();
        let mut ready = [PollFd::new(rtp, PollFlags::IN), PollFd::new(rtcp, PollFlags::IN)];
        let patience = self.beat.until_next(self.beat.now());
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(patience.subsec_nanos()) };
        match poll(&mut ready, Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let [of_rtp, of_rtcp] = ready.map(|socket| !socket.revents().is_empty());
        let now = self.beat.now();
        let leg = &mut self.leg;
        if of_rtp {
            drain(rtp, |from, datagram| match &mut self.early {
                Some((early, _)) => early.receive(now, from, datagram, leg),
                None => leg.receive(now, from, datagram),
            });
        }
        if of_rtcp {
            drain(rtcp, |from, datagram| leg.receive_rtcp(now, from, datagram));
        }
        Ok(())
    }

    /// One beat: a frame is heard and a frame is sent.
    fn tick(&mut self, now: Moment, facts: &Facts) {
        let lost = self.beat.count(now);
        let is_silent = self.tick_early(now, facts);
        // Another call may have ended.
        if let Some(seat) = self.seat.as_ref().filter(|_| !self.held && !is_silent) {
            seat.ask_floor();
        }
        let mut frame = SILENCE;
        self.leg.play(now, &mut frame);
        self.sink.take(&frame);
        // The recording keeps to real time also over a stall.
        for _ in 0..lost.min(500) {
            self.sink.take(&SILENCE);
        }
        let ours = self.ours(facts);
        let port = self.port;
        if self.early.as_ref().is_none_or(|(early, _)| early.is_anybody()) {
            self.leg.capture(now, &ours, &mut |channel, to, datagram| send(port, channel, to, datagram));
        }
        while let Some(key) = self.leg.heard_key() {
            facts(MediaIn::Dtmf(key));
        }
        self.beats += 1;
        if self.beats.is_multiple_of(FIGURES) {
            facts(MediaIn::Figures(self.figures()));
        }
    }

    /// Tells when somebody is heard before the call is answered, and when nobody is any more: then the floor is left to what
    /// rings. Whether it is so.
    fn tick_early(&mut self, now: Moment, facts: &Facts) -> bool {
        let Some((early, told)) = &mut self.early else { return false };
        let is_heard = early.is_heard(now);
        if std::mem::replace(told, is_heard) != is_heard {
            facts(MediaIn::Early(is_heard));
        }
        if let Some(seat) = self.seat.as_ref().filter(|_| !is_heard) {
            seat.leave_floor();
        }
        !is_heard
    }

    /// Our next frame. Nobody hears us before we are answered, and what is to be played waits; silence opens the way for
    /// who sends only to where something came from.
    fn ours(&mut self, facts: &Facts) -> Frame {
        if self.early.is_some() {
            return SILENCE;
        }
        let ours = self.source.frame().unwrap_or_else(|| {
            facts(MediaIn::PlayedOut);
            SILENCE
        });
        if self.muted { SILENCE } else { ours }
    }

    /// The figures now. The meter falls slowly, and a call that is muted shows nothing at once.
    fn figures(&self) -> Figures {
        let figures = told(self.leg.figures());
        if self.muted { Figures { level_out: 0.0, ..figures } } else { figures }
    }

    /// Ends the call: the far side is told, the recording is finished.
    fn bye(self) -> Figures {
        let Call { port, mut leg, beat, source, sink, seat, .. } = self;
        leg.bye(beat.now(), &mut |channel, to, datagram| send(port, channel, to, datagram));
        drop((source, sink, seat));
        told(leg.figures())
    }
}

fn send(port: &MediaPort, channel: Channel, to: SocketAddr, datagram: &[u8]) {
    let [rtp, rtcp] = port.sockets();
    let socket = match channel {
        Channel::Rtp => rtp,
        Channel::Rtcp => rtcp,
    };
    // A packet that cannot be sent is a lost packet: full buffers, a route that is gone for now.
    let _ = socket.send_to(datagram, to);
}

/// Takes what a socket has, a burst at most; how many datagrams.
fn drain(socket: &UdpSocket, mut take: impl FnMut(SocketAddr, &[u8])) -> usize {
    let mut buffer = [0; LARGEST];
    let (mut taken, mut errors) = (0, 0);
    while taken < BURST {
        match socket.recv_from(&mut buffer) {
            Ok((length, from)) => {
                taken += 1;
                take(from, buffer.get(..length).unwrap_or_default());
            }
            // An ICMP error of an earlier packet of ours, told once (Linux, Windows).
            Err(error) if error.kind() != std::io::ErrorKind::WouldBlock && errors < 4 => errors += 1,
            Err(_) => break,
        }
    }
    taken
}

/// In the words of the engine.
fn told(figures: media::Figures) -> Figures {
    Figures {
        packets_sent: figures.packets_sent,
        packets_received: figures.packets_received,
        octets_sent: figures.octets_sent,
        octets_received: figures.octets_received,
        lost: figures.lost,
        jitter_ms: figures.jitter_ms,
        buffer_ms: figures.buffer_ms,
        round_trip_ms: figures.round_trip_ms,
        level_out: figures.level_out,
        level_in: figures.level_in,
    }
}

#[cfg(test)]
mod tests;
