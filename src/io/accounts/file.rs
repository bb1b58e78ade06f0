//! The text of one account file ⇄ a [`StoredAccount`]. Its keys are the long flags of `offhook account add`.
//!
//! It refuses to know where the file is, but for naming it in errors: `FILE:LINE:COLUMN: what is wrong`. A key that is
//! not known is a warning, so that an older offhook can read a newer one's file.
#![deny(clippy::indexing_slicing)]

use super::edit;
use crate::engine::addresses;
use crate::engine::event::{AccountName, Problem};
use crate::engine::settings::{Account, ByAddress, ChatAccount, PhoneAccount};
use crate::machine::{line_and_column, visible_line};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The keys that a file may have, in the order in which it is written.
pub const KEYS: [&str; 12] = [
    "address",
    "dns",
    "cas",
    "tftp-port",
    "jid",
    "xmpp-server",
    "sip",
    "sip-proxy",
    "ca",
    "allow-cleartext",
    "password-command",
    "no-store",
];

/// An account, and what only this machine's io needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAccount {
    /// What the engine knows.
    pub account: Account,
    /// PEM file of the authorities that its servers' certificates may come from, besides the system's.
    pub ca: Option<PathBuf>,
    /// Run by `sh -c` at each sign-in; the first line that it prints is the password.
    pub password_command: Option<String>,
    /// No password of it is kept anywhere: it is asked for each time.
    pub no_store: bool,
}

/// An account as it was typed, not looked at yet: on the command line or in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// `address`
    pub address: Option<String>,
    /// `dns`
    pub dns: Option<String>,
    /// `cas`
    pub cas: Option<String>,
    /// `tftp-port`
    pub tftp_port: Option<u16>,
    /// `jid`
    pub jid: Option<String>,
    /// `xmpp-server`
    pub xmpp_server: Option<String>,
    /// `sip`
    pub sip: Option<String>,
    /// `sip-proxy`
    pub sip_proxy: Option<String>,
    /// `ca`
    pub ca: Option<PathBuf>,
    /// `allow-cleartext`
    pub allow_cleartext: bool,
    /// `password-command`
    pub password_command: Option<String>,
    /// `no-store`
    pub no_store: bool,
}

impl From<&StoredAccount> for Typed {
    /// As it would be typed.
    fn from(stored: &StoredAccount) -> Typed {
        let Account { address, chat, phone, allow_cleartext, .. } = &stored.account;
        Typed {
            address: address.as_ref().map(ToString::to_string),
            dns: address.as_ref().and_then(|address| address.dns).map(|dns| dns.to_string()),
            cas: address.as_ref().and_then(|address| address.cas.as_ref()).map(ToString::to_string),
            tftp_port: address.as_ref().and_then(|address| address.tftp_port),
            jid: chat.as_ref().map(|chat| chat.jid.clone()),
            xmpp_server: chat.as_ref().and_then(|chat| chat.server.as_ref()).map(ToString::to_string),
            sip: phone.as_ref().map(|phone| phone.address.clone()),
            sip_proxy: phone.as_ref().and_then(|phone| phone.proxy.clone()),
            ca: stored.ca.clone(),
            allow_cleartext: *allow_cleartext,
            password_command: stored.password_command.clone(),
            no_store: stored.no_store,
        }
    }
}

/// A sentence about the value of one key; without a key, about the account as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Which of the keys.
    pub key: Option<&'static str>,
    /// What is wrong and the right form.
    pub what: String,
}

impl StoredAccount {
    /// Checks what was typed, and brings it into one form.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(name: AccountName, typed: Typed) -> Result<StoredAccount, Wrong> {
        let wrong = |key: &'static str| move |what: String| Wrong { key: Some(key), what };
        let address = by_address(&typed)?;
        let server = typed.xmpp_server.as_deref().map(addresses::xmpp_server).transpose().map_err(wrong("xmpp-server"))?;
        let proxy = typed.sip_proxy.as_deref().map(addresses::sip_proxy).transpose().map_err(wrong("sip-proxy"))?;
        let chat = match (typed.jid, server) {
            (Some(jid), server) => Some(ChatAccount { jid: addresses::bare_jid(&jid).map_err(wrong("jid"))?, server }),
            (None, Some(_)) => return Err(wrong("xmpp-server")("A server for chat needs a JID: give jid too.".into())),
            (None, None) => None,
        };
        let phone = match (typed.sip, proxy) {
            (Some(sip), proxy) => Some(PhoneAccount { address: addresses::sip_address(&sip).map_err(wrong("sip"))?, proxy }),
            (None, Some(_)) => return Err(wrong("sip-proxy")("A SIP proxy needs an address: give sip too.".into())),
            (None, None) => None,
        };
        if address.is_some() && (chat.is_some() || phone.is_some()) {
            let what = "Discovery finds the servers of an address by itself: leave out address, or leave out jid and sip.";
            return Err(wrong("address")(what.into()));
        }
        if address.is_none() && chat.is_none() && phone.is_none() {
            let what = "An account needs an address whose servers are found by themselves, or a JID for chat, a SIP address for calls, or both: \
                        give address, or jid, sip, or both.";
            return Err(Wrong { key: None, what: what.into() });
        }
        let clear = phone.iter().filter_map(|phone| phone.proxy.as_deref()).any(addresses::is_clear_proxy);
        if clear && !typed.allow_cleartext {
            let what = "That proxy is reached in clear, where anybody on the way can listen: take transport=tls, or give allow-cleartext too.";
            return Err(wrong("sip-proxy")(what.into()));
        }
        if typed.password_command.as_deref().is_some_and(|command| command.trim().is_empty()) {
            return Err(wrong("password-command")(
                "The command is empty: leave it out, or write it as in 'pass show work'.".into(),
            ));
        }
        let account = Account { name, address, chat, phone, allow_cleartext: typed.allow_cleartext };
        Ok(StoredAccount { account, ca: typed.ca, password_command: typed.password_command, no_store: typed.no_store })
    }
}

