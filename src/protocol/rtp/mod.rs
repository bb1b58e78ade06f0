//! RTP (RFC 3550), SRTP (RFC 3711) and telephone-events (RFC 4733): packets, streams and reports as values.

pub mod dtmf;
pub mod packet;
pub mod plan;
pub mod receiver;
pub mod reports;
pub mod rtcp;
pub mod sender;
pub mod source;
pub mod srtp;

pub use dtmf::{EventReceiver, EventSender};
pub use packet::Packet;
pub use plan::{Cipher, Codec, Direction, Events, Keys, MediaPlan};
pub use receiver::{Arrival, Receiver};
pub use reports::Reports;
pub use sender::Sender;
pub use srtp::{Opener, Sealer, SrtpError};
