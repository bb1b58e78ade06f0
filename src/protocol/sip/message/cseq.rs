//! CSeq: the order of requests in a dialog (RFC 3261 §20.16).
#![deny(clippy::indexing_slicing)]

use super::error::Malformed;
use super::grammar::trim;
use super::method::Method;

/// A number and the method it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2³¹ on the wire (RFC 3261 §8.1.1.5).
    pub number: u32,
    /// The method of the request.
    pub method: Method,
}

impl CSeq {
    /// Reads `number METHOD`.
    ///
    /// # Errors
    /// When the number is not below 2³¹ or the method is not a token.
    pub fn parse(text: &str) -> Result<CSeq, Malformed> {
        let (number, method) = trim(text).split_once([' ', '\t']).ok_or(Malformed::new("CSeq", "not a number and a method"))?;
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|&number: &u32| digits && number < 1 << 31);
        let number = number.ok_or(Malformed::new("CSeq", "not a number below 2^31"))?;
        let method = Method::parse(trim(method)).ok_or(Malformed::new("CSeq", "the method is not a token"))?;
        Ok(CSeq { number, method })
    }
}

impl std::fmt::Display for CSeq {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}", self.number, self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_bound() {
        assert_eq!(CSeq::parse("0009\t INVITE").unwrap().to_string(), "9 INVITE");
        assert_eq!(CSeq::parse("2147483647 X").unwrap().method, Method::Other("X".into()));
        for bad in ["", "1", "INVITE", "2147483648 A", "36893488147419103232 A", "-1 A", "+1 A", "1 A B"] {
            assert!(CSeq::parse(bad).is_err(), "{bad:?}");
        }
    }
}
