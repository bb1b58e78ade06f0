//! G.711: pulse code modulation at 8 kHz, eight logarithmic bits a sample, in two laws (ITU-T G.711, values of G.191).
//!
//! It refuses to know packets and rates: a sample is a number, a code is an octet.

/// The two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// µ-law: North America and Japan.
    Mu,
    /// A-law: everywhere else.
    A,
}

/// µ-law adds this to a magnitude (of 14 bits), so that every segment begins at a power of two.
const BIAS: i32 = 33;

/// A-law inverts every other bit on the wire.
const EVEN_BITS: u8 = 0x55;

impl Law {
    /// The code of silence.
    #[must_use]
    pub const fn silence(self) -> u8 {
        match self {
            Law::Mu => 0xff,
            Law::A => 0xd5,
        }
    }

    /// The code that is nearest to a sample.
    #[must_use]
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::Mu => encode_mu(sample),
            Law::A => encode_a(sample),
        }
    }

    /// The sample that a code stands for.
    #[must_use]
    pub fn decode(self, code: u8) -> i16 {
        let magnitude = match self {
            Law::Mu => decode_mu(!code),
            Law::A => decode_a(code ^ EVEN_BITS),
        };
        // The sign bit is inverted on the wire under µ-law, and one means positive under A-law: one and the same.
        let value = if code & 0x80 == 0 { -magnitude } else { magnitude };
        i16::try_from(value).unwrap_or(0)
    }
}

