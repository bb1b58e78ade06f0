//! A sound file as Unity Connection gives it out: RIFF WAVE, G.711 µ-law, 8 kHz, one channel (format tag 7).

/// The file of these codes.
pub(super) fn file(sound: &[u8]) -> Vec<u8> {
    let length = u32::try_from(sound.len()).unwrap_or(u32::MAX);
    // A chunk of odd length is followed by an octet that does not count.
    let padding = usize::from(sound.len() % 2 == 1);
    let mut file = Vec::with_capacity(sound.len() + 59);
    file.extend(b"RIFF");
    file.extend((4 + 8 + 18 + 8 + 4 + 8 + length + u32::from(padding == 1)).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(18_u32.to_le_bytes());
    file.extend(7_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(8_u16.to_le_bytes());
    file.extend(0_u16.to_le_bytes());
    // A format that is not PCM says how many samples there are.
    file.extend(b"fact");
    file.extend(4_u32.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(sound);
    file.resize(file.len() + padding, 0);
    file
}

/// Octets of the file before the sound.
#[cfg(test)]
pub(super) const BEFORE_SOUND: usize = 12 + 8 + 18 + 8 + 4 + 8;
