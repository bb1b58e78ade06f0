//! What is true now, as the fold of the events: the engine's own copy and the screen's are the same function's result.

use super::event::{
    AccountName, CallChange, CallEnd, CallId, Contact, Delivery, Event, Figures, LinkState, MessageKey, Notice, Presence,
    Service, Show,
};
use crate::machine::RemoteText;
use std::collections::BTreeMap;

/// Notices kept; the oldest goes first.
const NOTICES: usize = 100;

/// Calls that are over are kept up to this many; the history is in the store.
const ENDED_CALLS: usize = 50;

/// All that the screen may show without asking the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// By account.
    pub accounts: BTreeMap<AccountName, AccountState>,
    /// By call.
    pub calls: BTreeMap<CallId, CallState>,
    /// Oldest first.
    pub notices: Vec<Notice>,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountState {
    /// By service; a service that is not there has never been signed in to.
    pub links: BTreeMap<Service, LinkState>,
    /// The archive has been asked for what was missed.
    pub caught_up: bool,
    /// The roster by bare JID.
    pub contacts: BTreeMap<String, Contact>,
    /// Presence by full JID, as it came; those who are offline are not kept.
    pub presences: BTreeMap<RemoteText, Presence>,
    /// Bare JIDs who asked to see our presence.
    pub subscription_requests: Vec<String>,
    /// Our messages that are not known to be sent.
    pub outstanding: BTreeMap<MessageKey, Delivery>,
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallState {
    /// On which account.
    pub account: AccountName,
    /// They called us.
    pub incoming: bool,
    /// The far side's URI.
    pub peer: RemoteText,
    /// What it calls itself.
    pub name: RemoteText,
    /// How far it has come.
    pub phase: CallPhase,
    /// As the media thread last told.
    pub figures: Figures,
}

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallPhase {
    /// INVITE is out, nobody rings yet; or ours is ringing.
    Began,
    /// The far side rings.
    Ringing,
    /// Sound flows, or is held.
    Talking {
        /// We hold them.
        held_by_us: bool,
        /// They hold us.
        held_by_them: bool,
        /// As in `opus/48000`.
        codec: String,
        /// The sound is SRTP.
        encrypted: bool,
    },
    /// Over.
    Ended(CallEnd),
}

impl State {
    /// The only way a state changes.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Link { account, service, state } => {
                let account = self.account(account);
                if *service == Service::Chat && !matches!(state, LinkState::Online { .. }) {
                    account.presences.clear();
                    account.caught_up = false;
                }
                account.links.insert(*service, state.clone());
            }
            Event::CaughtUp { account } => self.account(account).caught_up = true,
            Event::Message { account, message, .. } => self.deliver(account, &message.key, &message.delivery),
            Event::Delivery { account, message, delivery } => self.deliver(account, message, delivery),
            Event::Contact { account, contact } => {
                self.account(account).contacts.insert(contact.jid.clone(), contact.clone());
            }
            Event::ContactGone { account, jid } => {
                self.account(account).contacts.remove(jid);
            }
            Event::Presence { account, presence } => {
                let presences = &mut self.account(account).presences;
                if presence.show == Show::Offline {
                    presences.remove(&presence.from);
                } else {
                    presences.insert(presence.from.clone(), presence.clone());
                }
            }
            Event::SubscriptionAsked { account, from } => {
                let requests = &mut self.account(account).subscription_requests;
                if !requests.contains(from) {
                    requests.push(from.clone());
                }
            }
            Event::Call { call, change } => self.call(*call, change),
            Event::Notice(notice) => {
                if self.notices.len() == NOTICES {
                    self.notices.remove(0);
                }
                self.notices.push(notice.clone());
            }
        }
    }

    fn account(&mut self, name: &AccountName) -> &mut AccountState {
        self.accounts.entry(name.clone()).or_default()
    }

    fn deliver(&mut self, account: &AccountName, message: &MessageKey, delivery: &Delivery) {
        let outstanding = &mut self.account(account).outstanding;
        match delivery {
            Delivery::Received | Delivery::Sent => {
                outstanding.remove(message);
            }
            Delivery::Unsent | Delivery::Unknown | Delivery::Failed(_) => {
                outstanding.insert(message.clone(), delivery.clone());
            }
        }
    }

    fn call(&mut self, id: CallId, change: &CallChange) {
        if let CallChange::Began { account, incoming, peer, name, .. } = change {
            let call = CallState {
                account: account.clone(),
                incoming: *incoming,
                peer: peer.clone(),
                name: name.clone(),
                phase: CallPhase::Began,
                figures: Figures::default(),
            };
            self.calls.insert(id, call);
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        match change {
            CallChange::Ringing { .. } => call.phase = CallPhase::Ringing,
            CallChange::Answered { codec, encrypted, .. } => {
                let (held_by_us, held_by_them) = (false, false);
                call.phase = CallPhase::Talking { held_by_us, held_by_them, codec: codec.clone(), encrypted: *encrypted };
            }
            CallChange::Changed { held_by_us, held_by_them, codec, encrypted } => {
                let (held_by_us, held_by_them) = (*held_by_us, *held_by_them);
                call.phase = CallPhase::Talking { held_by_us, held_by_them, codec: codec.clone(), encrypted: *encrypted };
            }
            CallChange::Figures(figures) => call.figures = *figures,
            CallChange::Ended { end, figures, .. } => {
                call.phase = CallPhase::Ended(*end);
                call.figures = *figures;
                self.forget_old_calls();
            }
            CallChange::Began { .. } | CallChange::PlayedOut | CallChange::Dtmf(_) => {}
        }
    }

    fn forget_old_calls(&mut self) {
        let ended = |call: &CallState| matches!(call.phase, CallPhase::Ended(_));
        let count = self.calls.values().filter(|call| ended(call)).count();
        if count > ENDED_CALLS {
            let oldest = self.calls.iter().find(|(_, call)| ended(call)).map(|(id, _)| *id);
            self.calls.retain(|id, _| Some(*id) != oldest);
        }
    }
}
