//! The screen as values: keys and events go in, wishes come out.

pub mod act;
pub mod asking;
pub mod calls;
pub mod choose;
pub mod form;
pub mod heard;
pub mod mailbox;
pub mod palette;
pub mod people;
pub mod phoning;
mod place;
pub mod question;
mod refused;
pub mod screen;
mod sealed;
pub mod seen;
pub mod servers;
pub mod settings;
mod signing_in;
pub mod timeline;
pub mod tour;
pub mod voicemail;
pub mod whom;
mod writing;

pub use calls::{Doing, current as current_call, doing, is_held, is_on_call, live as live_calls};
pub use form::{Form, Value};
pub use mailbox::{VoicemailList, caller as voicemail_caller, messages as voicemail_messages};
pub use palette::{Find, Mode, Palette};
pub use people::Row;
pub use question::Question;
pub use screen::{Focus, Model, Overlay, Screen, Setup, Touched, Zone};
pub use settings::{About, link_words, rows as setting_rows, sound_words};
pub use timeline::{Item, Timeline};
pub use tour::{STOPS, Tour};
pub use whom::{Whom, address_of_uri, first_name, name_of_caller, number};