/// What discovery begins with, where there is an address.
fn by_address(typed: &Typed) -> Result<Option<ByAddress>, Wrong> {
    let wrong = |key: &'static str| move |what: String| Wrong { key: Some(key), what };
    let dns = typed.dns.as_deref().map(addresses::name_server).transpose().map_err(wrong("dns"))?;
    let cas = typed.cas.as_deref().map(addresses::cas).transpose().map_err(wrong("cas"))?;
    if typed.tftp_port == Some(0) {
        return Err(wrong("tftp-port")("0 is no port: that is a number from 1 to 65535.".into()));
    }
    let Some(address) = &typed.address else {
        let given = [("dns", dns.is_some()), ("cas", cas.is_some()), ("tftp-port", typed.tftp_port.is_some())];
        let without = given.into_iter().find_map(|(key, given)| given.then_some(key));
        return match without {
            Some(key) => Err(wrong(key)("It is for discovery, which begins with an address: give address too.".into())),
            None => Ok(None),
        };
    };
    let (user, domain) = addresses::user_at_domain(address).map_err(wrong("address"))?;
    Ok(Some(ByAddress { user, domain, dns, cas, tftp_port: typed.tftp_port }))
}

/// Reads the account called `name` from `text`; also says, in sentences, what in it has no meaning. `path` is for the
/// errors, and for a `ca` that is not absolute, which counts from its directory.
///
/// # Errors
/// Not TOML, a value of the wrong type, or a value that says nothing of use; with line and column.
pub fn parse(name: AccountName, path: &Path, text: &str) -> Result<(StoredAccount, Vec<String>), Problem> {
    let place = |span: Option<Range<usize>>| match span {
        Some(span) => {
            let (line, column) = line_and_column(text, span.start);
            format!("{}:{line}:{column}: ", path.display())
        }
        None => format!("{}: ", path.display()),
    };
    let table = DeTable::parse(text).map_err(|why| {
        let what = format!("{}{}.", place(why.span()), visible_line(why.message()));
        Problem::local(what, "Mend that line: a value is a text in quotes, true or false.")
    })?;
    let mut typed = Typed::default();
    let mut warnings = Vec::new();
    for (key, value) in table.get_ref() {
        let (known, value, span) = (key.get_ref().as_ref(), value.get_ref(), value.span());
        let at = place(Some(span));
        match known {
            "address" => typed.address = Some(words(known, value, &at)?),
            "dns" => typed.dns = Some(words(known, value, &at)?),
            "cas" => typed.cas = Some(words(known, value, &at)?),
            "tftp-port" => {
                let port = value.as_integer().and_then(|number| number.as_str().parse().ok());
                typed.tftp_port = Some(port.ok_or_else(|| mistyped(known, "a number up to 65535", value, &at))?);
            }
            "jid" => typed.jid = Some(words(known, value, &at)?),
            "xmpp-server" => typed.xmpp_server = Some(words(known, value, &at)?),
            "sip" => typed.sip = Some(words(known, value, &at)?),
            "sip-proxy" => typed.sip_proxy = Some(words(known, value, &at)?),
            "ca" => typed.ca = Some(path.with_file_name(words(known, value, &at)?)),
            "password-command" => typed.password_command = Some(words(known, value, &at)?),
            "allow-cleartext" => typed.allow_cleartext = truth(known, value, &at)?,
            "no-store" => typed.no_store = truth(known, value, &at)?,
            unknown => warnings.push(unknown_key(unknown, &place(Some(key.span())))),
        }
    }
    let stored = StoredAccount::check(name, typed).map_err(|Wrong { key, what }| {
        let span = key.and_then(|key| table.get_ref().get(key)).map(toml::Spanned::span);
        let named = key.map(|key| format!("{key}: ")).unwrap_or_default();
        Problem::local(format!("{}{named}{what}", place(span)), "")
    })?;
    Ok((stored, warnings))
}

