//! What may happen: the one enum that the engine tells the screen, and the values in it.
//! [`super::state::State`] is the fold of these.

pub mod call;
pub mod certificate;
pub mod chat;
pub mod directory;
pub mod happened;
pub mod history;
pub mod link;
pub mod names;
pub mod notice;
pub mod refusal;
pub mod sealed;
pub mod settings;
pub mod signin;
pub mod sound;
pub mod voicemail;

pub use call::{CallChange, CallEnd, Figures};
pub use certificate::Certificate;
pub use chat::{Contact, Delivery, Message, Presence, Show};
pub use directory::{DirectoryPerson, DirectoryState, DirectoryTold, Line, PersonId, Photo, Searchable, dialled};
pub use happened::Event;
pub use history::{CallRecord, Conversation, Entry, EntryKind, Hit, Page, PageFrom, PastCall, Place};
pub use link::{Identity, LinkState, Problem, ProblemKind, Service};
pub use names::{AccountName, CallId, MessageKey, Ticket, address_of_uri, bare};
pub use notice::{Notice, NoticeLevel};
pub use refusal::Refusal;
pub use sealed::Sealed;
pub use settings::{Setting, SettingValue};
pub use signin::{
    AdvancedSettings, Authenticator, Decision, DeviceChoice, Outcome, ProductMode, SignInAsk, SignInReply, SignInTold,
    SignInTrace, Source, Step, StepName,
};
pub use sound::{Sound, SoundPath};
pub use voicemail::{Lamp, Mailbox, PlayPhase, Playing, Voicemail, VoicemailDoing, VoicemailId, VoicemailTold};
