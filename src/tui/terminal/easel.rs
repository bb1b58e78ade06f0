//! The picture on the screen: put there, taken away, and left alone while nothing changes. Its bytes reach the terminal in
//! base64 and in no other way (kitty's graphics protocol; inline images as iTerm2 has them, OSC 1337).
//!
//! It refuses to know what is in a picture: that it is one, and how large, was found out before.

use super::pictures::Pictures;
use crate::engine::event::Photo;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Letters of base64 in one command of kitty's.
const CHUNK: usize = 4_096;

/// Takes the picture away, and what kitty keeps of it.
const GONE: &str = "\x1b_Ga=d,d=I,i=1,q=2\x1b\\";

/// What is on it.
#[derive(Debug, Default)]
pub struct Easel {
    way: Pictures,
    placed: Option<(Rect, Arc<[u8]>)>,
}

/// What is to be done so that the screen shows what is wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// These cells are to be drawn anew: what stood there is no text.
    pub spoiled: Option<Rect>,
    /// To be written after the frame.
    pub bytes: Vec<u8>,
}

impl Easel {
    /// For a terminal that shows pictures this way.
    #[must_use]
    pub fn new(way: Pictures) -> Easel {
        Easel { way, placed: None }
    }

    /// The terminal was cleared, or left: nothing is on it any more.
    pub fn forget(&mut self) {
        self.placed = None;
    }

    /// This is wanted now, at this place.
    #[must_use]
    pub fn change(&mut self, wanted: Option<(Rect, &Photo)>) -> Change {
        let wanted = wanted.filter(|(_, photo)| self.way.shows(photo));
        let is_there = match (&self.placed, wanted) {
            (None, None) => true,
            (Some((at, file)), Some((place, photo))) => *at == place && Arc::ptr_eq(file, &photo.file),
            _ => false,
        };
        if is_there {
            return Change::default();
        }
        let before = self.placed.take().map(|(at, _)| at);
        let mut bytes = Vec::new();
        if before.is_some() && self.way == Pictures::Kitty {
            bytes.extend_from_slice(GONE.as_bytes());
        }
        if let Some((place, photo)) = wanted {
            bytes.extend(self.drawn(place, photo));
            self.placed = Some((place, Arc::clone(&photo.file)));
        }
        Change { spoiled: before.filter(|_| self.way == Pictures::Inline), bytes }
    }

    /// The cursor and its looks are afterwards as before.
    fn drawn(&self, place: Rect, photo: &Photo) -> Vec<u8> {
        let Rect { x, y, width, height } = place;
        let mut text = format!("\x1b7\x1b[{};{}H", y + 1, x + 1);
        let file = STANDARD.encode(&photo.file);
        match self.way {
            Pictures::Kitty => {
                let mut rest = file.as_str();
                let mut keys = format!("a=T,f=100,i=1,p=1,c={width},r={height},C=1,q=2,");
                loop {
                    let (now, later) = rest.split_at(rest.len().min(CHUNK));
                    let more = u8::from(!later.is_empty());
                    text.push_str(&format!("\x1b_G{keys}m={more};{now}\x1b\\"));
                    if later.is_empty() {
                        break;
                    }
                    (rest, keys) = (later, String::new());
                }
            }
            Pictures::Inline => {
                let size = photo.file.len();
                text.push_str(&format!(
                    "\x1b]1337;File=inline=1;size={size};width={width};height={height};preserveAspectRatio=1;\
                     doNotMoveCursor=1:{file}\x07"
                ));
            }
            Pictures::Unknown | Pictures::Multiplexed => {}
        }
        text.push_str("\x1b8");
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Rect = Rect { x: 60, y: 2, width: 16, height: 8 };

    fn photo(png: bool, file: &[u8]) -> Photo {
        Photo { png, width: 96, height: 96, file: Arc::from(file) }
    }

    fn text(change: Change) -> String {
        String::from_utf8(change.bytes).unwrap()
    }

    #[test]
    fn kitty_gets_a_picture_once_and_loses_it_again() {
        let mut easel = Easel::new(Pictures::Kitty);
        let one = photo(true, b"\x1b]0;x\x07");
        assert_eq!(
            text(easel.change(Some((PLACE, &one)))),
            "\x1b7\x1b[3;61H\x1b_Ga=T,f=100,i=1,p=1,c=16,r=8,C=1,q=2,m=0;G10wO3gH\x1b\\\x1b8"
        );
        assert_eq!(easel.change(Some((PLACE, &one))), Change::default(), "it is there");
        let elsewhere = Rect { x: 40, ..PLACE };
        let moved = text(easel.change(Some((elsewhere, &one))));
        assert!(moved.starts_with(GONE) && moved.contains("\x1b[3;41H"), "{moved:?}");
        assert_eq!(easel.change(None), Change { spoiled: None, bytes: GONE.as_bytes().to_vec() });
        assert_eq!(easel.change(None), Change::default());
        // Once the screen was cleared there is nothing to be taken away.
        let _ = easel.change(Some((PLACE, &one)));
        easel.forget();
        assert!(!text(easel.change(Some((PLACE, &one)))).contains("a=d"));
    }

    #[test]
    fn an_inline_picture_goes_when_its_cells_are_drawn_anew() {
        let mut easel = Easel::new(Pictures::Inline);
        let (one, other) = (photo(false, b"one"), photo(true, b"other"));
        let shown = easel.change(Some((PLACE, &one)));
        assert_eq!(shown.spoiled, None);
        let text = text(shown);
        assert!(text.starts_with("\x1b7\x1b[3;61H\x1b]1337;File=inline=1;size=3;width=16;height=8;"), "{text:?}");
        assert!(text.ends_with(":b25l\x07\x1b8"), "{text:?}");
        assert_eq!(easel.change(Some((PLACE, &other))).spoiled, Some(PLACE));
        assert_eq!(easel.change(None), Change { spoiled: Some(PLACE), bytes: Vec::new() });
    }

    #[test]
    fn nothing_of_a_file_stands_in_a_sequence_but_in_base64() {
        let hostile: Vec<u8> = (0..=255).cycle().take(20_000).collect();
        for way in [Pictures::Kitty, Pictures::Inline] {
            let bytes = Easel::new(way).change(Some((PLACE, &photo(true, &hostile)))).bytes;
            let control = bytes.iter().filter(|byte| byte.is_ascii_control()).count();
            let commands = if way == Pictures::Kitty { STANDARD.encode(&hostile).len().div_ceil(CHUNK) } else { 1 };
            // Two to stand aside and back, one to go there, and two for each command.
            assert_eq!(control, 3 + 2 * commands, "{way:?}");
            assert!(bytes.is_ascii());
        }
    }

    #[test]
    fn a_terminal_that_cannot_show_it_gets_nothing() {
        for (way, png) in [(Pictures::Unknown, true), (Pictures::Multiplexed, true), (Pictures::Kitty, false)] {
            assert_eq!(Easel::new(way).change(Some((PLACE, &photo(png, b"x")))), Change::default(), "{way:?}");
        }
    }
}
