//! Where a sign-in by address would begin, as the settings and the files of discovery stand. It asks nobody.

use crate::engine::doctor::names::Sought;
use crate::engine::signin::found::lacks;
use crate::engine::signin::{Found, Launch, Manual, Server};
use crate::io::accounts::StoredAccount;
use crate::io::discovery::known::Known;
use crate::io::discovery::settings::Origin;

/// What the sign-in of one account by address would do.
#[derive(Debug)]
pub struct Plan {
    /// What it would begin with.
    pub launch: Launch,
    /// What the services domain is, and who has said so.
    services: &'static str,
    /// The same of the voice services domain, where there is one.
    voice: Option<&'static str>,
}

impl Plan {
    /// That of an account; none for one that is not by address.
    #[must_use]
    pub fn of(stored: &StoredAccount, known: &Known) -> Option<Plan> {
        let account = &stored.account;
        let first = known.is_unlaunched();
        let launch = known.launch(Some(&account.name), account.address.as_ref()?, account.allow_cleartext, first);
        let values = known.values(first);
        let services = known.services_domain(&values).map_or("the domain of its address", |(_, origin)| match origin {
            Origin::Link => "the services domain of a provisioning link",
            _ => "the services domain of the bootstrap file",
        });
        let voice = known.voice_domain(Some(account), &values).map(|(_, origin)| match origin {
            Origin::Link => "the voice services domain of a provisioning link",
            Origin::ClientConfig => "the voice services domain of jabber-config.xml at an earlier sign-in",
            _ => "the voice services domain of the bootstrap file",
        });
        Some(Plan { launch, services, voice })
    }

    /// What stands before the DNS: what was set by hand, else the bootstrap file where that is wanted.
    #[must_use]
    pub fn before_dns(&self) -> Option<Found> {
        let by_hand = self.launch.manual.clone().map(Found::Manual);
        by_hand.or_else(|| self.bootstrap().filter(|_| self.launch.bootstrap_first))
    }

    /// What the bootstrap file names, where that decides anything.
    #[must_use]
    pub fn bootstrap(&self) -> Option<Found> {
        self.launch.bootstrap().filter(|bootstrap| lacks(bootstrap).is_none()).cloned().map(Found::Bootstrap)
    }

    /// The web server of this that a sign-in begins at; none where it has no certificate to look at.
    #[must_use]
    pub fn web_server(&self, found: &Found) -> Option<Server> {
        let cas_in_clear = self.launch.cas().is_none_or(|cas| cas.scheme() != "https");
        let begins_at = found.servers(&self.launch).into_iter().next()?;
        Some(begins_at).filter(|server| !cas_in_clear || Some(server) != self.launch.cas_server().as_ref())
    }

