//! What keeps an account from being signed in, and what the user can do about it: type a password, decide on a certificate,
//! sign in again. It is offered wherever it is told, and as often as the user wants.

use super::question::{Answer, Question};
use super::screen::{Model, Overlay, Screen};
use crate::engine::command::{Command, Services};
use crate::engine::event::{AccountName, Certificate, LinkState, Problem, Service};
use crate::engine::state::{AccountState, State};
use crate::machine::visible_line;
use crate::tui::action::Action;

/// The order in which services are looked at: the others wait for the first.
const SERVICES: [Service; 4] = [Service::SignIn, Service::Chat, Service::Phone, Service::Voicemail];

/// Why a service of an account is not signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble<'a> {
    /// The password is wanted.
    Password {
        /// The account's address there.
        address: &'a str,
        /// The last one was refused.
        refused: bool,
    },
    /// A server has shown a certificate that is not trusted.
    Certificate(&'a Certificate),
    /// Something else, that is not tried again by itself.
    Failed(&'a Problem),
    /// The user is signed out.
    SignedOut,
}

/// What is wrong with an account, if something is: of several, what comes first.
#[must_use]
pub fn of_account(account: &AccountState) -> Option<Trouble<'_>> {
    let mut links = SERVICES.iter().filter_map(|service| account.links.get(service));
    let wrong = links.find_map(|link| match link {
        LinkState::NeedsPassword { address, refused } => Some(Trouble::Password { address, refused: *refused }),
        LinkState::Failed(problem) => Some(match &problem.certificate {
            Some(certificate) => Trouble::Certificate(certificate),
            None => Trouble::Failed(problem),
        }),
        LinkState::Offline | LinkState::Connecting | LinkState::Online { .. } | LinkState::Waiting { .. } => None,
    });
    let signed_out = || is_signed_out(account).then_some(Trouble::SignedOut);
    wrong.or_else(signed_out)
}

/// Nothing of it is signed in, or about to be. Before anything is told of it nobody knows.
#[must_use]
pub fn is_signed_out(account: &AccountState) -> bool {
    !account.links.is_empty() && account.links.values().all(|link| *link == LinkState::Offline)
}

/// What the account is not signed in by its address for: the services that it would find are not to be asked.
#[must_use]
pub fn awaits_sign_in(account: &AccountState) -> bool {
    account.links.get(&Service::SignIn).is_some_and(|link| !matches!(link, LinkState::Online { .. }))
}

/// It can call: it has a phone, and the sign-in that finds it is not awaited.
#[must_use]
pub fn has_phone(account: &AccountState) -> bool {
    let registered = matches!(account.links.get(&Service::Phone), Some(LinkState::Online { .. }));
    account.identity.sip.is_some() && (registered || !awaits_sign_in(account))
}

/// What a server has shown, and why that is not enough.
#[must_use]
pub fn certificate_words(certificate: &Certificate) -> String {
    let Certificate { host, port, why, .. } = certificate;
    format!("{}:{port} showed a certificate that is not trusted: {}.", visible_line(host), visible_line(why))
}

/// What went wrong, in a sentence.
#[must_use]
pub fn words(problem: &Problem) -> String {
    problem.certificate.as_deref().map_or_else(|| visible_line(&problem.what), certificate_words)
}

fn first(state: &State) -> Option<(&AccountName, Trouble<'_>)> {
    state.accounts.iter().find_map(|(name, account)| Some((name, of_account(account)?)))
}

impl Model {
    /// Why nothing can be done with the services of an account, and the keys that help; none where they are there, or on
    /// their way without the user.
    #[must_use]
    pub fn not_signed_in(&self) -> Option<String> {
        let key = |action: Action| self.key_here(action).unwrap_or_else(|| format!("“{}”", action.row().help));
        let (why, again) = (key(Action::ShowSignIn), key(Action::SignIn));
        let waits = |account: &AccountState| matches!(account.links.get(&Service::SignIn), Some(LinkState::Waiting { .. }));
        match first(&self.state) {
            Some((_, Trouble::SignedOut)) => Some(format!("Signed out. {again} signs in.")),
            Some(_) => Some(format!("Not signed in. {why} shows why, {again} tries again.")),
            None if self.state.accounts.values().any(waits) => {
                Some(format!("Not signed in yet. {why} shows why, {again} tries now."))
            }
            None => None,
        }
    }

