//! What the user has and what may happen to it.
//!
//! The contract is [`command`] (what the user may want), [`event`] (what may happen) and [`state`] (the fold of the
//! events); [`input`] and [`output`] join the engine to the driver. The engine never waits, blocks or draws.

pub mod accounts;
pub mod addresses;
pub mod ask;
pub mod callers;
pub mod chat;
pub mod command;
pub mod directory;
pub mod doctor;
pub mod event;
pub mod history;
pub mod input;
pub mod machine;
pub mod output;
pub mod phone;
pub mod settings;
pub mod signin;
pub mod sound;
pub mod state;
pub mod voicemail;

pub use machine::Engine;
