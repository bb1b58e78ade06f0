//! The guides' Advanced Settings: who signs an account in, and where. It knows how they are asked for and shown; what they
//! mean is known elsewhere.

use super::form::{self, Form, Input, Purpose};
use super::question::{Answer, Question};
use super::screen::{Model, Overlay, Screen};
use crate::engine::command::{Command, NewSettings};
use crate::engine::event::{AccountName, AdvancedSettings, Service, Setting, SettingValue};
use crate::engine::state::AccountState;
use crate::machine::visible_line;

/// Who may sign an account in: as `offhook settings` calls it, in words, and the addresses that it takes.
const WAYS: [(&str, &str, &[&str]); 6] = [
    ("automatic", "found by the address", &[]),
    ("cucm", "Communications Manager", &["Server"]),
    ("cucm8", "Communications Manager 8.x, phone only", &["TFTP server", "CTI server", "CCMCIP server"]),
    ("cup", "IM and Presence", &["Server"]),
    ("webex", "Webex Messenger", &[]),
    ("standard", "open standards", &[]),
];

/// Services that discovery may leave out: as the setting calls them, and the field of each.
const SERVICES: [(&str, &str); 3] = [("WEBEX", "Ask Webex"), ("CUCM", "Ask _cisco-uds"), ("CUP", "Ask _cuplogin")];

/// What stands in the account's own file: as the setting calls it, the field of it, and what is to be written there.
const OWN: [(&str, &str, &str); 4] = [
    ("dns", "Name server", "HOST:PORT; empty: those of this machine"),
    ("cas", "CAS", "URL of another directory of organisations than that of Webex"),
    ("tftp_port", "TFTP port", "for files that come by TFTP; empty: 69"),
    ("ca", "CA file", "path of a PEM file; empty: those of this machine"),
];

const WAY: &str = "Sign in by";

/// Who signs the account in now, in words.
#[must_use]
pub fn way_words(settings: &[Setting]) -> String {
    let of = |name: &str| settings.iter().find(|setting| setting.name == name);
    let Some(way) = of("authenticator") else { return "not read yet".into() };
    let words = WAYS.iter().find(|(name, ..)| way.value == SettingValue::Text((*name).to_owned())).map(|(_, words, _)| *words);
    let places = ["server", "tftp", "cti", "ccmcip"].into_iter().filter_map(of).map(|place| place.value.to_string());
    let words = words.map(ToOwned::to_owned).into_iter().chain(places).collect::<Vec<_>>().join(" ");
    format!("{words}  ({})", way.source)
}

/// What the pane calls a setting.
#[must_use]
pub fn words_of(setting: &str) -> String {
    match setting {
        "dns" => "name server".into(),
        "cas" => "CAS".into(),
        "ca" => "CA file".into(),
        "tftp_port" => "TFTP port".into(),
        other => visible_line(other).replace('_', " "),
    }
}

/// The name of a setting, as `offhook settings show` calls it, of a place.
fn setting_of(label: &str) -> &'static str {
    match label {
        "TFTP server" => "tftp",
        "CTI server" => "cti",
        "CCMCIP server" => "ccmcip",
        _ => "server",
    }
}

fn place(label: &'static str, with: &str) -> Input {
    let hint = match label {
        "CTI server" => "HOST or HOST:PORT; kept, and not used yet",
        "CCMCIP server" => "HOST or HOST:PORT; empty: the TFTP server",
        _ => "HOST or HOST:PORT",
    };
    form::text(label, hint, with)
}

/// The fields for this way, with what `known` says of each.
fn fields(way: usize, known: impl Fn(&str) -> String) -> Vec<Input> {
    let ways = WAYS.iter().map(|(_, words, _)| (*words).to_owned()).collect();
    let places = WAYS.get(way).map_or(&[][..], |(.., places)| *places);
    let mut inputs = vec![form::choice(WAY, "Space or arrows: the next one; the first clears what was set by hand", ways, way)];
    inputs.extend(places.iter().map(|label| place(label, &known(label))));
    inputs
}

/// The fields of what stands in the account's own file, with what `known` says of each.
pub(super) fn own(known: impl Fn(&str) -> String) -> impl Iterator<Item = Input> {
    OWN.iter().map(move |(name, label, hint)| form::text(label, hint, &known(name)))
}

