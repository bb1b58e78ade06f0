//! The settings of sign-in as they hold now, each with where it came from: for `offhook settings show` and the settings pane.

use super::known::Known;
use super::settings::{Origin, name, names};
use crate::engine::event::{Setting, SettingValue};
use crate::engine::signin::launch::CAS;
use crate::engine::signin::server::TFTP_PORT;
use crate::engine::signin::{Manual, Server};
use crate::io::accounts::StoredAccount;

/// Each value by name, of this account or the default ones.
#[must_use]
pub fn shown(known: &Known, stored: Option<&StoredAccount>) -> Vec<Setting> {
    let account = stored.map(|stored| &stored.account);
    let whose = account.map(|account| &account.name);
    let values = known.values(known.is_unlaunched());
    let settings = &known.settings;
    let mut all = Vec::new();
    let mut add = |name: &str, value: SettingValue, source| all.push(Setting { name: name.to_owned(), value, source });
    let text = |text: &str| SettingValue::Text(text.to_owned());
    let (manual, origin) = settings.manual(whose);
    add("authenticator", text(name(manual)), origin.name());
    addresses_of(manual).into_iter().for_each(|(name, value)| add(name, SettingValue::Text(value), origin.name()));
    let (excluded, origin) = known.excluded(whose, &values);
    add("excluded_services", SettingValue::List(names(excluded)), origin.name());
    let of_address = account.and_then(|account| account.address.as_ref()).map(|of| (of.domain.clone(), "address"));
    let named = |said: Option<(String, Origin)>| said.map(|(domain, origin)| (domain, origin.name()));
    for (name, domain) in [
        ("services_domain", named(known.services_domain(&values)).or(of_address)),
        ("voice_services_domain", named(known.voice_domain(account, &values))),
    ] {
        let (domain, source) = domain.unzip();
        add(name, domain.map_or(SettingValue::Unset, SettingValue::Text), source.unwrap_or(Origin::BuiltIn.name()));
    }
    if let Some(StoredAccount { account, ca, .. }) = stored {
        let (dns, cas, port) = account.address.as_ref().map(|of| (of.dns, of.cas.as_ref(), of.tftp_port)).unwrap_or_default();
        let origin = |is_set: bool| if is_set { Origin::Account.name() } else { Origin::BuiltIn.name() };
        let unset = |value: Option<String>| value.map_or(SettingValue::Unset, SettingValue::Text);
        add("dns", unset(dns.map(|dns| dns.to_string())), origin(dns.is_some()));
        // One that was chosen together with its authenticator stands there.
        if !matches!(manual, Some(Manual::Webex { cas: Some(_) })) {
            add("cas", text(cas.map_or(CAS, |cas| cas.as_str())), origin(cas.is_some()));
        }
        add("ca", unset(ca.as_ref().map(|path| path.display().to_string())), origin(ca.is_some()));
        add("tftp_port", SettingValue::Number(port.unwrap_or(TFTP_PORT)), origin(port.is_some()));
        let own = settings.accounts.get(&account.name).cloned().unwrap_or_default();
        let cleartext = account.allow_cleartext;
        add("device", own.device.as_deref().map_or(SettingValue::Unset, text), origin(own.device.is_some()));
        add("allowed_hosts", SettingValue::List(own.hosts.iter().cloned().collect()), origin(!own.hosts.is_empty()));
        add("allow_cleartext", SettingValue::Switch(cleartext), origin(cleartext));
    }
    let (order, origin) = if settings.bootstrap_first { ("first", Origin::Default) } else { ("last", Origin::BuiltIn) };
    add("bootstrap_file_read", text(order), origin.name());
    let origin = settings.password_store.map_or(Origin::BuiltIn, |_| Origin::Default);
    add("passwords", text(settings.password_store().name()), origin.name());
    for (name, value) in &settings.provisioned.others {
        add(&format!("provision.{name}"), text(value), Origin::Link.name());
    }
    for (name, value) in values.iter() {
        add(&format!("bootstrap.{name}"), text(value), Origin::Bootstrap.name());
    }
    all
}

/// What a setting names beside the authenticator.
#[must_use]
pub fn addresses_of(manual: Option<&Manual>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let server = |server: &Server| server.to_string();
    match manual {
        Some(Manual::Cup { server: at } | Manual::Cucm { server: at }) => found.push(("server", server(at))),
        Some(Manual::Cucm8 { tftp, cti, ccmcip }) => {
            found.push(("tftp", server(tftp)));
            found.extend(cti.iter().map(|cti| ("cti", server(cti))));
            found.extend(ccmcip.iter().map(|ccmcip| ("ccmcip", server(ccmcip))));
        }
        Some(Manual::Webex { cas }) => found.extend(cas.iter().map(|cas| ("cas", cas.to_string()))),
        Some(Manual::Standard) | None => {}
    }
    found
}
