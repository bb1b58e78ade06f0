//! What one step of the machine has at hand: the time, the wall clock, chance, and where to put what it wants.

use super::outgoing::Outgoing;
use crate::machine::{Chance, Moment, Stamp};
use crate::protocol::xmpp::archive::Wanted;
use crate::protocol::xmpp::iq::Request;
use crate::protocol::xmpp::{Known, Purpose};
use xmpp_parsers::jid::Jid;

/// One step.
pub(super) struct Turn<'a> {
    /// When.
    pub(super) now: Moment,
    /// What the wall clock says.
    pub(super) stamp: Stamp,
    /// Of this chat.
    pub(super) chance: &'a mut Chance,
    /// What is wanted.
    pub(super) out: &'a mut Outgoing,
}

impl Turn<'_> {
    /// Sends a request; the answer comes with `purpose`.
    pub(super) fn ask(&mut self, known: &mut Known, to: Option<Jid>, purpose: Purpose, request: Request) {
        let iq = known.asked.ask(self.now, self.chance, to, purpose, request);
        self.out.send(iq);
    }

    /// Asks our archive for a page; answers the query id under which its results will come.
    pub(super) fn ask_archive(&mut self, known: &mut Known, wanted: &Wanted) -> String {
        let query = self.chance.hex(8);
        let account = known.account();
        known.queries.insert(query.clone(), account.clone());
        self.ask(known, Some(account.into()), Purpose::Archive(query.clone()), wanted.request(&query));
        query
    }
}
