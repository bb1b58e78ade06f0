//! The screen as values: keys and events go in, wishes come out.

pub mod act;
pub mod asking;
pub mod calls;
pub mod card;
pub mod choose;
pub mod directory;
pub mod form;
mod half_filled;
pub mod heard;
pub mod key_help;
pub mod mailbox;
pub mod palette;
pub mod people;
mod person;
pub mod phoning;
mod place;
pub mod question;
mod refused;
pub mod screen;
mod sealed;
pub mod search;
pub mod seen;
pub mod servers;
pub mod settings;
mod setup;
mod signing_in;
pub mod timeline;
pub mod tour;
pub mod trouble;
mod typed;
pub mod voicemail;
pub mod whom;
mod writing;

pub use calls::{
    Doing, current as current_call, doing, failure_words, held as held_call, is_held, live as live_calls,
    ringing as ringing_call,
};
pub use card::{Card, Opens, Way};
pub use form::{Form, Input, Value};
pub use key_help::{KeyHelp, MOVES};
pub use mailbox::{VoicemailList, caller as voicemail_caller, messages as voicemail_messages};
pub use palette::{Find, Mode, Palette};
pub use people::{Row, Standing};
pub use question::Question;
pub use screen::{Focus, Model, Overlay, Screen, Touched};
pub use settings::{About, link_words, sound_words};
pub use setup::{Setup, Zone};
pub use timeline::{Item, Timeline};
pub use tour::Tour;
pub use trouble::{Trouble, awaits_sign_in, has_phone, is_signed_out, of_account as trouble_of, words as trouble_words};
pub use whom::{Whom, address_of_uri, first_name, name_of_caller, number};
