//! How a service answers, and how it fails.

use serde::Deserialize;
use std::time::Duration;

/// How a service answers: at once and well, unless it says otherwise here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Answers {
    /// Every answer is this late, in milliseconds.
    pub delay_ms: u64,
    /// Every HTTP answer has this status instead of what was asked for.
    pub status: Option<Status>,
    /// What is wrong with it.
    pub fault: Fault,
    /// What it shows where it is under TLS.
    pub certificate: Certificate,
    /// Between two pieces of an answer that trickles, in milliseconds.
    pub trickle_ms: u64,
}

impl Default for Answers {
    fn default() -> Answers {
        Answers { delay_ms: 0, status: None, fault: Fault::None, certificate: Certificate::Good, trickle_ms: 100 }
    }
}

impl Answers {
    /// How late every answer is.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    /// Between two pieces of an answer that trickles.
    #[must_use]
    pub fn trickle(&self) -> Duration {
        Duration::from_millis(self.trickle_ms)
    }

    /// Whether there is such a service at all.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.fault != Fault::Absent
    }
}

/// What is wrong with a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// It is not there: nothing listens.
    Absent,
    /// It takes the question and never answers.
    Silent,
    /// What it answers is not what it should be: broken XML, a broken datagram.
    Malformed,
    /// What it answers is not even its protocol.
    Noise,
    /// A web page with status 200, as captive portals give.
    Portal,
    /// Well-formed XML whose entities grow without end.
    Bomb,
    /// The answer breaks off in the middle. DNS over UDP: the flag TC and no records; the whole answer comes over TCP.
    Truncated,
    /// The answer comes a byte at a time, `trickle-ms` apart.
    Trickle,
    /// 100 MB of white space, and then the answer.
    Endless,
    /// A redirection to the same path over http at a host outside the site.
    Redirect,
}

/// What a service shows under TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// One of the lab's authority, for every name and address of the lab.
    #[default]
    Good,
    /// One of the lab's authority, for another name.
    WrongName,
    /// It was good until yesterday.
    Expired,
    /// It will be good tomorrow.
    NotYet,
    /// It was good years ago, as far as whoever looks at it can tell: one of the two clocks is years off.
    YearsAgo,
    /// It will be good in years.
    InYears,
    /// One of an authority that nobody knows.
    Foreign,
    /// One that vouches for itself.
    SelfSigned,
}

/// A status code of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub struct Status(u16);

impl Status {
    /// It is done, and there is nothing to tell.
    pub const NO_CONTENT: Status = Status(204);

    /// The code.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Status {
    type Error = String;

    fn try_from(code: u16) -> Result<Status, String> {
        if (200..=599).contains(&code) { Ok(Status(code)) } else { Err("a final status of HTTP is from 200 to 599".into()) }
    }
}
