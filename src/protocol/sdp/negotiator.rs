//! Offer and answer (RFC 3264) for the one audio stream of one session. Pure: bodies in, bodies and plans out.
//!
//! It refuses to know SIP: which body is an offer and which an answer is the session's business.
#![deny(clippy::indexing_slicing)]

use super::crypto::{Crypto, draw_keys};
use super::description::{Attribute, Connection, Description, Media, Origin};
use super::formats::{self, Format, Numbers, number_of, numbers_in};
use super::parse::{Fault, parse};
use super::refusal::{Refusal, Security};
use super::theirs::{Ours, Protection, Theirs, USUAL_PTIME};
use super::write::write;
use crate::machine::Chance;
use crate::protocol::rtp::{Codec, Direction, Keys, MediaPlan};
use std::net::SocketAddr;

/// The tag of the one `a=crypto` line that we offer.
const OUR_TAG: u32 = 1;

/// Both ends' descriptions of one session, from the first offer to the last.
#[derive(Debug)]
pub struct Negotiator {
    local: SocketAddr,
    security: Security,
    codecs: Vec<Codec>,
    chance: Chance,
    session: u64,
    version: u64,
    /// What we have said last; its lines of media keep their places for the whole session.
    said: Option<Description>,
    /// Which of them is ours.
    place: usize,
    numbers: Numbers,
    keys: Option<Keys>,
    /// Our end as we have offered it last, and whether with keys.
    offered: Option<(Ours, bool)>,
    plan: Option<MediaPlan>,
    /// Their direction in their last description, seen from there.
    their_direction: Direction,
}

impl Negotiator {
    /// For one session. `local_rtp` is where we hear RTP (RTCP on the same port or the next one); `codecs` in order of
    /// preference, and none means all.
    #[must_use]
    pub fn new(local_rtp: SocketAddr, security: Security, codecs: Vec<Codec>, mut chance: Chance) -> Negotiator {
        let codecs = if codecs.is_empty() { vec![Codec::Opus, Codec::Pcmu, Codec::Pcma] } else { codecs };
        // Small enough for those who keep it in 32 bits with a sign.
        let session = u64::from(chance.u32() >> 1);
        Negotiator {
            local: local_rtp,
            security,
            codecs,
            chance,
            session,
            version: 1,
            said: None,
            place: 0,
            numbers: Numbers::default(),
            keys: None,
            offered: None,
            plan: None,
            their_direction: Direction::SendRecv,
        }
    }

    /// What was settled last.
    #[must_use]
    pub fn plan(&self) -> Option<&MediaPlan> {
        self.plan.as_ref()
    }

    /// Whether the far side does not want to hear us: it holds the call, by direction or by an unspecified address.
    #[must_use]
    pub fn held_by_them(&self) -> bool {
        self.plan.is_some() && !self.their_direction.receives()
    }

    /// We hear RTP elsewhere from the next offer or answer on, under new keys (RFC 4568 §7.1.4).
    pub fn moved(&mut self, local_rtp: SocketAddr) {
        if self.local != local_rtp {
            self.local = local_rtp;
            self.keys = None;
        }
    }

    /// The first offer, or a renewed one. Forked answers to it may be read one after the other.
    pub fn offer(&mut self, direction: Direction) -> Vec<u8> {
        let mut formats = Vec::new();
        for format in self.wanted() {
            formats.extend(self.numbers.draw(format).map(|number| (number, format)));
        }
        let profile = match self.said.as_ref().and_then(|said| said.media.get(self.place)) {
            Some(line) => line.profile.clone(),
            None if self.security == Security::Required => "RTP/SAVP".to_owned(),
            None => "RTP/AVP".to_owned(),
        };
        let keyed = self.security != Security::Clear
            || Protection::of(&profile) == Some(Protection::Keys)
            || self.plan.as_ref().is_some_and(|plan| plan.seal.is_some());
        let crypto = keyed.then(|| Crypto { tag: OUR_TAG, keys: self.keys() });
        let ours = Ours { formats, direction, mux: true };
        let audio = self.audio(profile, &ours, crypto.as_ref());
        let mut media: Vec<Media> = self.said.iter().flat_map(|said| said.media.iter().map(Media::refused)).collect();
        match media.get_mut(self.place) {
            Some(line) => *line = audio,
            None => media.push(audio),
        }
        self.offered = Some((ours, keyed));
        self.say(media, String::new())
    }