/// Writes an account as [`parse`] reads it.
#[must_use]
pub fn write(stored: &StoredAccount) -> String {
    let mut text = format!("# The offhook account {}. Keys are the flags of: offhook account add\n", stored.account.name);
    let typed = Typed::from(stored);
    for key in KEYS {
        if let Some(value) = written(&typed, key) {
            text.push_str(&format!("{key} = {value}\n"));
        }
    }
    text
}

/// `text`, which is of the account `before`, changed so that it is of the account `now`, whose address is the same; all that
/// has not changed stays as it was written. None where that cannot be.
#[must_use]
pub fn rewrite(text: &str, before: &StoredAccount, now: &StoredAccount) -> Option<String> {
    let (before, now) = (Typed::from(before), Typed::from(now));
    let first = if now.address.is_some() { "address" } else { return None };
    // What is added stands in the order of the keys: each is put before those that were.
    KEYS.into_iter().rev().try_fold(text.to_owned(), |text, key| {
        let value = written(&now, key);
        if value == written(&before, key) { Some(text) } else { edit::set(&text, key, value.as_deref(), first) }
    })
}

/// What the file says of a key; none where it says nothing.
fn written(typed: &Typed, key: &str) -> Option<String> {
    let quoted = |text: &Option<String>| text.as_deref().map(|text| toml::Value::from(text).to_string());
    match key {
        "address" => quoted(&typed.address),
        "dns" => quoted(&typed.dns),
        "cas" => quoted(&typed.cas),
        "tftp-port" => typed.tftp_port.map(|port| port.to_string()),
        "jid" => quoted(&typed.jid),
        "xmpp-server" => quoted(&typed.xmpp_server),
        "sip" => quoted(&typed.sip),
        "sip-proxy" => quoted(&typed.sip_proxy),
        "ca" => quoted(&typed.ca.as_ref().map(|path| path.to_string_lossy().into_owned())),
        "allow-cleartext" => typed.allow_cleartext.then(|| "true".to_owned()),
        "no-store" => typed.no_store.then(|| "true".to_owned()),
        "password-command" => quoted(&typed.password_command),
        _ => None,
    }
}

fn words(key: &str, value: &DeValue<'_>, at: &str) -> Result<String, Problem> {
    value.as_str().map(str::to_owned).ok_or_else(|| mistyped(key, "a text in quotes", value, at))
}

fn truth(key: &str, value: &DeValue<'_>, at: &str) -> Result<bool, Problem> {
    value.as_bool().ok_or_else(|| mistyped(key, "true or false", value, at))
}

fn mistyped(key: &str, wanted: &str, found: &DeValue<'_>, at: &str) -> Problem {
    Problem::local(format!("{at}{key} is {wanted}, and this is of type {}.", found.type_str()), "")
}

