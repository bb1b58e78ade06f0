//! Sound cards and sound servers through cpal: which there are, and streams that run on threads of cpal's.
//!
//! On Linux cpal speaks ALSA, whose plugins reach PipeWire and PulseAudio. ALSA lists forty devices where a person sees two:
//! of these only sound servers that run, and each card once, are named. Opening may block: never on the loop.

use super::capture::Capture;
use super::flow::Flow;
use super::playback::Playback;
use super::server::Server;
use crate::machine::visible_line;
use crate::media::RATE;
use crate::media::resample::to_sample;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Device, ErrorKind, FromSample, Sample, SampleFormat, SizedSample, StreamConfig};
use cpal::{SupportedBufferSize, SupportedStreamConfigRange};
use std::sync::Arc;
use std::time::Duration;

/// What opens streams. Tests have one of their own.
pub trait Card: Send + Sync {
    /// Opens a microphone: by its name, else the system's default.
    ///
    /// # Errors
    /// Why not.
    fn input(&self, name: Option<&str>) -> Result<(Capture, Running), Refused>;

    /// Opens a loudspeaker: by its name, else the system's default.
    ///
    /// # Errors
    /// Why not.
    fn output(&self, name: Option<&str>) -> Result<(Playback, Running), Refused>;

    /// The names that may be chosen: microphones, then loudspeakers.
    fn names(&self) -> [Vec<String>; 2];

    /// Whether such a stream could be opened, without opening it for long.
    ///
    /// # Errors
    /// Why not.
    fn probe(&self, input: bool, name: Option<&str>) -> Result<(), Refused>;
}

/// A stream that runs until it is dropped, which may block.
pub struct Running {
    /// What its thread tells.
    pub flow: Arc<Flow>,
    /// Holds the stream.
    pub stream: Box<dyn std::any::Any + Send>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Running").field("flow", &self.flow).finish_non_exhaustive()
    }
}

/// Why a device cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As the end of a sentence, without a full stop.
    pub why: String,
    /// Somebody else has it: it may be free in a moment.
    pub busy: bool,
}

impl Refused {
    fn new(why: impl Into<String>) -> Refused {
        Refused { why: why.into(), busy: false }
    }
}

impl From<cpal::Error> for Refused {
    fn from(error: cpal::Error) -> Refused {
        Refused { why: said(&error), busy: error.kind() == ErrorKind::DeviceBusy }
    }
}

/// cpal's error, in a few words.
fn said(error: &cpal::Error) -> String {
    match error.kind() {
        ErrorKind::DeviceNotAvailable => "no sound card was found".into(),
        ErrorKind::DeviceBusy => "another program has it".into(),
        ErrorKind::PermissionDenied => "you may not use it (are you in the group audio?)".into(),
        ErrorKind::HostUnavailable => "this machine has no sound system".into(),
        ErrorKind::UnsupportedConfig | ErrorKind::UnsupportedOperation => "it cannot do what a call needs".into(),
        _ => visible_line(error.to_string().trim_end_matches('.')),
    }
}

/// The devices of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cards;

/// How long one turn of a stream is to be, as a part of a second: 20 ms.
const TURN: u32 = 50;

/// Plugins of ALSA that are no devices by themselves, and the default, which is meant where none is chosen.
const PLUGINS: &[&str] = &[
    "default",
    "null",
    "jack",
    "oss",
    "lavrate",
    "samplerate",
    "speexrate",
    "speex",
    "upmix",
    "vdownmix",
    "sysdefault",
    "usbstream",
    "a52",
    "arcam_av_ctl",
];

impl Cards {
    fn host() -> Result<cpal::Host, Refused> {
        let id = *cpal::available_hosts().first().ok_or_else(|| Refused::new("this machine has no sound system"))?;
        Ok(cpal::host_from_id(id)?)
    }

    fn devices() -> Vec<(String, Device)> {
        let Ok(devices) = Cards::host().and_then(|host| host.devices().map_err(Refused::from)) else { return Vec::new() };
        let servers: Vec<Server> = Server::running();
        let mut found: Vec<(u8, String, Device)> = devices
            .filter_map(|device| {
                let id = device.id().ok()?;
                let (rank, name) = named(id.id(), &device.to_string(), &servers)?;
                Some((rank, name, device))
            })
            .collect();
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        found.dedup_by(|a, b| a.1 == b.1);
        found.into_iter().map(|(_, name, device)| (name, device)).collect()
    }

    fn device(input: bool, name: Option<&str>) -> Result<Device, Refused> {
        let Some(name) = name else {
            let host = Cards::host()?;
            let default = if input { host.default_input_device() } else { host.default_output_device() };
            return default.ok_or_else(|| Refused::new("this machine has none"));
        };
        let found = Cards::devices().into_iter().find(|(known, _)| known == name);
        found.map(|(_, device)| device).ok_or_else(|| Refused::new("there is no device of that name now"))
    }
}

