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
//! | [`tui`] | what is drawn, and what keys mean: a model that keys and events go into and wishes come out of, views that draw it | wait, know more than the engine's contract |
//! | [`lab`] | other people's servers and phones as machines: a service over values, a codec over bytes, and sites that say how they answer; and `World`, which steps machines in virtual time | import `engine` or `io` |
//! | [`cli`] | one file a subcommand; help, man page and completions from one definition | know a protocol |
//! | [`app`] | joins the rooms | anything else |
//!
//! # One trait, one loop, two worlds
//!
//! A [`machine::Machine`] is driven, it never runs. `io/driver` drives the [`engine`] with real sockets; tests step the
//! very same engine in [`lab::World`], in virtual time, seeded, over links that lose, delay and reorder.
//!
//! Where a card library owns its socket (tokio-xmpp, hickory-resolver), `io` adapts it to values: the engine says
//! `Ask(Question)` and hears `Answered(Answer)`, emits stanzas and hears stanzas and their acknowledgements. Sound never
//! passes the engine: it emits a media plan, and `io/audio` runs a thread of 20 ms beats that reports facts.
//!
//! A packet: wire → driver → `Engine::handle` → protocol machine → `Event` → `State::apply`.
//! A wish: `Command` → driver → `Engine::handle` → protocol machine → `Output` → wire.
//! A key: terminal → `Keymap` → `Action` → `Model::act` → `Wish` → `app/screen` → `Command`; an event: `Model::apply` → one draw
//! of all that changed, at most 60 a second and none when nothing happens.
//!
//! # What always holds, and what would fail if it did not
//!
//! | invariant | test |
//! |---|---|
//! | A room imports only what the table allows; no two files import each other; files are short | `tests/tidy.rs` |
//! | The engine's state is the fold of its events | `tests/call_stories`, `tests/chat_stories` |
//! | What was typed is on disk before it is on the wire; after a kill no fate on disk is untrue | `tests/chat_stories`, `tests/peers/kills.rs` |
//! | A call that began ends exactly once, and every port it had is closed | `tests/call_stories` |
//! | A transaction ends exactly once, whatever is lost, doubled or reordered | `protocol/sip/transaction/tests/storm.rs` |
//! | Parsers are total: any bytes give a value or an error | `tests/mutations`, `tests/torture.rs` |
//! | Nobody speaks in another's name | `protocol/xmpp/gate/tests.rs` |
//! | Who will check the password is decided by the documented order, as soon as nothing awaited can change it | `tests/signin_order` |
//! | Remote text cannot act on a terminal | `machine/gate.rs`, `tui/terminal/encoder/tests.rs` |
//! | Frames drawn as differences, or in part, are the frames drawn whole | `tui/terminal/encoder/tests.rs`, `tests/screen_stories/random.rs` |
//! | The terminal is left as it was; what a kill left is mended by the next start; one that does not read holds up nothing | `tests/terminal.rs` |
//!
//! # Which room?
//!
//! It awaits, opens, sleeps, reads a clock or the environment: `io`. It pretends to be somebody else's server or phone: `lab`.
//! It cites an RFC or a XEP: `protocol`. It touches samples: `media`. Everybody needs it and it knows nobody: `machine`. It
//! would be true with the screen off, and says what the user has: `engine`. It joins rooms: `app`. None fits: the name is wrong.

pub mod app;
pub mod cli;
pub mod engine;
pub mod io;
pub mod lab;
pub mod machine;
pub mod media;
pub mod protocol;
pub mod tui;
