//! Calls in virtual time: user agents and a proxy over links that lose.

mod network;
mod plain_calls;
mod proxy;