/// The choice has changed: other addresses are asked for.
pub(super) fn refit(form: &mut Form) {
    if matches!(form.purpose, Purpose::Servers(_)) && form.chosen == 0 {
        let way = form.choice(WAY);
        let inputs = fields(way, |label| form.text_for(way, label));
        form.refit(inputs);
    }
}

/// What sign-in has found for the ways by hand: by way and field.
fn ready(found: &AdvancedSettings) -> Vec<(usize, &'static str, String)> {
    let of = |wanted: &str, label: &'static str, text: &Option<String>| {
        let way = WAYS.iter().position(|(name, ..)| *name == wanted)?;
        Some((way, label, text.clone()?))
    };
    let AdvancedSettings { cup, tftp, ccmcip, cti } = found;
    let all = [
        of("cup", "Server", cup),
        of("cucm8", "TFTP server", tftp),
        of("cucm8", "CTI server", cti),
        of("cucm8", "CCMCIP server", ccmcip),
    ];
    all.into_iter().flatten().collect()
}

/// What was filled in.
fn typed(form: &Form) -> NewSettings {
    let left_out = SERVICES.iter().filter(|(_, label)| !form.flag(label)).map(|(name, _)| (*name).to_owned());
    NewSettings {
        authenticator: WAYS.get(form.choice(WAY)).map_or("automatic", |(name, ..)| *name).to_owned(),
        server: form.text("Server"),
        tftp: form.text("TFTP server"),
        cti: form.text("CTI server"),
        ccmcip: form.text("CCMCIP server"),
        dns: form.text("Name server"),
        cas: form.text("CAS"),
        tftp_port: form.text("TFTP port"),
        ca: form.text("CA file"),
        excluded: left_out.collect(),
        device: form.text("Phone"),
        allow_cleartext: form.flag("Allow in clear"),
    }
}

/// The CAS of a form would be asked in clear, which nobody has allowed.
#[must_use]
pub fn clear_cas(form: &Form) -> Option<String> {
    let clear = form.text("CAS").get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let why = "That CAS would be asked in clear: say “Allow in clear” where others may listen.";
    (clear && !form.flag("Allow in clear")).then(|| why.to_owned())
}

/// It signs in by its address, and so has these settings.
#[must_use]
pub fn has_servers(account: &AccountState) -> bool {
    account.links.contains_key(&Service::SignIn)
}

impl Model {
    fn by_address(&self) -> Vec<AccountName> {
        self.state.accounts.iter().filter(|(_, account)| has_servers(account)).map(|(name, _)| name.clone()).collect()
    }

    /// Reads what the settings of sign-in are now.
    pub(super) fn read_settings(&mut self) {
        for account in self.by_address() {
            self.command(Command::ReadSettings { account });
        }
    }

    pub(super) fn choose_servers(&mut self) {
        match self.by_address().as_slice() {
            [] => self.say("No account signs in by its address: the others have servers of their own."),
            [only] => self.ask_servers(&only.clone()),
            _ => {
                self.show_settings();
                self.settings_to_accounts();
                self.say("Choose the servers of an account, then Enter.");
            }
        }
    }

