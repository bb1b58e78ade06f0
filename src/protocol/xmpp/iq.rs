//! Our own requests and who may answer them (RFC 6120 §8.2.3, attack A5), with a deadline for each.

use crate::machine::{Chance, Moment, Wake};
use std::collections::BTreeMap;
use std::time::Duration;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::{BareJid, FullJid, Jid};
use xmpp_parsers::minidom::Element;

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a request is for. Closed: all that we ever ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The roster (RFC 6121 §2.1.3).
    Roster,
    /// To keep somebody in it (RFC 6121 §2.3, §2.4).
    KeepContact {
        /// Whom.
        jid: BareJid,
        /// They were not in it.
        is_new: bool,
    },
    /// To take somebody out of it (RFC 6121 §2.5).
    RemoveContact(BareJid),
    /// Features of our account (XEP-0030).
    AccountFeatures,
    /// Features of our server (XEP-0030).
    ServerFeatures,
    /// To enable carbons (XEP-0280 §4).
    Carbons,
    /// A page of an archive (XEP-0313), by query id.
    Archive(String),
    /// What the archive keeps (XEP-0441).
    ArchivePreferences,
    /// Whether the server has come this far in our stream (XEP-0199).
    Ping,
}

/// Whether a request changes something.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// `type='get'`
    Get(Element),
    /// `type='set'`
    Set(Element),
}

/// Why something that looks like an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing was asked under this id, or it is answered already.
    #[error("it answers nothing that we asked")]
    UnknownId,
    /// It was asked of somebody else.
    #[error("it answers what we asked of somebody else")]
    WrongSender,
}

#[derive(Clone, Debug)]
struct Open {
    to: Option<Jid>,
    purpose: Purpose,
    deadline: Moment,
}

/// The requests that wait for an answer, by id.
#[derive(Debug, Default)]
pub struct Asked {
    open: BTreeMap<String, Open>,
}

impl Asked {
    /// Asks `to` (nobody: our own account, RFC 6120 §10.3.3) under a new id that nobody can guess.
    pub fn ask(&mut self, now: Moment, chance: &mut Chance, to: Option<Jid>, purpose: Purpose, request: Request) -> Iq {
        let id = chance.hex(8);
        self.open.insert(id.clone(), Open { to: to.clone(), purpose, deadline: now + PATIENCE });
        match request {
            Request::Get(payload) => Iq::Get { from: None, to, id, payload },
            Request::Set(payload) => Iq::Set { from: None, to, id, payload },
        }
    }

    /// An answer came under `id` from `from`: what was asked, if that is who was asked. It is then no longer open.
    ///
    /// # Errors
    /// It is not the answer to anything; whatever is open stays open.
    pub fn take(&mut self, id: &str, from: Option<&Jid>, me: &FullJid) -> Result<Purpose, NoAnswer> {
        let open = self.open.get(id).ok_or(NoAnswer::UnknownId)?;
        if !may_answer(open.to.as_ref(), from, me) {
            return Err(NoAnswer::WrongSender);
        }
        self.open.remove(id).map(|open| open.purpose).ok_or(NoAnswer::UnknownId)
    }

    /// Whether something is open for which `wanted` holds.
    pub fn waits_for(&self, wanted: impl Fn(&Purpose) -> bool) -> bool {
        self.open.values().any(|open| wanted(&open.purpose))
    }

    /// What has not been answered in time; it is no longer open.
    pub fn expire(&mut self, now: Moment) -> Vec<Purpose> {
        let (late, open) = std::mem::take(&mut self.open).into_iter().partition(|(_, open)| open.deadline <= now);
        self.open = open;
        let late: BTreeMap<String, Open> = late;
        late.into_values().map(|open| open.purpose).collect()
    }

    /// All that is open and will not be answered any more: its stream is gone.
    pub fn abandon(&mut self) -> Vec<Purpose> {
        std::mem::take(&mut self.open).into_values().map(|open| open.purpose).collect()
    }

    /// The link was away and has the same stream again: answers may take as long again.
    pub fn renew(&mut self, now: Moment) {
        self.open.values_mut().for_each(|open| open.deadline = now + PATIENCE);
    }

    /// When the next patience ends.
    #[must_use]
    pub fn wake(&self) -> Option<Wake> {
        self.open.values().map(|open| open.deadline).min().map(|at| Wake { at, why: "answer to an iq" })
    }
}

/// Whether `from` is who was asked. Our account speaks as nobody, as its bare or full JID and, in old servers, as the
/// server; nobody else can put on these names, because the server stamps `from` (RFC 6120 §8.1.2.1).
fn may_answer(asked: Option<&Jid>, from: Option<&Jid>, me: &FullJid) -> bool {
    let account = Jid::from(me.to_bare());
    match (asked, from) {
        (None, None) => true,
        (None, Some(from)) => *from == account || *from == *me || from.as_str() == me.domain().as_str(),
        (Some(asked), None) => *asked == account,
        (Some(asked), Some(from)) => asked == from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xmpp_parsers::ping::Ping;

    fn me() -> FullJid {
        "alice@example.test/one".parse().unwrap()
    }

    fn jid(text: &str) -> Jid {
        text.parse().unwrap()
    }

    fn asked(to: Option<&str>) -> (Asked, String) {
        let mut asked = Asked::default();
        let request = Request::Get(Ping.into());
        let iq = asked.ask(Moment::START, &mut Chance::seeded(1), to.map(jid), Purpose::Ping, request);
        (asked, iq.id().to_owned())
    }

    #[test]
    fn only_who_was_asked_may_answer_and_only_once() {
        let cases: [(Option<&str>, Option<&str>, bool); 11] = [
            (None, None, true),
            (None, Some("alice@example.test"), true),
            (None, Some("alice@example.test/one"), true),
            (None, Some("example.test"), true),
            (None, Some("alice@example.test/two"), false),
            (None, Some("mallory@example.test"), false),
            (Some("example.test"), Some("example.test"), true),
            (Some("example.test"), None, false),
            (Some("bob@example.test/x"), Some("bob@example.test/x"), true),
            (Some("bob@example.test/x"), Some("bob@example.test"), false),
            (Some("alice@example.test"), None, true),
        ];
        for (to, from, good) in cases {
            let (mut asked, id) = asked(to);
            let from = from.map(jid);
            let taken = asked.take(&id, from.as_ref(), &me());
            assert_eq!(taken.is_ok(), good, "asked {to:?}, answered by {from:?}");
            let again = if good { NoAnswer::UnknownId } else { NoAnswer::WrongSender };
            assert_eq!(asked.take(&id, from.as_ref(), &me()), Err(again));
        }
    }

    #[test]
    fn an_id_that_nobody_gave_is_no_answer() {
        let (mut asked, _) = asked(None);
        assert_eq!(asked.take("x", None, &me()), Err(NoAnswer::UnknownId));
        assert!(asked.waits_for(|purpose| *purpose == Purpose::Ping));
    }

    #[test]
    fn patience_ends() {
        let (mut asked, id) = asked(None);
        let deadline = Moment::START + PATIENCE;
        assert_eq!(asked.wake().map(|wake| wake.at), Some(deadline));
        assert!(asked.expire(Moment::START).is_empty());
        assert_eq!(asked.expire(deadline), [Purpose::Ping]);
        assert_eq!(asked.take(&id, None, &me()), Err(NoAnswer::UnknownId));
        assert_eq!(asked.wake(), None);
    }
}
