//! The account that a command speaks of: the same option in all commands that have it.

use crate::engine::addresses;
use crate::engine::event::AccountName;

/// One account.
#[derive(Debug, clap::Args)]
pub struct OneAccount {
    /// Of which account; not needed where there is only one
    #[arg(long, value_name = "NAME", value_parser = addresses::account_name)]
    account: Option<AccountName>,
}

/// One account, or all.
#[derive(Debug, clap::Args)]
pub struct AnyAccount {
    /// Of which account; otherwise of all
    #[arg(long, value_name = "NAME", value_parser = addresses::account_name)]
    account: Option<AccountName>,
}

impl OneAccount {
    /// Its name, where it was given.
    #[must_use]
    pub fn name(&self) -> Option<&AccountName> {
        self.account.as_ref()
    }
}

impl AnyAccount {
    /// Which; none for all.
    #[must_use]
    pub fn of(&self) -> Option<&AccountName> {
        self.account.as_ref()
    }
}
