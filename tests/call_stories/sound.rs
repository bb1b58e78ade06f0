//! Media threads that make no sound: a port, the plan that they run under, and figures of their own at the end.

use offhook::engine::event::{CallId, Figures};
use offhook::engine::input::MediaIn;
use offhook::engine::output::MediaOut;
use offhook::protocol::rtp::MediaPlan;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// A call of one of the actors.
pub type At = (usize, CallId);

/// The sound of one call.
#[derive(Clone, Debug, Default)]
pub struct Thread {
    /// Ports that were asked for, and given.
    pub ports: Vec<SocketAddr>,
    /// The plans under which somebody may be heard before the call is answered.
    pub early: Vec<MediaPlan>,
    /// The plan that it runs under.
    pub plan: Option<MediaPlan>,
    /// Plans that it has run under.
    pub plans: usize,
    /// It sends silence.
    pub muted: bool,
    /// It has left the devices to other calls.
    pub held: bool,
    /// How often it was told to stop.
    pub stops: usize,
}

impl Thread {
    /// Whether it is there to hear and to be heard.
    pub fn runs(&self) -> bool {
        self.plan.is_some() && self.stops == 0
    }
}

/// Every call's sound.
#[derive(Debug)]
pub struct Studio {
    pub threads: BTreeMap<At, Thread>,
    /// Binding a port takes so long.
    pub binding: Duration,
    /// The system has no port to give.
    pub full: bool,
    /// Keys that were pressed, of all calls.
    pub keys: usize,
    next_port: u16,
}

impl Default for Studio {
    fn default() -> Studio {
        Studio { threads: BTreeMap::new(), binding: Duration::from_millis(1), full: false, keys: 0, next_port: 0 }
    }
}

impl Studio {
    /// Binds a pair of ports.
    pub fn bind(&mut self, at: At, local: IpAddr) -> Result<SocketAddr, String> {
        if self.full {
            return Err("too many open files".into());
        }
        self.next_port += 2;
        let port = SocketAddr::new(local, 30_000 + self.next_port);
        self.threads.entry(at).or_default().ports.push(port);
        Ok(port)
    }

    /// Carries an order out; answers whom to tell what.
    pub fn order(&mut self, at: At, order: MediaOut) -> Option<(At, MediaIn)> {
        match order {
            MediaOut::Early(plans) => {
                let thread = self.threads.get_mut(&at).expect("a call without a port is to be heard early");
                assert!(thread.plan.is_none() && thread.stops == 0, "{at:?} is answered or over, and is to be heard early");
                thread.early = plans;
                None
            }
            MediaOut::Run(plan) => {
                let thread = self.threads.get_mut(&at).expect("a call without a port is to sound");
                assert_eq!(thread.stops, 0, "{at:?} is to sound after it was stopped");
                thread.plan = Some(*plan);
                thread.plans += 1;
                None
            }
            MediaOut::Mute(_) | MediaOut::Hold(_) => {
                let thread = self.threads.get_mut(&at).filter(|thread| thread.runs());
                let thread = thread.expect("a call is muted or held that does not sound");
                match order {
                    MediaOut::Mute(muted) => thread.muted = muted,
                    _ => thread.held = order == MediaOut::Hold(true),
                }
                None
            }
            MediaOut::Dtmf(key) => {
                self.keys += 1;
                let (far, thread) = self.far_end(at)?;
                let plan = thread.plan.as_ref().filter(|_| thread.runs())?;
                assert_eq!(self.threads[&at].plan.as_ref()?.send_events.map(|events| events.payload_type), plan.receive_events);
                plan.receive_events.map(|_| (far, MediaIn::Dtmf(key)))
            }
            MediaOut::Stop => {
                let thread = self.threads.entry(at).or_default();
                thread.stops += 1;
                Some((at, MediaIn::Stopped(figures(at))))
            }
        }
    }

    /// The call that hears what this one sends.
    fn far_end(&self, at: At) -> Option<(At, &Thread)> {
        let remote = self.threads.get(&at)?.plan.as_ref()?.remote?;
        self.threads.iter().find(|(_, thread)| thread.ports.contains(&remote)).map(|(far, thread)| (*far, thread))
    }

    /// Two calls hear each other: addresses, codecs, keys and directions are each other's.
    pub fn assert_joined(&self, a: At, b: At) {
        let (one, two) = (&self.threads[&a], &self.threads[&b]);
        for (own, far) in [(one, two), (two, one)] {
            let plan = own.plan.as_ref().expect("it sounds");
            let theirs = far.plan.as_ref().expect("it sounds");
            assert!(own.runs() && far.runs(), "{own:?} and {far:?} sound");
            assert_eq!(plan.remote.as_ref(), far.ports.last());
            assert_eq!(plan.codec, theirs.codec);
            assert!(theirs.receive.contains(&(plan.send_payload_type, plan.codec)), "{plan:?} against {theirs:?}");
            assert_eq!(plan.send_events.map(|events| events.payload_type), theirs.receive_events);
            assert_eq!(plan.seal, theirs.open);
            assert!(plan.seal.is_none() || plan.seal != plan.open);
            assert_eq!(plan.direction, theirs.direction.mirrored());
        }
    }
}

/// The last figures of a call: nobody else's.
pub fn figures((actor, call): At) -> Figures {
    Figures { packets_sent: actor as u64 * 1000 + call.0 % 1000, packets_received: 7, ..Figures::default() }
}