    /// Where servers are looked for, unless that is set.
    #[must_use]
    pub fn sought(&self) -> Option<Sought> {
        let (domain, source) = match (self.before_dns(), self.voice) {
            (Some(Found::Manual(Manual::Standard)), _) | (None, None) => (self.launch.domain.as_str(), self.services),
            (Some(_), _) => return None,
            (None, Some(voice)) => (self.launch.srv_domain(), voice),
        };
        let account = self.launch.account.as_ref()?.0.clone();
        Some(Sought { account, domain: domain.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::AccountName;
    use crate::engine::signin::{Excluded, VoiceDomain};
    use crate::io::accounts::Typed;
    use crate::io::discovery::bootstrap;
    use crate::io::discovery::settings::{Authenticator, Settings};

    fn plan(settings: Settings, file: Option<&str>) -> Plan {
        of(Known { settings, file: file.map(bootstrap::read), ..Known::default() })
    }

    /// The same, once `jabber-config.xml` has named a voice services domain.
    fn plan_after(settings: Settings, file: Option<&str>, domain: &str) -> Plan {
        let mut known = Known { settings, file: file.map(bootstrap::read), ..Known::default() };
        let voice = VoiceDomain { address: "ana@lab.example".into(), domain: domain.into() };
        known.found.cache.voice.insert(AccountName("work".into()), voice);
        of(known)
    }

    fn of(known: Known) -> Plan {
        let typed = Typed { address: Some("ana@lab.example".into()), ..Typed::default() };
        let stored = StoredAccount::check(AccountName("work".into()), typed).unwrap();
        Plan::of(&stored, &known).unwrap()
    }

    fn sought(plan: &Plan) -> (String, &'static str) {
        plan.sought().map(|sought| (sought.domain, sought.source)).unwrap_or_default()
    }

    #[test]
    fn servers_are_looked_for_where_sign_in_looks() {
        assert_eq!(sought(&plan(Settings::default(), None)), ("lab.example".into(), "the domain of its address"));
        let file = "ServicesDomain: File.example\nVoiceServicesDomain: Voice.File.example\n";
        let voice = "the voice services domain of the bootstrap file";
        assert_eq!(sought(&plan(Settings::default(), Some(file))), ("voice.file.example".into(), voice));
        let mut settings = Settings::default();
        settings.provisioned.services_domain = Some("link.example".into());
        let link = "the services domain of a provisioning link";
        assert_eq!(sought(&plan(settings.clone(), None)), ("link.example".into(), link));
        settings.provisioned.voice_domain = Some("voice.link.example".into());
        let found = plan(settings.clone(), Some(file));
        let voice = "the voice services domain of a provisioning link";
        assert_eq!(sought(&found), ("voice.link.example".into(), voice));
        assert_eq!((found.launch.srv_domain(), found.launch.domain.as_str()), ("voice.link.example", "link.example"));

        // What the administrator's file has said counts where nobody nearer says anything.
        let told = |domain: &str| plan_after(Settings::default(), None, domain);
        let voice = "the voice services domain of jabber-config.xml at an earlier sign-in";
        assert_eq!(sought(&told("voice.lab.example")), ("voice.lab.example".into(), voice));
        assert_eq!(told("voice.lab.example").launch.srv_domain(), "voice.lab.example");
        assert_eq!(sought(&plan_after(settings.clone(), Some(file), "voice.lab.example")).0, "voice.link.example");

        // Open standards stand in the services domain.
        settings.default.authenticator = Some(Authenticator::By(Manual::Standard));
        assert_eq!(sought(&plan(settings.clone(), None)), ("link.example".into(), link));
        settings.default.authenticator = Some(Authenticator::By(Manual::Cup { server: Server::new("imp1", 8443) }));
        settings.default.excluded = Some(Excluded { cucm: true, ..Excluded::default() });
        let by_hand = plan(settings, None);
        assert_eq!(by_hand.sought(), None);
        assert!(by_hand.launch.excluded.cucm);
        let found = by_hand.before_dns().unwrap();
        assert_eq!(by_hand.web_server(&found), Some(Server::new("imp1", 8443)));
    }

    #[test]
    fn what_the_bootstrap_file_names_stands_where_the_settings_put_it() {
        let file = "Authenticator: CUP\nCupAddress: imp1.lab.example\n";
        let last = plan(Settings::default(), Some(file));
        let named = last.bootstrap().unwrap();
        assert_eq!(last.web_server(&named), Some(Server::new("imp1.lab.example", 8443)));
        assert_eq!(last.before_dns(), None);
        let first = plan(Settings { bootstrap_first: true, ..Settings::default() }, Some(file));
        assert_eq!((first.before_dns(), first.sought()), (Some(named), None));
        assert!(plan(Settings::default(), Some("Authenticator: CUP\n")).bootstrap().is_none());
    }

    #[test]
    fn a_cas_over_http_has_no_certificate_to_look_at() {
        for (cas, there) in [("https://cas.lab.example/x", true), ("http://cas.lab.example/x", false)] {
            let mut settings = Settings::default();
            let manual = Manual::Webex { cas: Some(cas.parse().unwrap()) };
            settings.default.authenticator = Some(Authenticator::By(manual));
            let plan = plan(settings, None);
            let found = plan.before_dns().unwrap();
            assert_eq!(plan.web_server(&found).is_some(), there, "{cas}");
        }
    }
}
