//! The directories are searched for what is typed where people are looked for, and what they tell goes where it is shown.

use super::people::Stale;
use super::screen::{Model, Overlay};
use super::search::Search;
use crate::engine::command::{Command, DirectoryWish};
use crate::engine::event::{AccountName, DirectoryTold};

/// People of a directory that are looked at while one types.
const MOST: u16 = 50;

impl Model {
    /// What is typed has changed where people are looked for: the directories are searched for it too.
    pub(super) fn search_directories(&mut self) {
        let words = match self.overlays.last() {
            Some(Overlay::Palette(palette)) => palette.looked_for(),
            Some(_) => return,
            None => self.people.filter.as_ref().map(|filter| filter.text().trim().to_owned()),
        };
        let words = words.unwrap_or_default();
        let ticket = self.ticket();
        let search = match self.overlays.last_mut() {
            Some(Overlay::Palette(palette)) => &mut palette.directory,
            _ => &mut self.people.directory,
        };
        if search.words == words {
            return;
        }
        let before = search.waiting.clone();
        let accounts = search.begin(&words, &self.state, ticket);
        for account in before.into_iter().filter(|account| !accounts.contains(account)) {
            self.directory(account, DirectoryWish::Cancel);
        }
        for account in accounts {
            self.directory(account, DirectoryWish::Search { words: words.clone(), most: MOST, ticket });
        }
    }

    /// Nobody looks any more at what is searched for.
    pub(super) fn leave_search(&mut self, search: &Search) {
        for account in search.waiting.clone() {
            self.directory(account, DirectoryWish::Cancel);
        }
    }

    pub(super) fn directory(&mut self, account: AccountName, wish: DirectoryWish) {
        self.command(Command::Directory { account, wish });
    }

    pub(super) fn heard_directory(&mut self, account: &AccountName, told: &DirectoryTold) {
        self.heard_card(account, told);
        if self.people.directory.apply(account, told) {
            self.stale = Stale::All;
        }
        let is_news = self.overlays.iter_mut().any(|overlay| match overlay {
            Overlay::Palette(palette) => palette.directory.apply(account, told),
            _ => false,
        });
        if is_news {
            self.rebuild_palette();
        }
    }
}
