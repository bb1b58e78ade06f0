//! The bootstrap file: what an administrator says at installation, for the first launch (fact sheet §6, "Bootstrap" and
//! "Installer arguments"). Lines are `Key: value`; a value that is not set is `NOT_SPECIFIED`.
//!
//! It refuses to know where the file stands. The keys beside the five that are documented mirror the installer arguments.

use super::excluded::ExcludedServices;
use super::xml::flag;
use crate::machine::visible_line;
use std::collections::BTreeMap;

/// What stands for nothing.
const NOT_SPECIFIED: &str = "NOT_SPECIFIED";
/// Lines and bytes of a line beyond these are not read.
const LINES: usize = 1_024;
const LONGEST: usize = 4_096;

/// The file: values by key. Those that are not known here are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bootstrap {
    values: BTreeMap<String, String>,
}

/// The authenticator that a bootstrap file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootstrapAuthenticator {
    /// `CUP`
    Cup,
    /// `CUCM`
    Cucm,
    /// `WEBEX`
    Webex,
}

impl Bootstrap {
    /// Reads a file. Comments (`#`, `!`), lines without a colon and unset values are passed over; the last of a key counts.
    #[must_use]
    pub fn parse(text: &str) -> Bootstrap {
        let mut values = BTreeMap::new();
        for line in text.trim_start_matches('\u{feff}').lines().take(LINES).map(str::trim) {
            if line.starts_with(['#', '!']) || line.len() > LONGEST {
                continue;
            }
            let Some((key, value)) = line.split_once(':') else { continue };
            let (key, value) = (key.trim(), value.trim());
            if key.is_empty() || key.chars().chain(value.chars()).any(char::is_control) {
                continue;
            }
            let key = known_key(key).unwrap_or(key);
            if value.is_empty() || value == NOT_SPECIFIED {
                values.remove(key);
            } else {
                values.insert(key.to_owned(), value.to_owned());
            }
        }
        Bootstrap { values }
    }

    /// Writes a file, with every key that is known, set or not.
    #[must_use]
    pub fn write(&self) -> String {
        let mut keys: Vec<&str> = ARGUMENTS.iter().filter_map(|argument| argument.key()).collect();
        keys.extend(self.values.keys().map(String::as_str).filter(|key| known_key(key).is_none()));
        let line = |key: &str| format!("{key}: {}\n", self.get(key).unwrap_or(NOT_SPECIFIED));
        keys.into_iter().map(line).collect()
    }

