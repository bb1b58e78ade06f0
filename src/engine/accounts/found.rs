//! What sign-in by address has found, as the account that chat and phone are built from.

use super::instance::instance;
use crate::engine::directory::Setting;
use crate::engine::event::{Problem, ProblemKind};
use crate::engine::settings::{Account, ChatAccount, PhoneAccount, XmppServer};
use crate::engine::signin::cup::Group;
use crate::engine::signin::session::Services;
use crate::engine::signin::uds::{DevicePhone, Directory as Place, PhoneSecurity};
use crate::machine::Chance;
use crate::protocol::sip::flow::FlowId;
use crate::protocol::sip::message::Uri;
use crate::protocol::sip::registration::Device;
use crate::protocol::sip::user_agent::Config;

/// The account with what was found filled in. On open standards its user is one of the services `domain`, whose records were
/// found: a link or the bootstrap file may have named another than the address has.
#[must_use]
pub fn account(account: &Account, services: &Services, domain: &str) -> Account {
    let address = account.address.as_ref().map(|address| format!("{}@{domain}", address.user)).unwrap_or_default();
    let (chat, phone) = match services {
        Services::Deployment(signed_in) => {
            let chat = signed_in.chat.as_ref().map(|chat| ChatAccount {
                jid: chat.jid.clone(),
                server: chat.servers.first().map(|server| XmppServer {
                    host: server.host.clone(),
                    port: server.port,
                    direct_tls: false,
                }),
            });
            let phone = signed_in.phone.as_ref().map(|phone| PhoneAccount { address: phone.address.clone(), proxy: None });
            (chat, phone)
        }
        Services::Standard { phone, .. } => (
            Some(ChatAccount { jid: address.clone(), server: None }),
            phone.then(|| PhoneAccount { address: format!("sip:{address}"), proxy: None }),
        ),
    };
    // The configuration of a device decides how its calls go; where it wants them in clear, the user has agreed to it.
    let wants_clear = services.device().is_some_and(|device| device.security != PhoneSecurity::Encrypted);
    Account { chat, phone, allow_cleartext: account.allow_cleartext || wants_clear, ..account.clone() }
}

/// The directory, at this place.
#[must_use]
pub fn directory(account: &Account, found: &Account, place: &Place, domains: Vec<String>) -> Setting {
    let presence_domain = found.chat.as_ref().and_then(|chat| Some(chat.jid.split_once('@')?.1.to_owned()));
    Setting {
        account: account.name.clone(),
        user: account.address.as_ref().map(|address| address.user.clone()).unwrap_or_default(),
        domains,
        presence_domain,
        allow_cleartext: account.allow_cleartext,
        place: place.clone(),
    }
}

/// The redundancy group that chat is signed in at: where there are two nodes, or one-time passwords.
#[must_use]
pub fn group(account: &Account, services: &Services) -> Option<Group> {
    let chat = services.chat().filter(|chat| chat.servers.len() > 1 || !chat.logins.is_empty())?;
    let own = account.address.iter().map(|address| address.domain.clone());
    Some(Group {
        nodes: chat.servers.clone(),
        logins: chat.logins.clone(),
        window: chat.window,
        domains: own.chain(chat.domains.iter().cloned()).collect(),
    })
}

/// What the user agent of a device is told.
///
/// # Errors
/// Its configuration names an address that is none.
pub fn config(account: &Account, phone: &DevicePhone, base: u64, chance: &mut Chance) -> Result<Config, Problem> {
    let uri = |text: &str| {
        Uri::parse(text).map_err(|error| {
            let what = format!("The configuration of {} has an address that is no SIP URI: {error}.", phone.device);
            Problem::new(ProblemKind::Protocol, what, "Tell whoever administers Communications Manager.")
        })
    };
    Ok(Config {
        address: uri(&phone.address)?,
        proxies: phone.registrars.iter().map(|registrar| uri(&registrar.uri())).collect::<Result<_, _>>()?,
        digest_user: Some(phone.auth_name.clone()),
        device: Some(Device { name: phone.device.clone(), model: phone.model, contact: phone.contact.clone() }),
        allow_cleartext: account.allow_cleartext,
        instance: instance(chance),
        product: concat!("offhook/", env!("CARGO_PKG_VERSION")).into(),
        display_name: Some(phone.display_name.raw().to_owned()).filter(|name| !name.is_empty()),
        first_flow: FlowId(base),
    })
}
