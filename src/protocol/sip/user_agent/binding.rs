//! What the user wants of the registrar.

/// What the user wants of the registrar.
#[derive(Debug)]
pub struct Binding {
    pub(super) leaving: bool,
}

impl Binding {
    /// Nothing is wanted.
    #[must_use]
    pub fn new(_config: &super::config::Config, _chance: crate::machine::Chance) -> Binding {
        Binding { leaving: false }
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving
    }

    pub(super) fn poll(&mut self) -> Option<()> {
        None
    }

    pub(super) fn expire(&mut self, _now: crate::machine::Moment) {}

    pub(super) fn wake(&self) -> Option<crate::machine::Wake> {
        None
    }
}