    /// The value of a key, whatever its case.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(known_key(key).unwrap_or(key)).map(String::as_str)
    }

    /// Nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Keys and values that are set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// `Authenticator`
    #[must_use]
    pub fn authenticator(&self) -> Option<BootstrapAuthenticator> {
        match self.get("Authenticator")?.to_ascii_uppercase().as_str() {
            "CUP" => Some(BootstrapAuthenticator::Cup),
            "CUCM" => Some(BootstrapAuthenticator::Cucm),
            "WEBEX" => Some(BootstrapAuthenticator::Webex),
            _ => None,
        }
    }

    /// `CupAddress`
    #[must_use]
    pub fn cup_address(&self) -> Option<&str> {
        self.get("CupAddress")
    }

    /// `Tftp`
    #[must_use]
    pub fn tftp(&self) -> Option<&str> {
        self.get("Tftp")
    }

    /// `Cti`
    #[must_use]
    pub fn cti(&self) -> Option<&str> {
        self.get("Cti")
    }

    /// `Ccmcip`; where it is not set, the address of TFTP.
    #[must_use]
    pub fn ccmcip(&self) -> Option<&str> {
        self.get("Ccmcip").or(self.tftp())
    }

    /// `TftpFileName`: the client configuration, in place of `jabber-config.xml`.
    #[must_use]
    pub fn tftp_file_name(&self) -> Option<&str> {
        self.get("TftpFileName")
    }

    /// `ServicesDomain`
    #[must_use]
    pub fn services_domain(&self) -> Option<&str> {
        self.get("ServicesDomain")
    }

    /// `VoiceServicesDomain`
    #[must_use]
    pub fn voice_services_domain(&self) -> Option<&str> {
        self.get("VoiceServicesDomain")
    }

    /// `ServiceDiscoveryExcludedServices`
    #[must_use]
    pub fn excluded_services(&self) -> ExcludedServices {
        self.get("ServiceDiscoveryExcludedServices").and_then(|text| ExcludedServices::parse(text).ok()).unwrap_or_default()
    }

    /// `ProductMode` is phone mode.
    #[must_use]
    pub fn is_phone_mode(&self) -> bool {
        self.get("ProductMode").is_some_and(|mode| mode.eq_ignore_ascii_case("phone_mode"))
    }

    /// Takes installer arguments, each as `NAME=VALUE`: they are added to what is set, but `CLEAR=1` empties it first. Answers
    /// what the user should know, one sentence each.
    ///
    /// # Errors
    /// A sentence that names the argument that is not known or has an impossible value, and what to write instead. Then
    /// nothing is changed.
    pub fn take_arguments(&mut self, arguments: &[String]) -> Result<Vec<String>, String> {
        let mut taken = Vec::new();
        for text in arguments {
            let Some((name, value)) = text.split_once('=') else {
                return Err(format!("“{}” is no argument: write NAME=VALUE, as in AUTHENTICATOR=CUP.", visible_line(text)));
            };
            let argument = ARGUMENTS.iter().find(|known| known.name.eq_ignore_ascii_case(name.trim()));
            let argument = argument.ok_or_else(|| not_known(name))?;
            taken.push((argument, argument.checked(value.trim())?));
        }
        let clear = taken.iter().any(|(argument, value)| matches!(argument.use_, Use::Clear) && value == "1");
        if clear {
            self.values.clear();
        }
        let mut remarks = Vec::new();
        for (argument, value) in taken {
            if let Use::None(why) = argument.use_ {
                remarks.push(format!("{} is accepted and has no effect here: {why}.", argument.name));
            }
            match argument.key() {
                Some(key) if value.is_empty() || value == NOT_SPECIFIED => drop(self.values.remove(key)),
                Some(key) => drop(self.values.insert(key.to_owned(), value)),
                None => {}
            }
        }
        Ok(remarks)
    }
}

fn not_known(name: &str) -> String {
    let asked = name.trim().to_ascii_uppercase();
    let nearness = |known: &&Argument| (strsim::jaro_winkler(&asked, &known.name.to_ascii_uppercase()) * 1e6) as u64;
    let nearest = ARGUMENTS.iter().max_by_key(nearness).map_or("AUTHENTICATOR", |known| known.name);
    format!("{} is no installer argument. The nearest is {nearest}.", visible_line(name.trim()))
}

fn known_key(key: &str) -> Option<&'static str> {
    ARGUMENTS.iter().filter_map(Argument::key).find(|known| known.eq_ignore_ascii_case(key))
}

/// An installer argument.
#[derive(Clone, Copy, Debug)]
struct Argument {
    name: &'static str,
    use_: Use,
    form: Form,
}

/// What an argument is for.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// It is kept under this key and used.
    Key(&'static str),
    /// It is accepted, for this reason without effect.
    None(&'static str),
    /// It empties what is there.
    Clear,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Flag,
    OneOf(&'static [&'static str]),
    Excluded,
}

impl Argument {
    fn key(&self) -> Option<&'static str> {
        match self.use_ {
            Use::Key(key) => Some(key),
            Use::None(_) | Use::Clear => None,
        }
    }

    fn checked(&self, value: &str) -> Result<String, String> {
        let name = self.name;
        let wrong = |form: &str| Err(format!("{name}={} is not possible: {form}.", visible_line(value)));
        if value.chars().any(char::is_control) || value.len() > LONGEST {
            return wrong("a value is one line of text");
        }
        if value.is_empty() || value == NOT_SPECIFIED {
            return Ok(value.to_owned());
        }
        match self.form {
            Form::Text => Ok(value.to_owned()),
            Form::Flag if flag(value).is_some() => Ok(value.to_owned()),
            Form::Flag => wrong("write true or false"),
            Form::OneOf(known) => match known.iter().find(|known| known.eq_ignore_ascii_case(value)) {
                Some(known) => Ok((*known).to_owned()),
                None => wrong(&format!("write {}", known.join(" or "))),
            },
            Form::Excluded => match ExcludedServices::parse(value) {
                Ok(excluded) => Ok(excluded.to_string()),
                Err(_) => wrong("write WEBEX, CUCM and CUP with commas between them"),
            },
        }
    }
}

