//! Who is where: bindings, made and removed by REGISTER (RFC 3261 §10.3; one per device and flow, RFC 5626 §6).

use super::settings::Settings;
use crate::machine::Moment;
use crate::protocol::sip::flow::Transport;
use crate::protocol::sip::message::{Contacts, NameAddr, Request, Response, Uri};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// A place where a user is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What requests for it are sent to.
    pub contact: Uri,
    /// How it came.
    pub transport: Transport,
    /// From where it came: requests go back there.
    pub source: SocketAddr,
    /// When it ends; never, when a story has made it by hand.
    pub until: Option<Moment>,
    /// `+sip.instance` with `reg-id`: a new binding of the same replaces it.
    pub device: Option<String>,
}

/// The bindings of all users.
#[derive(Debug, Default)]
pub struct Registrar {
    bindings: BTreeMap<String, Vec<Binding>>,
}

impl Registrar {
    /// The bindings of a user that have not expired.
    pub fn bindings(&self, now: Moment, user: &str) -> Vec<Binding> {
        let bindings = self.bindings.get(user).into_iter().flatten();
        bindings.filter(|binding| binding.until.is_none_or(|until| until > now)).cloned().collect()
    }

    /// The binding whose contact this is.
    pub fn at(&self, contact: &Uri) -> Option<&Binding> {
        self.bindings.values().flatten().find(|binding| binding.contact.equivalent(contact))
    }

    /// Adds one by hand.
    pub fn bind(&mut self, user: &str, binding: Binding) {
        self.bindings.entry(user.to_owned()).or_default().push(binding);
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.bindings.clear();
    }

    /// The stream from this address is gone, and with it what was bound to it.
    pub fn closed(&mut self, source: SocketAddr) {
        for bindings in self.bindings.values_mut() {
            bindings.retain(|binding| binding.source != source || !binding.transport.is_reliable());
        }
    }

    /// Answers a REGISTER that may be believed.
    pub fn register(
        &mut self,
        now: Moment,
        request: &Request,
        (transport, source): (Transport, SocketAddr),
        settings: &Settings,
        tag: &str,
    ) -> Response {
        let refuse = |status| Response::to(request, status, Some(tag));
        let Some(user) = request.headers.to().ok().and_then(|to| to.uri.user_text()) else { return refuse(404) };
        let (Ok(contacts), Ok(general)) = (request.headers.contacts(), request.headers.expires()) else { return refuse(400) };
        let bindings = self.bindings.entry(user).or_default();
        bindings.retain(|binding| binding.until.is_none_or(|until| until > now));
        match contacts {
            Contacts::Star if general == Some(0) => bindings.clear(),
            Contacts::Star => return refuse(400),
            Contacts::List(list) => {
                let seconds = |contact: &NameAddr| {
                    let own = contact.params.text("expires").and_then(|text| text.parse().ok());
                    Duration::from_secs(own.or(general).unwrap_or(3600).into())
                };
                let shortest = settings.shortest;
                if list.iter().any(|contact| !seconds(contact).is_zero() && seconds(contact) < shortest) {
                    let mut response = refuse(423);
                    response.headers.push("Min-Expires", shortest.as_secs());
                    return response;
                }
                for contact in &list {
                    let device = device(contact);
                    bindings.retain(|old| !old.contact.equivalent(&contact.uri) && (device.is_none() || old.device != device));
                    let granted = seconds(contact).min(settings.longest);
                    if !granted.is_zero() {
                        let (contact, until) = (contact.uri.clone(), Some(now + granted));
                        bindings.push(Binding { contact, transport, source, until, device });
                    }
                }
            }
        }
        let mut response = Response::to(request, 200, Some(tag));
        for binding in bindings {
            let mut contact = NameAddr::new(binding.contact.clone());
            let left = binding.until.map_or(3600, |until| (until - now).as_secs());
            contact.params.set("expires", Some(&left.to_string()));
            response.headers.push("Contact", contact);
        }
        if let Some(route) = &settings.service_route {
            response.headers.push("Service-Route", NameAddr::new(route.clone()));
        }
        if settings.outbound && request.headers.supported().iter().any(|tag| tag.eq_ignore_ascii_case("outbound")) {
            response.headers.push("Require", "outbound");
            response.headers.push("Flow-Timer", settings.flow_timer.as_secs());
        }
        response
    }
}

/// What tells a device's flow from others, where the device says so.
fn device(contact: &NameAddr) -> Option<String> {
    Some(format!("{} {}", contact.params.text("+sip.instance")?, contact.params.text("reg-id")?))
}