    /// Reads the answer to our last offer.
    ///
    /// # Errors
    /// The answer cannot be agreed to; what was settled before stands.
    pub fn answer_received(&mut self, body: &[u8]) -> Result<MediaPlan, Refusal> {
        let answer = parse(body)?;
        let (ours, keyed) = self.offered.clone().ok_or(Fault::NoOffer)?;
        let line = answer.media.get(self.place).ok_or(Fault::OtherMedia)?;
        if line.kind != "audio" {
            return Err(Fault::OtherMedia.into());
        }
        let theirs = Theirs::read(&answer, line).ok_or(Refusal::NoAudio)?;
        let crypto = theirs.cryptos.iter().find(|crypto| keyed && crypto.tag == OUR_TAG && self.is_not_ours(crypto));
        match (theirs.protection, crypto) {
            (Protection::None | Protection::Keys, Some(_)) => {}
            (Protection::None, None) if !(keyed && theirs.speaks_of_keys) => self.may_be_clear()?,
            _ => return Err(Refusal::NoUsableKeys),
        }
        let offered = |codec: Codec| number_of(&ours.formats, Format::Sound(codec)).is_some();
        let codec = theirs.formats.iter().find_map(|(_, format)| match format {
            Format::Sound(codec) if offered(*codec) => Some(*codec),
            _ => None,
        });
        let keys = crypto.map(|crypto| crypto.keys.clone()).map(|open| (self.keys(), open));
        let plan = codec.and_then(|codec| theirs.plan(&ours, codec, keys)).ok_or(Refusal::NoCommonCodec)?;
        numbers_in(line).for_each(|number| self.numbers.take(number));
        self.their_direction = theirs.direction;
        self.plan = Some(plan.clone());
        Ok(plan)
    }

    /// Whether an offer could be answered, before there is a port to hear it on. Nothing is settled.
    ///
    /// # Errors
    /// The offer cannot be agreed to.
    pub fn judge_offer(&self, body: &[u8]) -> Result<(), Refusal> {
        self.choose(&parse(body)?).map(drop)
    }

    /// Reads an offer and answers it: the same lines of media in the same order, all but one audio stream refused.
    ///
    /// # Errors
    /// The offer cannot be agreed to; what was settled before stands.
    pub fn offer_received(&mut self, body: &[u8], direction_we_want: Direction) -> Result<(Vec<u8>, MediaPlan), Refusal> {
        let offer = parse(body)?;
        let (place, theirs) = self.choose(&offer)?;
        let line = offer.media.get(place).ok_or(Refusal::NoAudio)?;
        let crypto = theirs.cryptos.iter().find(|crypto| self.is_not_ours(crypto));
        let keys = crypto.map(|crypto| crypto.keys.clone()).map(|open| (self.keys(), open));
        let ours = Ours {
            formats: self.answered(&theirs),
            direction: direction_we_want.and(theirs.direction.mirrored()),
            mux: theirs.mux,
        };
        let codec = self.codecs.iter().copied().find(|codec| theirs.number_of(*codec).is_some());
        let plan = codec.and_then(|codec| theirs.plan(&ours, codec, keys.clone())).ok_or(Refusal::NoCommonCodec)?;

        let ours_of = |(seal, _): (Keys, Keys)| seal;
        let answer_crypto = crypto.map(|crypto| crypto.tag).zip(keys.map(ours_of)).map(|(tag, keys)| Crypto { tag, keys });
        let audio = self.audio(line.profile.clone(), &ours, answer_crypto.as_ref());
        numbers_in(line).for_each(|number| self.numbers.take(number));
        for (number, format) in &ours.formats {
            self.numbers.learn(*number, *format);
        }
        let mut media: Vec<Media> = offer.media.iter().map(Media::refused).collect();
        if let Some(line) = media.get_mut(place) {
            *line = audio;
        }
        self.place = place;
        self.their_direction = theirs.direction;
        self.plan = Some(plan.clone());
        Ok((self.say(media, offer.timing), plan))
    }

