//! What the terminal shows, and how it comes to show the next frame: two buffers of cells, of which what differs is told.
//!
//! A frame is drawn whole, or only a part of it where nothing else can have changed: a letter that is typed costs the line it
//! stands in, not four thousand cells.

use super::encoder::Encoder;
use super::links::Links;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};

/// The frame that is shown.
#[derive(Debug)]
pub struct Frames {
    encoder: Encoder,
    shown: Buffer,
    /// Where the next one is drawn.
    next: Buffer,
}

impl Frames {
    /// For a terminal of that size, which has just been entered and is empty.
    #[must_use]
    pub fn new(size: Size, links: Links) -> Frames {
        let empty = Buffer::empty(Rect::from((Position::ORIGIN, size)));
        Frames { encoder: Encoder::new(size, links), shown: empty.clone(), next: empty }
    }

    /// The terminal has that size now, and is drawn anew.
    pub fn resize(&mut self, size: Size) {
        let area = Rect::from((Position::ORIGIN, size));
        self.next.resize(area);
        self.shown.resize(area);
        self.shown.reset();
        self.encoder.resize(size);
        self.encoder.clear();
    }

    /// Somebody else wrote on the terminal, or it was left and entered again: all is drawn anew.
    pub fn forget(&mut self) {
        self.encoder.forget();
        self.shown.reset();
        self.encoder.clear();
    }

    /// What stands in these cells is not what was drawn there: the next whole frame draws them anew.
    pub fn spoil(&mut self, room: Rect) {
        for at in room.intersection(self.shown.area).positions() {
            self.shown[at].set_symbol("\u{fffd}");
        }
    }

    /// A whole frame: `draw` gets the cells, all of them empty, and says where the cursor stands, if anywhere. The bytes for
    /// it, none where nothing changed.
    #[must_use]
    pub fn whole(&mut self, draw: impl FnOnce(&mut Buffer) -> Option<Position>) -> Vec<u8> {
        self.next.reset();
        let cursor = draw(&mut self.next);
        self.encoder.draw(self.shown.diff_iter(&self.next));
        std::mem::swap(&mut self.shown, &mut self.next);
        self.encoder.end(cursor)
    }

    /// A frame that differs from the last one in `room` at most, and where the cursor stands: `draw` gets its cells, all of
    /// them empty.
    #[must_use]
    pub fn part(&mut self, room: Rect, draw: impl FnOnce(&mut Buffer) -> Option<Position>) -> Vec<u8> {
        let room = room.intersection(self.shown.area);
        let (mut before, mut after) = (Buffer::empty(room), Buffer::empty(room));
        for at in room.positions() {
            before[at] = self.shown[at].clone();
        }
        let cursor = draw(&mut after);
        self.encoder.draw(before.diff_iter(&after));
        for at in room.positions() {
            self.shown[at] = std::mem::take(&mut after[at]);
        }
        self.encoder.end(cursor)
    }
}
