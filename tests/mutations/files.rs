//! Files of the user's own: accounts in TOML, and sound in WAV. Nobody sends them, but disks break and editors slip.

use super::{Reader, Row};
use offhook::engine::event::AccountName;
use offhook::io::accounts::file;
use offhook::io::audio::source::WavSource;
use std::path::Path;
use std::time::{Duration, Instant};

/// The rows of files.
pub fn rows() -> Vec<Row> {
    let accounts = ACCOUNTS.iter().map(|text| text.as_bytes().to_vec()).collect();
    vec![
        Row { name: "account file", honest: accounts, read: Box::new(account) },
        Row { name: "WAV file", honest: sounds(), read: sound() },
    ]
}

const ACCOUNTS: &[&str] = &[
    "# The offhook account work.\njid = \"alice@example.test\"\nxmpp-server = \"[2001:db8::1]:5223;tls=direct\"\n\
     sip = \"sip:alice@example.test\"\nsip-proxy = \"sip:proxy.test:5061;transport=tls\"\nca = \"/etc/ca.pem\"\n\
     password-command = \"pass show work | head -1\"\n",
    "sip = 'sip:+4930123@[2001:db8::1]'\nallow-cleartext = true\nsip-proxy = \"sip:192.0.2.1;transport=udp\"\nfuture = [1, { a = 2 }]\n",
    "jid = \"\"\"\nbob@example.test\"\"\"\n",
];

/// What is read is written as something that is read as the same again; what is not is refused in one visible line.
fn account(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let path = Path::new("/accounts/work.toml");
    let visible = |line: &str| assert!(!line.chars().any(char::is_control), "{line:?} can act on a terminal");
    match file::parse(AccountName("work".into()), path, &text) {
        Ok((stored, warnings)) => {
            warnings.iter().for_each(|warning| visible(warning));
            let again = file::parse(AccountName("work".into()), path, &file::write(&stored));
            assert_eq!(again.map(|(again, _)| again), Ok(stored));
            true
        }
        Err(problem) => {
            visible(&problem.to_string());
            false
        }
    }
}

/// A header of 44 bytes and a few samples.
fn wav(format: u16, channels: u16, rate: u32, bits: u16, samples: usize) -> Vec<u8> {
    let frame = u32::from(channels) * u32::from(bits / 8);
    let length = u32::try_from(samples).unwrap() * frame;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(format.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * frame).to_le_bytes());
    bytes.extend(u16::try_from(frame).unwrap().to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend((0..length).map(|at| at.to_le_bytes()[0]));
    bytes
}

fn sounds() -> Vec<Vec<u8>> {
    vec![wav(1, 1, 48_000, 16, 300), wav(1, 2, 44_100, 16, 300), wav(1, 1, 8_000, 8, 100), wav(3, 1, 16_000, 32, 100)]
}

/// A file that is taken for sound is played to an end, and that end comes: a header may not promise more than there is.
fn sound() -> Reader {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    Box::new(move |bytes| {
        let _folder = &folder;
        std::fs::write(&path, bytes).unwrap();
        let source = match WavSource::open(&path) {
            Ok(source) => source,
            Err(why) => {
                assert!(!why.chars().any(char::is_control), "{why:?} can act on a terminal");
                return false;
            }
        };
        let mut playing = source.play().unwrap();
        let begun = Instant::now();
        while playing.frame().is_some() {
            assert!(begun.elapsed() < Duration::from_secs(20), "it is played for ever");
            std::thread::yield_now();
        }
        true
    })
}
