//! The terminal user interface: what is drawn, and what keys mean. It knows the engine's contract and nothing behind it.

pub mod action;
pub mod editor;
pub mod fuzzy;
pub mod keymap;
pub mod mistake;
pub mod model;
pub mod notify;
pub mod preferences;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod view;
pub mod wish;

pub use action::{Action, Context};
