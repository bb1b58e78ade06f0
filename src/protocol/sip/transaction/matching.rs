//! Which transaction a message belongs to (RFC 3261 §17.1.3 and §17.2.3).
//!
//! It refuses to know states: it makes keys of messages.
#![deny(clippy::indexing_slicing)]

use crate::protocol::sip::message::{Method, Request, Response, Via};

/// How every branch of RFC 3261 begins; one that does not is of RFC 2543.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// What joins responses to the request that we sent: our branch, and the method, because a CANCEL shares the branch of
/// its INVITE.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientMatch {
    /// Of the Via that we put on top.
    pub branch: String,
    /// Of the request.
    pub method: String,
}

impl ClientMatch {
    /// Of a response; `None` when it has not exactly one Via (RFC 3261 §8.1.3.3), no branch or no CSeq.
    #[must_use]
    pub fn of(response: &Response) -> Option<ClientMatch> {
        let vias = response.headers.vias().ok()?;
        let [via] = vias.as_slice() else { return None };
        let branch = via.branch()?.to_owned();
        let method = response.headers.cseq().ok()?.method.as_str().to_owned();
        Some(ClientMatch { branch, method })
    }
}

/// What joins retransmissions, ACK and CANCEL to the request that came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServerMatch {
    /// By the branch of RFC 3261, which is unique for the client that named itself in `sent_by`.
    Branch {
        /// With its cookie; compared without case, as all tokens are (RFC 3261 §7.3.1).
        branch: String,
        /// Host and port of the top Via, as the client wrote them.
        sent_by: String,
        /// Of the request; INVITE for ACK.
        method: String,
    },
    /// By the fields that RFC 2543 repeats. The To tag, which the ACK alone has, is not among them: Call-ID, From tag,
    /// CSeq and Via tell every request of one client from every other.
    Fields {
        /// The Request-URI.
        uri: String,
        /// The From tag; empty when there was none.
        from_tag: String,
        /// The Call-ID.
        call_id: String,
        /// The number of CSeq.
        cseq: u32,
        /// The top Via as the client wrote it.
        via: String,
        /// Of the request; INVITE for ACK.
        method: String,
    },
}

impl ServerMatch {
    /// Of a request, as it came from the wire: before `received` is noted. `None` when what is needed is missing or malformed.
    #[must_use]
    pub fn of(request: &Request) -> Option<ServerMatch> {
        let method = if request.method == Method::Ack { &Method::Invite } else { &request.method };
        ServerMatch::with_method(request, method)
    }

    /// Of the request that a CANCEL is about, if that is an INVITE (RFC 3261 §9.2).
    #[must_use]
    pub fn of_cancelled_invite(cancel: &Request) -> Option<ServerMatch> {
        ServerMatch::with_method(cancel, &Method::Invite)
    }

    fn with_method(request: &Request, method: &Method) -> Option<ServerMatch> {
        let headers = &request.headers;
        let via = headers.via().ok()?;
        let method = method.as_str().to_owned();
        match via.branch().filter(|branch| has_cookie(branch)) {
            Some(branch) => Some(ServerMatch::Branch { branch: branch.to_ascii_lowercase(), sent_by: sent_by(&via), method }),
            None => Some(ServerMatch::Fields {
                uri: request.uri.to_string(),
                from_tag: headers.from().ok()?.tag().unwrap_or_default().to_owned(),
                call_id: headers.call_id().ok()?.to_owned(),
                cseq: headers.cseq().ok()?.number,
                via: via.to_string(),
                method,
            }),
        }
    }
}

fn has_cookie(branch: &str) -> bool {
    // A bare cookie is no branch: every request of such a client would be the same one.
    branch.get(..MAGIC_COOKIE.len()).is_some_and(|start| start.eq_ignore_ascii_case(MAGIC_COOKIE))
        && branch.len() > MAGIC_COOKIE.len()
}

fn sent_by(via: &Via) -> String {
    let host = via.host.to_string().to_ascii_lowercase();
    match via.port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}