fn encode_mu(sample: i16) -> u8 {
    let magnitude = if sample < 0 { !sample } else { sample };
    let biased = ((i32::from(magnitude) >> 2) + BIAS).min(0x1fff);
    // Bit 5 is set in segment 0, bit 12 in segment 7.
    let segment = (26_u32.saturating_sub(biased.leading_zeros())).min(7);
    let mantissa = (biased >> (segment + 1)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !low_octet(sign | i32::try_from(segment << 4).unwrap_or(0) | mantissa)
}

fn decode_mu(code: u8) -> i32 {
    let segment = (code >> 4) & 0x07;
    let mantissa = i32::from(code & 0x0f);
    (((2 * mantissa + BIAS) << segment) - BIAS) << 2
}

fn encode_a(sample: i16) -> u8 {
    let magnitude = i32::from(if sample < 0 { !sample } else { sample }) >> 4;
    let code = if magnitude < 16 {
        magnitude
    } else {
        // Bit 4 is set in segment 1, bit 10 in segment 7.
        let segment = 28 - magnitude.leading_zeros();
        let mantissa = (magnitude >> (segment - 1)) & 0x0f;
        i32::try_from(segment << 4).unwrap_or(0) | mantissa
    };
    let sign = if sample < 0 { 0 } else { 0x80 };
    low_octet(code | sign) ^ EVEN_BITS
}

fn decode_a(code: u8) -> i32 {
    let segment = (code >> 4) & 0x07;
    let mantissa = i32::from(code & 0x0f);
    match segment {
        0 => (mantissa << 4) + 8,
        _ => ((mantissa << 4) + 0x108) << (segment - 1),
    }
}

fn low_octet(value: i32) -> u8 {
    u8::try_from(value & 0xff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes 0x80 to 0xff, as G.191 expands them; the lower half is the same with the sign turned.
    const MU: [i16; 128] = [
        32124, 31100, 30076, 29052, 28028, 27004, 25980, 24956, 23932, 22908, 21884, 20860, 19836, 18812, 17788, 16764, 15996,
        15484, 14972, 14460, 13948, 13436, 12924, 12412, 11900, 11388, 10876, 10364, 9852, 9340, 8828, 8316, 7932, 7676, 7420,
        7164, 6908, 6652, 6396, 6140, 5884, 5628, 5372, 5116, 4860, 4604, 4348, 4092, 3900, 3772, 3644, 3516, 3388, 3260, 3132,
        3004, 2876, 2748, 2620, 2492, 2364, 2236, 2108, 1980, 1884, 1820, 1756, 1692, 1628, 1564, 1500, 1436, 1372, 1308, 1244,
        1180, 1116, 1052, 988, 924, 876, 844, 812, 780, 748, 716, 684, 652, 620, 588, 556, 524, 492, 460, 428, 396, 372, 356,
        340, 324, 308, 292, 276, 260, 244, 228, 212, 196, 180, 164, 148, 132, 120, 112, 104, 96, 88, 80, 72, 64, 56, 48, 40,
        32, 24, 16, 8, 0,
    ];

    /// As above.
    const A: [i16; 128] = [
        5504, 5248, 6016, 5760, 4480, 4224, 4992, 4736, 7552, 7296, 8064, 7808, 6528, 6272, 7040, 6784, 2752, 2624, 3008, 2880,
        2240, 2112, 2496, 2368, 3776, 3648, 4032, 3904, 3264, 3136, 3520, 3392, 22016, 20992, 24064, 23040, 17920, 16896,
        19968, 18944, 30208, 29184, 32256, 31232, 26112, 25088, 28160, 27136, 11008, 10496, 12032, 11520, 8960, 8448, 9984,
        9472, 15104, 14592, 16128, 15616, 13056, 12544, 14080, 13568, 344, 328, 376, 360, 280, 264, 312, 296, 472, 456, 504,
        488, 408, 392, 440, 424, 88, 72, 120, 104, 24, 8, 56, 40, 216, 200, 248, 232, 152, 136, 184, 168, 1376, 1312, 1504,
        1440, 1120, 1056, 1248, 1184, 1888, 1824, 2016, 1952, 1632, 1568, 1760, 1696, 688, 656, 752, 720, 560, 528, 624, 592,
        944, 912, 1008, 976, 816, 784, 880, 848,
    ];

    #[test]
    fn every_code_decodes_to_the_reference_value() {
        for (law, table) in [(Law::Mu, &MU), (Law::A, &A)] {
            for (code, value) in (0x80..=0xff_u8).zip(table) {
                assert_eq!(law.decode(code), *value, "{law:?} {code:#x}");
                assert_eq!(law.decode(code & 0x7f), -*value, "{law:?} {code:#x}");
            }
        }
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..=255_u8 {
            assert_eq!(Law::A.encode(Law::A.decode(code)), code);
            // µ-law has two zeros, and a sample only one.
            let expected = if code == 0x7f { 0xff } else { code };
            assert_eq!(Law::Mu.encode(Law::Mu.decode(code)), expected);
        }
    }

    #[test]
    fn every_sample_gets_the_nearest_code() {
        for (law, coarse) in [(Law::Mu, 644), (Law::A, 512)] {
            let mut values: Vec<i32> = (0..=255).map(|code| i32::from(law.decode(code))).collect();
            values.sort_unstable();
            for sample in i16::MIN..=i16::MAX {
                let sample_value = i32::from(sample);
                let error = (i32::from(law.decode(law.encode(sample))) - sample_value).abs();
                let at = values.partition_point(|value| *value < sample_value);
                let best = [at.saturating_sub(1), at.min(255)].map(|near| (values[near] - sample_value).abs());
                // Where two segments meet, the decision value of G.711 lies off the middle by a quarter of the larger step.
                let slack = 16 + sample_value.abs() / 60;
                assert!(error <= best[0].min(best[1]) + slack && error <= coarse, "{law:?} {sample} {error} {best:?}");
            }
        }
    }

    #[test]
    fn known_codes() {
        for (sample, mu, a) in
            [(0_i16, 0xff_u8, 0xd5_u8), (-1, 0x7f, 0x55), (32_767, 0x80, 0xaa), (-32_768, 0x00, 0x2a), (1000, 0xce, 0xfa)]
        {
            assert_eq!((Law::Mu.encode(sample), Law::A.encode(sample)), (mu, a), "{sample}");
        }
    }
}
