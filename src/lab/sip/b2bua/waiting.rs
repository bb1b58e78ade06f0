//! Messages wait: every device of a number is told, without being asked (RFC 3842 §5.2; fact sheet §12.2: that CUCM does
//! it without a subscription is from memory).

use super::dress;
use super::machine::B2bua;
use crate::machine::{Machine, Moment};
use crate::protocol::sip::dialog::MAX_FORWARDS;
use crate::protocol::sip::message::{CSeq, Method, NameAddr, Request};
use crate::protocol::sip::transaction;

impl B2bua {
    /// Tells every device of `number` what waits.
    pub(super) fn tell_waiting(&mut self, now: Moment, number: &str) {
        let Some((new, old)) = self.waiting.get(number).copied().filter(|_| self.settings.tells_waiting) else { return };
        let pilot = self.settings.numbers.voicemail.clone();
        for device in self.bindings.of(now, number) {
            let mut from = self.address(&pilot);
            from.set_tag(&self.chance.hex(8));
            let mut request = Request::new(Method::Notify, device.contact.clone());
            request.headers.push("Max-Forwards", MAX_FORWARDS);
            request.headers.push("From", from);
            request.headers.push("To", NameAddr::new(device.contact));
            request.headers.push("Call-ID", self.chance.hex(16));
            request.headers.push("CSeq", CSeq { number: 101, method: Method::Notify });
            request.headers.push("Contact", dress::contact(&pilot, &device.flow));
            request.headers.push("Event", "message-summary");
            request.headers.push("Subscription-State", "active");
            dress::request(&device.flow, &pilot, None, &mut request);
            let waiting = if new > 0 { "yes" } else { "no" };
            let account = format!("sip:{pilot}@{}", self.settings.domain);
            let body =
                format!("Messages-Waiting: {waiting}\r\nMessage-Account: {account}\r\nVoice-Message: {new}/{old} (0/0)\r\n");
            request.set_body("application/simple-message-summary", body.into_bytes());
            let key = self.new_key();
            let input = transaction::Input::Request { key, flow: device.flow, to: device.source, request };
            self.layer.handle(now, input);
        }
    }
}
