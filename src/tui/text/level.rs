//! Loudness in four columns. It measures nothing.

/// The bars for a level of 0 … 1; four columns.
#[must_use]
pub fn level(loudness: f32) -> &'static str {
    pick(loudness, ["    ", "▁   ", "▁▃  ", "▁▃▅ ", "▁▃▅▇"])
}

/// The same for terminals without block elements.
#[must_use]
pub fn level_plain(loudness: f32) -> &'static str {
    pick(loudness, ["....", "|...", "||..", "|||.", "||||"])
}

/// Speech is loud at a tenth of full scale, so the steps are of a logarithm: about -46, -36, -26 and -16 dB.
fn pick(loudness: f32, bars: [&'static str; 5]) -> &'static str {
    let [none, one, two, three, four] = bars;
    match loudness {
        _ if loudness >= 0.16 => four,
        _ if loudness >= 0.05 => three,
        _ if loudness >= 0.016 => two,
        _ if loudness >= 0.005 => one,
        _ => none,
    }
}
