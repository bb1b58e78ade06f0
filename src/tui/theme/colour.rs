//! A colour as a theme names it, and the nearest one that a terminal has.

use super::depth::Depth;
use ratatui::style::Color;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// What the terminal takes when nothing is said.
    Default,
    /// One of the sixteen of the terminal.
    Named(u8),
    /// One of the 256 (xterm): sixteen, a cube of 6x6x6, 24 greys.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// The sixteen, in the order of their codes.
pub const NAMED: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// What the sixteen look like in xterm; terminals differ, and this is the middle.
const SIXTEEN: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The steps of the cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Colour {
    /// Reads `#rrggbb`, one of the sixteen names, `default`, or a number from 0 to 255.
    #[must_use]
    pub fn parse(text: &str) -> Option<Colour> {
        if text == "default" {
            return Some(Colour::Default);
        }
        if let Some(at) = NAMED.iter().position(|name| *name == text) {
            return u8::try_from(at).ok().map(Colour::Named);
        }
        if let Some(digits) = text.strip_prefix('#') {
            let value = (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                .then(|| u32::from_str_radix(digits, 16).ok())
                .flatten()?;
            let [_, red, green, blue] = value.to_be_bytes();
            return Some(Colour::Rgb(red, green, blue));
        }
        if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().map(Colour::Indexed)
    }

    /// The nearest that there is at `depth`; without colours, the terminal's own.
    #[must_use]
    pub fn at(self, depth: Depth) -> Colour {
        match (depth, self) {
            (Depth::Attributes, _) => Colour::Default,
            (Depth::Indexed, Colour::Rgb(red, green, blue)) => Colour::Indexed(indexed((red, green, blue))),
            (Depth::Sixteen, Colour::Indexed(number)) => Colour::Named(sixteen(seen(number))),
            (Depth::Sixteen, Colour::Rgb(red, green, blue)) => Colour::Named(sixteen((red, green, blue))),
            (_, colour) => colour,
        }
    }

    /// For drawing.
    #[must_use]
    pub fn drawn(self) -> Color {
        const DRAWN: [Color; 16] = [
            Color::Black,
            Color::Red,
            Color::Green,
            Color::Yellow,
            Color::Blue,
            Color::Magenta,
            Color::Cyan,
            Color::Gray,
            Color::DarkGray,
            Color::LightRed,
            Color::LightGreen,
            Color::LightYellow,
            Color::LightBlue,
            Color::LightMagenta,
            Color::LightCyan,
            Color::White,
        ];
        match self {
            Colour::Default => Color::Reset,
            Colour::Named(number) => DRAWN.get(usize::from(number)).copied().unwrap_or(Color::Reset),
            Colour::Indexed(number) => Color::Indexed(number),
            Colour::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
        }
    }
}

/// What one of the 256 looks like.
fn seen(number: u8) -> (u8, u8, u8) {
    match number {
        0..=15 => SIXTEEN.get(usize::from(number)).copied().unwrap_or_default(),
        16..=231 => {
            let cube = number - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (number - 232);
            (grey, grey, grey)
        }
    }
}

/// The nearest of the cube and the greys; the sixteen look different everywhere, so they are no match for anything.
fn indexed(colour: (u8, u8, u8)) -> u8 {
    // However much red there is, of green and of blue the nearest step is the best: six of the cube are left.
    let (green, blue) = (nearest_step(colour.1), nearest_step(colour.2));
    let cube = (0..6).map(|red| 16 + 36 * red + 6 * green + blue);
    cube.chain(232..=255).min_by_key(|number| distance(seen(*number), colour)).unwrap_or(16)
}

fn nearest_step(part: u8) -> u8 {
    (0..6).min_by_key(|at| step(*at).abs_diff(part)).unwrap_or(0)
}

fn step(at: u8) -> u8 {
    STEPS.get(usize::from(at)).copied().unwrap_or_default()
}

/// The nearest of the sixteen. A colour with a hue stays one: it is compared with the coloured twelve only, and by hue
/// more than by light, for a pale red must not end as grey.
fn sixteen((red, green, blue): (u8, u8, u8)) -> u8 {
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    if most - least < 48 {
        // Greys: black, bright black, white, bright white.
        return [(0, 0), (8, 127), (7, 215), (15, 255)]
            .into_iter()
            .min_by_key(|(_, grey): &(u8, u8)| grey.abs_diff(most / 2 + least / 2))
            .map_or(7, |(number, _)| number);
    }
    // The hue, stretched to full strength, decides which of the six; the light, whether it is the bright one.
    let stretched = |part: u8| (u32::from(part - least) * 255 / u32::from(most - least)) as u8;
    let pure = (stretched(red), stretched(green), stretched(blue));
    let hue = (9..=14).min_by_key(|number| distance(pure_of(*number), pure)).unwrap_or(15);
    if most >= 230 { hue } else { hue - 8 }
}

/// The bright six at full strength.
fn pure_of(number: u8) -> (u8, u8, u8) {
    let bits = number - 8;
    let part = |bit: u8| if bits & bit != 0 { 255 } else { 0 };
    (part(1), part(2), part(4))
}

/// How different two colours look ("redmean", a weighted distance).
fn distance((r1, g1, b1): (u8, u8, u8), (r2, g2, b2): (u8, u8, u8)) -> u32 {
    let mean = (u32::from(r1) + u32::from(r2)) / 2;
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    ((512 + mean) * square(r1, r2) + 1024 * square(g1, g2) + (767 - mean) * square(b1, b2)) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_three_forms() {
        for (text, colour) in [
            ("#7aA2f7", Colour::Rgb(0x7a, 0xa2, 0xf7)),
            ("red", Colour::Named(1)),
            ("bright-black", Colour::Named(8)),
            ("208", Colour::Indexed(208)),
            ("default", Colour::Default),
        ] {
            assert_eq!(Colour::parse(text), Some(colour), "{text}");
        }
        for text in ["#12345", "#12345g", "#+12345", "256", "-1", "+7", "Red", "", "ř"] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_nearest_colour_keeps_its_hue() {
        for (text, of_256, of_16) in [
            ("#ff0000", 196, "bright-red"),
            ("#cd0000", 160, "red"),
            ("#82aaff", 111, "bright-blue"),
            ("#8fbf7f", 108, "green"),
            ("#e5b567", 179, "yellow"),
            ("#ef7a75", 210, "bright-red"),
            ("#7f848e", 102, "bright-black"),
            ("#000000", 16, "black"),
            ("#ffffff", 231, "bright-white"),
            ("#444444", 238, "bright-black"),
        ] {
            let colour = Colour::parse(text).unwrap();
            assert_eq!(colour.at(Depth::Indexed), Colour::Indexed(of_256), "{text}");
            assert_eq!(colour.at(Depth::Sixteen), Colour::parse(of_16).unwrap(), "{text}");
            assert_eq!(colour.at(Depth::True), colour);
            assert_eq!(colour.at(Depth::Attributes), Colour::Default);
        }
        assert_eq!(Colour::Named(3).at(Depth::Sixteen).drawn(), Color::Yellow);
    }

    #[test]
    fn no_other_of_the_256_is_nearer() {
        let parts = || (0..=255).step_by(15);
        for (red, green, blue) in
            parts().flat_map(|red| parts().flat_map(move |green| parts().map(move |blue| (red, green, blue))))
        {
            let found = distance(seen(indexed((red, green, blue))), (red, green, blue));
            let nearest = (16..=255).map(|number| distance(seen(number), (red, green, blue))).min();
            assert_eq!(Some(found), nearest, "{red} {green} {blue}");
        }
    }

    #[test]
    fn every_one_of_the_256_is_nearest_to_itself() {
        for number in 16..=255 {
            let (red, green, blue) = seen(number);
            let Colour::Indexed(found) = Colour::Rgb(red, green, blue).at(Depth::Indexed) else { panic!("{number}") };
            assert_eq!(seen(found), (red, green, blue));
        }
    }
}
