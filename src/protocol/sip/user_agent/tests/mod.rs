//! Calls in virtual time: user agents and a proxy over links that lose.

mod admission;
mod by_hand;
mod mutations;
mod network;
mod offers;
mod plain_calls;
mod races;
mod registering;
mod servers;
mod strangers;
mod timers;
