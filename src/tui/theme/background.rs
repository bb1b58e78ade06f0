//! Whether the terminal is dark or light behind its letters, and what follows for a theme that goes by it (xterm's OSC 11,
//! XParseColor's `rgb:` and `#`).

#![deny(clippy::indexing_slicing)]

/// The theme that goes by the terminal's background.
pub const AUTO: &str = "auto";

/// What is behind the letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Dark, and where the terminal does not say.
    #[default]
    Dark,
    /// Light.
    Light,
}

impl Background {
    /// Its name, and that of the theme for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Background::Dark => "dark",
            Background::Light => "light",
        }
    }

    /// The theme that is meant by `name`.
    #[must_use]
    pub fn theme(self, name: &str) -> &str {
        if name == AUTO { self.name() } else { name }
    }

    /// From a colour, as in `rgb:ffff/ffff/dddd`, `rgba:ff/ff/dd/80` or `#ffffdd`.
    #[must_use]
    pub fn parse(colour: &[u8]) -> Option<Background> {
        let colour = std::str::from_utf8(colour).ok()?;
        let parts: Vec<&str> = if let Some(digits) = colour.strip_prefix('#') {
            let each = digits.len().checked_div(3).filter(|each| *each > 0 && each * 3 == digits.len())?;
            (0..3).map(|nth| digits.get(nth * each..(nth + 1) * each)).collect::<Option<_>>()?
        } else {
            let parts = colour.strip_prefix("rgb:").or_else(|| colour.strip_prefix("rgba:"))?;
            parts.split('/').take(3).collect()
        };
        let [red, green, blue] = parts.iter().map(|part| level(part)).collect::<Option<Vec<u32>>>()?.try_into().ok()?;
        // As bright as an eye finds it (ITU-R BT.601).
        let bright = 299 * red + 587 * green + 114 * blue;
        Some(if bright > 1000 * 127 { Background::Light } else { Background::Dark })
    }
}

/// Hexadecimal digits as a level from 0 to 255.
fn level(digits: &str) -> Option<u32> {
    let length = u32::try_from(digits.len()).ok().filter(|length| (1..=4).contains(length))?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some(value * 255 / (16u32.pow(length) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_colour_is_dark_or_light_however_it_is_written() {
        use Background::{Dark, Light};
        for (colour, background) in [
            ("rgb:0000/0000/0000", Dark),
            ("rgb:ffff/ffff/ffff", Light),
            ("rgb:fd/f6/e3", Light),
            ("rgb:002b/2b2b/3636", Dark),
            ("rgb:f/f/f", Light),
            ("rgba:ffff/ffff/dddd/8000", Light),
            ("#fff", Light),
            ("#1e1e2e", Dark),
            ("#ffffffffffff", Light),
            // Blue is no light, green is.
            ("rgb:00/00/ff", Dark),
            ("rgb:00/ff/00", Light),
        ] {
            assert_eq!(Background::parse(colour.as_bytes()), Some(background), "{colour}");
        }
        for colour in
            ["", "?", "rgb:", "rgb:ff/ff", "rgb:gg/00/00", "rgb:+f/00/00", "rgb:00000/0/0", "#", "#12", "#12345", "white"]
        {
            assert_eq!(Background::parse(colour.as_bytes()), None, "{colour}");
        }
    }

    #[test]
    fn only_auto_goes_by_the_background() {
        assert_eq!((Background::Light.theme("auto"), Background::Dark.theme("auto")), ("light", "dark"));
        assert_eq!(Background::Light.theme("mono"), "mono");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_colour_or_none(colour in prop::collection::vec(any::<u8>(), 0..40), hex in "(rgba?:|#)[0-9a-f/]{0,30}") {
            let _ = (Background::parse(&colour), Background::parse(hex.as_bytes()));
        }
    }
}
