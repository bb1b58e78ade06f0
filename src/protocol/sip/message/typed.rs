//! Header fields by their meaning (RFC 3261 §20).
#![deny(clippy::indexing_slicing)]

use super::cseq::CSeq;
use super::error::Malformed;
use super::grammar::{self, trim};
use super::headers::Headers;
use super::media_type::MediaType;
use super::name_addr::NameAddr;
use super::via::Via;

/// The Contact header fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contacts {
    /// `*`: all that are registered.
    Star,
    /// Addresses, perhaps none.
    List(Vec<NameAddr>),
}

impl Contacts {
    /// The first address, if there is one.
    #[must_use]
    pub fn first(&self) -> Option<&NameAddr> {
        match self {
            Contacts::Star => None,
            Contacts::List(list) => list.first(),
        }
    }
}

const MISSING: &str = "missing";

/// What each of these answers where the field is malformed is the [`Malformed`] that names it.
#[allow(clippy::missing_errors_doc)]
impl Headers {
    /// The topmost Via.
    pub fn via(&self) -> Result<Via, Malformed> {
        let line = self.get("Via").ok_or(Malformed::new("Via", MISSING))?;
        // Only the head of the line is read: a hostile tail costs nothing.
        let end = grammar::find_unquoted(line, ',').unwrap_or(line.len());
        Via::parse(trim(line.get(..end).unwrap_or(line))).map_err(|bad| bad.within("Via"))
    }

    /// Every Via, topmost first.
    pub fn vias(&self) -> Result<Vec<Via>, Malformed> {
        self.list("Via", Via::parse)
    }

    /// From.
    pub fn from(&self) -> Result<NameAddr, Malformed> {
        self.single("From", NameAddr::parse)
    }

    /// To.
    pub fn to(&self) -> Result<NameAddr, Malformed> {
        self.single("To", NameAddr::parse)
    }

    /// Call-ID, which compares byte for byte.
    pub fn call_id(&self) -> Result<&str, Malformed> {
        match self.get("Call-ID") {
            None => Err(Malformed::new("Call-ID", MISSING)),
            Some(id) if id.is_empty() || id.contains([' ', '\t']) => Err(Malformed::new("Call-ID", "not one word")),
            Some(id) => Ok(id),
        }
    }

    /// CSeq.
    pub fn cseq(&self) -> Result<CSeq, Malformed> {
        self.single("CSeq", CSeq::parse)
    }

    /// Contact.
    pub fn contacts(&self) -> Result<Contacts, Malformed> {
        let mut values = self.all("Contact");
        match (values.next(), values.next()) {
            (Some("*"), None) => Ok(Contacts::Star),
            _ => self.list("Contact", NameAddr::parse).map(Contacts::List),
        }
    }

    /// Route, next hop first.
    pub fn routes(&self) -> Result<Vec<NameAddr>, Malformed> {
        self.list("Route", NameAddr::parse)
    }

    /// Record-Route, as written.
    pub fn record_routes(&self) -> Result<Vec<NameAddr>, Malformed> {
        self.list("Record-Route", NameAddr::parse)
    }

    /// Path (RFC 3327) and its kin: any header field that is a list of name-addrs.
    pub fn name_addrs(&self, name: &'static str) -> Result<Vec<NameAddr>, Malformed> {
        self.list(name, NameAddr::parse)
    }

    /// Max-Forwards.
    pub fn max_forwards(&self) -> Result<Option<u8>, Malformed> {
        let bad = Malformed::new("Max-Forwards", "not a number from 0 to 255");
        self.seconds("Max-Forwards")?.map(|hops| u8::try_from(hops).map_err(|_| bad)).transpose()
    }

    /// Expires, in seconds; a number too large for `u32` means its largest.
    pub fn expires(&self) -> Result<Option<u32>, Malformed> {
        self.seconds("Expires")
    }

    /// Min-Expires, in seconds.
    pub fn min_expires(&self) -> Result<Option<u32>, Malformed> {
        self.seconds("Min-Expires")
    }

