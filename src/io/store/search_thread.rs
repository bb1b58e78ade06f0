//! Searches on a thread and a connection of their own, so that nothing waits for them: the newest search is the one that
//! the user still wants, and those before it end with what they have. The thread begins with the first search.

use super::{database, search, trouble};
use crate::engine::ask::StoreAnswer;
use crate::engine::event::Problem;
use rusqlite::{Connection, InterruptHandle};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

/// Hears what came of a search.
pub type Answered = Box<dyn FnOnce(Result<StoreAnswer, String>) + Send>;

/// Where the history is that is searched.
#[derive(Clone, Debug)]
pub struct Searched {
    /// The database.
    pub path: PathBuf,
    /// Held by whoever writes to it, for as long as it is open.
    pub lock: Arc<File>,
}

struct Search {
    number: u64,
    words: String,
    count: u16,
    answered: Answered,
}

/// The running thread. Dropping it ends the search that goes on.
pub struct SearchThread {
    searches: Option<Sender<Search>>,
    /// The number of the last search that was asked.
    newest: Arc<AtomicU64>,
    running: Arc<OnceLock<InterruptHandle>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for SearchThread {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SearchThread").field("newest", &self.newest).finish_non_exhaustive()
    }
}

impl SearchThread {
    /// Begins.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(searched: Searched) -> Result<SearchThread, Problem> {
        let (searches, asked) = channel();
        let (newest, running) = (Arc::new(AtomicU64::new(0)), Arc::new(OnceLock::new()));
        let (wanted, handle) = (Arc::clone(&newest), Arc::clone(&running));
        let thread = std::thread::Builder::new().name("search".into()).spawn(move || run(&searched, &asked, &wanted, &handle));
        let thread = thread.map_err(|why| {
            Problem::local(
                format!("The system gives no thread for searching: {why}."),
                "Raise the limit of processes (ulimit -u).",
            )
        })?;
        Ok(SearchThread { searches: Some(searches), newest, running, thread: Some(thread) })
    }

    /// Searches; never blocks. A search that goes on ends, and one that has not begun finds nothing and says that there is
    /// more.
    pub fn ask(&self, words: String, count: u16, answered: Answered) {
        let number = self.overtake();
        let search = Search { number, words, count, answered };
        let unasked = match &self.searches {
            Some(searches) => searches.send(search).err().map(|why| why.0),
            None => Some(search),
        };
        if let Some(search) = unasked {
            (search.answered)(Err("The search has stopped. Start offhook again.".into()));
        }
    }

    /// Where the thread is between looking at the number and beginning its search, that search runs to its end: it is late,
    /// not wrong.
    fn overtake(&self) -> u64 {
        let number = self.newest.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(running) = self.running.get() {
            running.interrupt();
        }
        number
    }
}

impl Drop for SearchThread {
    fn drop(&mut self) {
        self.overtake();
        drop(self.searches.take());
        if let Some(thread) = self.thread.take() {
            // It panics only where a callback does, and that has been told on stderr.
            let _ = thread.join();
        }
    }
}

fn run(searched: &Searched, asked: &Receiver<Search>, newest: &AtomicU64, running: &OnceLock<InterruptHandle>) {
    let mut opened = None;
    for Search { number, words, count, answered } in asked {
        if newest.load(Ordering::SeqCst) != number {
            answered(Ok(StoreAnswer::Found(Vec::new(), true)));
            continue;
        }
        answered(searched.search(&mut opened, running, &words, count));
    }
}

impl Searched {
    fn search(
        &self,
        opened: &mut Option<Connection>,
        running: &OnceLock<InterruptHandle>,
        words: &str,
        count: u16,
    ) -> Result<StoreAnswer, String> {
        let database = match opened {
            Some(database) => database,
            None => {
                let database = database::open_to_read(&self.path).map_err(|problem| problem.to_string())?;
                running.get_or_init(|| database.get_interrupt_handle());
                opened.insert(database)
            }
        };
        search::search(database, words, count).map(|(hits, more)| StoreAnswer::Found(hits, more)).map_err(|why| {
            if trouble::is_damage(&why) {
                database::mark_damaged(&self.lock);
            }
            trouble::problem(&self.path, &why).to_string()
        })
    }
}