/// What a person calls an ALSA device, and in which order it is shown; nothing where it is no device to choose.
fn named(id: &str, description: &str, servers: &[Server]) -> Option<(u8, String)> {
    if let Some(server) = Server::of_plugin(id) {
        return servers.contains(&server).then(|| (0, server.name().to_owned()));
    }
    match id.split_once(':') {
        // With what ALSA converts, and under the card's name: its number may be another one after the next start.
        Some(("plughw", card)) => {
            let card = card.strip_prefix("CARD=")?;
            (!card.starts_with(|first: char| first.is_ascii_digit())).then(|| (1, visible_line(description)))
        }
        Some(_) => None,
        None if PLUGINS.contains(&id) => None,
        None => Some((2, visible_line(id))),
    }
}

/// The best of what a device can do: as many samples as ours, in few channels, as numbers that we know.
fn best(ranges: impl Iterator<Item = SupportedStreamConfigRange>) -> Option<(StreamConfig, SampleFormat)> {
    let worth = |range: &SupportedStreamConfigRange| {
        let format = match range.sample_format() {
            SampleFormat::I16 => 3,
            SampleFormat::F32 => 2,
            SampleFormat::I32 => 1,
            _ => 0,
        };
        let rate = rate(range);
        // Above ours is better than below.
        let rate = if rate == RATE {
            u32::MAX
        } else if rate > RATE {
            u32::MAX / 2 - rate
        } else {
            rate
        };
        (format.min(1), rate, std::cmp::Reverse(range.channels().max(2)), std::cmp::Reverse(range.channels()), format)
    };
    let range = ranges.max_by_key(worth).filter(|range| worth(range).0 > 0)?;
    let rate = rate(&range);
    let turn = rate / TURN;
    let buffer_size = match range.buffer_size() {
        SupportedBufferSize::Range { min, max } if (*min..=*max).contains(&turn) => BufferSize::Fixed(turn),
        _ => BufferSize::Default,
    };
    Some((StreamConfig { channels: range.channels(), sample_rate: rate, buffer_size }, range.sample_format()))
}

/// Ours, if it is within the range, else the nearest to it.
fn rate(range: &SupportedStreamConfigRange) -> u32 {
    RATE.clamp(range.min_sample_rate(), range.max_sample_rate().max(range.min_sample_rate()))
}

