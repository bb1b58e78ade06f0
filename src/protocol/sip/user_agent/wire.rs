//! Bytes of the flows to messages: one datagram, one message; a stream is cut by a framer of its own (RFC 3261 §18.3).
#![deny(clippy::indexing_slicing)]

use crate::protocol::sip::flow::{Flow, FlowId, Transport};
use crate::protocol::sip::message::{Frame, FrameError, Framer, Message};
use std::collections::BTreeMap;

/// What bytes have turned out to be.
#[derive(Debug)]
pub enum Heard {
    /// A message.
    Message(Box<Message>),
    /// A keep-alive that wants one line end back (RFC 5626 §4.4.1).
    Ping,
    /// The answer to a keep-alive of ours.
    Pong,
    /// The stream cannot be followed any more.
    Lost,
}

/// The framers of the streams.
#[derive(Debug, Default)]
pub struct Wire {
    framers: BTreeMap<FlowId, Framer>,
}

impl Wire {
    /// `bytes` have come by `flow`. What cannot be read is dropped, as long as what follows it can be found.
    pub fn receive(&mut self, flow: &Flow, bytes: &[u8]) -> Vec<Heard> {
        if flow.transport == Transport::Udp {
            return Message::parse_datagram(bytes).map(|message| Heard::Message(Box::new(message))).into_iter().collect();
        }
        let framer = self.framers.entry(flow.id).or_default();
        framer.push(bytes);
        let mut heard = Vec::new();
        for frame in framer.by_ref() {
            match frame {
                Ok(Frame::Message(message)) => heard.push(Heard::Message(Box::new(message))),
                Ok(Frame::KeepAlive { pong_needed: true }) => heard.push(Heard::Ping),
                Ok(Frame::KeepAlive { pong_needed: false }) => heard.push(Heard::Pong),
                Err(FrameError::Message(_)) => {}
                Err(_) => {
                    heard.push(Heard::Lost);
                    break;
                }
            }
        }
        heard
    }

    /// The flow is gone.
    pub fn forget(&mut self, flow: FlowId) {
        self.framers.remove(&flow);
    }
}
