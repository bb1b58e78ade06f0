//! What may be wrong with a server: each a switch of its own.

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// No archive, and no ids on stanzas (neither XEP-0313 nor XEP-0359).
    NoArchive,
    /// It keeps nothing for those who are not there (no XEP-0160), but in its archive.
    NoOfflineStorage,
    /// The archive does not say what it keeps (no XEP-0441).
    NoPreferences,
    /// It lets nobody change their roster.
    NoRosterChanges,
    /// No stream management: no acknowledgement and no resumption (no XEP-0198).
    NoStreamManagement,
    /// Stream management without resumption: a lost stream is lost for good.
    NoResumption,
    /// It takes what comes and does nothing with it.
    Silent,
}
