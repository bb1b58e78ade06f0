//! Pictures, as far as they must be known before a terminal is shown one: JPEG (ISO/IEC 10918-1 annex B) or PNG (W3C PNG,
//! §5 and §11.2.1) by what is in them, whatever a server calls them, and how large they are.
//!
//! It decodes nothing.
#![deny(clippy::indexing_slicing)]

/// No picture of a person is wider or higher than this.
const LARGEST: u32 = 4_096;

/// Segments of a JPEG before its frame.
const SEGMENTS: usize = 512;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

/// What is known of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What it is.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Why it is none that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPicture {
    /// Neither JPEG nor PNG.
    Unknown,
    /// It begins as one, and does not say how large it is.
    Broken,
    /// It says that it is larger than any that is shown, or that there is nothing in it.
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
}

impl std::fmt::Display for NoPicture {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoPicture::Unknown => out.write_str("what came is neither a JPEG nor a PNG"),
            NoPicture::Broken => out.write_str("what came is a damaged picture"),
            NoPicture::Size { width, height } => write!(out, "the picture says that it has {width} times {height} pixels"),
        }
    }
}

impl Picture {
    /// Looks at a file.
    ///
    /// # Errors
    /// It is none that is shown.
    pub fn parse(bytes: &[u8]) -> Result<Picture, NoPicture> {
        let (format, size) = if let Some(rest) = bytes.strip_prefix(PNG) {
            (Format::Png, png(rest))
        } else if let Some(rest) = bytes.strip_prefix(&[0xff, 0xd8]) {
            (Format::Jpeg, jpeg(rest))
        } else {
            return Err(NoPicture::Unknown);
        };
        let (width, height) = size.ok_or(NoPicture::Broken)?;
        if !(1..=LARGEST).contains(&width) || !(1..=LARGEST).contains(&height) {
            return Err(NoPicture::Size { width, height });
        }
        Ok(Picture { format, width, height })
    }
}

/// The size in `IHDR`, which comes first.
fn png(rest: &[u8]) -> Option<(u32, u32)> {
    let inner = rest.strip_prefix(b"\0\0\0\x0dIHDR")?;
    let (width, inner) = inner.split_first_chunk::<4>()?;
    let (height, rest) = inner.split_first_chunk::<4>()?;
    // Depth, colours, three methods and the checksum follow, and then there is more.
    (rest.len() > 9).then(|| (u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// The size in the header of the frame, which stands behind some other segments.
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    for _ in 0..SEGMENTS {
        let (&[0xff, marker], after) = rest.split_first_chunk::<2>()? else { return None };
        match marker {
            // It may be filled up with these.
            0xff => {
                rest = rest.get(1..)?;
                continue;
            }
            // A frame: all of these, but for the tables among them.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let inner = after.get(3..)?;
                let (height, inner) = inner.split_first_chunk::<2>()?;
                let (width, _) = inner.split_first_chunk::<2>()?;
                return Some((u32::from(u16::from_be_bytes(*width)), u32::from(u16::from_be_bytes(*height))));
            }
            // These have no length; at the second and third it is over.
            0x01 | 0xd0..=0xd7 => rest = after,
            0xd8..=0xda => return None,
            _ => {
                let (length, _) = after.split_first_chunk::<2>()?;
                let length = usize::from(u16::from_be_bytes(*length));
                rest = after.get(length.max(2)..)?;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = [PNG, b"\0\0\0\x0dIHDR"].concat();
        file.extend(width.to_be_bytes().into_iter().chain(height.to_be_bytes()));
        file.extend([8, 2, 0, 0, 0, 1, 2, 3, 4, 0, 0]);
        file
    }

    fn jpeg(frame: u8, width: u16, height: u16) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, b'J', b'F', 0xff, 0xff, 0xdb, 0, 3, 1, 0xff, frame, 0, 11, 8];
        file.extend(height.to_be_bytes().into_iter().chain(width.to_be_bytes()));
        file.extend([1, 1, 0x11, 0, 0xff, 0xda]);
        file
    }

    #[test]
    fn what_it_is_and_how_large_is_read_from_its_bytes() {
        assert_eq!(Picture::parse(&png(48, 64)), Ok(Picture { format: Format::Png, width: 48, height: 64 }));
        let found = Ok(Picture { format: Format::Jpeg, width: 120, height: 90 });
        assert_eq!(Picture::parse(&jpeg(0xc0, 120, 90)), found);
        assert_eq!(Picture::parse(&jpeg(0xc2, 120, 90)), found, "progressive");
    }

    #[test]
    fn what_is_none_or_boundless_is_refused() {
        for other in [&b""[..], b"GIF89a", b"<html>", b"\x1b]0;x\x07", b"\x89PNG\r\n", b"\xff"] {
            assert_eq!(Picture::parse(other), Err(NoPicture::Unknown), "{other:?}");
        }
        assert_eq!(Picture::parse(&png(1 << 20, 1)), Err(NoPicture::Size { width: 1 << 20, height: 1 }));
        assert_eq!(Picture::parse(&png(0, 5)), Err(NoPicture::Size { width: 0, height: 5 }));
        assert_eq!(Picture::parse(&jpeg(0xc0, 0xffff, 9)), Err(NoPicture::Size { width: 0xffff, height: 9 }));
        assert_eq!(Picture::parse(&jpeg(0xc4, 9, 9)), Err(NoPicture::Broken), "a table is no frame");
        let (whole, other) = (png(9, 9), jpeg(0xc0, 9, 9));
        for (file, from, to) in [(&whole, 8, 32), (&other, 2, 22)] {
            for cut in from..to {
                assert_eq!(Picture::parse(&file[..cut]), Err(NoPicture::Broken), "{cut}");
            }
        }
    }
}