    /// Asks for the servers of an account, once it is known what they are now.
    pub(super) fn ask_servers(&mut self, account: &AccountName) {
        let Some(state) = self.state.accounts.get(account) else { return };
        let settings = &state.settings;
        if settings.is_empty() {
            self.wants_servers = Some(account.clone());
            return self.command(Command::ReadSettings { account: account.clone() });
        }
        let value = |name: &str| settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.clone());
        let text = |name: &str| match value(name) {
            Some(SettingValue::Text(text)) => text,
            _ => String::new(),
        };
        // What nobody has set is not written into its field.
        let set = |name: &str| match settings.iter().find(|setting| setting.name == name) {
            Some(Setting { value, source: "account", .. }) => value.to_string(),
            _ => String::new(),
        };
        let now = text("authenticator");
        let way = WAYS.iter().position(|(name, ..)| *name == now).unwrap_or(0);
        let left_out = |name: &str| matches!(value("excluded_services"), Some(SettingValue::List(all)) if all.iter().any(|one| one == name));
        let hint = "Space: whether discovery asks it";
        let mut more: Vec<Input> = SERVICES.iter().map(|(name, label)| form::flag(label, hint, !left_out(name))).collect();
        more.extend(own(set));
        more.push(form::text("Phone", "which of your softphones, as in CSFANA; empty: you are asked", &text("device")));
        let clear = value("allow_cleartext") == Some(SettingValue::Switch(true));
        more.push(form::flag("Allow in clear", "Space: questions, files and calls may go unencrypted", clear));
        let about = "What is set by hand goes before what would be found. All of it counts from the next sign-in on.";
        let inputs = fields(way, |label| text(setting_of(label)));
        let form = Form::new(Purpose::Servers(account.clone()), format!("Servers of {account}"), about, inputs).with_more(more);
        let form = form.with_ready(ready(&state.sign_in.advanced));
        self.fill_in(form);
    }

    pub(super) fn set_servers(&mut self, account: AccountName, form: &Form) -> Result<(), String> {
        clear_cas(form).map_or(Ok(()), Err)?;
        self.command(Command::ChangeSettings { account, settings: typed(form) });
        Ok(())
    }

    /// The settings of an account are read, or changed.
    pub(super) fn heard_settings(&mut self, account: &AccountName, changed: bool) {
        if changed {
            let facts = vec![(String::new(), "They count from the next sign-in on. Calls that go on would end.".to_owned())];
            let answers = vec![('y', "sign in again", Answer::SignInAgain(account.clone())), ('n', "later", Answer::Leave)];
            let question = Question { chosen: 0, ..Question::new("Use the new settings now?", facts, answers) };
            self.overlays.push(Overlay::Question(question));
        } else if self.wants_servers.take_if(|wanted| wanted == account).is_some() {
            self.ask_servers(account);
        }
        if self.screen == Screen::Settings && changed {
            self.focus = super::screen::Focus::Main;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, value: &str, source: &'static str) -> Setting {
        Setting { name: name.into(), value: SettingValue::Text(value.into()), source }
    }

    #[test]
    fn what_is_set_is_said_with_where_it_came_from() {
        assert_eq!(way_words(&[]), "not read yet");
        assert_eq!(way_words(&[setting("authenticator", "automatic", "built-in")]), "found by the address  (built-in)");
        let by_hand = [setting("authenticator", "cucm8", "account"), setting("tftp", "cucm1:69", "account")];
        assert_eq!(way_words(&by_hand), "Communications Manager 8.x, phone only cucm1:69  (account)");
    }

    #[test]
    fn what_sign_in_has_found_stands_ready_and_what_is_typed_goes_before_it() {
        let found =
            AdvancedSettings { cup: Some("imp1:8443".into()), tftp: Some("cucm1:69".into()), ..AdvancedSettings::default() };
        let form = |way| {
            Form::new(Purpose::Servers(AccountName("work".into())), "", "", fields(way, |_| String::new()))
                .with_ready(ready(&found))
        };
        let mut to_cup = form(2);
        to_cup.toggle(false);
        refit(&mut to_cup);
        assert_eq!((typed(&to_cup).authenticator.as_str(), typed(&to_cup).server.as_str()), ("cup", "imp1:8443"));
        to_cup.toggle(true);
        refit(&mut to_cup);
        assert_eq!((typed(&to_cup).tftp.as_str(), typed(&to_cup).ccmcip.as_str()), ("cucm1:69", ""));
        to_cup.toggle(true);
        refit(&mut to_cup);
        assert_eq!((typed(&to_cup).authenticator.as_str(), typed(&to_cup).server.as_str()), ("cucm", ""));
        // What was typed goes before what stands ready.
        let inputs = fields(3, |_| "mine.lab.example".into());
        let mut by_hand = Form::new(Purpose::Servers(AccountName("work".into())), "", "", inputs).with_ready(ready(&found));
        refit(&mut by_hand);
        assert_eq!(typed(&by_hand).server, "mine.lab.example");
    }

    #[test]
    fn each_way_asks_for_its_own_addresses_and_what_was_typed_stays_where_it_fits() {
        let inputs = fields(1, |_| "cucm1".into());
        let mut form = Form::new(Purpose::Servers(AccountName("work".into())), "", "", inputs);
        assert_eq!((form.inputs.len(), form.text("Server").as_str()), (2, "cucm1"));
        form.toggle(false);
        refit(&mut form);
        assert_eq!((typed(&form).authenticator.as_str(), form.inputs.len()), ("cucm8", 4));
        form.toggle(true);
        refit(&mut form);
        form.toggle(true);
        refit(&mut form);
        assert_eq!((typed(&form).authenticator.as_str(), form.inputs.len()), ("automatic", 1));
        assert_eq!(typed(&form).server, "", "what is found needs no address");
    }
}
