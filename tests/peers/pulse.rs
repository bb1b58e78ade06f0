//! Sound without hardware: a PulseAudio with two null sinks, one for what we play and one whose monitor is our microphone.

use super::process::Process;
use super::sound::{RATE, Recording};
use super::world::World;
use std::path::PathBuf;
use std::process::Command;

/// With the plugin of ALSA that speaks to it (Debian: libasound2-plugins).
pub const NEEDS: [&str; 3] = ["pulseaudio", "paplay", "parec"];

/// What we play.
pub const SPEAKER: &str = "spk";
/// What our microphone hears.
pub const MICROPHONE: &str = "micfeed";

pub struct Pulse<'a> {
    world: &'a World,
    _server: Process,
    socket: PathBuf,
    config: PathBuf,
}

impl<'a> Pulse<'a> {
    pub fn start(world: &'a World) -> Pulse<'a> {
        let socket = world.file("pulse.sock");
        let native = format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display());
        let sink = |name: &str| format!("module-null-sink sink_name={name} rate=48000 channels=1");
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"]);
        command.args(["-L", &native, "-L", &sink(SPEAKER), "-L", &sink(MICROPHONE)]).env("HOME", world.path());
        let mut server = Process::start(world.path(), "pulseaudio", &mut command);
        let there = socket.clone();
        server.wait_until("opens its socket", move |_| there.exists());
        let config = world.file("asound.conf");
        let text = format!(
            "pcm.!default {{\n  type asym\n  playback.pcm {{ type pulse server \"unix:{0}\" device \"{SPEAKER}\" }}\n  \
             capture.pcm {{ type pulse server \"unix:{0}\" device \"{MICROPHONE}.monitor\" }}\n}}\n",
            socket.display()
        );
        std::fs::write(&config, text).unwrap();
        Pulse { world, _server: server, socket, config }
    }

    /// Lets a command find these devices, and no others.
    pub fn for_command<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("ALSA_CONFIG_PATH", &self.config).env("PULSE_SERVER", format!("unix:{}", self.socket.display()))
    }

    /// Plays a WAV file into a sink.
    pub fn play(&self, sink: &str, file: &std::path::Path) -> Process {
        let mut command = Command::new("paplay");
        command.arg(format!("--device={sink}")).arg(file);
        Process::start(self.world.path(), &format!("paplay-{sink}"), self.for_command(&mut command))
    }

    /// Records what is played into a sink, until it is dropped.
    pub fn record(&self, sink: &str) -> Heard {
        let mut command = Command::new("parec");
        command.args(["--format=s16le", "--rate=48000", "--channels=1", "--raw", "--latency-msec=20"]);
        command.arg(format!("--device={sink}.monitor"));
        let name = format!("parec-{sink}");
        let file = self.world.file(&format!("{name}.out"));
        Heard { file, _parec: Process::start_apart(self.world.path(), &name, self.for_command(&mut command)) }
    }
}

/// What is being recorded.
pub struct Heard {
    file: PathBuf,
    _parec: Process,
}

impl Heard {
    /// The newest fifth of a second.
    pub fn now(&self) -> Recording {
        let bytes = std::fs::read(&self.file).unwrap_or_default();
        let samples: Vec<i16> = bytes.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect();
        let newest = samples.len().saturating_sub(RATE as usize / 5);
        Recording { rate: RATE, samples: samples[newest..].to_vec() }
    }
}
