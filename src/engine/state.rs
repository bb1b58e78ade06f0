//! What is true now, as the fold of the events: the engine's own copy and the screen's are the same function's result.

use super::event::{
    AccountName, CallChange, CallEnd, CallId, Contact, Conversation, Delivery, DirectoryState, Event, Figures, Identity,
    LinkState, Mailbox, Message, MessageKey, Notice, Playing, Presence, ProductMode, Sealed, Service, Setting, Show,
    SignInTrace, Sound, bare,
};
use crate::machine::{RemoteText, Stamp};
use std::collections::{BTreeMap, BTreeSet};

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
    /// What there is for sound.
    pub sound: Sound,
    /// The level in a test of the microphone, while one goes on.
    pub sound_level: Option<f32>,
    /// What is played of a mailbox.
    pub playing: Option<Playing>,
    /// What is wanted of the user for the sealed file of passwords.
    pub sealed: Sealed,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountState {
    /// What it is.
    pub identity: Identity,
    /// What we show of ourselves; none before it was ever set.
    pub presence: Option<(Show, String)>,
    /// By bare address.
    pub conversations: BTreeMap<String, Conversation>,
    /// The conversations on disk have been told.
    pub conversations_known: bool,
    /// Bare JIDs of those who are writing to us.
    pub typing: BTreeSet<String>,
    /// How the last sign-in by address has gone.
    pub sign_in: SignInTrace,
    /// Its settings, as they were read last.
    pub settings: Vec<Setting>,
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
    /// Its mailbox.
    pub mailbox: Mailbox,
    /// Its directory.
    pub directory: DirectoryState,
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
    /// When it began.
    pub began: Stamp,
    /// When it was answered.
    pub answered: Option<Stamp>,
    /// Our microphone is not heard.
    pub muted: bool,
    /// The user wants them on hold; whether that is agreed is said by the phase.
    pub hold_wanted: bool,
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
    /// The far side is heard, and has not answered.
    Early,
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
        /// It is SRTP, and its keys came over signalling that anybody on the way could read.
        keys_in_clear: bool,
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
                    account.typing.clear();
                    account.caught_up = false;
                }
                account.links.insert(*service, state.clone());
            }
            Event::CaughtUp { account } => self.account(account).caught_up = true,
            Event::Message { account, message, .. } => {
                self.deliver(account, &message.key, &message.delivery);
                self.account(account).note(message);
            }
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
            Event::Account { account, identity } => self.account(account).identity = identity.clone(),
            Event::Settings { account, settings, .. } => self.account(account).settings.clone_from(settings),
            Event::SignIn { account, told } => self.account(account).sign_in.apply(told),
            Event::AccountGone { account } => {
                self.accounts.remove(account);
            }
            Event::OwnPresence { account, show, status } => {
                self.account(account).presence = Some((*show, status.clone()));
            }
            Event::SubscriptionSettled { account, from } => {
                self.account(account).subscription_requests.retain(|asks| asks != from);
            }
            Event::Typing { account, from, typing } => {
                let writing = &mut self.account(account).typing;
                if *typing {
                    writing.insert(from.clone())
                } else {
                    writing.remove(from)
                };
            }
            // The disk may answer when the account is gone: that makes none.
            Event::Conversations { account, conversations } => {
                if let Some(account) = self.accounts.get_mut(account) {
                    account.conversations.clone_from(conversations);
                    account.conversations_known = true;
                }
            }
            Event::Seen { account, with } => {
                let account = self.accounts.get_mut(account);
                if let Some(conversation) = account.and_then(|account| account.conversations.get_mut(with)) {
                    conversation.unread = 0;
                }
            }
            Event::DraftKept { account, with, text } => {
                if let Some(account) = self.accounts.get_mut(account) {
                    account.conversations.entry(with.clone()).or_default().draft.clone_from(text);
                }
            }
            Event::Voicemail { account, told } => {
                // What is told of an account that is gone makes none.
                if let Some(account) = self.accounts.get_mut(account) {
                    account.mailbox.apply(told);
                }
            }
            Event::Directory { account, told } => {
                if let Some(account) = self.accounts.get_mut(account) {
                    account.directory.apply(told);
                }
            }
            Event::Playing(playing) => self.playing.clone_from(playing),
            Event::Sealed(sealed) => self.sealed = *sealed,
            Event::Sound(sound) => self.sound = sound.clone(),
            Event::SoundLevel(level) => self.sound_level = *level,
            // Pages and refusals pass to whoever asked for them, and are kept there as long as they are looked at.
            Event::AccountRefused(_)
            | Event::SettingsRefused { .. }
            | Event::Page { .. }
            | Event::Found { .. }
            | Event::PastCalls { .. }
            | Event::ReadFailed { .. }
            | Event::CallKept(_) => {}
        }
    }

    fn account(&mut self, name: &AccountName) -> &mut AccountState {
        self.accounts.entry(name.clone()).or_default()
    }

    fn deliver(&mut self, account: &AccountName, message: &MessageKey, delivery: &Delivery) {
        let outstanding = &mut self.account(account).outstanding;
        match delivery {
            Delivery::Received | Delivery::Sent | Delivery::Delivered => {
                outstanding.remove(message);
            }
            Delivery::Unsent | Delivery::OnWire | Delivery::Unknown | Delivery::Failed(_) => {
                outstanding.insert(message.clone(), delivery.clone());
            }
        }
    }

    fn call(&mut self, id: CallId, change: &CallChange) {
        if let CallChange::Began { account, incoming, peer, name, at, .. } = change {
            let call = CallState {
                account: account.clone(),
                incoming: *incoming,
                peer: peer.clone(),
                name: name.clone(),
                began: *at,
                answered: None,
                muted: false,
                hold_wanted: false,
                phase: CallPhase::Began,
                figures: Figures::default(),
            };
            self.calls.insert(id, call);
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        match change {
            CallChange::Progress => call.phase = CallPhase::Began,
            CallChange::Ringing { early_media: false } => call.phase = CallPhase::Ringing,
            CallChange::Ringing { early_media: true } => call.phase = CallPhase::Early,
            CallChange::Answered { codec, encrypted, keys_in_clear, at, .. } => {
                call.answered = Some(*at);
                let (held_by_us, held_by_them) = (false, false);
                let (encrypted, keys_in_clear) = (*encrypted, *keys_in_clear);
                call.phase = CallPhase::Talking { held_by_us, held_by_them, codec: codec.clone(), encrypted, keys_in_clear };
            }
            CallChange::Changed { held_by_us, held_by_them, codec, encrypted, keys_in_clear } => {
                let (held_by_us, held_by_them) = (*held_by_us, *held_by_them);
                let (encrypted, keys_in_clear) = (*encrypted, *keys_in_clear);
                call.phase = CallPhase::Talking { held_by_us, held_by_them, codec: codec.clone(), encrypted, keys_in_clear };
            }
            CallChange::HoldWanted(wanted) => call.hold_wanted = *wanted,
            CallChange::Muted(muted) => call.muted = *muted,
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

/// Why nobody is written to from an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChat {
    /// It is a phone, and nothing else.
    PhoneOnly,
    /// People and their presence are there, and messages are switched off.
    SwitchedOff,
}

impl AccountState {
    /// Why nobody is written to from it, where that is so.
    #[must_use]
    pub fn no_chat(&self) -> Option<NoChat> {
        match self.sign_in.product_mode {
            ProductMode::PhoneWithContacts => Some(NoChat::SwitchedOff),
            ProductMode::Phone => Some(NoChat::PhoneOnly),
            // On open standards nobody tells a mode.
            _ if self.identity.jid.is_none() && self.identity.sip.is_some() => Some(NoChat::PhoneOnly),
            _ => None,
        }
    }

    /// `message` is ours, and there are unread ones in its conversation that may be newer: it has come late. Where nobody
    /// looks at conversations, nothing does.
    #[must_use]
    pub fn comes_late(&self, message: &Message) -> bool {
        let conversation = self.conversations.get(bare(message.to.raw()));
        let late = conversation.is_some_and(|of| of.unread > 0 && of.at.is_some_and(|at| at > message.at));
        message.ours && self.conversations_known && late
    }

    /// A message stands in its conversation now: unread where the other side wrote it; where we did, all before it is seen.
    fn note(&mut self, message: &Message) {
        let with = bare(if message.ours { message.to.raw() } else { message.from.raw() }).to_owned();
        self.typing.remove(&with);
        let conversation = self.conversations.entry(with).or_default();
        if message.ours {
            // How many are newer than one that comes late is counted on disk, and told.
            if conversation.at.is_none_or(|at| at <= message.at) {
                conversation.unread = 0;
            }
        } else {
            conversation.unread = conversation.unread.saturating_add(1);
        }
        conversation.at = conversation.at.max(Some(message.at));
    }

    /// The best presence of a bare JID: of the highest priority, then the most available (RFC 6121 §8.5).
    #[must_use]
    pub fn presence_of(&self, jid: &str) -> Option<&Presence> {
        let resources = self.presences.range(RemoteText::new(jid.to_owned())..);
        let theirs = resources.take_while(|(from, _)| from.raw().starts_with(jid)).filter(|(from, _)| bare(from.raw()) == jid);
        theirs.map(|(_, presence)| presence).max_by_key(|presence| (presence.priority, std::cmp::Reverse(presence.show)))
    }
}