    /// No account has the service that is wanted, because of this.
    pub(super) fn none_has(&self, otherwise: &str) -> String {
        let waits = self.state.accounts.values().any(awaits_sign_in);
        let signing_in = || if waits { "Signing in; one moment.".to_owned() } else { otherwise.to_owned() };
        self.not_signed_in().filter(|_| waits).unwrap_or_else(signing_in)
    }

    /// Asks again what the first account that is in trouble waits for: its password, or whether a certificate is to be
    /// trusted. Says whether there is such a one.
    pub(super) fn ask_again(&mut self) -> bool {
        let Some((account, trouble)) = first(&self.state) else { return false };
        let account = account.clone();
        match trouble {
            Trouble::Password { address, refused } => {
                let address = address.to_owned();
                self.ask_password(&account, &address, refused);
            }
            Trouble::Certificate(certificate) => {
                let certificate = certificate.clone();
                self.ask_certificate(&account, &certificate, 'n');
            }
            Trouble::Failed(_) | Trouble::SignedOut => return false,
        }
        true
    }

    /// The user wants to type the password of an account that waits for one.
    pub(super) fn type_password(&mut self) {
        let waits = self.state.accounts.iter().find_map(|(name, account)| match of_account(account) {
            Some(Trouble::Password { address, refused }) => Some((name.clone(), address.to_owned(), refused)),
            _ => None,
        });
        match waits {
            Some((account, address, refused)) => self.ask_password(&account, &address, refused),
            None => self.say("No account waits for a password."),
        }
    }

    /// The user wants to decide on a certificate; the answer of that letter is chosen.
    pub(super) fn decide_on_certificate(&mut self, letter: char) {
        let shown = self.state.accounts.iter().find_map(|(name, account)| match of_account(account) {
            Some(Trouble::Certificate(certificate)) => Some((name.clone(), certificate.clone())),
            _ => None,
        });
        match shown {
            Some((account, certificate)) => self.ask_certificate(&account, &certificate, letter),
            None => self.say("No certificate waits for you to decide."),
        }
    }

    /// Asks about a certificate once by itself; what it was asked about before is only said.
    pub(super) fn ask_trust(&mut self, account: &AccountName, certificate: &Certificate) {
        let asked = format!("{account} {}:{} {}", certificate.host, certificate.port, certificate.sha256);
        if self.asked_about.insert(asked) {
            self.ask_certificate(account, certificate, 'n');
        } else {
            self.say(certificate_words(certificate));
        }
    }

    fn ask_certificate(&mut self, account: &AccountName, certificate: &Certificate, letter: char) {
        let Certificate { host, port, sha256, names, issuer, valid, self_signed, why } = certificate;
        let names: Vec<String> = names.iter().take(8).map(ToString::to_string).collect();
        let issuer = if *self_signed { "itself".to_owned() } else { issuer.to_string() };
        let facts = vec![
            ("Server".to_owned(), format!("{}:{port}", visible_line(host))),
            ("Refused as".to_owned(), visible_line(why)),
            ("Names".to_owned(), names.join(", ")),
            ("Issued by".to_owned(), issuer),
            ("Valid".to_owned(), format!("{} to {}", visible_line(&valid.0), visible_line(&valid.1))),
            ("SHA-256".to_owned(), visible_line(sha256)),
            (String::new(), "Trust it only if whoever runs the server gave you this fingerprint.".to_owned()),
        ];
        let trust = |session| Answer::Trust { account: account.clone(), certificate: Box::new(certificate.clone()), session };
        let answers = vec![
            ('t', "trust this certificate", trust(false)),
            ('o', "trust it once", trust(true)),
            ('n', "do not", Answer::Leave),
        ];
        let question = Question::new("This server's certificate is not trusted", facts, answers).choosing(letter);
        self.overlays.push(Overlay::Question(question));
    }