fn unknown_key(key: &str, at: &str) -> String {
    let nearest = KEYS.iter().min_by_key(|known| strsim::osa_distance(known, &key.to_lowercase()));
    let close = nearest.filter(|known| strsim::osa_distance(known, &key.to_lowercase()) <= 3);
    let hint = match close {
        Some(known) => format!("did you mean “{known}”?"),
        None => format!("the keys are {}.", KEYS.join(", ")),
    };
    format!("{at}The key “{}” is not known and counts for nothing; {hint}", visible_line(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<(StoredAccount, Vec<String>), Problem> {
        parse(AccountName("work".into()), Path::new("/etc/work.toml"), text)
    }

    #[test]
    fn an_account_is_written_as_it_is_read() {
        let text = r#"# The offhook account work. Keys are the flags of: offhook account add
jid = "alice@example.test"
xmpp-server = "[2001:db8::1]:5223;tls=direct"
sip = "sip:alice@example.test"
sip-proxy = "sip:proxy.test:5060;transport=tcp"
ca = "/etc/ca.pem"
allow-cleartext = true
password-command = 'pass show "my work" | head -n1'
no-store = true
"#;
        let (stored, warnings) = read(text).unwrap();
        assert_eq!((write(&stored).as_str(), warnings.len()), (text, 0));
        assert_eq!(stored.password_command.as_deref(), Some(r#"pass show "my work" | head -n1"#));
        let by_address = "# The offhook account work. Keys are the flags of: offhook account add\naddress = \"Ana@lab.example\"\n\
            dns = \"127.1.2.3:5353\"\ncas = \"https://127.1.2.3/cas\"\ntftp-port = 6969\nca = \"/etc/ca.pem\"\n";
        assert_eq!(write(&read(by_address).unwrap().0), by_address);
        let (least, _) = read("sip = 'bob@example.test'").unwrap();
        assert_eq!(least.account.chat, None);
        assert!(write(&least).ends_with("\nsip = \"sip:bob@example.test\"\n"));
        assert_eq!(read("jid='a@b'\nca='own.pem'").unwrap().0.ca, Some(PathBuf::from("/etc/own.pem")));
    }

    #[test]
    fn what_is_changed_in_a_file_leaves_the_rest_as_it_was_written() {
        let text = "# mine\naddress = 'Ana@lab.example' # home\nca = 'own.pem'\nallow-cleartext=true\ncolour = 3\n";
        let before = read(text).unwrap().0;
        let mut typed = Typed::from(&before);
        (typed.dns, typed.tftp_port, typed.allow_cleartext) = (Some("127.1.2.3:5353".into()), Some(6969), false);
        let now = StoredAccount::check(AccountName("work".into()), typed).unwrap();
        let rewritten = rewrite(text, &before, &now).unwrap();
        let wanted = "# mine\naddress = 'Ana@lab.example' # home\ndns = \"127.1.2.3:5353\"\ntftp-port = 6969\nca = 'own.pem'\n\
                      colour = 3\n";
        assert_eq!(rewritten, wanted);
        assert_eq!(read(&rewritten).unwrap().0, now);
        assert_eq!(rewrite(&rewritten, &now, &before).map(|text| read(&text).unwrap().0), Some(before));
    }

    #[test]
    fn errors_name_line_and_column_and_the_right_form() {
        for (text, place, what) in [
            ("jid = \"a@b\"\nsip = 7\n", "/etc/work.toml:2:7: ", "a text in quotes"),
            ("\njid = \"žů@/x\" # ž\n", "/etc/work.toml:2:7: jid: ", ""),
            ("jid = 'a@b'\nallow-cleartext = 'yes'", ":2:19: ", "true or false"),
            ("jid = 'a@b'\n  sip = 'sip:nobody'", ":2:9: sip: ", "sip:alice@example.test"),
            ("jid = 'a@b", ":1:", ""),
            ("jid = 'a@b'\njid = 'c@d'", ":2:1: ", "duplicate key"),
            ("xmpp-server = 'h:1'", ":1:15: xmpp-server: ", "give jid too"),
            ("sip = 'a@b'\nsip-proxy = 'sip:p;transport=udp'", ":2:13: sip-proxy: ", "allow-cleartext"),
            ("", "/etc/work.toml: ", "give address, or jid, sip, or both"),
            ("address = 'a@b'\njid = 'a@b'", ":1:11: address: ", "leave out"),
            ("jid = 'a@b'\ndns = '::1'", ":2:7: dns: ", "give address too"),
            ("address = 'a@b'\ncas = 'ftp://c/'", ":2:7: cas: ", "http"),
            ("address = 'a@b'\ntftp-port = 70000", ":2:13: ", "up to 65535"),
            ("address = 'a@b'\ntftp-port = 0", ":2:13: tftp-port: ", "65535"),
            ("jid = 'a@b'\npassword-command = ' '", ":2:20: ", "leave it out"),
        ] {
            let said = read(text).unwrap_err().to_string();
            assert!(said.contains(place) && said.contains(what), "{text:?} gives {said}");
        }
    }

    #[test]
    fn an_unknown_key_is_a_warning_with_the_nearest_name() {
        let (_, warnings) = read("jid = 'a@b'\nXmpp_Server = 'h:5222'\ncolour = 3\n[table]\nx = 1").unwrap();
        assert!(
            warnings.iter().any(|said| said.contains(":2:1: ") && said.contains("did you mean “xmpp-server”?")),
            "{warnings:?}"
        );
        assert!(warnings.iter().any(|said| said.contains(":3:1: ") && said.contains("the keys are address, ")), "{warnings:?}");
        assert_eq!(warnings.len(), 3);
    }

    proptest! {
        #[test]
        fn any_text_gives_an_account_or_an_error(text in "\\PC{0,80}|(jid|sip|ca|x) ?= ?['\"]?\\PC{0,20}['\"]?\n?") {
            let _ = read(&text);
        }

        #[test]
        fn any_command_survives_the_file(command in "[^ ]\\PC*|[a\n\t\"'\\\\\u{1b}]+") {
            prop_assume!(!command.trim().is_empty());
            let typed = Typed { jid: Some("a@b".into()), password_command: Some(command), ..Typed::default() };
            let stored = StoredAccount::check(AccountName("work".into()), typed).unwrap();
            prop_assert_eq!(read(&write(&stored)).unwrap().0, stored);
        }
    }
}
