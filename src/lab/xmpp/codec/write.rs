//! What the server writes around its stanzas: stream headers, features, the steps of negotiation, stream errors.

use super::fault::Fault;
use super::settings::{Settings, StartTls};
use crate::protocol::xmpp::Stanza;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::ns;

/// The end of a stream.
pub(super) const END: &str = "</stream:stream>";

/// The server's stream header.
pub(super) fn header(domain: &str, id: &str) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{}' from='{}' id='{id}' version='1.0' \
         xml:lang='en'>",
        ns::STREAM,
        escape(domain)
    )
}

/// What may be done now.
pub(super) fn features(settings: &Settings, encrypted: bool, signed_in: bool) -> String {
    let mut text = "<stream:features>".to_owned();
    if signed_in {
        text += "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
        text += "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>";
        if settings.stream_management {
            text += &format!("<sm xmlns='{}'/>", ns::SM);
        }
        return text + "</stream:features>";
    }
    if !encrypted && settings.starttls != StartTls::Absent {
        let required = if settings.starttls == StartTls::Required { "<required/>" } else { "" };
        text += &format!("<starttls xmlns='{}'>{required}</starttls>", ns::TLS);
    }
    if encrypted || settings.starttls != StartTls::Required {
        text += &format!("<mechanisms xmlns='{}'>", ns::SASL);
        for mechanism in settings.offered(encrypted) {
            text += &format!("<mechanism>{}</mechanism>", mechanism.name());
        }
        for host in &settings.hostnames {
            text += &format!("<hostname xmlns='urn:xmpp:domain-based-name:0'>{}</hostname>", escape(host));
        }
        text += "</mechanisms>";
    }
    text + "</stream:features>"
}

/// A stream error, and the end.
pub(super) fn error(fault: Fault) -> String {
    format!("<stream:error><{} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>{END}", fault.name())
}

/// The stream error that sends clients elsewhere, and the end.
pub(super) fn see_other_host(host: &str) -> String {
    let host = escape(host);
    format!(
        "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{host}</see-other-host></stream:error>{END}"
    )
}

/// One element of SASL.
pub(super) fn sasl(name: &str, text: &str) -> String {
    format!("<{name} xmlns='{}'>{}</{name}>", ns::SASL, escape(text))
}

/// A refusal of SASL.
pub(super) fn failure(condition: &str) -> String {
    format!("<failure xmlns='{}'><{condition}/></failure>", ns::SASL)
}

/// A stanza.
pub(super) fn stanza(stanza: Stanza) -> String {
    String::from(&match stanza {
        Stanza::Message(message) => Element::from(message),
        Stanza::Presence(presence) => presence.into(),
        Stanza::Iq(iq) => iq.into(),
    })
}

/// Text as it may stand in XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&apos;").replace('"', "&quot;")
}
