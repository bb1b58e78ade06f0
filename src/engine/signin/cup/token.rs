//! A one-time password for XMPP, and where it is good for.

use super::window::Window;
use crate::engine::signin::Server;
use crate::machine::Secret;

/// What a sign-in at the presence server gives to chat: good for one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The one-time password.
    pub secret: Secret,
    /// Where XMPP is now, the current home node first: a failure moves it.
    pub nodes: Vec<Server>,
    /// How long to wait before the next sign-in after a node was lost, where the server says so.
    pub window: Option<Window>,
}
