//! The passphrase of the sealed file, between the user and the services that wait for it.

use super::wishes::Wish;
use crate::engine::ask::{AskId, SealedFile};
use crate::engine::event::{AccountName, Event, Notice, NoticeLevel, Problem, Sealed, Service};
use crate::engine::machine::Engine;
use crate::engine::output::Output;
use crate::machine::{Moment, Secret};

impl Engine {
    /// The password of a service is in the sealed file.
    pub(super) fn wait_for_seal(&mut self, account: &AccountName, service: Service, id: AskId) {
        let told = self.seal.wait(account, service, id);
        self.tell_seal(told);
    }

    /// A password is to be kept in the sealed file.
    pub(super) fn keep_sealed(&mut self, wish: Wish, file: SealedFile) {
        let told = self.seal.keep(wish, file);
        self.tell_seal(told);
    }

    /// The user signs in somebody who waits for the passphrase: it is asked for again.
    pub(super) fn ask_for_seal(&mut self, account: &AccountName) {
        let told = self.seal.told_to(account);
        self.tell_seal(told);
    }

    /// The user has typed a passphrase.
    pub(in crate::engine) fn give_passphrase(&mut self, passphrase: Secret) {
        if let Some(wish) = self.seal.give(passphrase) {
            self.tell_seal(Some(Sealed::Trying));
            self.wish(wish);
        }
    }

    /// What was typed has been tried.
    pub(super) fn unsealed(&mut self, opened: Result<bool, Problem>) {
        let told = match opened {
            Ok(false) => self.seal.refuse(),
            Ok(true) => self.ask_anew(),
            // What is wrong with it is said to each who asks anew.
            Err(problem) => {
                self.note(Notice { account: None, level: NoticeLevel::Error, problem });
                self.ask_anew()
            }
        };
        self.tell_seal(Some(told));
    }

    fn ask_anew(&mut self) -> Sealed {
        self.seal.settle().into_iter().for_each(|wish| self.wish(wish));
        Sealed::Settled
    }

    /// The user gives no passphrase: who waits for it is signed out, and what was to be kept is not.
    pub(in crate::engine) fn leave_sealed(&mut self, now: Moment) {
        let (accounts, unkept) = self.seal.leave();
        for wish in unkept {
            let Wish::Keep { account, .. } = wish else { continue };
            let what = format!("The password of {account} is not kept: no passphrase was given.");
            let problem = Problem::local(what, "It is known until offhook ends.");
            self.note(Notice { account: Some(account), level: NoticeLevel::Warning, problem });
        }
        for account in &accounts {
            self.sign_out(now, account);
        }
        if !accounts.is_empty() {
            let names: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            let what = format!("The passphrase of the sealed passwords was not given: signed out of {}.", names.join(", "));
            let next = "Sign in again to be asked for it; offhook --no-store asks for each password instead.";
            self.note(Notice { account: None, level: NoticeLevel::Warning, problem: Problem::local(what, next) });
        }
        let told = self.seal.rest();
        self.tell_seal(told);
    }

    /// Nothing is wanted for an account any more: the questions of its services that waited.
    pub(super) fn leave_seal_of(&mut self, account: &AccountName) -> Vec<(Service, AskId)> {
        let (gone, told) = self.seal.forget(account);
        self.tell_seal(told);
        gone
    }

    fn tell_seal(&mut self, told: Option<Sealed>) {
        self.out.extend(told.map(|told| Output::Event(Event::Sealed(told))));
    }
}
