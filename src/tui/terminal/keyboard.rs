//! What a terminal sends, as keys, pasted text and attention (ECMA-48, xterm's control sequences, modified keys as xterm
//! and kitty write them). It takes any bytes, in any pieces, and keeps only what was begun; what means nothing here is
//! swallowed whole, so that no piece of a sequence is taken for something typed.
//!
//! An Esc that nothing follows in what has come is the key; that is all that tells it from the beginning of a sequence.
//! Esc \] is Alt-\], unless the terminal was asked for its background and this is what it answers. It was asked how it is
//! (DSR 5) after that, and tells it (CSI 0 n) when no other answer is to come.

#![deny(clippy::indexing_slicing)]

use crate::tui::keymap::{Key, KeyCode};
use crate::tui::theme::Background;

/// Of pasted text more is let go: nobody writes that much, and the editor says so.
const PASTED: usize = 1 << 20;

/// Of a sequence more is let go; then it means nothing.
const SEQUENCE: usize = 64;

const PASTE_ENDS: &[u8] = b"\x1b[201~";

const ESC: u8 = 0x1b;

/// What the answer about the background begins with, after Esc \].
const ANSWER: &[u8] = b"11;";

/// Something that the terminal has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has got the user's attention, or lost it.
    Attention(bool),
    /// What is behind the letters.
    Background(Background),
}

/// Between the terminal's bytes and keys.
#[derive(Debug, Default)]
pub struct Keyboard {
    begun: Begun,
    typed: Vec<Typed>,
    /// The terminal was asked for its background, and has not answered.
    awaits: bool,
}

/// What has come of something that is not whole.
#[derive(Debug, Default)]
enum Begun {
    #[default]
    Nothing,
    /// Esc.
    Escape,
    /// A letter of several bytes, with Alt or without.
    Letter(Vec<u8>, bool),
    /// Esc O.
    Single,
    /// Esc \[ and what came after it.
    Sequence(Vec<u8>),
    /// The Linux console's Esc \[ \[.
    Console,
    /// A report of the mouse in its first form: so many bytes are still to come.
    Mouse(u8),
    /// Pasted text.
    Paste(Vec<u8>),
    /// An Esc that was taken for the key; what is awaited may have been cut there.
    Escaped,
    /// Esc \] and what came after it; the Esc was taken for the key, or not.
    Answer(Vec<u8>, bool),
    /// An answer, and the Esc that begins its end.
    Ending,
}

impl Keyboard {
    /// The terminal was asked for its background.
    pub fn await_background(&mut self) {
        self.awaits = true;
    }

    /// Takes what has come, and says what it is.
    pub fn parse(&mut self, bytes: &[u8]) -> Vec<Typed> {
        for byte in bytes {
            self.take(*byte);
        }
        if matches!(self.begun, Begun::Escape) {
            self.begun = if self.awaits { Begun::Escaped } else { Begun::Nothing };
            self.key(Key::plain(KeyCode::Esc));
        }
        std::mem::take(&mut self.typed)
    }

    fn key(&mut self, key: Key) {
        self.typed.push(Typed::Key(key));
    }

    fn take(&mut self, byte: u8) {
        match std::mem::take(&mut self.begun) {
            Begun::Nothing => self.first(byte, false),
            Begun::Escape => match byte {
                b'[' => self.begun = Begun::Sequence(Vec::new()),
                b'O' => self.begun = Begun::Single,
                b']' if self.awaits => self.begun = Begun::Answer(Vec::new(), false),
                ESC => {
                    self.key(Key::plain(KeyCode::Esc));
                    self.begun = Begun::Escape;
                }
                byte => self.first(byte, true),
            },
            Begun::Letter(mut bytes, alt) => {
                bytes.push(byte);
                self.letter(bytes, alt);
            }
            Begun::Single => match byte {
                ESC => self.begun = Begun::Escape,
                byte => self.typed.extend(final_key(byte).map(|code| Typed::Key(Key::plain(code)))),
            },
            Begun::Sequence(bytes) => self.sequence(bytes, byte),
            Begun::Console => {
                if let b'A'..=b'E' = byte {
                    self.key(Key::plain(KeyCode::F(byte - b'A' + 1)));
                }
            }
            Begun::Mouse(left) => self.begun = if left > 1 { Begun::Mouse(left - 1) } else { Begun::Nothing },
            Begun::Paste(bytes) => self.paste(bytes, byte),
            Begun::Escaped => match byte {
                b']' if self.awaits => self.begun = Begun::Answer(Vec::new(), true),
                byte => self.first(byte, false),
            },
            Begun::Answer(bytes, escaped) => self.answer(bytes, escaped, byte),
            Begun::Ending => match byte {
                b'\\' => {}
                byte => {
                    self.begun = Begun::Escape;
                    self.take(byte);
                }
            },
        }
    }

