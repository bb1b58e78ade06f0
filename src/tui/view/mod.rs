//! The screen as cells: a file a part. It draws what the model is, and changes nothing but where lists are scrolled to.

pub mod calls;
pub mod conversation;
mod days;
pub mod draw;
pub mod entry;
pub mod form;
pub mod header;
pub mod hint;
pub mod home;
pub mod keys;
pub mod line;
pub mod notices;
pub mod paint;
pub mod palette;
pub mod panel;
pub mod past_calls;
pub mod people;
pub mod person;
pub mod presence;
pub mod question;
pub mod settings;
pub mod sign_in;
pub mod status;
pub mod title;
pub mod tour;
pub mod voicemail;

pub use draw::{Drawn, draw, draw_line};
pub use line::Line;
pub use title::title;
