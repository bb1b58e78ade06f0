//! offhook: unified communications in a terminal.
//!
//! # The house
//!
//! Pure rooms hold what is true; one room touches the world. `tests/tidy.rs` holds who may import whom.
//!
//! | room | what it is | never does |
//! |---|---|---|
//! | [`machine`] | the ground: time, chance, secrets, the `Machine` trait, the gate for remote text | import anything of ours |
//! | [`protocol`] | bytes ⇄ meaning, and the state machines of SIP, SDP, RTP and XMPP | read a clock, open a socket, spawn a task |
//! | [`media`] | pure sound: codecs, jitter buffer, concealment, resampling | know SIP, devices or files |
//! | [`engine`] | what the user has and what may happen to it; `command`, `event`, `state` are its contract | wait, block, draw |
//! | [`io`] | the only room with sockets, TLS, clocks, files and devices; `driver` is the one loop | decide what a standard or the user decides |
//! | [`lab`] | other people's servers and phones as machines, and `World`, which steps machines in virtual time | import `engine` or `io` |
//! | [`cli`] | one file a subcommand; help, man page and completions from one definition | know a protocol |
//! | [`app`] | joins the rooms | anything else |
//!
//! # One trait, one loop, two worlds
//!
//! A [`machine::Machine`] is driven, it never runs. `io/driver` drives the [`engine`] with real sockets; tests step the
//! very same engine in [`lab::World`], in virtual time, seeded, over links that lose, delay and reorder.
//!
//! A packet: wire → driver → `Engine::handle` → protocol machine → `Event` → `State::apply`.
//! A wish: `Command` → driver → `Engine::handle` → protocol machine → `Output` → wire.

pub mod app;
pub mod cli;
pub mod engine;
pub mod io;
pub mod lab;
pub mod machine;
pub mod media;
pub mod protocol;
