//! `jabber-config.xml` (fact sheet §6).

use super::super::site::{ChatOff, Site};
use super::super::wire::{Door, Node, Places};
use super::super::{hosts, photos};
use quick_xml::escape::escape;

/// The document.
pub(super) fn client_config(site: &Site, places: &Places) -> String {
    let mut sections = site.client_config.0.clone();
    if site.photos.named && site.photos.answers.is_there() {
        let (host, port) = (hosts::cucm(site, Node::First), places.port(Door::Uds));
        let template = format!("https://{host}:{port}{}%%uid%%.{}", photos::PATH, site.photos.format.ending());
        sections.entry("Directory".into()).or_default().entry("UdsPhotoUriWithToken".into()).or_insert(template);
    }
    if site.uds.chat_off == ChatOff::Policy {
        sections.entry("Policies".into()).or_default().insert("IM_Enabled".into(), "false".into());
    }
    if let Some(voice) = &site.voice_domain {
        let policies = sections.entry("Policies".into()).or_default();
        policies.entry("VoiceServicesDomain".into()).or_insert_with(|| voice.as_str().to_owned());
    }
    if let Some(presence) = &site.presence_domain {
        let section = sections.entry("Presence".into()).or_default();
        section.entry("PresenceDomain".into()).or_insert_with(|| presence.as_str().to_owned());
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<config version=\"1.0\">\n");
    for (section, keys) in &sections {
        text.push_str(&format!(" <{section}>\n"));
        for (key, value) in keys {
            text.push_str(&format!("  <{key}>{}</{key}>\n", escape(value)));
        }
        text.push_str(&format!(" </{section}>\n"));
    }
    text.push_str("</config>\n");
    text
}