    /// Signs in whoever is not: who signs in again is asked again.
    pub(super) fn sign_in(&mut self) {
        if self.state.accounts.is_empty() {
            return self.ask_account();
        }
        // Whoever is signed in would begin anew.
        let is_there = |account: &AccountState| {
            !account.links.is_empty() && account.links.values().all(|link| matches!(link, LinkState::Online { .. }))
        };
        let missing = self.state.accounts.iter().filter(|(_, account)| !is_there(account));
        let accounts: Vec<AccountName> = missing.map(|(name, _)| name.clone()).collect();
        if accounts.is_empty() {
            return self.say("You are signed in.");
        }
        self.asked_about.clear();
        for account in accounts {
            self.command(Command::SignIn { account, services: Services::ALL });
        }
    }

    /// In a word or two what [`Self::begin_with`] would do.
    #[must_use]
    pub fn begins_with(&self) -> &'static str {
        match first(&self.state) {
            _ if self.state.accounts.is_empty() => "add an account",
            Some((_, Trouble::Password { .. })) => "type the password",
            Some((_, Trouble::Certificate(_))) => "look at the certificate",
            Some((_, Trouble::Failed(_))) => "what went wrong",
            Some((_, Trouble::SignedOut)) => "sign in",
            None => "add somebody",
        }
    }

    /// Enter where there is nobody yet: what is missing is asked for.
    pub(super) fn begin_with(&mut self) {
        if self.state.accounts.is_empty() {
            self.ask_account();
        } else if !self.ask_again() {
            match first(&self.state) {
                Some((_, Trouble::SignedOut)) => self.sign_in(),
                Some(_) => self.show(Screen::SignIn),
                None => self.ask_person(""),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::ProblemKind;

    fn account(links: &[(Service, LinkState)]) -> AccountState {
        AccountState { links: links.iter().cloned().collect(), ..AccountState::default() }
    }

    #[test]
    fn what_keeps_an_account_from_being_signed_in_is_told_first_things_first() {
        let failed = |kind| LinkState::Failed(Problem::new(kind, "It failed.", ""));
        let online = || LinkState::Online { address: "a@b".into() };
        let wanted = LinkState::NeedsPassword { address: "a@b".into(), refused: true };
        let both = account(&[(Service::Chat, failed(ProblemKind::Refused)), (Service::SignIn, wanted)]);
        assert_eq!(of_account(&both), Some(Trouble::Password { address: "a@b", refused: true }));
        let phone = account(&[(Service::Chat, online()), (Service::Phone, failed(ProblemKind::Refused))]);
        assert!(matches!(of_account(&phone), Some(Trouble::Failed(_))));
        assert_eq!(of_account(&account(&[(Service::Chat, LinkState::Offline)])), Some(Trouble::SignedOut));
        assert_eq!(of_account(&account(&[(Service::Chat, online()), (Service::Phone, LinkState::Offline)])), None);
        assert!(awaits_sign_in(&both) && !awaits_sign_in(&phone));
    }

    #[test]
    fn a_certificate_is_told_with_its_reason_and_without_its_names() {
        let certificate = Certificate {
            host: "cucm1.lab.example".into(),
            port: 8443,
            sha256: "AB".into(),
            names: vec!["edge.lab.example".into()],
            issuer: "Lab CA".into(),
            valid: ("2026-01-01".into(), "2027-01-01".into()),
            why: "no authority that this machine trusts has issued it".into(),
            self_signed: false,
        };
        let mut problem = Problem::new(ProblemKind::Untrusted, "Long.", "");
        problem.certificate = Some(Box::new(certificate));
        assert_eq!(
            words(&problem),
            "cucm1.lab.example:8443 showed a certificate that is not trusted: no authority that this machine trusts has issued it."
        );
    }
}