    /// The stream to take: an encrypted one before one in clear, then the place that it had, then the first.
    fn choose(&self, offer: &Description) -> Result<(usize, Theirs), Refusal> {
        let mut best: Option<((bool, bool), usize, Theirs)> = None;
        let mut refusal = None;
        for (place, line) in offer.media.iter().enumerate() {
            let Some(theirs) = Theirs::read(offer, line) else { continue };
            match self.judge(&theirs) {
                Ok(encrypted) => {
                    let worth = (encrypted, self.said.is_some() && place == self.place);
                    if best.as_ref().is_none_or(|(other, ..)| worth > *other) {
                        best = Some((worth, place, theirs));
                    }
                }
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
        best.map(|(_, place, theirs)| (place, theirs)).ok_or(refusal.unwrap_or(Refusal::NoAudio))
    }

    /// Whether an offered stream would be encrypted, or why it cannot be taken.
    fn judge(&self, theirs: &Theirs) -> Result<bool, Refusal> {
        let usable = theirs.cryptos.iter().any(|crypto| self.is_not_ours(crypto));
        match theirs.protection {
            Protection::None | Protection::Keys if usable => {}
            Protection::None if !theirs.speaks_of_keys => self.may_be_clear()?,
            // Keys under RTP/AVP are an invitation (RFC 8643 §3): who cannot use them may answer in clear.
            Protection::None if self.security != Security::Required => {}
            _ => return Err(Refusal::NoUsableKeys),
        }
        let common = self.codecs.iter().any(|codec| theirs.number_of(*codec).is_some());
        if common { Ok(usable) } else { Err(Refusal::NoCommonCodec) }
    }

    fn may_be_clear(&self) -> Result<(), Refusal> {
        if self.security == Security::Required { Err(Refusal::WouldBeClear) } else { Ok(()) }
    }

    /// Our own keys sent back to us would seal both ways alike, which gives the sound away.
    fn is_not_ours(&self, crypto: &Crypto) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.inline != crypto.keys.inline)
    }

    /// Our keys, which last until we move.
    fn keys(&mut self) -> Keys {
        self.keys.get_or_insert_with(|| draw_keys(&mut self.chance)).clone()
    }

    /// What we offer: the codecs, then telephone-events with the clock of each.
    fn wanted(&self) -> Vec<Format> {
        let mut wanted: Vec<Format> = self.codecs.iter().map(|codec| Format::Sound(*codec)).collect();
        for codec in &self.codecs {
            let events = Format::Events(codec.clock_rate());
            if !wanted.contains(&events) {
                wanted.push(events);
            }
        }
        wanted
    }

    /// What we answer: of theirs, under their numbers, in our order.
    fn answered(&self, theirs: &Theirs) -> Vec<(u8, Format)> {
        let sounds = self.codecs.iter().map(|codec| Format::Sound(*codec));
        let formats = sounds.chain([Format::Events(48_000), Format::Events(8_000)]);
        formats.filter_map(|format| number_of(&theirs.formats, format).map(|number| (number, format))).collect()
    }

    /// Our audio line.
    fn audio(&self, profile: String, ours: &Ours, crypto: Option<&Crypto>) -> Media {
        let mut attributes: Vec<Attribute> = formats::write(&ours.formats).collect();
        attributes.push(Attribute::with("ptime", USUAL_PTIME.to_string()));
        if ours.mux {
            attributes.push(Attribute::flag("rtcp-mux"));
        }
        attributes.extend(crypto.map(|crypto| Attribute::with("crypto", crypto.write())));
        attributes.push(Attribute::flag(match ours.direction {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }));
        Media {
            kind: "audio".into(),
            port: self.local.port(),
            profile,
            formats: ours.formats.iter().map(|(number, _)| number.to_string()).collect(),
            connection: None,
            attributes,
        }
    }

    /// Writes our description. Its version counts up by one with each change (RFC 3264 §8).
    fn say(&mut self, media: Vec<Media>, timing: String) -> Vec<u8> {
        let mut description = Description {
            origin: Some(Origin { session: self.session, version: self.version, address: self.local.ip() }),
            name: "-".into(),
            connection: Some(Connection::Address(self.local.ip())),
            timing: if timing.is_empty() { "0 0".into() } else { timing },
            attributes: Vec::new(),
            media,
        };
        if self.said.as_ref().is_some_and(|said| *said != description) {
            self.version += 1;
            if let Some(origin) = &mut description.origin {
                origin.version = self.version;
            }
        }
        let bytes = write(&description);
        self.said = Some(description);
        bytes
    }
}

#[cfg(test)]
mod tests;
