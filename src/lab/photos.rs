//! Photos of the people of a site, on a web server of a node: `/photos/NAME.png`, for anybody who asks. Some people have none.
#![deny(clippy::indexing_slicing)]

use super::http::{Delivery, Service, Visit, page};
use super::site::{PhotoFormat, Photos as Settings, Site};
use crate::machine::Moment;
use crate::protocol::http::{Method, Request, Response};
use sha2::{Digest, Sha256};

/// Where they are.
pub const PATH: &str = "/photos/";

/// A head and shoulders, 96 pixels wide and high, grey; made for the lab.
const PORTRAIT: &[u8] = include_bytes!("photos/portrait.jpg");

/// Pixels of a side.
const SIDE: u32 = 96;

/// Of so many people one has no photo.
const WITHOUT: u8 = 8;

/// The web server.
#[derive(Clone, Debug)]
pub struct Photos {
    settings: Settings,
}

impl Photos {
    /// Of this site.
    #[must_use]
    pub fn new(site: &Site) -> Photos {
        Photos { settings: site.photos.clone() }
    }

    /// Whether a request is for it.
    #[must_use]
    pub fn is_asked(request: &Request) -> bool {
        request.url.path().starts_with(PATH)
    }

    fn say(&self, request: &Request) -> Response {
        let format = self.settings.format;
        let name = request.url.path().strip_prefix(PATH).and_then(|name| name.strip_suffix(format.ending()));
        let Some(user) = name.and_then(|name| name.strip_suffix('.')).filter(|user| !user.is_empty()) else {
            return page(404, "There is no such photo.");
        };
        if request.method != Method::Get {
            return page(405, "This is read only.");
        }
        let look = Sha256::digest(user.as_bytes());
        let [first, red, green, blue] = [0, 1, 2, 3].map(|at| look.get(at).copied().unwrap_or_default());
        if first % WITHOUT == 0 {
            return page(404, "There is no photo of them.");
        }
        let body = match format {
            PhotoFormat::Jpeg => PORTRAIT.to_vec(),
            PhotoFormat::Png => png(SIDE, &portrait([red, green, blue])),
            PhotoFormat::Hostile => b"\x1b]0;owned\x07\x1b[2J\x1b]52;c;b3duZWQ=\x07".to_vec(),
            PhotoFormat::Boundless => png(0x7fff_ffff, &[0; 64]),
        };
        // What it is called is no proof of what it is.
        let headers = vec![("Content-Type".to_owned(), "application/octet-stream".to_owned())];
        Response { status: 200, headers, body }
    }
}

impl Service for Photos {
    fn answer(&mut self, _now: Moment, visit: Visit<'_>) -> Delivery {
        Delivery::of(&self.settings.answers, visit.request, self.say(visit.request))
    }
}

/// Rows of pixels in red, green and blue, each row behind a zero, as PNG wants them: a head and shoulders.
fn portrait([red, green, blue]: [u8; 3]) -> Vec<u8> {
    let (dark, light) = ([red / 2, green / 2, blue / 2], [255 - red / 4, 255 - green / 4, 255 - blue / 4]);
    let mut rows = Vec::new();
    for y in 0..i64::from(SIDE) {
        rows.push(0);
        for x in 0..i64::from(SIDE) {
            let head = (x - 48).pow(2) + (y - 38).pow(2) <= 18 * 18;
            let body = (x - 48).pow(2) + (y - 96).pow(2) <= 34 * 34;
            rows.extend(if head || body { light } else { dark });
        }
    }
    rows
}

/// A PNG with 8 bits a colour, as high as wide, nothing of it compressed (W3C PNG §5; RFC 1950, RFC 1951 §3.2.4).
fn png(side: u32, rows: &[u8]) -> Vec<u8> {
    let mut header = [side.to_be_bytes(), side.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut packed = vec![0x78, 0x01];
    let mut blocks = rows.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes().into_iter().chain((!length).to_le_bytes()));
        packed.extend(block);
    }
    let (low, high) = rows.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    packed.extend((high << 16 | low).to_be_bytes());
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header.as_slice()), (b"IDAT", &packed), (b"IEND", &[])] {
        file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
        let named = [kind.as_slice(), data].concat();
        file.extend(&named);
        file.extend(checksum(&named).to_be_bytes());
    }
    file
}

/// CRC-32 as PNG counts it (W3C PNG annex D).
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ crc >> 1 } else { crc >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::http::How;
    use crate::lab::wire::{Door, Node};
    use crate::protocol::picture::{Format, NoPicture, Picture};
    use std::time::Duration;

    fn ask(site: &str, path: &str) -> Response {
        let request = Request::get(format!("https://cucm1.lab.example:8443{path}").parse().unwrap(), Duration::from_secs(1));
        assert!(Photos::is_asked(&request));
        let mut photos = Photos::new(&Site::parse(site).unwrap());
        match photos.answer(Moment::START, Visit { door: Door::Uds, node: Node::First, request: &request }).how {
            How::Whole(response) => response,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn photos_are_pictures_as_our_client_reads_them_and_some_have_none() {
        let png = ask("", "/photos/bob.png");
        assert_eq!(Picture::parse(&png.body), Ok(Picture { format: Format::Png, width: SIDE, height: SIDE }));
        let jpeg = ask("photos.format = \"jpeg\"", "/photos/bob.jpg");
        assert_eq!(Picture::parse(&jpeg.body), Ok(Picture { format: Format::Jpeg, width: SIDE, height: SIDE }));
        assert_ne!(png.body, ask("", "/photos/ana.png").body);
        let count = (0..400).filter(|user| ask("", &format!("/photos/u{user}.png")).status == 404).count();
        assert!((20..90).contains(&count), "{count}");
        assert_eq!((ask("", "/photos/.png").status, ask("", "/photos/bob.gif").status), (404, 404));
        assert_eq!(Picture::parse(&ask("photos.format = \"hostile\"", "/photos/bob.png").body), Err(NoPicture::Unknown));
        let boundless = Picture::parse(&ask("photos.format = \"boundless\"", "/photos/bob.png").body);
        assert!(matches!(boundless, Err(NoPicture::Size { .. })), "{boundless:?}");
    }

    #[test]
    fn the_checksum_is_the_one_of_png() {
        // The chunk that ends every PNG.
        assert_eq!(checksum(b"IEND"), 0xae42_6082);
    }
}
