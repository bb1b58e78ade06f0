//! What the call manager hears and says.

use super::speech::Cue;
use crate::media::Channel;
use crate::protocol::sip::flow::Transport;
use std::net::SocketAddr;

/// Something happened, or is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum In {
    /// A datagram of SIP came, or a piece of a stream.
    Received {
        /// How.
        transport: Transport,
        /// From where.
        from: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// The stream from this address is gone.
    Closed(SocketAddr),
    /// A datagram came to this port for sound.
    Sound {
        /// Ours.
        port: u16,
        /// From where.
        from: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// Somebody of the lab rings at a subscriber.
    Ring(Asked),
    /// So many messages wait for this number: new ones, and old ones.
    Waiting {
        /// The number.
        number: String,
        /// Not heard yet.
        new: usize,
        /// Heard.
        old: usize,
    },
}

/// A wish that it should ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The number of who rings.
    pub from: String,
    /// The number at which it rings.
    pub to: String,
    /// What they say.
    pub cues: Vec<Cue>,
}

/// Something is to be done, or to be known.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// Send this.
    Send {
        /// How.
        transport: Transport,
        /// To where.
        to: SocketAddr,
        /// A whole message, or a keep-alive.
        bytes: Vec<u8>,
    },
    /// Close the stream from this address.
    Close(SocketAddr),
    /// Send a datagram from this port.
    Sound {
        /// Ours.
        port: u16,
        /// To where.
        to: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// Somebody has left a message.
    Deposited(Deposited),
    /// What became of a wish that it should ring.
    Rang(Asked, RingEnd),
}

impl Out {
    /// A datagram of a leg whose sound is heard at `port`.
    pub(super) fn sound(port: u16, channel: Channel, to: SocketAddr, bytes: &[u8]) -> Out {
        let port = if channel == Channel::Rtcp { port + 1 } else { port };
        Out::Sound { port, to, bytes: bytes.to_vec() }
    }
}

/// What became of a wish that it should ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingEnd {
    /// No device was there.
    Nobody,
    /// It rang, and was not answered, or refused.
    Unanswered,
    /// They spoke, and it is over.
    Spoke,
}

/// A message for somebody's mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposited {
    /// The number whose mailbox it is.
    pub mailbox: String,
    /// The number of who left it.
    pub caller: String,
    /// Their name.
    pub name: String,
    /// G.711 µ-law, 8,000 octets a second.
    pub sound: Vec<u8>,
}
