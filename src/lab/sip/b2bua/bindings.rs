//! Which devices are registered, and how a REGISTER is answered (fact sheet §12.1).

use super::settings::{SecondClient, Settings};
use crate::machine::Moment;
use crate::protocol::sip::flow::{Flow, FlowId};
use crate::protocol::sip::message::{Contacts, NameAddr, Request, Response, Uri};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Devices of one number.
const MOST: usize = 8;

/// A device that is registered.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// What requests for it are sent to.
    pub(super) contact: Uri,
    /// How it came.
    pub(super) flow: Flow,
    /// From where.
    pub(super) source: SocketAddr,
    until: Moment,
    /// What tells it from other devices: its name, its instance, or its contact.
    device: String,
    /// The call of its registration: another one is another client.
    call_id: String,
}

/// All that are registered, by number.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    all: BTreeMap<String, Vec<Binding>>,
}

/// What became of a REGISTER.
pub(super) struct Answer {
    pub(super) response: Response,
    /// The device was not registered before.
    pub(super) is_new: bool,
}

impl Bindings {
    /// The devices of a number.
    pub(super) fn of(&self, now: Moment, number: &str) -> Vec<Binding> {
        self.all.get(number).into_iter().flatten().filter(|binding| binding.until > now).cloned().collect()
    }

    /// The number whose device is at this place.
    pub(super) fn number_at(&self, now: Moment, flow: FlowId, source: SocketAddr) -> Option<&str> {
        let there = |binding: &Binding| binding.flow.id == flow && binding.source == source && binding.until > now;
        self.all.iter().find(|(_, all)| all.iter().any(there)).map(|(number, _)| number.as_str())
    }

    /// This flow is gone, and with it what was registered by it.
    pub(super) fn closed(&mut self, flow: FlowId) {
        self.all.values_mut().for_each(|all| all.retain(|binding| binding.flow.id != flow));
    }

    /// Answers a REGISTER for `number` that may be believed.
    pub(super) fn register(
        &mut self,
        now: Moment,
        settings: &Settings,
        number: &str,
        (flow, source): (Flow, SocketAddr),
        request: &Request,
        tag: &str,
    ) -> Answer {
        let plain = |response| Answer { response, is_new: false };
        let refuse = |status| plain(Response::to(request, status, Some(tag)));
        let (Ok(contacts), Ok(general), Ok(call_id)) =
            (request.headers.contacts(), request.headers.expires(), request.headers.call_id())
        else {
            return refuse(400);
        };
        let all = self.all.entry(number.to_owned()).or_default();
        all.retain(|binding| binding.until > now);
        let mut response = Response::to(request, 200, Some(tag));
        dress(&mut response);
        let contacts = match contacts {
            Contacts::Star if general == Some(0) => {
                all.clear();
                return plain(response);
            }
            Contacts::Star => return refuse(400),
            Contacts::List(contacts) => contacts,
        };
        let mut is_new = false;
        for mut contact in contacts {
            let own = contact.params.text("expires").and_then(|text| text.parse::<u32>().ok());
            let ends = own.or(general) == Some(0);
            let device = device(&contact);
            let before = all.iter().position(|binding| binding.device == device);
            let elsewhere = before.and_then(|at| all.get(at)).is_some_and(|old| old.call_id != call_id && old.source != source);
            if elsewhere && !ends && settings.second_client == SecondClient::Refused && !insists(request) {
                let mut response = Response::to(request, 403, Some(tag));
                dress(&mut response);
                let host = &settings.domain;
                response.headers.push("Warning", format!("399 {host} \"Registration is active for another client\""));
                return plain(response);
            }
            if let Some(at) = before {
                all.remove(at);
            }
            if ends {
                continue;
            }
            if all.len() >= MOST {
                all.remove(0);
            }
            is_new |= before.is_none();
            let until = now + settings.expires;
            let call_id = call_id.to_owned();
            all.push(Binding { contact: contact.uri.clone(), flow, source, until, device, call_id });
            contact.params.set("expires", Some(&settings.expires.as_secs().to_string()));
            if settings.newreg && before.is_none() {
                contact.params.set("x-cisco-newreg", None);
            }
            response.headers.push("Contact", contact);
        }
        response.headers.push("Expires", settings.expires.as_secs());
        let asks_in_bulk = String::from_utf8_lossy(&request.body).contains("bulkregisterreq");
        if settings.remotecc_response && asks_in_bulk {
            let body = b"<?xml version=\"1.0\"?><x-cisco-remotecc-response><response><code>200</code><reason></reason>\
                         </response></x-cisco-remotecc-response>";
            response.set_body("application/x-cisco-remotecc-response+xml", body.to_vec());
        }
        Answer { response, is_new }
    }
}

/// What CUCM says of itself.
pub(super) fn dress(response: &mut Response) {
    response.headers.set("Server", "Cisco-CUCM12.5");
    response.headers.set("Supported", "X-cisco-srtp-fallback,X-cisco-sis-9.1.0");
}

/// What tells a device from others.
fn device(contact: &NameAddr) -> String {
    let named = contact.params.text("+u.sip!devicename.ccm.cisco.com").or_else(|| contact.params.text("+sip.instance"));
    named.unwrap_or_else(|| contact.uri.to_string())
}

/// A forced registration says so in its alarm (fact sheet §12.1).
fn insists(request: &Request) -> bool {
    request.headers.get("Reason").is_some_and(|reason| reason.contains("Application-Requested-Destroy"))
}
