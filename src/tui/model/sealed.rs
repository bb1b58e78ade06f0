//! The passphrase of the sealed file of passwords: asked for when something in it is wanted, and chosen when it is made.

use super::form::{self, Form, Purpose};
use super::screen::{Model, Overlay};
use crate::engine::command::Command;
use crate::engine::event::Sealed;
use crate::machine::Secret;

/// What is said while it is tried.
const TRYING: &str = "The sealed passwords are being opened…";

impl Model {
    /// What is wanted for the sealed file has changed.
    pub(super) fn heard_sealed(&mut self, sealed: Sealed) {
        self.overlays.retain(|overlay| !asks_for_passphrase(overlay));
        self.said.take_if(|said| said == TRYING);
        match sealed {
            Sealed::Settled => {}
            Sealed::Trying => self.say(TRYING),
            Sealed::Passphrase { refused } => {
                let about = "Your passwords are kept in a file that is sealed with it. It is asked for once, and never leaves \
                             this machine. Esc leaves your accounts signed out.";
                let inputs = vec![form::secret("Passphrase", "the one that you have chosen for the file")];
                let mut form = Form::new(Purpose::Passphrase, "Passphrase of your passwords", about, inputs);
                form.error = refused.then(|| "That passphrase does not open them.".to_owned());
                self.overlays.push(Overlay::Form(form));
            }
            Sealed::NewPassphrase => {
                let about = "Passwords are to be kept in a file that is sealed with a passphrase, and there is none yet. \
                             Whoever forgets it types their passwords anew. Esc keeps none.";
                let inputs = vec![
                    form::secret("New passphrase", "several words are better than one"),
                    form::secret("The same again", "so that no slip of a finger locks you out"),
                ];
                let form = Form::new(Purpose::NewPassphrase, "A passphrase for your passwords", about, inputs);
                self.overlays.push(Overlay::Form(form));
            }
        }
    }

    /// What was typed is tried, if it can be one.
    pub(super) fn give_passphrase(&mut self, form: &Form) -> Result<(), String> {
        let typed = |label| form.secret(label).filter(|secret: &Secret| !secret.expose().is_empty());
        let passphrase = match form.purpose {
            Purpose::NewPassphrase => {
                let passphrase = typed("New passphrase").ok_or("An empty passphrase seals nothing.")?;
                if typed("The same again").as_ref() != Some(&passphrase) {
                    return Err("The two are not the same.".into());
                }
                passphrase
            }
            _ => typed("Passphrase").ok_or("A passphrase is wanted. Esc leaves your accounts signed out.")?,
        };
        self.command(Command::GivePassphrase { passphrase });
        Ok(())
    }

    /// The user has left what lay above without an answer.
    pub(super) fn left(&mut self, overlay: &Overlay) {
        if asks_for_passphrase(overlay) {
            self.command(Command::LeaveSealed);
        }
    }
}

fn asks_for_passphrase(overlay: &Overlay) -> bool {
    matches!(overlay, Overlay::Form(Form { purpose: Purpose::Passphrase | Purpose::NewPassphrase, .. }))
}
