//! One call (RFC 3261 §13 to §15): INVITE in both roles, its forks, cancellation and answer, offers while it is up
//! (RFC 3264, RFC 3311), session timers (RFC 4028), and its one end.
//!
//! Bodies are opaque here. It refuses to know transactions, flows, addresses and credentials.

pub mod answering;
pub mod call;
pub mod calling;
pub mod capabilities;
pub mod dtmf_relay;
pub mod end;
pub mod interface;
pub mod leaving;
pub mod offering;
pub mod redirects;
pub mod ringing;
pub mod session_timer;
pub mod stage;
pub mod talking;

pub use call::Session;
pub use end::End;
pub use interface::{Ask, Input, Output};
