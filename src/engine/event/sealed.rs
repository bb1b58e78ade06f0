//! The file of passwords that is sealed with a passphrase, as far as the user has a say in it.

/// What is wanted of the user for the sealed file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sealed {
    /// Nothing: it is open, or nobody needs it.
    #[default]
    Settled,
    /// Its passphrase.
    Passphrase {
        /// The last one does not open it.
        refused: bool,
    },
    /// A new passphrase: a password is to be kept in it, and there is no file yet.
    NewPassphrase,
    /// Nothing more: what was typed is being tried.
    Trying,
}
