//! What becomes of a form whose contents are looked at by others: it stays until they are taken, and says in which field a
//! mistake is.

use super::form::{Form, Purpose};
use super::screen::{Model, Overlay};
use crate::engine::event::{AccountName, Event, Refusal};
use crate::machine::visible_line;

impl Model {
    /// Something happened that a form may wait for. It has not changed the state yet.
    pub(super) fn answer_form(&mut self, event: &Event) {
        match event {
            // One that was not there before: what was typed has become it.
            Event::Account { account, .. } if !self.state.accounts.contains_key(account) => {
                self.close_form(adds_account);
            }
            Event::Settings { account, changed: true, .. } => self.close_form(|purpose| is_of_servers(purpose, account)),
            Event::AccountRefused(refusal) => {
                // It is typed again with whatever comes next.
                self.first_password = None;
                self.refuse_form(adds_account, refusal);
            }
            Event::SettingsRefused { account, refusal } => {
                self.wants_servers.take_if(|wanted| wanted == account);
                self.refuse_form(|purpose| is_of_servers(purpose, account), refusal);
            }
            _ => {}
        }
    }

    fn close_form(&mut self, is_it: impl Fn(&Purpose) -> bool) {
        self.half_filled.retain(|form| !is_it(&form.purpose));
        self.overlays.retain(|overlay| !matches!(overlay, Overlay::Form(form) if form.waits && is_it(&form.purpose)));
    }

    fn refuse_form(&mut self, is_it: impl Fn(&Purpose) -> bool, Refusal { key, problem }: &Refusal) {
        let why = visible_line(&problem.to_string());
        let waits = self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Form(form) if form.waits && is_it(&form.purpose) => Some(form),
            _ => None,
        });
        match waits {
            Some(form) => {
                let label = key.and_then(|key| label(form, key));
                form.refuse(label, why);
            }
            // The user has left it.
            None => self.say(why),
        }
    }
}

fn adds_account(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::AddAccount | Purpose::AddByHand)
}

fn is_of_servers(purpose: &Purpose, account: &AccountName) -> bool {
    matches!(purpose, Purpose::Servers(of) if of == account)
}

/// What a form calls what the command line calls `key`.
fn label(form: &Form, key: &str) -> Option<&'static str> {
    Some(match (&form.purpose, key) {
        (Purpose::AddAccount, "address") | (Purpose::AddByHand, "jid") => "Address",
        (_, "dns") => "Name server",
        (_, "cas") => "CAS",
        (_, "tftp-port") => "TFTP port",
        (_, "ca") => "CA file",
        (_, "allow-cleartext") => "Allow in clear",
        (_, "sip") => "Phone",
        (_, "xmpp-server") => "Chat server",
        (_, "sip-proxy") => "SIP proxy",
        (_, "server") => "Server",
        (_, "tftp") => "TFTP server",
        (_, "cti") => "CTI server",
        (_, "ccmcip") => "CCMCIP server",
        (Purpose::Servers(_), "device") => "Phone",
        _ => return None,
    })
}