    /// A byte after Esc \] and `bytes`, while an answer is awaited.
    fn answer(&mut self, mut bytes: Vec<u8>, escaped: bool, byte: u8) {
        if ANSWER.get(bytes.len()).is_some_and(|wanted| *wanted != byte) {
            // It is none: somebody has typed it.
            self.first(b']', !escaped);
            bytes.push(byte);
            return bytes.into_iter().for_each(|byte| self.take(byte));
        }
        match byte {
            0x20..=0x7e => {
                if bytes.len() < SEQUENCE {
                    bytes.push(byte);
                }
                self.begun = Begun::Answer(bytes, escaped);
            }
            // BEL, the Esc of ST, or what no answer holds.
            _ => {
                let colour = bytes.strip_prefix(ANSWER).and_then(Background::parse);
                self.typed.extend(colour.map(Typed::Background));
                (self.awaits, self.begun) = (false, if byte == ESC { Begun::Ending } else { Begun::Nothing });
            }
        }
    }

    /// The first byte of something, after Esc where Alt is held.
    fn first(&mut self, byte: u8, alt: bool) {
        let key = match byte {
            ESC => return self.begun = Begun::Escape,
            b'\r' => Key::plain(KeyCode::Enter),
            b'\t' => Key::plain(KeyCode::Tab),
            0x7f => Key::plain(KeyCode::Backspace),
            // Ctrl takes the three highest bits off: of a space, the letters and [ \ ] ^ _.
            0 => Key::ctrl(' '),
            0x01..=0x1a => Key::ctrl(char::from(byte | 0x60)),
            0x1c..=0x1f => Key::ctrl(char::from(byte | 0x40)),
            0x20..=0x7e => Key::char(char::from(byte)),
            _ => return self.letter(vec![byte], alt),
        };
        self.key(Key { alt, ..key });
    }

    /// A letter of several bytes, as far as it has come.
    fn letter(&mut self, bytes: Vec<u8>, alt: bool) {
        match std::str::from_utf8(&bytes) {
            Ok(letter) => {
                let letters = letter.chars().filter(|letter| !letter.is_control());
                self.typed.extend(letters.map(|letter| Typed::Key(Key { alt, ..Key::char(letter) })));
            }
            // The rest may still come.
            Err(why) if why.error_len().is_none() => self.begun = Begun::Letter(bytes, alt),
            // It is no letter. What broke it off may be the beginning of something.
            Err(_) => {
                if let Some(last) = bytes.last().filter(|last| bytes.len() > 1 && (last.is_ascii() || **last >= 0xc0)) {
                    self.first(*last, false);
                }
            }
        }
    }

    /// A byte after Esc \[ and `bytes`.
    fn sequence(&mut self, mut bytes: Vec<u8>, byte: u8) {
        match (byte, bytes.as_slice()) {
            (ESC, _) => self.begun = Begun::Escape,
            (b'[', []) => self.begun = Begun::Console,
            (b'M', []) => self.begun = Begun::Mouse(3),
            (b'~', b"200") => self.begun = Begun::Paste(Vec::new()),
            (b'n', b"0") => self.awaits = false,
            (0x20..=0x3f, _) => {
                if bytes.len() < SEQUENCE {
                    bytes.push(byte);
                }
                self.begun = Begun::Sequence(bytes);
            }
            (0x40..=0x7e, parameters) if parameters.len() < SEQUENCE => self.typed.extend(sequence(parameters, byte)),
            // Too long, or broken off by what no sequence holds.
            _ => {}
        }
    }