const fn used(name: &'static str, key: &'static str, form: Form) -> Argument {
    Argument { name, use_: Use::Key(key), form }
}

const fn unused(name: &'static str, why: &'static str) -> Argument {
    Argument { name, use_: Use::None(why), form: Form::Text }
}

const BROWSER: &str = "single sign-on with a browser is not available";
const REPORTS: &str = "problem reports are not sent anywhere";
const WINDOWS: &str = "it is about the desktop of Windows";

/// Every argument of the installation guide.
const ARGUMENTS: &[Argument] = &[
    Argument { name: "CLEAR", use_: Use::Clear, form: Form::OneOf(&["1"]) },
    used("PRODUCT_MODE", "ProductMode", Form::OneOf(&["Phone_Mode"])),
    used("AUTHENTICATOR", "Authenticator", Form::OneOf(&["CUP", "CUCM", "WEBEX"])),
    used("CUP_ADDRESS", "CupAddress", Form::Text),
    used("TFTP", "Tftp", Form::Text),
    used("CTI", "Cti", Form::Text),
    used("CCMCIP", "Ccmcip", Form::Text),
    used("SERVICES_DOMAIN", "ServicesDomain", Form::Text),
    used("VOICE_SERVICES_DOMAIN", "VoiceServicesDomain", Form::Text),
    used("EXCLUDED_SERVICES", "ServiceDiscoveryExcludedServices", Form::Excluded),
    used("TFTP_FILE_NAME", "TftpFileName", Form::Text),
    used("LOGIN_RESOURCE", "LoginResource", Form::OneOf(&["WBX", "MUT"])),
    used("SSO_ORG_DOMAIN", "SSOOrgDomain", Form::Text),
    used("SSO_ENABLED", "SSO_Enabled", Form::Flag),
    used("INVALID_CERTIFICATE_BEHAVIOR", "InvalidCertificateBehavior", Form::OneOf(&["RejectAndNotify", "PromptPerSession"])),
    unused("UPN_DISCOVERY_ENABLED", "there is no user principal name outside of Windows"),
    unused("SSO_EMAIL_PROMPT", BROWSER),
    unused("FORGOT_PASSWORD_URL", "no page is opened"),
    unused("AUTOMATIC_SIGN_IN", "an account signs in when offhook starts"),
    unused("CLICK2X", WINDOWS),
    unused("LANGUAGE", "the interface is in English"),
    unused("LOG_DIRECTORY", "logs stand where the system keeps them"),
    unused("IP_Mode", "IPv4 and IPv6 are both tried"),
    unused("ENABLE_PRT", REPORTS),
    unused("ENABLE_PRT_ENCRYPTION", REPORTS),
    unused("PRT_CERTIFICATE_NAME", REPORTS),
    unused("FIPS_MODE", "the cryptography here is not certified"),
    unused("CC_MODE", "the cryptography here is not certified"),
    unused("Telemetry_Enabled", "nothing is ever reported"),
    unused("FORWARD_VOICEMAIL", "voice messages are not forwarded"),
    unused("RESET_JABBER", "offhook reset does that, and asks first"),
    unused("LOCATION_MODE", "places are not watched"),
    unused("DIAGNOSTICSTOOLENABLED", "offhook doctor is always there"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn take(bootstrap: &mut Bootstrap, arguments: &[&str]) -> Result<Vec<String>, String> {
        bootstrap.take_arguments(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_is_written_as_it_is_read() {
        let text = "# made by hand\nServiceDiscoveryExcludedServices: WEBEX,CUP\nauthenticator : cup\r\nCupAddress: imp.lab.example:8443\n\
                    Tftp: NOT_SPECIFIED\nUXModel: modern\nno colon\n: nothing\nCti:\n";
        let bootstrap = Bootstrap::parse(text);
        assert_eq!(bootstrap.authenticator(), Some(BootstrapAuthenticator::Cup));
        assert_eq!(bootstrap.cup_address(), Some("imp.lab.example:8443"));
        assert_eq!((bootstrap.tftp(), bootstrap.cti(), bootstrap.is_phone_mode()), (None, None, false));
        assert!(bootstrap.excluded_services().webex && !bootstrap.excluded_services().cucm);
        assert_eq!(bootstrap.get("UXModel"), Some("modern"));
        let written = bootstrap.write();
        assert!(written.contains("Tftp: NOT_SPECIFIED\n") && written.contains("UXModel: modern\n"), "{written}");
        assert_eq!(Bootstrap::parse(&written), bootstrap);
        assert!(Bootstrap::parse("").is_empty());
    }

    #[test]
    fn arguments_add_up_and_clear_empties_first() {
        let mut bootstrap = Bootstrap::default();
        assert_eq!(take(&mut bootstrap, &["AUTHENTICATOR=cucm", "TFTP=cucm1", "PRODUCT_MODE=phone_mode"]), Ok(vec![]));
        assert_eq!((bootstrap.ccmcip(), bootstrap.is_phone_mode()), (Some("cucm1"), true));
        let remarks = take(&mut bootstrap, &["CLICK2X=DISABLE", "CCMCIP=cucm2"]).unwrap();
        assert_eq!(remarks, ["CLICK2X is accepted and has no effect here: it is about the desktop of Windows."]);
        assert_eq!((bootstrap.tftp(), bootstrap.ccmcip()), (Some("cucm1"), Some("cucm2")));
        take(&mut bootstrap, &["CUP_ADDRESS=imp", "CLEAR=1", "authenticator=CUP"]).unwrap();
        assert_eq!(bootstrap.iter().collect::<Vec<_>>(), [("Authenticator", "CUP"), ("CupAddress", "imp")]);
        take(&mut bootstrap, &["CUP_ADDRESS="]).unwrap();
        assert_eq!(bootstrap.cup_address(), None);
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest_name_and_changes_nothing() {
        let mut bootstrap = Bootstrap::default();
        for (argument, says) in [
            ("AUTENTICATOR=CUP", "The nearest is AUTHENTICATOR"),
            ("CUP_ADRESS=imp", "The nearest is CUP_ADDRESS"),
            ("VOICE_DOMAIN=x", "The nearest is VOICE_SERVICES_DOMAIN"),
            ("\u{1b}[2J=x", "is no installer argument"),
            ("AUTHENTICATOR", "write NAME=VALUE"),
            ("AUTHENTICATOR=LDAP", "write CUP or CUCM or WEBEX"),
            ("PRODUCT_MODE=full", "write Phone_Mode"),
            ("EXCLUDED_SERVICES=WEBEX,EDGE", "WEBEX, CUCM and CUP"),
            ("SSO_ENABLED=perhaps", "true or false"),
            ("TFTP=a\nCti: b", "one line"),
        ] {
            let said = take(&mut bootstrap, &["TFTP=cucm1", argument]).unwrap_err();
            assert!(said.contains(says) && !said.contains('\u{1b}'), "{argument}: {said}");
            assert!(bootstrap.is_empty());
        }
    }

    #[test]
    fn every_argument_of_the_guide_is_known() {
        let guide = "CLEAR PRODUCT_MODE AUTHENTICATOR CUP_ADDRESS TFTP CTI CCMCIP SERVICES_DOMAIN VOICE_SERVICES_DOMAIN EXCLUDED_SERVICES \
            UPN_DISCOVERY_ENABLED SSO_EMAIL_PROMPT SSO_ORG_DOMAIN SSO_ENABLED LOGIN_RESOURCE TFTP_FILE_NAME FORGOT_PASSWORD_URL AUTOMATIC_SIGN_IN \
            CLICK2X LANGUAGE LOG_DIRECTORY INVALID_CERTIFICATE_BEHAVIOR IP_Mode ENABLE_PRT ENABLE_PRT_ENCRYPTION PRT_CERTIFICATE_NAME FIPS_MODE \
            CC_MODE Telemetry_Enabled FORWARD_VOICEMAIL RESET_JABBER LOCATION_MODE DIAGNOSTICSTOOLENABLED";
        let names: Vec<_> = guide.split_whitespace().collect();
        assert_eq!(names.len(), ARGUMENTS.len());
        for name in names {
            assert!(ARGUMENTS.iter().any(|argument| argument.name == name), "{name}");
        }
    }
}
