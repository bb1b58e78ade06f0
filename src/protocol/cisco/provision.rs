//! `ciscojabber://provision?ServicesDomain=…`: settings for the first launch in a link (fact sheet §6, "URL handler").

use super::domain::domain;
use super::excluded::ExcludedServices;
use crate::machine::visible_line;
use url::Url;

/// Longer links are refused.
const LONGEST: usize = 8_192;

/// What the link says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provision {
    /// `ServicesDomain`
    pub services_domain: Option<String>,
    /// `VoiceServicesDomain`
    pub voice_services_domain: Option<String>,
    /// `ServiceDiscoveryExcludedServices`
    pub excluded: Option<ExcludedServices>,
    /// Everything else, as it was written.
    pub others: Vec<(String, String)>,
}

impl Provision {
    /// Reads a link.
    ///
    /// # Errors
    /// A sentence that says the right form.
    pub fn parse(link: &str) -> Result<Provision, String> {
        const FORM: &str = "Write it as in 'ciscojabber://provision?ServicesDomain=lab.example'.";
        let short: String = visible_line(link).chars().take(60).collect();
        if link.len() > LONGEST {
            return Err(format!("“{short}…” is too long for a link. {FORM}"));
        }
        let url = Url::parse(link.trim()).map_err(|why| format!("“{short}” is no link: {why}. {FORM}"))?;
        let action = url.host_str().unwrap_or_default();
        if url.scheme() != "ciscojabber" || !action.eq_ignore_ascii_case("provision") {
            return Err(format!("“{short}” is no link for provisioning. {FORM}"));
        }
        let mut provision = Provision::default();
        for (name, value) in url.query_pairs() {
            let shown = visible_line(&name);
            if value.chars().chain(name.chars()).any(char::is_control) {
                return Err(format!("{shown} has a control character in it. {FORM}"));
            }
            let (name, value) = (name.trim(), value.trim().to_owned());
            if value.is_empty() {
                continue;
            }
            match name.to_ascii_lowercase().as_str() {
                "servicesdomain" => provision.services_domain = Some(domain(&value)?),
                "voiceservicesdomain" => provision.voice_services_domain = Some(domain(&value)?),
                "servicediscoveryexcludedservices" => {
                    let excluded = ExcludedServices::parse(&value)?;
                    provision.excluded = Some(excluded).filter(|excluded| *excluded != ExcludedServices::default());
                }
                _ => provision.others.push((name.to_owned(), value)),
            }
        }
        if provision == Provision::default() {
            return Err(format!("“{short}” says nothing. {FORM}"));
        }
        Ok(provision)
    }

    /// Writes a link.
    #[must_use]
    pub fn write(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let excluded = self.excluded.map(|excluded| excluded.to_string());
        for (name, value) in [
            ("ServicesDomain", &self.services_domain),
            ("VoiceServicesDomain", &self.voice_services_domain),
            ("ServiceDiscoveryExcludedServices", &excluded),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.extend_pairs(&self.others);
        format!("ciscojabber://provision?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_written_as_it_is_read() {
        let link = "ciscojabber://provision?ServicesDomain=Lab.Example&VoiceServicesDomain=voice.lab.example&\
                    ServiceDiscoveryExcludedServices=WEBEX,CUP&Telephony_Enabled=false&Empty=";
        let provision = Provision::parse(link).unwrap();
        assert_eq!(provision.services_domain.as_deref(), Some("lab.example"));
        assert!(provision.excluded.is_some_and(|excluded| excluded.webex && excluded.cup && !excluded.cucm));
        assert_eq!(provision.others, [("Telephony_Enabled".to_owned(), "false".to_owned())]);
        assert_eq!(Provision::parse(&provision.write()), Ok(provision));
    }

    #[test]
    fn what_is_no_such_link_says_the_right_form() {
        for link in [
            "",
            "lab.example",
            "https://provision?ServicesDomain=lab.example",
            "ciscojabber://call?number=1",
            "ciscojabber://provision",
            "ciscojabber://provision?ServicesDomain=a%20b",
            "ciscojabber://provision?ServicesDomain=a%0Ab",
            "ciscojabber://provision?ServiceDiscoveryExcludedServices=ALL",
            &format!("ciscojabber://provision?x={}", "y".repeat(LONGEST)),
        ] {
            let said = Provision::parse(link).unwrap_err();
            assert!(said.contains("rite") && !said.contains('\n') && said.len() < 400, "{link}: {said}");
        }
    }
}
