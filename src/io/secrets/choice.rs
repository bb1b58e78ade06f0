//! Which places may keep passwords, and which of them the user has chosen.

/// A place that keeps passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The Secret Service of the desktop.
    SecretService,
    /// The user's keyring in the kernel, until the machine reboots.
    Keyutils,
    /// A file that is sealed with a passphrase.
    File,
}

impl Place {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Place; 3] = [Place::SecretService, Place::Keyutils, Place::File];

    /// As `offhook settings` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Place::SecretService => "secret-service",
            Place::Keyutils => "keyutils",
            Place::File => "file",
        }
    }

    /// Where a password is kept, as the end of “it is kept …”.
    #[must_use]
    pub const fn wording(self) -> &'static str {
        match self {
            Place::SecretService => "in the keyring",
            Place::Keyutils => "in the kernel's keyring until this machine reboots",
            Place::File => "in the sealed file",
        }
    }
}

/// What the user has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoreChoice {
    /// The Secret Service where it answers, else the kernel's keyring.
    #[default]
    Automatic,
    /// This one alone.
    Only(Place),
    /// No password is kept.
    Nowhere,
}

impl StoreChoice {
    /// As `offhook settings` takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            StoreChoice::Automatic => "automatic",
            StoreChoice::Only(place) => place.name(),
            StoreChoice::Nowhere => "none",
        }
    }

    /// Reads it as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<StoreChoice> {
        let only = Place::ALL.into_iter().map(StoreChoice::Only);
        [StoreChoice::Automatic, StoreChoice::Nowhere].into_iter().chain(only).find(|choice| choice.name() == text)
    }

    /// The places that are looked into, in this order; the first that is there keeps what is new.
    #[must_use]
    pub fn places(self) -> &'static [Place] {
        match self {
            StoreChoice::Automatic => &[Place::SecretService, Place::Keyutils],
            StoreChoice::Only(Place::SecretService) => &[Place::SecretService],
            StoreChoice::Only(Place::Keyutils) => &[Place::Keyutils],
            StoreChoice::Only(Place::File) => &[Place::File],
            StoreChoice::Nowhere => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_written() {
        for choice in
            [StoreChoice::Automatic, StoreChoice::Nowhere].into_iter().chain(Place::ALL.into_iter().map(StoreChoice::Only))
        {
            assert_eq!(StoreChoice::parse(choice.name()), Some(choice));
        }
        assert_eq!(StoreChoice::parse("keychain"), None);
    }
}