    fn paste(&mut self, mut bytes: Vec<u8>, byte: u8) {
        bytes.push(byte);
        if bytes.ends_with(PASTE_ENDS) {
            bytes.truncate(bytes.len() - PASTE_ENDS.len());
            bytes.truncate(PASTED);
            return self.typed.push(Typed::Paste(String::from_utf8_lossy(&bytes).into_owned()));
        }
        if bytes.len() >= PASTED + 2 * PASTE_ENDS.len() {
            // The end has to be seen all the same.
            bytes.drain(PASTED..PASTED + PASTE_ENDS.len());
        }
        self.begun = Begun::Paste(bytes);
    }
}

/// The keys that end Esc O, or Esc \[ with modifiers.
fn final_key(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => return None,
    })
}

/// The keys of Esc \[ number ~.
fn numbered(number: u32) -> Option<KeyCode> {
    let function = |first: u32| u8::try_from(number - first).map(KeyCode::F).ok();
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28 | 29 => function(13),
        31..=34 => function(14),
        _ => None,
    }
}

/// What Esc \[, these parameters and this final byte are.
fn sequence(parameters: &[u8], last: u8) -> Option<Typed> {
    match (last, parameters) {
        (b'I', b"") => return Some(Typed::Attention(true)),
        (b'O', b"") => return Some(Typed::Attention(false)),
        (b'n', b"?997;1") => return Some(Typed::Background(Background::Dark)),
        (b'n', b"?997;2") => return Some(Typed::Background(Background::Light)),
        (b'Z', _) => return Some(Typed::Key(Key { shift: true, ..Key::plain(KeyCode::Tab) })),
        _ => {}
    }
    let mut parameters = std::str::from_utf8(parameters).ok()?.split(';');
    let (number, held) = (parameters.next()?, parameters.next().unwrap_or_default());
    // A number may have parts: the key on other keyboards, and whether it was let go.
    let part = |of: &str, nth: usize| {
        of.split(':').nth(nth).map_or(Some(1), |part| if part.is_empty() { Some(1) } else { part.parse().ok() })
    };
    let number: u32 = part(number, 0)?;
    let (modifiers, is_let_go) = (part(held, 0)?, part(held, 1)? == 3);
    let code = match last {
        b'~' if number == 27 => lettered(part(parameters.next()?, 0)?)?,
        b'~' => numbered(number)?,
        b'u' => lettered(number)?,
        b'M' => return None,
        _ => final_key(last).filter(|_| number == 1)?,
    };
    if is_let_go { None } else { key(code, modifiers).map(Typed::Key) }
}

/// A key by the code of what it types.
fn lettered(code: u32) -> Option<KeyCode> {
    Some(match code {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        // Keys without letters, in kitty's private numbers.
        0xe000..=0xf8ff => return None,
        code => KeyCode::Char(char::from_u32(code).filter(|letter| !letter.is_control())?),
    })
}

/// `code` with what is held beside it: one more than shift 1, alt 2, ctrl 4, super 8, hyper 16, meta 32.
fn key(code: KeyCode, modifiers: u32) -> Option<Key> {
    let held = modifiers.checked_sub(1)?;
    let (shift, alt, ctrl) = (held & 1 != 0, held & (2 | 32) != 0, held & 4 != 0);
    if held & (8 | 16) != 0 {
        return None;
    }
    let code = match code {
        KeyCode::Char(letter) if shift && letter.is_lowercase() => KeyCode::Char(letter.to_uppercase().next()?),
        code => code,
    };
    Some(Key { code, ctrl, alt, shift }.settled())
}

#[cfg(test)]
#[path = "keyboard/tests.rs"]
mod tests;
