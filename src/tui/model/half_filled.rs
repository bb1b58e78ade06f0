//! Forms that somebody has left half filled in to go elsewhere: each stands as it was left once it is asked for again. What
//! is cancelled is gone, and passwords are typed anew.

use super::form::{Form, Purpose};
use super::screen::{Model, Overlay};
use crate::tui::action::Action;

/// So many are kept; the one that was left longest ago is let go.
const MOST: usize = 8;

impl Model {
    /// Asks for what a form asks for: where it was left half filled in, it stands as it was left.
    pub(super) fn fill_in(&mut self, form: Form) {
        let same = |overlay: &Overlay| matches!(overlay, Overlay::Form(other) if other.purpose == form.purpose);
        if let Some(at) = self.overlays.iter().position(same) {
            let open = self.overlays.remove(at);
            return self.overlays.push(open);
        }
        let kept = self.half_filled.iter().position(|kept| kept.purpose == form.purpose);
        let form = match kept {
            Some(at) if !is_about_another(&form) => {
                self.say("As you left it. Esc lets it go.");
                self.half_filled.remove(at)
            }
            _ => form,
        };
        self.overlays.push(Overlay::Form(form));
    }

    /// Closes all that lies above, to go elsewhere.
    pub(super) fn close_all(&mut self) {
        for overlay in std::mem::take(&mut self.overlays) {
            match overlay {
                Overlay::Form(form) if form.touched && is_kept(&form.purpose) => self.put_aside(form),
                Overlay::Palette(palette) => self.leave_search(&palette.directory),
                left => self.left(&left),
            }
        }
    }

    /// Closes the forms that lie above, for another one.
    pub(super) fn close_forms(&mut self) {
        let others = self.overlays.extract_if(.., |overlay| matches!(overlay, Overlay::Form(_))).collect::<Vec<_>>();
        let rest = std::mem::replace(&mut self.overlays, others);
        self.close_all();
        self.overlays = rest;
    }

    fn put_aside(&mut self, mut form: Form) {
        form.waits = false;
        form.forget_secrets();
        self.put_aside = Some((form.title.clone(), way_back(&form.purpose)));
        self.half_filled.retain(|kept| kept.purpose != form.purpose);
        self.half_filled.push(form);
        if self.half_filled.len() > MOST {
            self.half_filled.remove(0);
        }
    }

    /// Says what was put aside by what was just done, and the key that brings it back; what it says itself goes before.
    pub(super) fn say_what_was_put_aside(&mut self) {
        if let Some((title, action)) = self.put_aside.take()
            && self.said.is_none()
        {
            let key = self.key_here(action).unwrap_or_else(|| format!("“{}”", action.row().help));
            self.say(format!("“{title}” is kept as you left it: {key} brings it back."));
        }
    }
}

/// It begins with somebody's address, and is about nobody else.
fn is_about_another(form: &Form) -> bool {
    form.purpose == Purpose::AddPerson && !form.is_empty("Address")
}

/// There is more to it than a password.
fn is_kept(purpose: &Purpose) -> bool {
    !matches!(purpose, Purpose::Password(_) | Purpose::Passphrase | Purpose::NewPassphrase)
}

fn way_back(purpose: &Purpose) -> Action {
    match purpose {
        Purpose::AddAccount => Action::AddAccount,
        Purpose::AddByHand => Action::AddByHand,
        Purpose::Servers(_) => Action::ChooseServers,
        Purpose::Password(_) | Purpose::Passphrase | Purpose::NewPassphrase => Action::TypePassword,
        Purpose::AddPerson => Action::AddPerson,
        Purpose::Rename(_) => Action::Rename,
        Purpose::Presence => Action::SetPresence,
    }
}
