//! A call manager (fact sheet §12): devices register with it as with CUCM, and every call ends in it: a back-to-back user
//! agent that hears and speaks on each of its legs. What it hears goes to whatever the leg is joined with: an echo, a
//! conference, a mailbox, a person of the lab, or the other leg.
//!
//! SIP and RTP are bytes here. Sound goes in beats of 20 ms, which `wake` asks for.
#![deny(clippy::indexing_slicing)]

mod beat;
mod bindings;
mod calls;
mod dress;
mod flows;
mod interface;
mod leg;
mod machine;
mod mailbox;
mod ports;
mod ringing;
mod settings;
mod speech;
#[cfg(test)]
mod tests;
mod waiting;

pub use interface::{Asked, Deposited, In, Out, RingEnd};
pub use machine::B2bua;
pub use ports::PORTS;
pub use settings::{Answers, Numbers, SecondClient, Settings, Subscriber};
pub use speech::Cue;