    /// Retry-After, in seconds; its comment and parameters do not matter to us.
    pub fn retry_after(&self) -> Result<Option<u32>, Malformed> {
        let Some(value) = self.get("Retry-After") else { return Ok(None) };
        let digits = value.split([' ', '\t', ';', '(']).next().unwrap_or_default();
        grammar::delta(digits).map(Some).ok_or(Malformed::new("Retry-After", "not a number of seconds"))
    }

    /// Content-Type.
    pub fn content_type(&self) -> Result<Option<MediaType>, Malformed> {
        self.get("Content-Type").map(MediaType::parse).transpose().map_err(|bad| bad.within("Content-Type"))
    }

    /// Supported: the option tags in it.
    #[must_use]
    pub fn supported(&self) -> Vec<&str> {
        self.words("Supported")
    }

    /// Require: the option tags in it.
    #[must_use]
    pub fn require(&self) -> Vec<&str> {
        self.words("Require")
    }

    /// Allow: the methods in it.
    #[must_use]
    pub fn allow(&self) -> Vec<&str> {
        self.words("Allow")
    }

    /// The words of a comma list such as Supported; empty ones do not count.
    #[must_use]
    pub fn words<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.all(name).flat_map(|line| line.split(',')).map(trim).filter(|word| !word.is_empty()).collect()
    }

    fn single<T>(&self, name: &'static str, parse: impl Fn(&str) -> Result<T, Malformed>) -> Result<T, Malformed> {
        let value = self.get(name).ok_or(Malformed::new(name, MISSING))?;
        parse(value).map_err(|bad| bad.within(name))
    }

    fn list<T>(&self, name: &'static str, parse: impl Fn(&str) -> Result<T, Malformed>) -> Result<Vec<T>, Malformed> {
        let mut list = Vec::new();
        for line in self.all(name) {
            for part in grammar::split(line, ',').map_err(|bad| bad.within(name))? {
                list.push(parse(part).map_err(|bad| bad.within(name))?);
            }
        }
        Ok(list)
    }

    fn seconds(&self, name: &'static str) -> Result<Option<u32>, Malformed> {
        let Some(value) = self.get(name) else { return Ok(None) };
        grammar::delta(value).map(Some).ok_or(Malformed::new(name, "not a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::new();
        lines.iter().for_each(|(name, value)| headers.push(name, value));
        headers
    }

    #[test]
    fn lists_run_over_lines_and_commas() {
        let headers = headers(&[
            ("v", "SIP/2.0/UDP a;x=\"1,2\", SIP/2.0/TCP b"),
            ("Via", "SIP/2.0/TLS c"),
            ("m", "\"A, B\" <sip:a,b@c>;q=0.5, sip:d@e"),
            ("Supported", "timer,, 100rel"),
            ("k", "path"),
        ]);
        let vias: Vec<_> = headers.vias().unwrap().into_iter().map(|via| via.transport).collect();
        assert_eq!(vias, ["UDP", "TCP", "TLS"]);
        assert_eq!(headers.via().unwrap().host.to_string(), "a");
        let Contacts::List(contacts) = headers.contacts().unwrap() else { panic!() };
        assert_eq!(contacts.len(), 2);
        assert_eq!(headers.supported(), ["timer", "100rel", "path"]);
        assert_eq!(headers.routes().unwrap(), []);
    }

    #[test]
    fn numbers_are_bounded() {
        let headers =
            headers(&[("Expires", "10000000000000000"), ("Max-Forwards", "300"), ("Retry-After", "18 (meeting);duration=9")]);
        assert_eq!(headers.expires(), Ok(Some(u32::MAX)));
        assert!(headers.max_forwards().is_err());
        assert_eq!(headers.retry_after(), Ok(Some(18)));
        assert_eq!(headers.min_expires(), Ok(None));
    }

    #[test]
    fn a_star_stands_alone() {
        assert_eq!(headers(&[("Contact", "*")]).contacts(), Ok(Contacts::Star));
        assert!(headers(&[("Contact", "*"), ("Contact", "<sip:a@b>")]).contacts().is_err());
        assert!(headers(&[("Contact", "<sip:a@b>, *")]).contacts().is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(Headers::new().to(), Err(Malformed::new("To", MISSING)));
        assert_eq!(Headers::new().call_id(), Err(Malformed::new("Call-ID", MISSING)));
    }
}
