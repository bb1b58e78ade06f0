//! Content-Type: what a body is (RFC 3261 §20.15).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::grammar::{is_token, trim};
use super::params::Params;

/// `type/subtype;parameters`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// As in `application`.
    pub kind: String,
    /// As in `sdp`.
    pub subtype: String,
    /// As in `boundary`.
    pub params: Params,
}

impl MediaType {
    /// Reads a media type.
    ///
    /// # Errors
    /// When type or subtype is no token, or a parameter is malformed.
    pub fn parse(text: &str) -> Result<MediaType, Malformed> {
        let params_at = text.find(';').unwrap_or(text.len());
        let (range, params) = text.split_at_checked(params_at).unwrap_or((text, ""));
        let (kind, subtype) = range.split_once('/').ok_or(Malformed::new("media type", "no slash"))?;
        let (kind, subtype) = (trim(kind), trim(subtype));
        if !is_token(kind) || !is_token(subtype) {
            return Err(Malformed::new("media type", "not type/subtype"));
        }
        Ok(MediaType { kind: kind.to_owned(), subtype: subtype.to_owned(), params: Params::parse(params)? })
    }

    /// Whether it is `kind/subtype`, as in `is("application/sdp")`.
    #[must_use]
    pub fn is(&self, range: &str) -> bool {
        range
            .split_once('/')
            .is_some_and(|(kind, subtype)| self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype))
    }
}

impl std::fmt::Display for MediaType {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}{}", self.kind, self.subtype, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_compares_without_case() {
        let media = MediaType::parse("Application / SDP ;charset=\"utf-8\"").unwrap();
        assert!(media.is("application/sdp"));
        assert_eq!(media.to_string(), "Application/SDP;charset=\"utf-8\"");
        assert!(MediaType::parse("sdp").is_err());
        assert!(MediaType::parse("/sdp").is_err());
    }
}
