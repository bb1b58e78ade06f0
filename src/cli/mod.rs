//! The command line: one file a subcommand. Flags, help, man page and completions come from one definition.
//!
//! It refuses to know protocols.

pub mod account;
pub mod answer;
pub mod bootstrap;
pub mod call;
pub mod call_report;
pub mod completions;
pub mod configuration;
pub mod definition;
pub mod delivery;
pub mod demo;
pub mod directory;
pub mod discover;
pub mod doctor;
pub mod exit;
pub mod interrupt;
pub mod keys;
pub mod lab;
pub mod listen;
pub mod man;
pub mod named_file;
pub mod outbox;
pub mod provision;
pub mod ready;
mod resend;
pub mod reset;
pub mod run;
pub mod say;
pub mod screen;
pub mod send;
pub mod settings;
pub mod theme;
pub mod trust;
pub mod voicemail;
pub mod whose;

pub use run::run;
