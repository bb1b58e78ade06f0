//! The last part: hosts of what was found that lie outside the domains are asked about, and so is what would go in clear.
//! What is not agreed to is left out, and the rest goes on without it.

use super::conclude::{address, product_mode};
use super::consent::{Consent, Verdict};
use super::interface::ClearLeg;
use super::judge::shown;
use super::signed_in::{PhoneSecurity, SignedIn};
use crate::engine::event::{Authenticator, Problem, ProblemKind};
use crate::engine::signin::Server;
use crate::protocol::sip::flow::Transport;
use std::collections::VecDeque;

/// What was found, and what is to be agreed to.
#[derive(Debug)]
pub(in crate::engine::signin) struct Agreeing {
    signed_in: SignedIn,
    hosts: VecDeque<(String, &'static str)>,
}

/// What to do next.
#[derive(Debug)]
pub(in crate::engine::signin) enum Next {
    /// The user must be asked about this host, named for this.
    AskHost(String, &'static str),
    /// The user must be asked about this leg.
    AskClear(ClearLeg),
    /// The user has been asked.
    Wait,
    /// Something was left out.
    LeftOut(Problem),
    /// All is agreed to.
    Over,
}

impl Agreeing {
    pub(in crate::engine::signin) fn new(signed_in: SignedIn) -> Agreeing {
        let mut hosts = VecDeque::new();
        let mut add = |servers: &mut dyn Iterator<Item = &Server>, purpose| {
            hosts.extend(servers.map(|server| (server.host.clone(), purpose)));
        };
        add(&mut signed_in.chat.iter().flat_map(|chat| &chat.servers), "chat");
        let registrars = signed_in.phone.iter().flat_map(|phone| &phone.registrars);
        add(&mut registrars.map(|registrar| &registrar.server), "calls");
        add(&mut signed_in.voicemail.iter().flat_map(|voicemail| &voicemail.servers), "voicemail");
        add(&mut signed_in.directory.uds.iter(), "the directory");
        Agreeing { signed_in, hosts }
    }

    /// What to do next.
    pub(in crate::engine::signin) fn next(&mut self, consent: &mut Consent) -> Next {
        while let Some((host, purpose)) = self.hosts.front().cloned() {
            match consent.host(&host) {
                Verdict::Yes => drop(self.hosts.pop_front()),
                Verdict::Ask => return Next::AskHost(host, purpose),
                Verdict::Wait => return Next::Wait,
                Verdict::No => {
                    self.hosts.pop_front();
                    self.leave_out(&host);
                    let what = format!("{host} is not used for {purpose}: it lies outside of the domain.");
                    let next = "Sign in again and agree to it, or ask the administrator.";
                    return Next::LeftOut(Problem::new(ProblemKind::Refused, what, next));
                }
            }
        }
        let Some(leg) = self.clear_leg() else { return Next::Over };
        match consent.clear() {
            Verdict::Yes => Next::Over,
            Verdict::Ask => Next::AskClear(ClearLeg { leg, why: Some(self.asked_for()) }),
            Verdict::Wait => Next::Wait,
            Verdict::No => {
                self.signed_in.phone = None;
                let what = format!("There is no phone, because {leg} would go in clear.");
                let next =
                    "Allow it for this account with --allow-cleartext, or ask the administrator for an encrypted device.";
                Next::LeftOut(Problem::new(ProblemKind::Clear, what, next))
            }
        }
    }

    /// What was found and agreed to.
    pub(in crate::engine::signin) fn result(mut self) -> SignedIn {
        let signed_in = &mut self.signed_in;
        let messages = signed_in.chat.as_ref().is_none_or(|chat| chat.messages);
        let presence = signed_in.chat.is_some() || signed_in.authenticator == Authenticator::WebexMessenger;
        signed_in.product_mode = product_mode(presence, signed_in.phone.is_some(), messages);
        self.signed_in
    }

    fn leave_out(&mut self, host: &str) {
        let signed_in = &mut self.signed_in;
        let goes = |server: &Server| server.host == host;
        let drained = |servers: &mut Vec<Server>| {
            let before = servers.len();
            servers.retain(|server| !goes(server));
            before > 0 && servers.is_empty()
        };
        signed_in.chat.take_if(|chat| drained(&mut chat.servers));
        signed_in.voicemail.take_if(|voicemail| drained(&mut voicemail.servers));
        drained(&mut signed_in.directory.uds);
        signed_in.phone.take_if(|phone| {
            phone.registrars.retain(|registrar| !goes(&registrar.server));
            let first = phone.registrars.first().and_then(|first| address(&phone.number, &first.server).ok());
            first.into_iter().for_each(|first| phone.address = first);
            phone.registrars.is_empty()
        });
    }

    /// Why the phone would go in clear.
    fn asked_for(&self) -> Problem {
        let device = self.signed_in.phone.as_ref().map(|phone| phone.device.as_str()).unwrap_or_default();
        let what = format!("The configuration of {} asks for no encryption.", shown(device));
        Problem::new(ProblemKind::Clear, what, "The administrator can give the device a profile that is encrypted.")
    }

    /// What of the phone would go in clear, named for people.
    fn clear_leg(&self) -> Option<String> {
        let phone = self.signed_in.phone.as_ref().filter(|phone| phone.security != PhoneSecurity::Encrypted)?;
        let registrar = phone.registrars.first()?;
        let signalling = match registrar.transport {
            Transport::Udp => "SIP over UDP",
            Transport::Tcp => "SIP over TCP",
            Transport::Tls => return Some("speech over RTP".into()),
        };
        Some(format!("{signalling} to {} and speech over RTP", registrar.server))
    }
}
