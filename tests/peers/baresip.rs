//! baresip as the far end: registers through Kamailio, plays a WAV, records what it hears, obeys netstrings of JSON.

use super::ports;
use super::process::{DEADLINE, Process};
use super::world::World;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

pub const NEEDS: &str = "baresip";

pub struct Baresip {
    pub process: Process,
    folder: PathBuf,
    control: u16,
}

/// What it does and how.
pub struct Options<'a> {
    pub user: &'a str,
    /// `sip:127.0.0.1:PORT;transport=…`; or `[::1]`, and it speaks IPv6.
    pub proxy: &'a str,
    /// The WAV that it plays: 48 kHz, mono.
    pub play: &'a str,
    /// As in `opus/48000/1,PCMU/8000/1`.
    pub codecs: &'a str,
    /// `auto` or `manual`.
    pub answer: &'a str,
    /// Per cent of loss that its Opus encoder reckons with; FEC is there from the first on.
    pub loss: u32,
    /// Further parameters of the account, as in `;mediaenc=srtp-mand`.
    pub more: &'a str,
}

impl Baresip {
    /// Starts it and waits until it is registered.
    pub fn start(world: &World, options: &Options) -> Baresip {
        let Options { user, proxy, play, codecs, answer, loss, more } = options;
        let (listen, control, media) = (ports::free(), ports::free(), ports::range(52));
        let (host, family) = if proxy.contains("[::1]") { ("[::1]", "-6") } else { ("127.0.0.1", "-4") };
        let folder = world.file(&format!("baresip-{user}"));
        let here = folder.display();
        let ca = world.file("ca.crt");
        let ca = ca.display();
        let config = format!(
            "poll_method epoll\nsip_listen {host}:{listen}\nsip_cafile {ca}\naudio_source aufile,{play}\n\
             ausrc_srate 48000\nauplay_srate 48000\nausrc_channels 1\nauplay_channels 1\naudio_buffer 20-160\n\
             rtp_ports {media}-{}\nrtp_stats yes\nrtp_timeout 60\nopus_stereo no\nopus_sprop_stereo no\nopus_bitrate 32000\n\
             opus_inbandfec yes\nopus_packet_loss {loss}\nmodule_path /usr/lib/baresip/modules\nmodule opus.so\nmodule g711.so\nmodule aufile.so\n\
             module sndfile.so\nmodule srtp.so\nmodule_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n\
             module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {here}\n",
            media + 50
        );
        world.write(&format!("baresip-{user}/config"), &config);
        let transport = proxy.rsplit("transport=").next().unwrap_or("udp");
        let account = format!(
            "<sip:{user}@example.test;transport={transport}>;auth_user={user};auth_pass=pw-{user};outbound=\"{proxy}\";\
             regint=300;audio_codecs={codecs};answermode={answer}{more}\n"
        );
        world.write(&format!("baresip-{user}/accounts"), &account);
        let mut command = Command::new("baresip");
        command.args([family, "-s", "-f"]).arg(&folder).current_dir(&folder);
        let mut process = Process::start(world.path(), &format!("baresip-{user}"), &mut command);
        // Who is the second under an address is told of two.
        process.wait_for_line(" binding");
        process.wait_for_port(control);
        Baresip { process, folder, control }
    }

    /// Gives an order and waits for its response.
    pub fn order(&self, command: &str, parameters: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.control)).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let order = json!({"command": command, "params": parameters, "token": "t"}).to_string();
        stream.write_all(format!("{}:{order},", order.len()).as_bytes()).unwrap();
        let (start, mut heard) = (Instant::now(), Vec::new());
        loop {
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).unwrap();
            assert!(count > 0 && start.elapsed() < DEADLINE, "baresip closed its control connection");
            heard.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&heard);
            // Events come as netstrings too; the response is the one that says so.
            for part in text.split(":{").skip(1) {
                let end = part.rfind("},").map_or(part.len(), |at| at + 1);
                if let Ok(value) = serde_json::from_str::<Value>(&format!("{{{}", &part[..end]))
                    && value["response"] == true
                {
                    return value;
                }
            }
        }
    }

    /// Waits until it has received so many packets of RTP in its call, and says how many there are.
    pub fn wait_for_packets(&self, count: u64) -> u64 {
        let start = Instant::now();
        loop {
            let said = self.order("audio_debug", "")["data"].as_str().unwrap_or_default().to_owned();
            let after = said.split("rcvd=").nth(1).unwrap_or_default();
            let received = after.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
            if let Some(received) = received.parse::<u64>().ok().filter(|received| *received >= count) {
                return received;
            }
            assert!(start.elapsed() < DEADLINE, "baresip never heard {count} packets:\n{said}\n{}", self.process.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The recording of what it heard in its last call (module sndfile writes one for each, and its length at the end).
    pub fn heard(&self) -> PathBuf {
        let start = Instant::now();
        loop {
            let path = self.last_recording();
            if hound::WavReader::open(&path).is_ok_and(|reader| reader.duration() > 0) {
                return path;
            }
            assert!(start.elapsed() < DEADLINE, "{} is never finished:\n{}", path.display(), self.process.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn last_recording(&self) -> PathBuf {
        let mut found: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        found.sort();
        found.pop().unwrap_or_else(|| panic!("baresip has recorded nothing:\n{}", self.process.log()))
    }
}