/// What is told when a stream has an error.
fn errors(flow: &Arc<Flow>) -> impl FnMut(cpal::Error) + Send + 'static {
    let flow = Arc::clone(flow);
    move |error| match error.kind() {
        ErrorKind::Xrun => flow.xrun(),
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => {
            flow.break_off(&said(&error))
        }
        _ => {
            // cpal tries again at once, and would do nothing else.
            if flow.err(&said(&error)) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Samples that a turn of a stream is expected to have.
fn period(config: &StreamConfig) -> u32 {
    match config.buffer_size {
        BufferSize::Fixed(turn) => turn,
        BufferSize::Default => config.sample_rate / 20,
    }
}

fn record<T: SizedSample>(device: &Device, config: StreamConfig) -> Result<(Capture, Running), Refused>
where
    f32: FromSample<T>,
{
    let flow = Arc::new(Flow::default());
    let period = usize::try_from(period(&config)).unwrap_or(0);
    let (mut inlet, capture) = Capture::new(config.sample_rate, period, Arc::clone(&flow)).map_err(Refused::new)?;
    let channels = usize::from(config.channels).max(1);
    // Of more than two channels the others are not where a person speaks.
    let heard = channels.min(2);
    let tells = Arc::clone(&flow);
    let turn = move |data: &[T], _: &cpal::InputCallbackInfo| {
        let lost = inlet.put(data.chunks_exact(channels).map(|sample| {
            let sum: f32 = sample.iter().take(heard).map(|sample| f32::from_sample(*sample)).sum();
            to_sample(sum / heard as f32 * 32_768.0)
        }));
        tells.turn(tells.now());
        tells.starve(lost);
    };
    let stream = device.build_input_stream(config, turn, errors(&flow), None)?;
    stream.play()?;
    Ok((capture, Running { flow, stream: Box::new(stream) }))
}

fn play<T: SizedSample + FromSample<f32>>(device: &Device, config: StreamConfig) -> Result<(Playback, Running), Refused> {
    let flow = Arc::new(Flow::default());
    let period = usize::try_from(period(&config)).unwrap_or(0);
    let (playback, mut outlet) = Playback::new(config.sample_rate, period, Arc::clone(&flow)).map_err(Refused::new)?;
    let channels = usize::from(config.channels).max(1);
    let tells = Arc::clone(&flow);
    let turn = move |data: &mut [T], _: &cpal::OutputCallbackInfo| {
        let mut missing = 0;
        for places in data.chunks_exact_mut(channels) {
            let mut sample = 0;
            missing += 1 - outlet.take(std::iter::once(&mut sample));
            places.fill(T::from_sample(f32::from(sample) / 32_768.0));
        }
        tells.turn(tells.now());
        tells.starve(missing);
    };
    let stream = device.build_output_stream(config, turn, errors(&flow), None)?;
    stream.play()?;
    Ok((playback, Running { flow, stream: Box::new(stream) }))
}

impl Card for Cards {
    fn input(&self, name: Option<&str>) -> Result<(Capture, Running), Refused> {
        let device = Cards::device(true, name)?;
        let (config, format) = best(device.supported_input_configs()?).ok_or_else(unfit)?;
        let open = |config| match format {
            SampleFormat::I16 => record::<i16>(&device, config),
            SampleFormat::F32 => record::<f32>(&device, config),
            SampleFormat::I32 => record::<i32>(&device, config),
            _ => Err(unfit()),
        };
        open(config).or_else(|refused| if refused.busy { Err(refused) } else { open(at_its_pace(config)) })
    }

    fn output(&self, name: Option<&str>) -> Result<(Playback, Running), Refused> {
        let device = Cards::device(false, name)?;
        let (config, format) = best(device.supported_output_configs()?).ok_or_else(unfit)?;
        let open = |config| match format {
            SampleFormat::I16 => play::<i16>(&device, config),
            SampleFormat::F32 => play::<f32>(&device, config),
            SampleFormat::I32 => play::<i32>(&device, config),
            _ => Err(unfit()),
        };
        open(config).or_else(|refused| if refused.busy { Err(refused) } else { open(at_its_pace(config)) })
    }

    fn names(&self) -> [Vec<String>; 2] {
        let devices = Cards::devices();
        let those =
            |has: fn(&Device) -> bool| devices.iter().filter(|(_, device)| has(device)).map(|(name, _)| name.clone()).collect();
        [those(Device::supports_input), those(Device::supports_output)]
    }

    fn probe(&self, input: bool, name: Option<&str>) -> Result<(), Refused> {
        let device = Cards::device(input, name)?;
        let found = if input { best(device.supported_input_configs()?) } else { best(device.supported_output_configs()?) };
        found.map(drop).ok_or_else(unfit)
    }
}

fn unfit() -> Refused {
    Refused::new("it cannot do what a call needs")
}

/// Some devices list a length of turn that they then refuse.
fn at_its_pace(config: StreamConfig) -> StreamConfig {
    StreamConfig { buffer_size: BufferSize::Default, ..config }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_alsas_devices_a_person_sees_servers_that_run_and_each_card_once() {
        let servers = [Server::PulseAudio];
        let analog = "HDA Intel PCH, ALC257 Analog";
        let seen = |id| named(id, analog, &servers).map(|(_, name)| name);
        assert_eq!(seen("pulse").as_deref(), Some("PulseAudio"));
        assert_eq!(seen("plughw:CARD=PCH,DEV=0").as_deref(), Some(analog));
        assert_eq!(seen("headset").as_deref(), Some("headset"));
        for none in [
            "default",
            "null",
            "pipewire",
            "jack",
            "sysdefault:CARD=PCH",
            "front:CARD=PCH,DEV=0",
            "hw:CARD=PCH,DEV=0",
            "plughw:CARD=0,DEV=0",
            "dmix:CARD=PCH,DEV=0",
            "surround51:CARD=PCH,DEV=0",
            "plughw:0,0",
        ] {
            assert_eq!(seen(none), None, "{none}");
        }
    }

    #[test]
    fn of_what_a_device_can_do_the_nearest_to_ours_is_taken() {
        let size = SupportedBufferSize::Range { min: 64, max: 4096 };
        let range = |channels, min, max, format| SupportedStreamConfigRange::new(channels, min, max, size, format);
        let wide = [range(2, 8_000, 48_000, SampleFormat::I32), range(1, 8_000, 96_000, SampleFormat::I16)];
        let (config, format) = best(wide.into_iter()).unwrap();
        assert_eq!((config.channels, config.sample_rate, format), (1, 48_000, SampleFormat::I16));
        assert_eq!(config.buffer_size, BufferSize::Fixed(960));
        let narrow = [range(2, 44_100, 44_100, SampleFormat::F32), range(2, 96_000, 192_000, SampleFormat::F32)];
        assert_eq!(best(narrow.into_iter()).unwrap().0.sample_rate, 96_000);
        assert!(best([range(2, 48_000, 48_000, SampleFormat::DsdU8)].into_iter()).is_none());
        assert!(best(std::iter::empty()).is_none());
    }

    #[test]
    fn a_machine_without_the_device_says_so_and_does_not_panic() {
        let refused = Cards.input(Some("no such device")).unwrap_err();
        assert_eq!(refused.why, "there is no device of that name now");
        assert!(Cards.output(Some("no such device")).is_err());
    }
}
