//! What the people of the lab say: a few short sentences as Ogg Opus (RFC 7845), made by `voices/make.sh`.
#![deny(clippy::indexing_slicing)]

/// A sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clip {
    /// A mailbox asks for a message.
    Mailbox,
    /// Somebody answers a call, in one of two voices.
    Answer(u8),
    /// Somebody has heard what was said to them.
    Heard(u8),
    /// Somebody rings.
    Ring,
    /// Somebody who rang says good-bye.
    Goodbye,
    /// Somebody leaves a message, one of two.
    Message(u8),
}

impl Clip {
    /// The file.
    #[must_use]
    pub const fn file(self) -> &'static [u8] {
        match self {
            Clip::Mailbox => include_bytes!("voices/mailbox.opus"),
            Clip::Answer(voice) if voice % 2 == 0 => include_bytes!("voices/answer-1.opus"),
            Clip::Answer(_) => include_bytes!("voices/answer-2.opus"),
            Clip::Heard(voice) if voice % 2 == 0 => include_bytes!("voices/heard-1.opus"),
            Clip::Heard(_) => include_bytes!("voices/heard-2.opus"),
            Clip::Ring => include_bytes!("voices/ring.opus"),
            Clip::Goodbye => include_bytes!("voices/goodbye.opus"),
            Clip::Message(which) if which % 2 == 0 => include_bytes!("voices/message-1.opus"),
            Clip::Message(_) => include_bytes!("voices/message-2.opus"),
        }
    }

    /// The packets of sound in it, 20 ms each.
    #[must_use]
    pub fn packets(self) -> Vec<&'static [u8]> {
        // The first two packets say what it is (RFC 7845 §3).
        packets(self.file()).into_iter().skip(2).collect()
    }
}

/// The packets of an Ogg stream (RFC 3533 §6); those that go over the end of a page are left out: ours have none.
fn packets(file: &'static [u8]) -> Vec<&'static [u8]> {
    let mut found = Vec::new();
    let mut rest = file;
    while let Some((table, body)) = page(rest) {
        let mut body = body;
        let mut length = 0;
        for lace in table {
            length += usize::from(*lace);
            if *lace < 255 {
                let Some((packet, after)) = body.split_at_checked(length) else { return found };
                found.push(packet);
                (body, length) = (after, 0);
            }
        }
        rest = body;
    }
    found
}

/// The lacing values of the first page, and all that follows them.
fn page(file: &'static [u8]) -> Option<(&'static [u8], &'static [u8])> {
    let header = file.strip_prefix(b"OggS")?.get(22..)?;
    let (count, rest) = header.split_first()?;
    rest.split_at_checked(usize::from(*count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::opus;

    #[test]
    fn every_clip_is_speech_of_20_ms_packets() {
        let all = [Clip::Mailbox, Clip::Answer(0), Clip::Answer(1), Clip::Heard(0), Clip::Heard(1), Clip::Ring]
            .into_iter()
            .chain([Clip::Goodbye, Clip::Message(0), Clip::Message(1)]);
        let mut octets = 0;
        for clip in all {
            octets += clip.file().len();
            let packets = clip.packets();
            assert!((50..1000).contains(&packets.len()), "{clip:?}: {} packets", packets.len());
            let mut decoder = opus::Decoder::new().unwrap();
            let mut pcm = Vec::new();
            packets.iter().for_each(|packet| decoder.decode(packet, &mut pcm));
            assert_eq!(pcm.len(), packets.len() * 960, "{clip:?}");
            let loud = pcm.iter().filter(|sample| sample.unsigned_abs() > 1000).count();
            assert!(loud > pcm.len() / 20, "{clip:?} is silent");
        }
        assert!(octets < 1 << 20);
    }

    #[test]
    fn what_is_no_ogg_has_no_packets() {
        for file in [&b""[..], b"OggS", b"OggS\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\x05"] {
            assert!(packets(file).is_empty());
        }
    }
}
