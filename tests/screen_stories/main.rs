//! Stories of the screen in virtual time: a user's keys go to the real model, its commands to a real engine with a real
//! history, among people with engines of their own; and what the user sees is looked at as frames.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

#[path = "../call_stories/actor.rs"]
mod actor;
mod alone;
mod at_a_glance;
mod beginning;
mod calling;
mod chatting;
mod directory;
#[allow(dead_code, reason = "the stories of chats use more of it")]
#[path = "../chat_stories/disk.rs"]
mod disk;
mod everywhere;
mod finding;
mod frames;
mod hostile;
mod people;
mod phone_only;
mod random;
#[allow(dead_code, reason = "the stories of calls use more of it")]
#[path = "../call_stories/roads.rs"]
mod roads;
mod sealed;
mod settings;
mod signing_in;
#[allow(dead_code, reason = "the stories of calls use more of it")]
#[path = "../call_stories/sound.rs"]
mod sound;
mod timelines;
mod touring;
#[allow(dead_code, reason = "the stories of calls use more of it")]
#[path = "../call_stories/town.rs"]
mod town;
mod user;
mod voicemail;
